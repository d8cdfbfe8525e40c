//! Which constraint a statement broke, on either engine.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A constraint of the schema that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// There is such a row already.
    Unique,
    /// The row that is referred to is not there, or another refers to this one.
    ForeignKey,
}

/// Which constraint was broken; none: it was something else.
pub fn violation(error: &DbErr) -> Option<Violation> {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => return Some(Violation::Unique),
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Some(Violation::ForeignKey),
        _ => {}
    }
    // What SQLite's writer passes on of an error is its words (https://sqlite.org/rescode.html, SQLITE_CONSTRAINT).
    let (DbErr::Exec(RuntimeErr::Internal(words)) | DbErr::Query(RuntimeErr::Internal(words))) = error else {
        return None;
    };
    let told = |kind: &str| words.contains(kind) && words.contains("constraint failed");
    match () {
        () if told("UNIQUE") => Some(Violation::Unique),
        () if told("FOREIGN KEY") => Some(Violation::ForeignKey),
        () => None,
    }
}
