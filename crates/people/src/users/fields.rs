//! What people type about users, checked: names, telephone numbers, addresses, labels.

use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::{Day, Role};

use super::{LONGEST_LOGIN, is_session_timeout, mine::present};
use crate::{hierarchy::manage::LONGEST_NAME, text};

/// Longest first and last name together, characters, the space between them counted.
pub const LONGEST_NAMES: usize = 31;
/// Most digits of a telephone number (ITU-T E.164 §6.2.1).
pub const MOST_DIGITS: usize = 15;
/// Longest e-mail address, bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const LONGEST_EMAIL: usize = 254;
/// Most labels of one user.
pub const MOST_LABELS: usize = 100;

/// A value is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// Which member.
    pub field: &'static str,
    /// Why not.
    pub reason: String,
}

impl FieldError {
    pub(crate) fn new(field: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { field, reason: reason.to_string() }
    }
}

/// A user to be made. The account is usable at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Sign-in name, 1 to 15 characters, unique whatever its case.
    #[schema(min_length = 1, max_length = 15)]
    pub login: String,
    /// Password, as the rules of passwords ask.
    #[schema(format = Password)]
    pub password: String,
    /// Role.
    pub role: Role,
    /// Names of resellers and providers whose customers this user is assigned to; for roles that see assigned customers.
    #[serde(default)]
    pub labels: Vec<String>,
    /// First name.
    #[serde(default)]
    pub first_name: String,
    /// Last name; 31 characters with the first one and the space between them.
    #[serde(default)]
    pub last_name: String,
    /// Telephone, at most 15 digits.
    #[serde(default)]
    pub phone: String,
    /// Mobile telephone, at most 15 digits.
    #[serde(default)]
    pub mobile: String,
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Minutes, 5 to 30 by 5, after which an idle session ends; null: the preference.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 30, multiple_of = 5)]
    pub session_timeout_minutes: Option<u32>,
    /// Whether an idle session becomes a display that only updates; for support and read-only.
    #[serde(default)]
    pub wallboard: bool,
    /// Whether nobody can sign in with it yet.
    #[serde(default)]
    pub disabled: bool,
    /// Whether the password must be changed at the first sign-in.
    #[serde(default)]
    pub must_change_password: bool,
    /// The day on which the account becomes disabled; null: none.
    #[serde(default)]
    pub expires_on: Option<Day>,
}

/// Changes of a user; absent members stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChanges {
    /// Sign-in name, 1 to 15 characters, unique whatever its case.
    #[schema(min_length = 1, max_length = 15)]
    pub login: Option<String>,
    /// A new password. Ends the user's sessions.
    #[schema(format = Password)]
    pub password: Option<String>,
    /// Role.
    pub role: Option<Role>,
    /// All labels from now on.
    pub labels: Option<Vec<String>>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name; 31 characters with the first one and the space between them.
    pub last_name: Option<String>,
    /// Telephone, at most 15 digits.
    pub phone: Option<String>,
    /// Mobile telephone, at most 15 digits.
    pub mobile: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Minutes, 5 to 30 by 5, after which an idle session ends; null: the preference.
    #[serde(default, with = "present")]
    #[schema(value_type = Option<u32>, minimum = 5, maximum = 30, multiple_of = 5)]
    pub session_timeout_minutes: Option<Option<u32>>,
    /// Whether an idle session becomes a display that only updates; for support and read-only.
    pub wallboard: Option<bool>,
    /// Whether nobody can sign in with it. Ends the user's sessions at once.
    pub disabled: Option<bool>,
    /// Whether the password must be changed at the next sign-in.
    pub must_change_password: Option<bool>,
    /// The day on which the account becomes disabled; null: none.
    #[serde(default, with = "present")]
    #[schema(value_type = Option<Day>)]
    pub expires_on: Option<Option<Day>>,
}

/// A sign-in name.
pub(crate) fn login(typed: &str) -> Result<String, FieldError> {
    let login = text::word(typed, LONGEST_LOGIN).map_err(|error| FieldError::new("login", error))?;
    if login.chars().any(char::is_whitespace) {
        return Err(FieldError::new("login", "must not contain spaces"));
    }
    Ok(login)
}

/// First and last name; either may be empty.
pub(crate) fn names(first: &str, last: &str) -> Result<(String, String), FieldError> {
    let (first, last) = (optional("first_name", first, LONGEST_NAMES)?, optional("last_name", last, LONGEST_NAMES)?);
    let both = format!("{first} {last}");
    if both.trim().chars().count() > LONGEST_NAMES {
        let reason = format!("first and last name together must not be longer than {LONGEST_NAMES} characters");
        return Err(FieldError::new("last_name", reason));
    }
    Ok((first, last))
}

