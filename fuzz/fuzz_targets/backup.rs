//! Backups: no path that leads elsewhere, no more than is said, and no `Ok` for what was not written so. Unpacked input is
//! packed first, or the checksum would keep everything from the archive's reader.
#![no_main]

use std::io::Read;

use vigie_fuzz::archive::{ArchiveError, Visitor, first, read};

#[derive(Default)]
struct Look {
    manifests: usize,
    entries: u64,
    bytes: u64,
}

impl Visitor for Look {
    type Error = ArchiveError;

    fn manifest(&mut self, _: &[u8]) -> Result<(), ArchiveError> {
        self.manifests += 1;
        Ok(())
    }

    fn entry(&mut self, path: &str, mode: u32, size: u64, content: &mut dyn Read) -> Result<(), ArchiveError> {
        assert_eq!(self.manifests, 1);
        assert!(!path.starts_with('/') && path.split('/').all(|name| !matches!(name, "" | "." | "..")));
        assert!(mode <= 0o777);
        self.entries += 1;
        let read = std::io::copy(content, &mut std::io::sink())?;
        assert!(read <= size);
        self.bytes += read;
        Ok(())
    }
}

fn look(data: &[u8]) {
    let mut look = Look::default();
    let scratch = tempfile::tempfile().expect("a temporary file");
    if let Ok(totals) = read(data, scratch, &mut look) {
        assert_eq!((totals.entries, totals.bytes), (look.entries, look.bytes));
        assert!(first(data).is_ok());
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    look(data);
    if let Ok(packed) = zstd::encode_all(data, 1) {
        look(&packed);
    }
});
