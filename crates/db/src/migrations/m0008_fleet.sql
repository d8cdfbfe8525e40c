-- What systems enrol with: for a reseller, whose customers they become, or for one customer; `place`: what they become
-- there, NULL: the primary where there is none, else beside it.
CREATE TABLE enrolment_token (
    id {uuid} NOT NULL PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,
    reseller_id {uuid} NOT NULL REFERENCES reseller (id) ON DELETE CASCADE,
    customer_id {uuid} REFERENCES customer (id) ON DELETE CASCADE,
    place TEXT,
    uses BIGINT NOT NULL,
    used BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX enrolment_token_reseller ON enrolment_token (reseller_id);
CREATE INDEX enrolment_token_customer ON enrolment_token (customer_id);
-- Customers' systems. `connectivity` is what people are shown; `standing` is how the service user stood at the last
-- sign-in; `epoch` grows with each link, and only the newest link's words count. `node_id`: which node holds the link.
-- `order_at` names the order of `network_order` that is for this system, `order_outcome` what became of it: NULL nothing yet.
CREATE TABLE system (
    id {uuid} NOT NULL PRIMARY KEY,
    customer_id {uuid} NOT NULL REFERENCES customer (id),
    place TEXT NOT NULL,
    public_key {bytes} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    profile {key} NOT NULL,
    version {key} NOT NULL,
    agent_version TEXT NOT NULL,
    platform TEXT NOT NULL,
    address TEXT NOT NULL,
    via_primary BOOLEAN NOT NULL,
    started_at BIGINT,
    switches TEXT NOT NULL,
    connectivity {key} NOT NULL,
    connectivity_since BIGINT NOT NULL,
    standing TEXT NOT NULL,
    last_seen_at BIGINT,
    node_id {uuid},
    epoch BIGINT NOT NULL,
    spool BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    service_user TEXT,
    service_password {bytes},
    order_at BIGINT,
    order_outcome TEXT,
    enrolled_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX system_customer ON system (customer_id, place);
-- Lists show those that were not removed.
CREATE INDEX system_name ON system (name_key, id) WHERE removed_at IS NULL;
CREATE INDEX system_profile ON system (profile, id) WHERE removed_at IS NULL;
CREATE INDEX system_version ON system (version, id) WHERE removed_at IS NULL;
CREATE INDEX system_connectivity ON system (connectivity, id) WHERE removed_at IS NULL;
CREATE INDEX system_since ON system (connectivity_since, id) WHERE removed_at IS NULL;
CREATE INDEX system_node ON system (node_id);
-- By whom the server manages a customer's systems, as a person entered it. A system that made its own at its enrolment
-- has it in its row, until a person enters one for the customer. Passwords are sealed.
CREATE TABLE customer_service_user (
    customer_id {uuid} NOT NULL PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    password {bytes} NOT NULL,
    changed_at BIGINT NOT NULL
);
-- What a network's primary ordered last for the service user of all its systems. Sealed: the password is in it. It is for
-- the systems that were there when it came (`system.order_at`).
CREATE TABLE network_order (
    customer_id {uuid} NOT NULL PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE,
    primary_id {uuid} NOT NULL,
    ordered_at BIGINT NOT NULL,
    sealed {bytes} NOT NULL
);
