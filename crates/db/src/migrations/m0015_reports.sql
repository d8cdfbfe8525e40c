-- Key software: programs that are watched for on every machine. See docs/adr/0013-key-software.md.
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
-- What summaries count by: memory, and the day from which age counts (bought, else the firmware's date, else installed).
ALTER TABLE inventory ADD COLUMN memory_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inventory ADD COLUMN bios_date TEXT NOT NULL DEFAULT '';
ALTER TABLE inventory ADD COLUMN os_installed TEXT NOT NULL DEFAULT '';
ALTER TABLE equipment ADD COLUMN memory_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE equipment ADD COLUMN bios_date TEXT NOT NULL DEFAULT '';
ALTER TABLE equipment ADD COLUMN os_installed TEXT NOT NULL DEFAULT '';
ALTER TABLE equipment ADD COLUMN age_from {key} NOT NULL DEFAULT '';
CREATE INDEX equipment_memory ON equipment (memory_bytes, customer_id, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX equipment_age ON equipment (age_from, customer_id, deleted_at) WHERE deleted_at IS NULL;
-- What is counted of some customers.
CREATE INDEX equipment_owner ON equipment (customer_id, kind, os_family, manufacturer, age_from, key_profile, deleted_at)
    WHERE deleted_at IS NULL;
CREATE INDEX equipment_system ON equipment (os_name, os_version, customer_id, deleted_at) WHERE deleted_at IS NULL;
-- When a report is written, and for whom. Whoever writes it has the row until `leased_until`.
CREATE TABLE report_schedule (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    customer_id {uuid},
    reseller_id {uuid},
    language TEXT NOT NULL,
    repeats TEXT NOT NULL,
    weekday SMALLINT NOT NULL,
    month_day SMALLINT NOT NULL,
    time_of_day TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    recipients TEXT NOT NULL,
    keep BIGINT NOT NULL,
    is_on BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    next_at BIGINT,
    leased_until BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX report_schedule_name ON report_schedule (user_id, name_key);
CREATE INDEX report_schedule_due ON report_schedule (next_at) WHERE next_at IS NOT NULL;
-- Reports that were written: HTML packed with zstd, and who it is still to be sent to.
CREATE TABLE report (
    id {uuid} NOT NULL PRIMARY KEY,
    schedule_id {uuid} NOT NULL REFERENCES report_schedule (id) ON DELETE CASCADE,
    made_at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    body {bytes} NOT NULL,
    unsent TEXT NOT NULL,
    tries BIGINT NOT NULL,
    send_at BIGINT
);
CREATE INDEX report_of_schedule ON report (schedule_id, made_at, id);
CREATE INDEX report_unsent ON report (send_at) WHERE send_at IS NOT NULL;
-- Views of lists that people saved: what stands in the list's address. Shared ones are seen by whoever has a customer in
-- common with their maker.
CREATE TABLE saved_view (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    page {key} NOT NULL,
    name TEXT NOT NULL,
    name_key {key} NOT NULL,
    query TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (user_id, page, name_key);
CREATE INDEX saved_view_page ON saved_view (page, position, name_key);
-- Which view somebody sees first.
CREATE TABLE saved_view_default (
    user_id {uuid} NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    page {key} NOT NULL,
    view_id {uuid} NOT NULL REFERENCES saved_view (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, page)
);
CREATE INDEX saved_view_default_view ON saved_view_default (view_id);