fn optional(field: &'static str, typed: &str, longest: usize) -> Result<String, FieldError> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    text::word(typed, longest).map_err(|error| FieldError::new(field, error))
}

/// A telephone number without what people put between its digits; a `+` may lead it.
pub(crate) fn phone(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let number: String =
        typed.chars().filter(|it| !matches!(it, ' ' | '.' | '-' | '(' | ')' | '/' | '\u{a0}')).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    if !digits.bytes().all(|it| it.is_ascii_digit()) || (digits.is_empty() && !number.is_empty()) {
        return Err(FieldError::new(field, "must be digits; a + may lead them"));
    }
    if digits.len() > MOST_DIGITS {
        return Err(FieldError::new(field, format!("must not have more than {MOST_DIGITS} digits")));
    }
    Ok(number)
}

/// An e-mail address, or nothing. Whether someone reads there only a message would tell.
pub(crate) fn email(typed: &str) -> Result<String, FieldError> {
    let typed = typed.trim();
    let refused = || FieldError::new("email", "must be an e-mail address");
    if typed.is_empty() {
        return Ok(String::new());
    }
    let (local, domain) = typed.rsplit_once('@').ok_or_else(refused)?;
    let plain = |it: char| !it.is_whitespace() && !it.is_control() && !matches!(it, '<' | '>' | ',' | ';' | '"' | '\\');
    let labels = domain.split('.').all(|it| !it.is_empty() && !it.starts_with('-') && !it.ends_with('-'));
    let sound = typed.len() <= LONGEST_EMAIL && !local.is_empty() && local.len() <= 64 && labels;
    if sound && typed.chars().all(plain) && !local.contains('@') { Ok(typed.to_owned()) } else { Err(refused()) }
}

/// Labels, each once whatever its case.
pub(crate) fn labels(typed: &[String]) -> Result<Vec<(String, String)>, FieldError> {
    if typed.len() > MOST_LABELS {
        return Err(FieldError::new("labels", format!("must not be more than {MOST_LABELS}")));
    }
    let mut labels: Vec<(String, String)> = Vec::with_capacity(typed.len());
    for one in typed {
        let label = text::word(one, LONGEST_NAME).map_err(|error| FieldError::new("labels", error))?;
        let key = text::key(&label);
        if labels.iter().all(|(known, _)| *known != key) {
            labels.push((key, label));
        }
    }
    Ok(labels)
}

pub(crate) fn check_timeout(minutes: Option<u32>) -> Result<(), FieldError> {
    if minutes.is_some_and(|it| !is_session_timeout(it)) {
        return Err(FieldError::new("session_timeout_minutes", "must be 5 to 30 minutes, by 5"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_together() {
        assert_eq!(names(" Ada ", "Lovelace").unwrap(), ("Ada".to_owned(), "Lovelace".to_owned()));
        assert!(names(&"a".repeat(15), &"b".repeat(15)).is_ok(), "31 with the space");
        assert!(names(&"a".repeat(15), &"b".repeat(16)).is_err(), "32 with the space");
        assert!(names(&"a".repeat(31), "").is_ok());
        assert!(names("a\u{7}", "").is_err());
    }

    #[test]
    fn telephone_numbers_lose_what_is_between_their_digits() {
        assert_eq!(phone("phone", "+33 (0)1.23-45").unwrap(), "+33012345");
        assert_eq!(phone("phone", "").unwrap(), "");
        assert!(phone("phone", &"1".repeat(15)).is_ok());
        for wrong in ["1234567890123456", "+", "12a", "0x10", "١٢"] {
            assert!(phone("phone", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_look_like_addresses() {
        for right in ["", "a@b.example", "prénom.nom@exemple.fr", "a+b@localhost"] {
            assert!(email(right).is_ok(), "{right}");
        }
        for wrong in ["a", "@b", "a@", "a@b..c", "a b@c", "a@b\nc", "a@b@c", "<a@b>", "a@-b"] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sign_in_names_and_labels() {
        assert_eq!(login(" ada ").unwrap(), "ada");
        assert!(login("abcdefghijklmno").is_ok() && login("abcdefghijklmnop").is_err());
        assert!(login("a b").is_err() && login("").is_err());
        assert_eq!(labels(&["North".into(), "NORTH".into(), "South".into()]).unwrap().len(), 2);
        assert!(labels(&[" ".into()]).is_err());
    }
}
