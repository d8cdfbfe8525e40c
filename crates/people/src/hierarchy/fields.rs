//! What people type about customers, checked: codes, tags, addresses, notes.

use crate::{
    text,
    users::fields::{FieldError, email, phone},
};

/// Longest code of a customer.
pub const LONGEST_CODE: usize = 20;
/// Longest postal address, characters.
pub const LONGEST_ADDRESS: usize = 500;
/// Longest notes, characters.
pub const LONGEST_NOTES: usize = 2000;
/// Most tags of one customer.
pub const MOST_TAGS: usize = 5;
/// Longest tag, characters.
pub const LONGEST_TAG: usize = 30;

/// A code: lower-case letters and digits, because it begins host names.
pub(super) fn code(typed: &str) -> Result<String, FieldError> {
    let code = typed.trim();
    let plain = code.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    if plain && (1..=LONGEST_CODE).contains(&code.len()) {
        return Ok(code.to_owned());
    }
    Err(FieldError::new("code", format!("must be 1 to {LONGEST_CODE} lower-case letters and digits")))
}

/// What a code is made from: the letters and digits of a name, whatever its script.
pub(super) fn code_of(name: &str) -> String {
    let plain = any_ascii::any_ascii(name).to_ascii_lowercase();
    let code: String = plain.chars().filter(char::is_ascii_alphanumeric).take(LONGEST_CODE).collect();
    if code.is_empty() { "customer".to_owned() } else { code }
}

/// Tags as they are typed, each with what it is compared by.
pub(super) fn tags(typed: &[String]) -> Result<Vec<(String, String)>, FieldError> {
    if typed.len() > MOST_TAGS {
        return Err(FieldError::new("tags", format!("must not be more than {MOST_TAGS}")));
    }
    let mut tags: Vec<(String, String)> = Vec::with_capacity(typed.len());
    for one in typed {
        let tag = text::word(one, LONGEST_TAG).map_err(|error| FieldError::new("tags", error))?;
        let key = text::key(&tag);
        if tags.iter().any(|(known, _)| *known == key) {
            return Err(FieldError::new("tags", format!("{tag} is there twice")));
        }
        tags.push((key, tag));
    }
    tags.sort();
    Ok(tags)
}

/// An e-mail address of a member, or nothing.
pub(super) fn mail(field: &'static str, typed: &str) -> Result<String, FieldError> {
    email(typed).map_err(|error| FieldError { field, ..error })
}

/// A telephone number, or nothing.
pub(super) fn telephone(typed: &str) -> Result<String, FieldError> {
    phone("phone", typed)
}

/// Text of several lines, or nothing.
pub(super) fn lines(field: &'static str, typed: &str, longest: usize) -> Result<String, FieldError> {
    let text = typed.replace("\r\n", "\n").trim().to_owned();
    if text.chars().count() > longest {
        return Err(FieldError::new(field, format!("must not be longer than {longest} characters")));
    }
    if text.chars().any(|it| it.is_control() && it != '\n' && it != '\t') {
        return Err(FieldError::new(field, "must not contain control characters"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_begins_host_names() {
        for right in ["a", "bakery2", &"9".repeat(20)] {
            assert_eq!(code(right).unwrap(), right);
        }
        for wrong in ["", "A", "a-b", "a b", "é", &"a".repeat(21)] {
            assert!(code(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn codes_are_made_from_names_of_any_script() {
        for (name, code) in [
            ("Boulangerie Œuvré & Fils", "boulangerieoeuvrefil"),
            ("Αθήνα", "athina"),
            ("Москва-1", "moskva1"),
            ("!!!", "customer"),
            ("株式会社", &code_of("株式会社")),
        ] {
            assert_eq!(code_of(name), code, "{name}");
            assert!(super::code(&code_of(name)).is_ok());
        }
    }

    #[test]
    fn tags_are_few_short_and_told_apart_whatever_their_case() {
        let of = |typed: &[&str]| tags(&typed.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&[" VIP ", "Été"]).unwrap(), [("vip".into(), "VIP".into()), ("été".into(), "Été".into())]);
        assert!(of(&["vip", "VIP"]).is_err() && of(&[" "]).is_err() && of(&[&"x".repeat(31)]).is_err());
        assert!(of(&["1", "2", "3", "4", "5", "6"]).is_err());
    }

    #[test]
    fn an_address_has_lines_and_no_control_characters() {
        assert_eq!(lines("address", " 1 rue\r\nVille \n", 500).unwrap(), "1 rue\nVille");
        assert!(lines("address", "a\u{7}", 500).is_err() && lines("address", &"a".repeat(501), 500).is_err());
    }
}
