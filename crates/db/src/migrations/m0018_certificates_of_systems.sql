-- Authorities that issue certificates to customers' systems: the newest of a customer issues. Keys are sealed.
CREATE TABLE customer_authority (
    seq {serial},
    customer_id {uuid} NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    certificate TEXT NOT NULL,
    key_sealed {bytes} NOT NULL,
    sha256 TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL
);
CREATE INDEX customer_authority_customer ON customer_authority (customer_id, seq);
-- The newest certificate that was issued for each entry of a system's profile; `device` is empty for the system itself.
CREATE TABLE system_certificate (
    system_id {uuid} NOT NULL REFERENCES system (id) ON DELETE CASCADE,
    entry TEXT NOT NULL,
    device TEXT NOT NULL,
    names TEXT NOT NULL,
    serial TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    PRIMARY KEY (system_id, entry, device)
);
-- How the system says that it stands with its certificates, JSON; since when they are wanted anew.
ALTER TABLE system ADD COLUMN certificates TEXT NOT NULL DEFAULT '[]';
ALTER TABLE system ADD COLUMN certificates_anew BIGINT;
