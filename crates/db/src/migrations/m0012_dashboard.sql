-- How many systems were connected, every five minutes.
CREATE TABLE connected_sample (
    at BIGINT NOT NULL PRIMARY KEY,
    systems BIGINT NOT NULL,
    connected BIGINT NOT NULL
);
-- The dashboard counts by these, and reads nothing else for it.
CREATE INDEX customer_state_count ON customer_state (colour, systems, unconnected) WHERE deleted_at IS NULL;
CREATE INDEX system_present_version ON system (version) WHERE removed_at IS NULL;
CREATE INDEX system_present_profile ON system (profile) WHERE removed_at IS NULL;
