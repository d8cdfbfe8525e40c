//! The service user: the user by whom the server manages this system. It exists here only, and its owner decides about
//! it. Whether a sign-in is good is a function of what is known: nothing here asks for the time or checks a password.

use std::time::Duration;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _},
};
use serde::{Deserialize, Serialize};
use vigie_kernel::{Rng, Timestamp};
use vigie_wire::link::message::{ServiceUser, Standing};

use super::folder::Folder;

/// The file in the system's folder.
pub const FILE: &str = "service-user.json";
/// The file with what was tried.
pub const ATTEMPTS: &str = "service-user-attempts.json";
/// Its name where nothing else is said.
pub const NAME: &str = "vigie";
/// Wrong passwords until it is locked.
pub const MOST_WRONG: u32 = 5;
/// How long it is locked, from the last wrong password.
pub const LOCKED: Duration = Duration::from_mins(5);
/// Fewest and most characters of a password.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;
/// Longest password that is checked at all, bytes.
const LONGEST_TRIED: usize = 1024;
/// Argon2id's memory, KiB, and passes: the agent is to be small. 8 MiB and three passes are still above what is held for
/// the least (OWASP: 7 MiB and five, or 12 MiB and three) together with the lock after five wrong passwords.
const MEMORY: u32 = 8 << 10;
const PASSES: u32 = 3;
/// Characters of a password that the agent makes.
const MADE: usize = 24;

/// The service user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name.
    pub name: String,
    /// Whether its owner switched it on.
    pub enabled: bool,
    /// Argon2id of its password; none: it has none, and nobody signs in.
    pub password: Option<String>,
    /// Until when the password is good; none: for ever.
    pub password_expires: Option<Timestamp>,
    /// The password was given for once.
    pub must_change: bool,
    /// From when the user may sign in.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Option<Timestamp>,
    /// What it may do.
    pub rights: Rights,
    /// Most management sessions at once.
    pub sessions: u32,
    /// Whether it may do anything from elsewhere.
    pub remote_operations: bool,
}

/// What the service user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Set its own password.
    pub write_own_password: bool,
    /// Back the system up.
    pub back_up: bool,
    /// Upgrade it.
    pub upgrade: bool,
    /// Read the monitoring of services.
    pub read_service_monitoring: bool,
}

impl Rights {
    /// Every right.
    pub const ALL: Self =
        Self { write_own_password: true, back_up: true, upgrade: true, read_service_monitoring: true };

    /// Each by its name.
    pub fn named(&mut self) -> [(&'static str, &mut bool); 4] {
        [
            ("write-own-password", &mut self.write_own_password),
            ("back-up", &mut self.back_up),
            ("upgrade", &mut self.upgrade),
            ("read-service-monitoring", &mut self.read_service_monitoring),
        ]
    }
}

/// Wrong passwords so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attempts {
    /// How many in a row.
    pub wrong: u32,
    /// When the last one was.
    pub last: Option<Timestamp>,
}

impl Attempts {
    /// Until when the user is locked.
    pub fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.last.filter(|_| self.wrong >= MOST_WRONG)?.plus(LOCKED);
        // A clock that was put back must not lock for years.
        (now < until && until.since(now) <= LOCKED).then_some(until)
    }
}

impl Account {
    /// As its owner finds it before anything is decided: off, and without a password. What it may do once it is on is
    /// everything; the owner may take rights away.
    pub fn by_hand() -> Self {
        Self {
            name: NAME.to_owned(),
            enabled: false,
            password: None,
            password_expires: None,
            must_change: false,
            valid_from: None,
            valid_until: None,
            rights: Rights::ALL,
            sessions: 5,
            remote_operations: true,
        }
    }

    /// The account of a folder. Wrong: why it cannot be read.
    pub fn read(folder: &Folder) -> Result<Option<Self>, String> {
        folder.read(FILE)
    }

    /// Gives it another password.
    pub fn set_password(&mut self, password: &str, now: Timestamp, rng: &dyn Rng) -> Result<(), String> {
        self.password = Some(hash(password, rng)?);
        self.must_change = false;
        // The end of the one before says nothing of this one.
        self.password_expires = self.password_expires.filter(|end| *end > now);
        Ok(())
    }
}

