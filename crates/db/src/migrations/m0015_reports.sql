-- Key software: programs that are watched for on every machine. See docs/adr/0015-key-software.md.
CREATE TABLE key_software (
    seq {serial},
    id {uuid} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key {key} NOT NULL UNIQUE,
    pattern TEXT NOT NULL,
    publisher TEXT NOT NULL,
    platform TEXT NOT NULL,
    lowest_version TEXT NOT NULL,
    note TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- One row, once there is a list: grows with every change of what it asks for.
CREATE TABLE key_software_list (
    id SMALLINT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);
-- How machines stand to all key software, each combination once however many machines share it.
CREATE TABLE key_software_profile (
    seq {serial},
    states {key} NOT NULL UNIQUE
);
CREATE TABLE key_software_state (
    key_seq BIGINT NOT NULL,
    state {key} NOT NULL,
    profile_seq BIGINT NOT NULL,
    PRIMARY KEY (key_seq, state, profile_seq)
) {clustered};
CREATE INDEX key_software_state_profile ON key_software_state (profile_seq, key_seq, state);
-- The combination of a machine (0: not known), and for which list it was found: an older one, or a negative number after
-- its software changed, says that it is to be found again.
ALTER TABLE equipment ADD COLUMN key_profile BIGINT NOT NULL DEFAULT 0;
ALTER TABLE equipment ADD COLUMN key_checked BIGINT NOT NULL DEFAULT 0;
CREATE INDEX equipment_key_profile ON equipment (key_profile, customer_id, deleted_at);
CREATE INDEX equipment_key_checked ON equipment (key_checked, customer_id, inventory_seq, deleted_at)
    WHERE deleted_at IS NULL AND inventory_seq IS NOT NULL;
