-- What is known of a customer beside its name. `code`: lower-case letters and digits; it begins host names.
ALTER TABLE customer ADD COLUMN code {key} NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN technical_email TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE customer ADD COLUMN notes TEXT NOT NULL DEFAULT '';
-- Deleted, and to be had back for some time. Its systems were removed at the same moment; its `name_key` ends with its id,
-- so that the name is free for another.
ALTER TABLE customer ADD COLUMN deleted_at BIGINT;
UPDATE customer SET code = 'c' || numbered.n FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS n FROM customer) AS numbered WHERE customer.id = numbered.id;
CREATE UNIQUE INDEX customer_code ON customer (code);
-- Few are deleted: an index of all of them would tempt a planner to walk it for those that are not.
CREATE INDEX customer_deleted ON customer (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE customer_tag (
    customer_id {uuid} NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    tag_key {key} NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (customer_id, tag_key)
) {clustered};
CREATE INDEX customer_tag_key ON customer_tag (tag_key, tag, customer_id);
-- How many systems of a profile, or of a version, somebody sees is counted from these alone.
CREATE INDEX system_profiles ON system (profile, customer_id) WHERE removed_at IS NULL;
CREATE INDEX system_versions ON system (version, customer_id) WHERE removed_at IS NULL;
-- What the list of customers is ordered, narrowed and searched by: a row for each. Who manages customers writes the first
-- columns, the fleet the others, in the transaction of whatever changes them. `about` and `named`: what is searched.
-- `colour`: 0 red, 1 orange, 2 green, 3 grey. `worst`: the most severe of its open alerts, 0 where there is none.
CREATE TABLE customer_state (
    seq {serial},
    customer_id {uuid} NOT NULL UNIQUE REFERENCES customer (id) ON DELETE CASCADE,
    reseller_id {uuid} NOT NULL,
    name_key {key} NOT NULL,
    code {key} NOT NULL,
    reseller_key {key} NOT NULL,
    about TEXT NOT NULL,
    deleted_at BIGINT,
    colour SMALLINT NOT NULL DEFAULT 0,
    connectivity {key} NOT NULL DEFAULT 'waiting',
    system_key {key} NOT NULL DEFAULT '',
    version {key} NOT NULL DEFAULT '',
    profiles TEXT NOT NULL DEFAULT '',
    named TEXT NOT NULL DEFAULT '',
    systems BIGINT NOT NULL DEFAULT 0,
    unconnected BIGINT NOT NULL DEFAULT 0,
    alerts BIGINT NOT NULL DEFAULT 0,
    worst SMALLINT NOT NULL DEFAULT 0
);
CREATE INDEX customer_state_name ON customer_state (name_key, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_code ON customer_state (code, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_reseller ON customer_state (reseller_key, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_colour ON customer_state (colour, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_connectivity ON customer_state (connectivity, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_system ON customer_state (system_key, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_version ON customer_state (version, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_alerts ON customer_state (alerts, customer_id) WHERE deleted_at IS NULL;
CREATE INDEX customer_state_of ON customer_state (reseller_id);
CREATE INDEX customer_state_deleted ON customer_state (deleted_at, customer_id) WHERE deleted_at IS NOT NULL;
INSERT INTO customer_state (customer_id, reseller_id, name_key, code, reseller_key, about) SELECT c.id, c.reseller_id, c.name_key, c.code, r.name_key, c.name_key || ' ' || c.code FROM customer c JOIN reseller r ON r.id = c.reseller_id;
UPDATE customer_state SET connectivity = n.connectivity, system_key = n.system_key, version = n.version, profiles = n.profiles, named = n.named, systems = n.systems, unconnected = n.unconnected, colour = CASE WHEN n.connectivity IN ('waiting', 'unreachable', 'invalid_system', 'connection_failed') THEN 0 WHEN n.connectivity = 'legacy' THEN 3 WHEN n.connectivity = 'connected' AND n.unconnected = 0 THEN 2 ELSE 1 END FROM (SELECT customer_id, COALESCE(MAX(CASE WHEN place = 'primary' THEN connectivity END), 'waiting') AS connectivity, COALESCE(MAX(CASE WHEN place = 'primary' THEN name_key END), '') AS system_key, COALESCE(MAX(CASE WHEN place = 'primary' THEN version END), '') AS version, ',' || string_agg(profile, ',') || ',' AS profiles, string_agg(name_key, ' ') AS named, COUNT(*) AS systems, COUNT(CASE WHEN connectivity <> 'connected' THEN 1 END) AS unconnected FROM system WHERE removed_at IS NULL GROUP BY customer_id) AS n WHERE n.customer_id = customer_state.customer_id;
