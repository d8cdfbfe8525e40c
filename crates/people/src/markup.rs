//! Texts with headings, paragraphs, lists, bold, italic and underlined: HTML of a few elements without attributes.
//! Whatever else was typed is taken out before the text is kept, so that it can be shown as it is.

use std::{collections::HashSet, sync::LazyLock};

use ammonia::Builder;

use crate::text::{TextError, is_storable};

/// The elements that stay.
const ELEMENTS: [&str; 15] = ["b", "br", "em", "h1", "h2", "h3", "h4", "i", "li", "ol", "p", "s", "strong", "u", "ul"];

static SAFE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.tags(HashSet::from(ELEMENTS)).clean_content_tags(HashSet::from(["script", "style"]));
    builder
});

/// Makes a text of at most `longest` characters safe. A text without markup becomes paragraphs, where empty lines part
/// them. Empty stays empty.
pub(crate) fn safe(typed: &str, longest: usize) -> Result<String, TextError> {
    let typed = typed.trim();
    if typed.chars().count() > longest {
        return Err(TextError::TooLong(longest));
    }
    if !is_storable(typed) {
        return Err(TextError::Control);
    }
    if typed.contains('<') {
        return Ok(SAFE.clean(typed).to_string().trim().to_owned());
    }
    let escaped = |line: &str| line.replace('&', "&amp;").replace('>', "&gt;");
    let mut safe = String::new();
    for paragraph in typed.replace('\r', "").split("\n\n").map(str::trim).filter(|it| !it.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(escaped).collect();
        safe.extend(["<p>", &lines.join("<br>"), "</p>"]);
    }
    Ok(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_stays_and_all_else_goes() {
        let safe = |typed| safe(typed, 1000).unwrap();
        let allowed = "<h2>Notice</h2><p>For <b>staff</b>, <i>only</i> <u>here</u>.<br>Thanks</p><ul><li>a</li></ul>";
        assert_eq!(safe(allowed), allowed);
        for (typed, kept) in [
            ("<p onclick=\"x()\" style=\"top:0\" class=a>a</p>", "<p>a</p>"),
            ("<script>alert(1)</script><p>a", "<p>a</p>"),
            ("<style>p{}</style>a<b>", "a<b></b>"),
            ("<img src=x onerror=alert(1)>", ""),
            ("<a href=\"javascript:alert(1)\">a</a>", "a"),
            ("<svg><script>alert(1)</script></svg>", ""),
            ("<p>1 &lt; 2</p>", "<p>1 &lt; 2</p>"),
            ("<iframe srcdoc=\"<script>x</script>\"></iframe>a", "a"),
        ] {
            assert_eq!(safe(typed), kept, "{typed}");
        }
    }

    #[test]
    fn plain_text_becomes_paragraphs() {
        let safe = |typed| safe(typed, 40).unwrap();
        assert_eq!(safe("one & two\nthree\r\n\r\nfour"), "<p>one &amp; two<br>three</p><p>four</p>");
        assert_eq!(safe("  \n "), "");
        assert!(matches!(super::safe(&"x".repeat(41), 40), Err(TextError::TooLong(40))));
        assert!(matches!(super::safe("a\0", 40), Err(TextError::Control)));
    }
}
