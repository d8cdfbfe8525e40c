-- The nodes of this service: each server process that works with the database.
CREATE TABLE node (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    address TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    stopped_at BIGINT,
    parts TEXT NOT NULL
);
CREATE INDEX node_last_seen ON node (last_seen_at);
-- Sessions whose owner typed the password once more to read the server's log.
CREATE TABLE log_access (
    session_id {uuid} NOT NULL PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    until BIGINT NOT NULL
);
-- What one node asks of another node's log. Rows live for seconds.
CREATE TABLE log_question (
    id {uuid} NOT NULL PRIMARY KEY,
    node_id {uuid} NOT NULL,
    asked_at BIGINT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT
);
CREATE INDEX log_question_node ON log_question (node_id, asked_at);
