-- Equipment that is imported, or was, from a file, which is on the node that took it.
CREATE TABLE import (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL,
    actor_name TEXT NOT NULL,
    source_address TEXT NOT NULL,
    node_id {uuid} NOT NULL,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    columns TEXT NOT NULL,
    preview TEXT NOT NULL,
    options TEXT NOT NULL,
    dry_run BOOLEAN NOT NULL,
    state {key} NOT NULL,
    lines_total BIGINT,
    lines_read BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    warnings TEXT NOT NULL,
    error TEXT,
    undone BIGINT NOT NULL,
    kept BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    undone_at BIGINT
);
CREATE INDEX import_created ON import (created_at, id);
CREATE INDEX import_user ON import (user_id, created_at, id);
CREATE INDEX import_state ON import (state);
-- What a line did to an equipment, and of which fields: what undoing it needs. `outcome`: how that went, once
-- it was tried.
CREATE TABLE import_change (
    import_id {uuid} NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    equipment_id {uuid} NOT NULL,
    created BOOLEAN NOT NULL,
    revision BIGINT NOT NULL,
    fields TEXT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (import_id, line)
);
-- A line that was not taken: why, and its cells as they are in the file.
CREATE TABLE import_refusal (
    import_id {uuid} NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    code TEXT NOT NULL,
    column_name TEXT,
    value TEXT NOT NULL,
    other_line BIGINT,
    cells TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);
-- What lines find equipment by.
CREATE INDEX equipment_asset_number ON equipment (lower(asset_number)) WHERE deleted_at IS NULL AND asset_number <> '';
CREATE INDEX equipment_serial ON equipment (lower(serial)) WHERE deleted_at IS NULL AND serial <> '';
