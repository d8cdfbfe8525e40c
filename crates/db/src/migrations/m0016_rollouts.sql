-- A version of the agent that is rolled out. `open` is 1 until it is over: there is one at a time.
CREATE TABLE rollout (
    seq {serial},
    id {uuid} NOT NULL UNIQUE,
    version TEXT NOT NULL,
    state {key} NOT NULL,
    open BIGINT UNIQUE,
    share BIGINT NOT NULL,
    spread_minutes BIGINT NOT NULL,
    report_within_minutes BIGINT NOT NULL,
    files TEXT NOT NULL,
    stopped_by {key} NOT NULL,
    forgiven_failing BIGINT NOT NULL,
    forgiven_tried BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX rollout_created ON rollout (created_at, id);
-- What became of an agent that was offered the version.
CREATE TABLE rollout_agent (
    rollout_seq BIGINT NOT NULL REFERENCES rollout (seq) ON DELETE CASCADE,
    agent_id {uuid} NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    state {key} NOT NULL,
    words TEXT NOT NULL,
    offered_at BIGINT NOT NULL,
    fetched_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (rollout_seq, agent_id)
) {clustered};
CREATE INDEX rollout_agent_state ON rollout_agent (rollout_seq, state, agent_id);
CREATE INDEX rollout_agent_offered ON rollout_agent (rollout_seq, offered_at, agent_id);
CREATE INDEX rollout_agent_fetched ON rollout_agent (rollout_seq, fetched_at) WHERE state = 'fetched';
CREATE INDEX rollout_agent_agent ON rollout_agent (agent_id);
