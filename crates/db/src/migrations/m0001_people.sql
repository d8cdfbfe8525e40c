-- The hierarchy. Every row elsewhere has an owner in it.
CREATE TABLE provider (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key {key} NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE TABLE reseller (
    id {uuid} NOT NULL PRIMARY KEY,
    provider_id {uuid} NOT NULL REFERENCES provider (id),
    name TEXT NOT NULL,
    name_key {key} NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE INDEX reseller_provider ON reseller (provider_id);
CREATE TABLE customer (
    id {uuid} NOT NULL PRIMARY KEY,
    reseller_id {uuid} NOT NULL REFERENCES reseller (id),
    name TEXT NOT NULL,
    name_key {key} NOT NULL UNIQUE,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX customer_reseller ON customer (reseller_id);
-- People who sign in.
CREATE TABLE app_user (
    id {uuid} NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    login_key {key} NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    locale TEXT,
    color_scheme TEXT NOT NULL,
    density TEXT NOT NULL,
    session_timeout_minutes INT,
    licence_accepted {bytes},
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE password_history (
    seq {serial},
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL,
    replaced_at BIGINT NOT NULL
);
CREATE INDEX password_history_user ON password_history (user_id, seq);
CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,
    csrf_token TEXT NOT NULL,
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    source_address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX session_owner ON session (user_id);
CREATE INDEX session_last_seen ON session (last_seen_at);
CREATE TABLE api_token (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX api_token_user ON api_token (user_id);
-- Failed sign-ins of the last minutes: what the lock-out counts. The account is a digest of the name that was typed.
CREATE TABLE sign_in_failure (
    seq {serial},
    account {bytes} NOT NULL,
    source_address TEXT NOT NULL,
    failed_at BIGINT NOT NULL
);
CREATE INDEX sign_in_failure_account ON sign_in_failure (account, source_address, failed_at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (failed_at);
-- Who did what.
CREATE TABLE audit (
    seq {serial},
    id {uuid} NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    source_address TEXT,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT,
    object_name TEXT,
    customer_id {uuid},
    detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object_id, seq);
-- Preferences and what the server remembers of itself: a JSON value by name.
CREATE TABLE setting (
    name {key} NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- What agents sign in with.
CREATE TABLE api_client (
    id {uuid} NOT NULL PRIMARY KEY,
    client_id {key} NOT NULL UNIQUE,
    secret_hash {bytes} NOT NULL,
    secret_sealed {bytes} NOT NULL,
    scope TEXT NOT NULL,
    status TEXT NOT NULL,
    built_in BOOLEAN NOT NULL,
    customer_id {uuid} REFERENCES customer (id),
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
-- What the bell shows.
CREATE TABLE notification (
    id {uuid} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject {key} NOT NULL,
    count BIGINT NOT NULL,
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notification_updated ON notification (updated_at);
CREATE INDEX notification_subject ON notification (kind, subject, read_at);
