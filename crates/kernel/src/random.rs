//! Randomness, handed down by the programs like the clock.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// A source of random bytes.
pub trait Rng: Send + Sync + fmt::Debug {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);

    /// Eight random bytes as a number.
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number from 0 up to but without `bound` (0 when `bound` is 0). The bias is below 2⁻³² for bounds under 2³².
    fn below(&self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.next_u64()) * u128::from(bound)) >> 64).unwrap_or(0)
    }

    /// A random string of `len` letters and digits that are not mistaken for each other: for passwords and secrets
    /// that people may have to read aloud.
    fn readable(&self, len: usize) -> String {
        const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        (0..len)
            .map(|_| {
                let at = usize::try_from(self.below(ALPHABET.len() as u64)).unwrap_or(0);
                char::from(ALPHABET[at])
            })
            .collect()
    }
}

/// The operating system's generator: what every secret comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no secret can be made: there is nothing better to do than to stop.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A repeatable sequence (`SplitMix64`), for tests and simulations only: never for a secret.
#[derive(Debug)]
pub struct SequenceRng(AtomicU64);

impl SequenceRng {
    /// The sequence that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Rng for SequenceRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed).wrapping_add(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_one_sequence() {
        let (a, b, c) = (SequenceRng::new(1), SequenceRng::new(1), SequenceRng::new(2));
        assert_eq!(a.readable(40), b.readable(40));
        assert_ne!(a.readable(40), c.readable(40));
    }

    #[test]
    fn below_stays_below() {
        let rng = SequenceRng::new(3);
        assert!((0..10_000).all(|_| rng.below(7) < 7));
        assert_eq!(rng.below(0), 0);
    }
}
