-- Certificates of others that this server's own connections trust, beside those of its operating system.
CREATE TABLE trusted_certificate (
    id {uuid} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    sha256 {bytes} NOT NULL UNIQUE,
    der {bytes} NOT NULL,
    added_at BIGINT NOT NULL
);
