-- What is known of a person beside the sign-in name.
ALTER TABLE app_user ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
ALTER TABLE app_user ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
-- What lists sort names by: last name, first name, lower case.
ALTER TABLE app_user ADD COLUMN name_key {key} NOT NULL DEFAULT '';
ALTER TABLE app_user ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE app_user ADD COLUMN mobile TEXT NOT NULL DEFAULT '';
ALTER TABLE app_user ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE app_user ADD COLUMN wallboard BOOLEAN NOT NULL DEFAULT FALSE;
-- The day (YYYY-MM-DD, UTC) on which the account becomes disabled.
ALTER TABLE app_user ADD COLUMN expires_on {key};
-- Who made it; a supervisor manages whom they made.
ALTER TABLE app_user ADD COLUMN created_by {uuid};
ALTER TABLE app_user ADD COLUMN last_sign_in_at BIGINT;
-- Digest of the picture.
ALTER TABLE app_user ADD COLUMN avatar TEXT;
CREATE TABLE user_avatar (
    user_id {uuid} NOT NULL PRIMARY KEY REFERENCES app_user (id) ON DELETE CASCADE,
    content {bytes} NOT NULL
);
CREATE INDEX app_user_name ON app_user (name_key, id);
CREATE INDEX app_user_creator ON app_user (created_by);
CREATE INDEX app_user_role ON app_user (role);
-- Names of resellers and providers: who has one is assigned to their customers.
CREATE TABLE user_label (
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    label_key {key} NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (user_id, label_key)
) {clustered};
CREATE INDEX user_label_key ON user_label (label_key);
-- What a user is given or kept from: one customer, all present and future ones of a reseller or a provider, or all (where
-- none is named). The nearest to the customer decides.
CREATE TABLE user_grant (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    allow BOOLEAN NOT NULL,
    provider_id {uuid} REFERENCES provider (id) ON DELETE CASCADE,
    reseller_id {uuid} REFERENCES reseller (id) ON DELETE CASCADE,
    customer_id {uuid} REFERENCES customer (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    created_by {uuid}
);
CREATE INDEX user_grant_user ON user_grant (user_id);
CREATE INDEX user_grant_provider ON user_grant (provider_id);
CREATE INDEX user_grant_reseller ON user_grant (reseller_id);
CREATE INDEX user_grant_customer ON user_grant (customer_id);
-- What comes of labels and grants: who sees which customer. Kept true by every change of either.
CREATE TABLE customer_seen (
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    customer_id {uuid} NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, customer_id)
) {clustered};
CREATE INDEX customer_seen_customer ON customer_seen (customer_id);
-- Addresses that a session was used from, when not only where it was begun.
ALTER TABLE session ADD COLUMN used_from TEXT;
-- When a wallboard's page last asked for news; its session lasts by that.
ALTER TABLE session ADD COLUMN alive_at BIGINT NOT NULL DEFAULT 0;
-- The trail is a chain: each row's hash covers the row and the hash before it.
ALTER TABLE audit ADD COLUMN hash {bytes};
CREATE INDEX audit_actor ON audit (actor_id, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_customer ON audit (customer_id, seq);
-- One row: the last hash, and the hash before the first row that is kept.
CREATE TABLE audit_chain (
    id SMALLINT NOT NULL PRIMARY KEY,
    head {bytes},
    entries BIGINT NOT NULL,
    anchor {bytes},
    anchor_seq BIGINT NOT NULL
);
INSERT INTO audit_chain (id, entries, anchor_seq) SELECT 1, 0, COALESCE(MAX(seq), 0) FROM audit;
