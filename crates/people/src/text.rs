//! Words that people type: trimmed, bounded, without control characters.

/// A value that people typed is not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left of it.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must not be longer than {0} characters")]
    TooLong(usize),
    /// Control characters.
    #[error("must not contain control characters")]
    Control,
}

/// Checks a word of 1 to `longest` characters and trims it.
pub fn word(text: &str, longest: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > longest {
        return Err(TextError::TooLong(longest));
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::Control);
    }
    Ok(text.to_owned())
}

/// Whether a text can be in a database at all: PostgreSQL has none with a zero in it.
pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// What names are compared by: lower case.
pub fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_trimmed_and_bounded() {
        assert_eq!(word("  Été ", 3), Ok("Été".to_owned()));
        assert_eq!(word(" ", 3), Err(TextError::Empty));
        assert_eq!(word("Étés", 3), Err(TextError::TooLong(3)));
        assert_eq!(word("a\nb", 9), Err(TextError::Control));
    }
}
