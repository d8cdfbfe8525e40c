//! Passwords: the rules for new ones, and Argon2id (RFC 9106). Hashing takes memory and time on purpose, so only a few
//! run at once, on threads of their own, and only so many wait.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _},
};
use tokio::sync::Semaphore;
use vigie_kernel::Rng;

/// Fewest characters.
pub const SHORTEST: usize = 9;
/// Most characters that the preference may allow.
pub const LONGEST: usize = 128;
/// Most replaced passwords that are kept to be compared with.
pub const MOST_REMEMBERED: usize = 24;
/// Checks that may wait for their turn.
const MOST_WAITING: usize = 64;

/// A new password breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleBroken {
    /// Too short.
    #[error("at least {SHORTEST} characters are needed")]
    TooShort,
    /// Too long.
    #[error("at most {0} characters are allowed")]
    TooLong(usize),
    /// All of one kind.
    #[error("at least two of these are needed: upper case, lower case, digits, others")]
    OneKind,
    /// It is the sign-in name.
    #[error("it must not be the sign-in name")]
    IsLogin,
}

/// What new passwords are held to, beside the fixed rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Most characters.
    pub longest: usize,
    /// How many of the last passwords a new one must differ from.
    pub remembered: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { longest: LONGEST, remembered: 3 }
    }
}

impl Rules {
    /// Checks a new password.
    pub fn check(&self, password: &str, login: &str) -> Result<(), RuleBroken> {
        check(password, login, self.longest)
    }
}

fn check(password: &str, login: &str, longest: usize) -> Result<(), RuleBroken> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(RuleBroken::TooShort);
    }
    if length > longest {
        return Err(RuleBroken::TooLong(longest));
    }
    let kind = |it: char| match it {
        _ if it.is_uppercase() => 0,
        _ if it.is_lowercase() => 1,
        _ if it.is_numeric() => 2,
        _ => 3,
    };
    let mut kinds: Vec<u8> = password.chars().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 2 {
        return Err(RuleBroken::OneKind);
    }
    if password.to_lowercase() == login.to_lowercase() {
        return Err(RuleBroken::IsLogin);
    }
    Ok(())
}

/// A password to be used once and read aloud: about 90 bits.
pub fn one_time(rng: &dyn Rng) -> String {
    loop {
        let password = rng.readable(16);
        // By chance all of one kind: then the next one.
        if check(&password, "\0", LONGEST).is_ok() {
            return password;
        }
    }
}

/// Too many passwords are waiting to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked; try again in a moment")]
pub struct Busy;

/// Hashes and verifies. Cheap to clone; clones share the limit.
#[derive(Debug, Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// Verified where there is no account, so that it takes as long as where there is one.
    decoy: Arc<str>,
}

impl Hasher {
    /// As RFC 9106 §4 recommends second: 64 MiB, three passes; one lane, since each runs on one thread. `parallel` at once.
    pub fn new(parallel: usize) -> Self {
        Self::with_cost(parallel, 64 * 1024, 3)
    }

    /// As cheap as the algorithm allows: for tests.
    pub fn cheap() -> Self {
        Self::with_cost(4, Params::MIN_M_COST, Params::MIN_T_COST)
    }

    fn with_cost(parallel: usize, memory_kib: u32, passes: u32) -> Self {
        let params = Params::new(memory_kib, passes, 1, None).expect("these costs are within the algorithm's limits");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // Only the costs in it matter: nothing that is typed has this hash.
        let decoy = format!("$argon2id$v=19$m={memory_kib},t={passes},p=1$AAAAAAAAAAAAAAAAAAAAAA${}", "A".repeat(43));
        Self { argon2, turns: Arc::new(Semaphore::new(parallel.max(1))), waiting: Arc::default(), decoy: decoy.into() }
    }

    /// Hashes with a random salt.
    pub async fn hash(&self, rng: &dyn Rng, password: String) -> Result<String, Busy> {
        let mut salt = [0; 16];
        rng.fill(&mut salt);
        let hash = self.in_turn(move |argon2| argon2.hash_password_with_salt(password.as_bytes(), &salt));
        // What can fail is memory: 64 MiB that are not there now.
        hash.await?.map(|it| it.to_string()).map_err(|_| Busy)
    }

    /// Whether `hash` is of `password`.
    pub async fn verify(&self, password: String, hash: String) -> Result<bool, Busy> {
        self.in_turn(move |argon2| argon2.verify_password(password.as_bytes(), hash.as_str()).is_ok()).await
    }

    /// Takes as long as [`Self::verify`] and says no.
    pub async fn verify_nothing(&self, password: String) -> Result<bool, Busy> {
        self.verify(password, self.decoy.to_string()).await.map(|_| false)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let _place = Place::take(&self.waiting)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Busy)?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&argon2)
        })
        .await
        .map_err(|_| Busy)
    }
}

/// A place in the waiting room; given back when dropped, also when the caller goes away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self, Busy> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING { Err(Busy) } else { Ok(place) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_kernel::random::SequenceRng;

    #[test]
    fn rules() {
        let check_rules = |password: &str, login: &str| Rules::default().check(password, login);
        assert_eq!(check_rules("Abcdefg1", "x"), Err(RuleBroken::TooShort));
        assert_eq!(check_rules(&"aB".repeat(65), "x"), Err(RuleBroken::TooLong(128)));
        let short = Rules { longest: 31, ..Rules::default() };
        assert_eq!(short.check(&"aB".repeat(16), "x"), Err(RuleBroken::TooLong(31)));
        assert_eq!(check_rules("abcdefghijkl", "x"), Err(RuleBroken::OneKind));
        assert_eq!(check_rules("Admin-2026", "admin-2026"), Err(RuleBroken::IsLogin));
        assert_eq!(check_rules("abcdefgh1", "x"), Ok(()));
        assert_eq!(check_rules("été à midi", "x"), Ok(()));
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_only_and_the_decoy_nothing() {
        let (hasher, rng) = (Hasher::cheap(), SequenceRng::new(1));
        let hash = hasher.hash(&rng, "secret word".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert!(hasher.verify("secret word".into(), hash.clone()).await.unwrap());
        assert!(!hasher.verify("Secret word".into(), hash).await.unwrap());
        assert!(!hasher.verify_nothing("secret word".into()).await.unwrap());
        let costly = Hasher::new(1);
        assert!(
            argon2::password_hash::phc::PasswordHash::new(&costly.decoy).is_ok(),
            "the decoy costs like a real one"
        );
    }

    #[tokio::test]
    async fn the_waiting_room_is_bounded() {
        let hasher = Hasher::cheap();
        let places: Vec<_> = (0..MOST_WAITING).map(|_| Place::take(&hasher.waiting).unwrap()).collect();
        assert_eq!(hasher.verify_nothing("x".into()).await, Err(Busy));
        drop(places);
        assert_eq!(hasher.verify_nothing("x".into()).await, Ok(false));
    }
}
