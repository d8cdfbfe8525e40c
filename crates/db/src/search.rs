//! What people type into the search field of a list: words that must all occur, wherever, taken literally.

use sea_orm::{
    IntoSimpleExpr,
    sea_query::{ExprTrait as _, LikeExpr, SimpleExpr},
};

/// Trigrams of one word that are asked for; the rest of a longer one is compared.
const TRIGRAMS: usize = 24;

/// The words of a search, in lower case.
pub fn words(q: Option<&str>) -> Vec<String> {
    q.unwrap_or_default().split_whitespace().take(8).map(str::to_lowercase).collect()
}

/// What `LIKE … ESCAPE '\'` finds a word by.
pub fn pattern(word: &str) -> String {
    format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// `column` contains `word`.
pub fn contains(column: impl IntoSimpleExpr, word: &str) -> SimpleExpr {
    column.into_simple_expr().like(LikeExpr::new(pattern(word)).escape('\\'))
}

/// All trigrams of the words in FTS5's language; none when no word has one.
pub fn trigrams(words: &[String]) -> Option<String> {
    let mut wanted: Vec<String> = Vec::new();
    for word in words {
        let letters: Vec<char> = word.chars().collect();
        for trigram in letters.windows(3).take(TRIGRAMS) {
            let quoted = trigram.iter().collect::<String>().replace('"', "\"\"");
            wanted.push(format!("\"{quoted}\""));
        }
    }
    (!wanted.is_empty()).then(|| wanted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_trigrams() {
        let of = |q| trigrams(&words(Some(q)));
        assert_eq!(of("Web0 x\"y"), Some(r#""web" AND "eb0" AND "x""y""#.to_owned()));
        assert_eq!(of("Élan").as_deref(), Some("\"éla\" AND \"lan\""));
        assert_eq!(of("hp 42"), None);
    }
}
