-- How many systems were connected, every five minutes: of everything (all zeros), and of what a user saw then.
CREATE TABLE connected_sample (
    user_id {uuid} NOT NULL,
    at BIGINT NOT NULL,
    systems BIGINT NOT NULL,
    connected BIGINT NOT NULL,
    PRIMARY KEY (user_id, at)
);
CREATE INDEX connected_sample_at ON connected_sample (at);
-- What is counted of everything is counted by these alone. SQLite reads no rows for it where the column of the condition is
-- in the index as well: not first, or it would search by that instead of walking an order.
CREATE INDEX customer_state_count ON customer_state (colour, systems, unconnected, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX system_present ON system (profile, removed_at) WHERE removed_at IS NULL;
CREATE INDEX alert_clearable ON alert (type, customer_id) WHERE cleared_at IS NULL AND ended_at IS NOT NULL;
