//! What people type into the search field of a list: words that must all occur, wherever, taken literally.

use sea_orm::{
    IntoSimpleExpr,
    sea_query::{ExprTrait as _, LikeExpr, SimpleExpr},
};

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
