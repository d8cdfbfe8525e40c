-- How an account came to be: local, or openid.
ALTER TABLE app_user ADD COLUMN origin TEXT NOT NULL DEFAULT 'local';
-- Whether a second factor is in force. Kept true by every change of one, because every request asks.
ALTER TABLE app_user ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
-- By what the session was begun: password, passkey, openid.
ALTER TABLE session ADD COLUMN means TEXT NOT NULL DEFAULT 'password';
-- A generator of codes (RFC 6238), in force once it was confirmed. The secret is sealed; a time step is used once.
CREATE TABLE user_totp (
    user_id {uuid} NOT NULL PRIMARY KEY REFERENCES app_user (id) ON DELETE CASCADE,
    secret {bytes} NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT
);
-- Digests of codes for when the other factors are lost. One that was used is no more.
CREATE TABLE recovery_code (
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    code_hash {bytes} NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) {clustered};
-- Public keys of authenticators (WebAuthn).
CREATE TABLE passkey (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    credential_id {bytes} NOT NULL,
    name TEXT NOT NULL,
    relying_party TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_user ON passkey (user_id, id);
-- What a sign-in that takes several requests remembers between them; each is used once and soon over.
CREATE TABLE sign_in_step (
    token_hash {bytes} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id {uuid} REFERENCES app_user (id) ON DELETE CASCADE,
    source_address TEXT NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_step_end ON sign_in_step (expires_at);
CREATE INDEX sign_in_step_source ON sign_in_step (source_address, expires_at);
CREATE INDEX sign_in_step_user ON sign_in_step (user_id);
-- Who someone is at an OpenID provider.
CREATE TABLE openid_identity (
    issuer {key} NOT NULL,
    subject {key} NOT NULL,
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
) {clustered};
CREATE INDEX openid_identity_user ON openid_identity (user_id);
