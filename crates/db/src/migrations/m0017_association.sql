-- When a pending machine is associated by itself with an equipment: for all customers, in the one row. JSON.
CREATE TABLE association_rules (
    only_one BIGINT NOT NULL PRIMARY KEY,
    rules TEXT NOT NULL,
    revision BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- Customers for whom it is otherwise.
CREATE TABLE association_customer (
    customer_id {uuid} NOT NULL PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE,
    rules TEXT NOT NULL
);
-- Machines that the rules have not looked at yet.
CREATE TABLE association_due (
    inventory_seq BIGINT NOT NULL PRIMARY KEY REFERENCES inventory (seq) ON DELETE CASCADE,
    is_new BOOLEAN NOT NULL
);
-- Pairs that a person has parted: no rule joins them again.
CREATE TABLE association_undone (
    equipment_id {uuid} NOT NULL REFERENCES equipment (id) ON DELETE CASCADE,
    agent_id {uuid} NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    PRIMARY KEY (equipment_id, agent_id)
);
CREATE INDEX association_undone_agent ON association_undone (agent_id);
-- What the rules look for.
CREATE INDEX equipment_serial_upper ON equipment (UPPER(serial)) WHERE serial <> '';
CREATE INDEX equipment_uuid ON equipment (LOWER(uuid)) WHERE uuid <> '';
CREATE INDEX inventory_pending ON inventory (id) WHERE state = 'pending';
-- Whether nobody asked for it.
ALTER TABLE operation ADD COLUMN automatic BOOLEAN NOT NULL DEFAULT FALSE;