/// A password that nobody guesses.
pub(crate) fn made_password(rng: &dyn Rng) -> String {
    rng.readable(MADE)
}

/// Argon2id as the agent uses it.
pub(crate) fn argon2() -> Result<Argon2<'static>, String> {
    let params = Params::new(MEMORY, PASSES, 1, None).map_err(|error| error.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str, rng: &dyn Rng) -> Result<String, String> {
    let mut salt = [0; 16];
    rng.fill(&mut salt);
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

/// Whether `hash` is of `password`. Takes time and memory.
pub fn is_password(hash: &str, password: &str) -> bool {
    password.len() <= LONGEST_TRIED
        && argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), hash).is_ok())
}

/// What becomes of a sign-in. `sessions` are the management sessions that there are beside it. Whether the account is
/// off, not valid or locked is told without looking at the password; all else only to who knows it.
pub fn sign_in(
    account: Option<&Account>,
    attempts: &mut Attempts,
    given: &ServiceUser,
    now: Timestamp,
    sessions: u32,
    is_password: impl FnOnce(&str, &str) -> bool,
) -> Standing {
    if given.name.is_empty() && given.password.is_empty() {
        return Standing::NoAuthorisation;
    }
    let Some(account) = account.filter(|account| account.name == given.name) else {
        return Standing::InvalidCredentials;
    };
    if !account.enabled {
        return Standing::DisabledByAdministrator;
    }
    if account.valid_from.is_some_and(|from| now < from) || account.valid_until.is_some_and(|until| now >= until) {
        return Standing::CurrentlyDisabled;
    }
    if attempts.locked_until(now).is_some() {
        return Standing::TemporarilyLocked;
    }
    if !account.password.as_ref().is_some_and(|hash| is_password(hash, &given.password)) {
        let before = if attempts.wrong >= MOST_WRONG { 0 } else { attempts.wrong };
        *attempts = Attempts { wrong: before + 1, last: Some(now) };
        return Standing::AuthorisationFailed;
    }
    *attempts = Attempts::default();
    let Rights { write_own_password, back_up, upgrade, read_service_monitoring } = account.rights;
    if account.password_expires.is_some_and(|end| now >= end) {
        Standing::PasswordExpired
    } else if account.must_change {
        Standing::PasswordMustBeChanged
    } else if !account.remote_operations {
        Standing::RemoteOperationsNotAllowed
    } else if !(write_own_password || back_up || upgrade || read_service_monitoring) {
        Standing::NoRightEnabled
    } else if !read_service_monitoring {
        Standing::ServiceMonitoringMissing
    } else if !upgrade {
        Standing::UpgradeMissing
    } else if !(write_own_password && back_up) {
        Standing::InsufficientRights
    } else if sessions >= account.sessions {
        Standing::TooManySessions
    } else {
        Standing::SignedIn
    }
}

#[cfg(test)]
mod tests {
    use vigie_kernel::random::SequenceRng;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn account() -> Account {
        Account { enabled: true, password: Some("right".into()), ..Account::by_hand() }
    }

    fn given(name: &str, password: &str) -> ServiceUser {
        ServiceUser { name: name.into(), password: password.into() }
    }

    fn standing(account: &Account, password: &str) -> Standing {
        sign_in(Some(account), &mut Attempts::default(), &given(NAME, password), NOW, 0, |hash, it| hash == it)
    }

    #[test]
    fn who_is_unknown_is_told_so() {
        let none = &mut Attempts::default();
        let ask = |account: Option<&Account>, name, password, attempts: &mut Attempts| {
            sign_in(account, attempts, &given(name, password), NOW, 0, |_, _| panic!("no password is checked"))
        };
        assert_eq!(ask(Some(&account()), "", "", none), Standing::NoAuthorisation);
        assert_eq!(ask(Some(&account()), "root", "right", none), Standing::InvalidCredentials);
        assert_eq!(ask(Some(&account()), "", "right", none), Standing::InvalidCredentials);
        assert_eq!(ask(None, NAME, "right", none), Standing::InvalidCredentials);
        let off = Account { enabled: false, ..account() };
        assert_eq!(ask(Some(&off), NAME, "right", none), Standing::DisabledByAdministrator);
        let over = Account { valid_until: Some(NOW), ..account() };
        assert_eq!(ask(Some(&over), NAME, "right", none), Standing::CurrentlyDisabled);
        let not_yet = Account { valid_from: Some(NOW.plus(SECOND)), ..account() };
        assert_eq!(ask(Some(&not_yet), NAME, "right", none), Standing::CurrentlyDisabled);
        let mut locked = Attempts { wrong: MOST_WRONG, last: Some(NOW) };
        assert_eq!(ask(Some(&account()), NAME, "right", &mut locked), Standing::TemporarilyLocked);
    }

