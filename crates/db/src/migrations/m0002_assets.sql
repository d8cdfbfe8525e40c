-- One asset. What agents bring is copied here so that lists read one table; a field that a person has set is locked.
CREATE TABLE equipment (
    seq {serial},
    id {uuid} NOT NULL UNIQUE,
    customer_id {uuid} NOT NULL,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    serial TEXT NOT NULL,
    uuid TEXT NOT NULL,
    os_family TEXT NOT NULL,
    os_name TEXT NOT NULL,
    os_version TEXT NOT NULL,
    location TEXT NOT NULL,
    person TEXT NOT NULL,
    asset_number TEXT NOT NULL,
    purchase_date TEXT,
    warranty_end TEXT,
    supplier TEXT NOT NULL,
    notes TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    locks TEXT NOT NULL,
    search TEXT NOT NULL,
    inventory_seq BIGINT,
    agent_kind TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    last_inventory_at BIGINT NOT NULL,
    last_contact_at BIGINT NOT NULL,
    disk_nearly_full BOOLEAN NOT NULL,
    clone BOOLEAN NOT NULL,
    accept_key_until BIGINT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    merged_into {uuid}
);
CREATE INDEX equipment_name ON equipment (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_customer ON equipment (customer_id, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_last_inventory ON equipment (last_inventory_at, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_last_contact ON equipment (last_contact_at, customer_id, inventory_seq, deleted_at)
    WHERE deleted_at IS NULL AND inventory_seq IS NOT NULL;
CREATE INDEX equipment_kind ON equipment (kind, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_status ON equipment (status, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_os ON equipment (os_name, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_os_family ON equipment (os_family) WHERE deleted_at IS NULL;
CREATE INDEX equipment_manufacturer ON equipment (manufacturer, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_model ON equipment (model, id) WHERE deleted_at IS NULL;
CREATE INDEX equipment_agent ON equipment (agent_version, agent_kind) WHERE deleted_at IS NULL AND inventory_seq IS NOT NULL;
CREATE INDEX equipment_disk ON equipment (customer_id, id, disk_nearly_full, deleted_at) WHERE deleted_at IS NULL AND disk_nearly_full;
CREATE INDEX equipment_clone ON equipment (customer_id, id, clone, deleted_at) WHERE deleted_at IS NULL AND clone;
CREATE INDEX equipment_deleted ON equipment (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX equipment_inventory ON equipment (inventory_seq);
-- An agent: one key (native), or one device id of one API client (foreign).
CREATE TABLE agent (
    id {uuid} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    public_key {bytes} UNIQUE,
    foreign_id {key},
    api_client_id {uuid} NOT NULL,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    version TEXT NOT NULL,
    platform TEXT NOT NULL,
    status TEXT NOT NULL,
    messages TEXT NOT NULL,
    customer_id {uuid},
    enrolled_at BIGINT NOT NULL,
    last_contact_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX agent_foreign ON agent (api_client_id, foreign_id);
CREATE INDEX agent_name ON agent (name_key, id);
CREATE INDEX agent_version ON agent (kind, version, platform, revoked_at);
-- What one agent found on one machine. Associated with an equipment, or pending, or ignored.
CREATE TABLE inventory (
    seq {serial},
    id {uuid} NOT NULL UNIQUE,
    agent_id {uuid} NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    equipment_id {uuid},
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    serial TEXT NOT NULL,
    uuid TEXT NOT NULL,
    machine_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    os_family TEXT NOT NULL,
    os_name TEXT NOT NULL,
    os_version TEXT NOT NULL,
    source_address TEXT NOT NULL,
    tag TEXT NOT NULL,
    customer_id {uuid},
    state_token TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    body_digest {bytes} NOT NULL,
    outcome TEXT NOT NULL,
    first_received_at BIGINT NOT NULL,
    collected_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    last_contact_at BIGINT NOT NULL,
    clock_skew_ms BIGINT,
    remarks TEXT NOT NULL,
    incomplete BOOLEAN NOT NULL,
    fresh_wanted_at BIGINT,
    disk_nearly_full BOOLEAN NOT NULL,
    counted BOOLEAN NOT NULL,
    clone_of {uuid},
    enrolled_again {uuid},
    search TEXT NOT NULL
);
CREATE INDEX inventory_agent ON inventory (agent_id);
CREATE INDEX inventory_equipment ON inventory (equipment_id);
CREATE INDEX inventory_state ON inventory (state, received_at, id);
CREATE INDEX inventory_state_name ON inventory (state, name_key, id);
CREATE INDEX inventory_clone ON inventory (clone_of) WHERE clone_of IS NOT NULL;
CREATE INDEX inventory_name ON inventory (name_key, seq) WHERE counted;
CREATE INDEX inventory_uncounted ON inventory (seq) WHERE NOT counted;
-- Its sections but the software's list: JSON, packed with zstd.
CREATE TABLE inventory_section (
    inventory_seq BIGINT NOT NULL,
    section {key} NOT NULL,
    digest {bytes} NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (inventory_seq, section)
);
-- What it can be recognised by; bogus values are not kept.
CREATE TABLE inventory_identifier (
    kind SMALLINT NOT NULL,
    value {key} NOT NULL,
    inventory_seq BIGINT NOT NULL,
    PRIMARY KEY (kind, value, inventory_seq)
) {clustered};
CREATE INDEX inventory_identifier_owner ON inventory_identifier (inventory_seq);
-- The software catalogue: see docs/adr/0001-software-catalogue.md.
CREATE TABLE software_title (
    seq {serial},
    digest {bytes} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    publisher TEXT NOT NULL,
    machines BIGINT NOT NULL
);
CREATE INDEX software_title_name ON software_title (name_key, seq);
CREATE INDEX software_title_machines ON software_title (machines, seq);
CREATE TABLE software_version (
    seq {serial},
    digest {bytes} NOT NULL UNIQUE,
    title_seq BIGINT NOT NULL,
    version TEXT NOT NULL,
    source TEXT NOT NULL,
    architecture TEXT NOT NULL,
    size_bytes BIGINT
);
CREATE INDEX software_version_title ON software_version (title_seq);
CREATE TABLE software_set (
    seq {serial},
    digest {bytes} NOT NULL UNIQUE,
    bucket SMALLINT NOT NULL,
    machines BIGINT NOT NULL,
    members {bytes} NOT NULL,
    titles {bytes} NOT NULL
);
CREATE INDEX software_set_unused ON software_set (seq) WHERE machines = 0;
CREATE TABLE software_set_member (
    version_seq BIGINT NOT NULL,
    set_seq BIGINT NOT NULL,
    PRIMARY KEY (version_seq, set_seq)
) {clustered};
CREATE TABLE inventory_software (
    inventory_seq BIGINT NOT NULL,
    bucket SMALLINT NOT NULL,
    set_seq BIGINT NOT NULL,
    PRIMARY KEY (inventory_seq, bucket)
) {clustered};
CREATE INDEX inventory_software_set ON inventory_software (set_seq, inventory_seq);
-- Machines that came to (1) or left (-1) sets and are not yet in the counts.
CREATE TABLE software_note (
    seq {serial},
    machines BIGINT NOT NULL,
    sets {bytes} NOT NULL
);
-- History: what changed between two inventories, JSON packed with zstd.
CREATE TABLE inventory_change (
    seq {serial},
    inventory_seq BIGINT NOT NULL,
    equipment_id {uuid},
    merged_from {uuid},
    at BIGINT NOT NULL,
    collected_at BIGINT NOT NULL,
    body {bytes} NOT NULL
);
CREATE INDEX inventory_change_inventory ON inventory_change (inventory_seq, seq);
CREATE INDEX inventory_change_equipment ON inventory_change (equipment_id, seq);
CREATE INDEX inventory_change_at ON inventory_change (at);
-- Every synchronisation, for some weeks.
CREATE TABLE synchronisation (
    seq {serial},
    inventory_seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    source_address TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    status TEXT NOT NULL,
    messages TEXT NOT NULL
);
CREATE INDEX synchronisation_inventory ON synchronisation (inventory_seq, seq);
CREATE INDEX synchronisation_at ON synchronisation (at);
-- What joined an equipment with what, why, and how it is undone.
CREATE TABLE operation (
    id {uuid} NOT NULL PRIMARY KEY,
    equipment_id {uuid} NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_name TEXT NOT NULL,
    reasons TEXT NOT NULL,
    undo TEXT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX operation_equipment ON operation (equipment_id, at);
-- Lists being written, or written, to a file.
CREATE TABLE export (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL,
    list TEXT NOT NULL,
    format TEXT NOT NULL,
    query TEXT NOT NULL,
    state TEXT NOT NULL,
    rows_done BIGINT NOT NULL,
    rows_total BIGINT,
    bytes BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX export_created ON export (created_at);
-- Files attached to an equipment; the content is in the blob store under its digest.
CREATE TABLE attachment (
    id {uuid} NOT NULL PRIMARY KEY,
    equipment_id {uuid} NOT NULL REFERENCES equipment (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    digest {key} NOT NULL,
    merged_from {uuid},
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX attachment_equipment ON attachment (equipment_id);
