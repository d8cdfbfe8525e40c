//! Agents' words are hostile: before anything else sees a value it is bounded here. A value that is too long is cut, a
//! control character goes, an empty text is absent; what could not be kept is remembered as a [`Remark`], so that the
//! equipment can say so.

use serde::{Deserialize, Serialize};

/// Longest text that is kept, in bytes.
pub const MAX_TEXT: usize = 1024;
/// Most items of one section that are kept.
pub const MAX_ITEMS: usize = 20_000;
/// Most remarks that are kept of one inventory.
pub const MAX_REMARKS: usize = 50;

/// A value that was not taken as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Remark {
    /// Where: section and field, `operating_system.install_date`.
    pub field: String,
    /// Why, as a stable code: `too-long`, `too-many`, `not-a-number`, `not-a-date`, `impossible-date`, `unknown-value`.
    pub reason: String,
    /// The value, cut to 100 characters.
    pub value: String,
}

/// Collects remarks, up to [`MAX_REMARKS`].
#[derive(Debug, Default)]
pub struct Remarks(pub Vec<Remark>);

impl Remarks {
    /// Remembers that `value` of `field` was not taken as it came.
    pub fn add(&mut self, field: &str, reason: &str, value: &str) {
        if self.0.len() < MAX_REMARKS {
            let mut value: String = value.chars().filter(|c| !c.is_control()).take(100).collect();
            value.truncate(value.trim_end().len());
            self.0.push(Remark { field: field.to_owned(), reason: reason.to_owned(), value });
        }
    }
}

/// Something that can be brought within bounds.
pub trait Clean {
    /// Brings the value within bounds. `path` names it in remarks.
    fn clean(&mut self, path: &str, remarks: &mut Remarks);
}

impl Clean for String {
    fn clean(&mut self, path: &str, remarks: &mut Remarks) {
        if self.chars().any(char::is_control) {
            *self = self.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        }
        if self.len() > MAX_TEXT {
            remarks.add(path, "too-long", self);
            let mut end = MAX_TEXT;
            while !self.is_char_boundary(end) {
                end -= 1;
            }
            self.truncate(end);
        }
        let trimmed = self.trim();
        if trimmed.len() != self.len() {
            *self = trimmed.to_owned();
        }
    }
}

impl Clean for Option<String> {
    fn clean(&mut self, path: &str, remarks: &mut Remarks) {
        if let Some(text) = self {
            text.clean(path, remarks);
            if text.is_empty() {
                *self = None;
            }
        }
    }
}

macro_rules! nothing_to_clean {
    ($($ty:ty),+) => {$(impl Clean for $ty {
        fn clean(&mut self, _: &str, _: &mut Remarks) {}
    })+};
}

impl Clean for Option<u64> {
    fn clean(&mut self, path: &str, remarks: &mut Remarks) {
        // Databases and browsers count to 2⁵³ without loss; no machine has more of anything.
        if let Some(number) = self.filter(|number| *number > 1 << 53) {
            remarks.add(path, "unknown-value", &number.to_string());
            *self = None;
        }
    }
}

nothing_to_clean!(Option<i64>, Option<u32>, Option<bool>, Option<vigie_kernel::Timestamp>, bool);

impl<T: Clean> Clean for Vec<T> {
    fn clean(&mut self, path: &str, remarks: &mut Remarks) {
        if self.len() > MAX_ITEMS {
            remarks.add(path, "too-many", &self.len().to_string());
            self.truncate(MAX_ITEMS);
        }
        for item in self {
            item.clean(path, remarks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character_and_remarked() {
        let mut remarks = Remarks::default();
        let mut text = Some("é".repeat(MAX_TEXT));
        text.clean("system.name", &mut remarks);
        assert_eq!(text.unwrap().len(), MAX_TEXT);
        assert_eq!(remarks.0[0].reason, "too-long");
        assert_eq!(remarks.0[0].field, "system.name");
    }

    #[test]
    fn control_characters_go_and_empty_is_absent() {
        let mut remarks = Remarks::default();
        let mut text = Some("a\u{0}b\u{1b}[31m\n".to_owned());
        text.clean("x", &mut remarks);
        assert_eq!(text.as_deref(), Some("a b [31m"));
        let mut blank = Some(" \t".to_owned());
        blank.clean("x", &mut remarks);
        assert_eq!(blank, None);
    }

    #[test]
    fn lists_and_remarks_are_bounded() {
        let mut remarks = Remarks::default();
        let mut list = vec!["x".repeat(MAX_TEXT + 1); MAX_ITEMS + 5];
        list.clean("software", &mut remarks);
        assert_eq!(list.len(), MAX_ITEMS);
        assert_eq!(remarks.0.len(), MAX_REMARKS);
    }
}