    #[test]
    fn what_else_stands_in_the_way_is_told_to_who_knows_the_password() {
        let rights = |write_own_password, back_up, upgrade, read_service_monitoring| Account {
            rights: Rights { write_own_password, back_up, upgrade, read_service_monitoring },
            ..account()
        };
        for (account, expected) in [
            (account(), Standing::SignedIn),
            (Account { password_expires: Some(NOW), ..account() }, Standing::PasswordExpired),
            (Account { password_expires: Some(NOW.plus(SECOND)), ..account() }, Standing::SignedIn),
            (Account { must_change: true, ..account() }, Standing::PasswordMustBeChanged),
            (Account { remote_operations: false, ..account() }, Standing::RemoteOperationsNotAllowed),
            (rights(false, false, false, false), Standing::NoRightEnabled),
            (rights(true, true, true, false), Standing::ServiceMonitoringMissing),
            (rights(true, true, false, true), Standing::UpgradeMissing),
            (rights(true, false, true, true), Standing::InsufficientRights),
            (rights(false, true, true, true), Standing::InsufficientRights),
            (Account { sessions: 0, ..account() }, Standing::TooManySessions),
        ] {
            assert_eq!(standing(&account, "right"), expected, "{account:?}");
            assert_eq!(standing(&account, "wrong"), Standing::AuthorisationFailed, "{account:?}");
        }
        assert_eq!(standing(&Account { password: None, ..account() }, ""), Standing::AuthorisationFailed);
        let two = sign_in(Some(&account()), &mut Attempts::default(), &given(NAME, "right"), NOW, 5, |_, _| true);
        assert_eq!(two, Standing::TooManySessions);
    }

    #[test]
    fn five_wrong_passwords_lock_for_a_while() {
        let (account, mut attempts) = (account(), Attempts::default());
        let mut ask = |password: &str, at: Timestamp| {
            sign_in(Some(&account), &mut attempts, &given(NAME, password), at, 0, |hash, it| hash == it)
        };
        for _ in 0..4 {
            assert_eq!(ask("wrong", NOW), Standing::AuthorisationFailed);
        }
        assert_eq!(ask("right", NOW), Standing::SignedIn, "a right one begins anew");
        for _ in 0..5 {
            assert_eq!(ask("wrong", NOW), Standing::AuthorisationFailed);
        }
        assert_eq!(ask("right", NOW.plus(Duration::from_secs(299))), Standing::TemporarilyLocked);
        assert_eq!(ask("wrong", NOW.plus(LOCKED)), Standing::AuthorisationFailed);
        assert_eq!(ask("right", NOW.plus(LOCKED)), Standing::SignedIn);
        let future = Attempts { wrong: MOST_WRONG, last: Some(NOW.plus(Duration::from_hours(99))) };
        assert_eq!(future.locked_until(NOW), None, "a clock that was put back does not lock");
    }

    #[test]
    fn a_password_is_kept_as_a_hash_and_a_new_one_is_not_expired() {
        let mut account = Account { must_change: true, password_expires: Some(NOW), ..account() };
        account.set_password("correct horse", NOW, &SequenceRng::new(1)).unwrap();
        let hash = account.password.clone().unwrap();
        assert!(hash.starts_with("$argon2id$") && !hash.contains("horse"));
        assert!(is_password(&hash, "correct horse") && !is_password(&hash, "correct house"));
        assert!(!is_password(&hash, &"x".repeat(LONGEST_TRIED + 1)));
        assert!(!account.must_change && account.password_expires.is_none());
        assert_ne!(made_password(&SequenceRng::new(1)), made_password(&SequenceRng::new(2)));
    }
}
