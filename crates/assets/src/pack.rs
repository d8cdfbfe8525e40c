//! Packing of JSON documents for storage: zstd at a level that is cheap to write and cheaper to read.

/// Largest document that is unpacked again, bytes: what is stored was bounded when it came in.
const LIMIT: usize = 64 << 20;

/// Packs a document.
pub(crate) fn pack(document: &[u8]) -> Vec<u8> {
    // Packing to memory cannot fail but for want of memory.
    zstd::bulk::compress(document, 3).unwrap_or_default()
}

/// Unpacks a document that [`pack`] made.
pub(crate) fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let size = zstd::bulk::Decompressor::upper_bound(packed).unwrap_or(LIMIT).min(LIMIT);
    zstd::bulk::decompress(packed, size)
}

/// A stored document is damaged.
pub(crate) fn damaged(what: &str, error: impl std::fmt::Display) -> sea_orm::DbErr {
    sea_orm::DbErr::Custom(format!("the stored {what} is damaged: {error}"))
}
