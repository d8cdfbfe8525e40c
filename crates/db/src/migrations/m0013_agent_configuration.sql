-- What agents were told to use beside the configuration in use: one is next, one is current (none: the server's own), the others
-- were withdrawn or are former ones.
CREATE TABLE agent_configuration (
    revision {serial},
    url TEXT NOT NULL,
    api_client_id {uuid} NOT NULL REFERENCES api_client (id),
    -- The only authorities to trust there, PEM; empty: those that agents trust already.
    ca TEXT NOT NULL,
    state TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    current_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX agent_configuration_one ON agent_configuration (state) WHERE state IN ('next', 'current');
-- How far each agent has come with the configuration that it was told of last.
CREATE TABLE agent_move (
    agent_id {uuid} NOT NULL PRIMARY KEY REFERENCES agent (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    step TEXT NOT NULL,
    words TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    reported_at BIGINT,
    moved_at BIGINT
);
CREATE INDEX agent_move_state ON agent_move (revision, state);
