-- What a system's profile looks at, as it says; JSON.
ALTER TABLE system ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]';
ALTER TABLE system ADD COLUMN applications TEXT NOT NULL DEFAULT '[]';
-- Systems that have no link, by when they were last there.
CREATE INDEX system_gone ON system (last_seen_at) WHERE node_id IS NULL AND removed_at IS NULL;
-- Problems seen on systems. One row from the first occurrence until it is cleared; then the next occurrence begins
-- another. `severity` is a rank, 5 the worst. `told_*`: what notifications have said of it.
CREATE TABLE alert (
    id {uuid} NOT NULL PRIMARY KEY,
    customer_id {uuid} NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    system_id {uuid} NOT NULL REFERENCES system (id) ON DELETE CASCADE,
    condition_key {key} NOT NULL,
    subject {key} NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    type {key} NOT NULL,
    severity BIGINT NOT NULL,
    summary TEXT NOT NULL,
    words {key} NOT NULL,
    value DOUBLE PRECISION,
    bound DOUBLE PRECISION,
    parent TEXT,
    occurrences BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    ended_at BIGINT,
    acknowledged_at BIGINT,
    acknowledged_by TEXT,
    assigned_to {uuid},
    muted_until BIGINT,
    cleared_at BIGINT,
    cleared_by TEXT,
    told_occurrences BIGINT NOT NULL,
    told_severity BIGINT NOT NULL,
    told_ended BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX alert_open ON alert (system_id, condition_key, subject) WHERE cleared_at IS NULL;
CREATE INDEX alert_open_last ON alert (last_at, id) WHERE cleared_at IS NULL;
CREATE INDEX alert_open_first ON alert (first_at, id) WHERE cleared_at IS NULL;
CREATE INDEX alert_open_severity ON alert (severity, id) WHERE cleared_at IS NULL;
CREATE INDEX alert_open_type ON alert (type, id) WHERE cleared_at IS NULL;
CREATE INDEX alert_open_occurrences ON alert (occurrences, id) WHERE cleared_at IS NULL;
CREATE INDEX alert_open_count ON alert (type, severity, ended_at, customer_id) WHERE cleared_at IS NULL;
CREATE INDEX alert_customer ON alert (customer_id, last_at);
CREATE INDEX alert_open_customer ON alert (customer_id, severity) WHERE cleared_at IS NULL;
CREATE INDEX alert_cleared ON alert (cleared_at, id) WHERE cleared_at IS NOT NULL;
-- Alerts of which notifications may have something to say, and when that is decided.
CREATE TABLE alert_news (
    alert_id {uuid} NOT NULL PRIMARY KEY REFERENCES alert (id) ON DELETE CASCADE,
    due_at BIGINT NOT NULL,
    is_held BOOLEAN NOT NULL
);
CREATE INDEX alert_news_due ON alert_news (due_at);
-- What people changed about conditions, for one customer's systems.
CREATE TABLE alert_rule (
    customer_id {uuid} NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    condition_key {key} NOT NULL,
    rule TEXT NOT NULL,
    is_off BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (customer_id, condition_key)
);
-- When nobody is notified, because somebody works there: of all, one customer's or one system's.
CREATE TABLE maintenance_window (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    customer_id {uuid} REFERENCES customer (id) ON DELETE CASCADE,
    system_id {uuid} REFERENCES system (id) ON DELETE CASCADE,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    repeats TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    until_at BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
-- Who is notified of what, and how. `channel` and `filter` are JSON; `secret` is sealed.
CREATE TABLE alert_subscription (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key {key} NOT NULL UNIQUE,
    is_on BOOLEAN NOT NULL,
    channel TEXT NOT NULL,
    secret {bytes},
    filter TEXT NOT NULL,
    tells_ends BOOLEAN NOT NULL,
    interval_seconds BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT
);
-- What waits for the next message of a subscription: an alert, or a notice, which is JSON.
CREATE TABLE alert_waiting (
    seq {serial},
    subscription_id {uuid} NOT NULL REFERENCES alert_subscription (id) ON DELETE CASCADE,
    alert_id {uuid} REFERENCES alert (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    notice TEXT
);
CREATE INDEX alert_waiting_subscription ON alert_waiting (subscription_id, seq);
-- Messages, from when they are made until they are through or given up. `message` is JSON.
CREATE TABLE alert_delivery (
    id {uuid} NOT NULL PRIMARY KEY,
    subscription_id {uuid} NOT NULL REFERENCES alert_subscription (id) ON DELETE CASCADE,
    state {key} NOT NULL,
    message TEXT NOT NULL,
    alerts BIGINT NOT NULL,
    notices BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    finished_at BIGINT,
    error TEXT
);
CREATE INDEX alert_delivery_next ON alert_delivery (state, next_at);
CREATE INDEX alert_delivery_created ON alert_delivery (created_at, id);
CREATE INDEX alert_delivery_subscription ON alert_delivery (subscription_id);
