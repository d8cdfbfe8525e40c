//! Packing of JSON documents for storage: zstd at a level that is cheap to write and cheaper to read.

use std::cell::RefCell;

use zstd::bulk::Compressor;

const LEVEL: i32 = 3;
/// Largest document that is unpacked again, bytes: what is stored was bounded when it came in.
const LIMIT: usize = 64 << 20;

thread_local! {
    // A new context costs more than packing a section does.
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
}

/// Packs a document.
pub(crate) fn pack(document: &[u8]) -> Vec<u8> {
    // Packing to memory cannot fail but for want of memory.
    PACKER.with_borrow_mut(|packer| packer.as_mut().and_then(|it| it.compress(document).ok()).unwrap_or_default())
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
