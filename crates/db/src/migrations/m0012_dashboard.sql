-- How many systems were connected, every five minutes: of everything (all zeros), and of what a user saw then.
CREATE TABLE connected_sample (
    user_id {uuid} NOT NULL,
    at BIGINT NOT NULL,
    systems BIGINT NOT NULL,
    connected BIGINT NOT NULL,
    PRIMARY KEY (user_id, at)
);
CREATE INDEX connected_sample_at ON connected_sample (at);
-- The dashboard counts by these, and reads nothing else for it.
CREATE INDEX customer_state_count ON customer_state (colour, systems, unconnected) WHERE deleted_at IS NULL;
CREATE INDEX system_present_version ON system (version) WHERE removed_at IS NULL;
CREATE INDEX system_present_profile ON system (profile) WHERE removed_at IS NULL;
