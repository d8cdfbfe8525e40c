//! Unpacks the body of a request. What it is packed with is told by its first bytes, because clients' `Content-Type`
//! does not say (`application/x-compress` names no algorithm). Streams are unpacked step by step, so that one that
//! unpacks to too much is refused before the memory for it is taken.

use std::{borrow::Cow, io::Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};

use super::Refusal;

/// Largest inflated document that is accepted by default, bytes.
pub const DEFAULT_LIMIT: usize = 32 << 20;
/// How far a stream may unpack whatever its ratio, bytes.
const RATIO_FREE: usize = 1 << 20;
/// Most bytes that one packed byte may become beyond [`RATIO_FREE`]. Real inventories stay under 15; deflate itself ends
/// near 1,030.
const MAX_RATIO: usize = 200;
/// Size of the first buffer, and of the steps at the beginning, bytes.
const FIRST_STEP: usize = 64 << 10;

/// The document in a request's body: zlib (RFC 1950), gzip (RFC 1952), or as it is; at most `limit` bytes.
///
/// `charge` is asked before memory for so many more bytes is taken, and for the length of a body that is not packed;
/// the sum of what it was asked for is at least the length of the result. When it says no, the result is
/// [`Refusal::Busy`]. Whoever counts gives back the whole sum afterwards, also after a refusal.
pub fn inflate<'a>(
    body: &'a [u8],
    limit: usize,
    charge: &mut dyn FnMut(usize) -> bool,
) -> Result<Cow<'a, [u8]>, Refusal> {
    let mut stream: Box<dyn Read + 'a> = match body {
        [0x1f, 0x8b, ..] => Box::new(GzDecoder::new(body)),
        [cmf, flags, ..] if is_zlib(*cmf, *flags) => Box::new(ZlibDecoder::new(body)),
        _ if body.len() > limit => return Err(Refusal::TooLarge { limit }),
        _ if !charge(body.len()) => return Err(Refusal::Busy),
        _ => return Ok(Cow::Borrowed(body)),
    };
    let most = RATIO_FREE.max(body.len().saturating_mul(MAX_RATIO));
    let mut inflated = Vec::new();
    loop {
        if inflated.len() == inflated.capacity() {
            // One byte more than the limit is enough to see that it is passed.
            let step = inflated.len().max(FIRST_STEP).min(limit.min(most).saturating_add(1) - inflated.len());
            if !charge(step) {
                return Err(Refusal::Busy);
            }
            inflated.reserve_exact(step);
        }
        let room = inflated.capacity() - inflated.len();
        let before = inflated.len();
        (&mut stream)
            .take(room as u64)
            .read_to_end(&mut inflated)
            .map_err(|error| Refusal::Malformed(format!("the compressed body cannot be unpacked: {error}")))?;
        if inflated.len() > limit {
            return Err(Refusal::TooLarge { limit });
        }
        if inflated.len() > most {
            return Err(Refusal::Bomb { ratio: MAX_RATIO });
        }
        if inflated.len() - before < room {
            return Ok(Cow::Owned(inflated));
        }
    }
}

/// Whether these are the first two bytes of a zlib stream (RFC 1950 §2.2): deflate, and the check bits are right.
fn is_zlib(cmf: u8, flags: u8) -> bool {
    cmf & 0x0f == 8 && cmf >> 4 <= 7 && (u16::from(cmf) << 8 | u16::from(flags)) % 31 == 0
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{GzEncoder, ZlibEncoder},
    };
    use proptest::prelude::*;

    use super::*;

    fn zlib(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(body: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
        inflate(body, limit, &mut |_| true).map(Cow::into_owned)
    }

    #[test]
    fn packing_is_told_by_the_first_bytes() {
        let document = b"{\"deviceid\":\"x\"}".repeat(10_000);
        for level in 0..=9 {
            assert_eq!(read(&zlib(&document, level), DEFAULT_LIMIT).unwrap(), document, "zlib level {level}");
        }
        assert_eq!(read(&gzip(&document), DEFAULT_LIMIT).unwrap(), document);
        assert!(matches!(inflate(&document, DEFAULT_LIMIT, &mut |_| true), Ok(Cow::Borrowed(_))));
        assert_eq!(read(b"", DEFAULT_LIMIT).unwrap(), b"");
        assert_eq!(read(b"x", DEFAULT_LIMIT).unwrap(), b"x");
    }

    #[test]
    fn the_limit_holds_for_every_packing_to_the_byte() {
        // Not compressible, so that the ratio has no say.
        let mut seed = 1_u32;
        let document: Vec<u8> = (0..300_000)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed.to_be_bytes()[0]
            })
            .map(|byte| if byte == 0x1f { b'<' } else { byte })
            .collect();
        let document = [b"<".as_slice(), &document].concat();
        for body in [zlib(&document, 6), gzip(&document), document.clone()] {
            assert_eq!(read(&body, document.len()).unwrap().len(), document.len());
            let limit = document.len() - 1;
            assert_eq!(read(&body, limit), Err(Refusal::TooLarge { limit }));
        }
    }

    #[test]
    fn bombs_are_refused_after_a_mebibyte() {
        let bomb = vec![b' '; 20 << 20];
        let mut charged = 0;
        let mut charge = |more| {
            charged += more;
            true
        };
        assert_eq!(inflate(&zlib(&bomb, 9), DEFAULT_LIMIT, &mut charge), Err(Refusal::Bomb { ratio: MAX_RATIO }));
        assert!(charged < 5 << 20, "{charged} bytes were taken for a bomb");
        assert_eq!(read(&gzip(&bomb), DEFAULT_LIMIT), Err(Refusal::Bomb { ratio: MAX_RATIO }));
        // Little and repetitive is no bomb.
        assert_eq!(read(&zlib(&bomb[..1 << 20], 9), DEFAULT_LIMIT).unwrap().len(), 1 << 20);
    }

    #[test]
    fn truncated_and_damaged_streams_are_refused() {
        let document = b"<REQUEST><QUERY>PROLOG</QUERY></REQUEST>".repeat(100);
        for whole in [zlib(&document, 6), gzip(&document)] {
            for cut in 2..whole.len() {
                assert!(matches!(read(&whole[..cut], DEFAULT_LIMIT), Err(Refusal::Malformed(_))), "cut at {cut}");
            }
            let mut damaged = whole.clone();
            let last = damaged.len() - 1;
            damaged[last] ^= 0xff;
            assert!(matches!(read(&damaged, DEFAULT_LIMIT), Err(Refusal::Malformed(_))));
        }
    }

    #[test]
    fn the_budget_is_asked_before_memory_is_taken_and_its_no_is_kept() {
        let document = b"<a>0123456789</a>".repeat(30_000);
        let body = zlib(&document, 1);
        let mut charged = 0;
        let inflated = inflate(&body, DEFAULT_LIMIT, &mut |more| {
            charged += more;
            true
        });
        assert!(charged >= inflated.unwrap().len());
        let mut left = 200_000_usize;
        let refused = inflate(&body, DEFAULT_LIMIT, &mut |more| {
            let enough = more <= left;
            left = left.saturating_sub(more);
            enough
        });
        assert_eq!(refused, Err(Refusal::Busy));
        assert_eq!(inflate(&document, DEFAULT_LIMIT, &mut |_| false), Err(Refusal::Busy));
    }

    proptest! {
        #[test]
        fn arbitrary_bodies_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..500), head in 0..3_u8) {
            let body = match head {
                0 => body,
                1 => [&[0x78, 0x9c], body.as_slice()].concat(),
                _ => [&[0x1f, 0x8b, 8, 0], body.as_slice()].concat(),
            };
            let _ = read(&body, 1 << 20);
        }

        #[test]
        fn what_was_packed_comes_back(document in proptest::collection::vec(any::<u8>(), 0..5000)) {
            prop_assert_eq!(read(&zlib(&document, 6), 1 << 20).unwrap(), document.clone());
            prop_assert_eq!(read(&gzip(&document), 1 << 20).unwrap(), document);
        }
    }
}
