//! The index behind the search fields of equipment and of pending equipment; [`vigie_db::search`] says what is searched.
//!
//! A word of three characters or more is looked up in an index of trigrams. PostgreSQL's planner does that by itself
//! (`pg_trgm`); on SQLite (FTS5) the statement has to say so, and only where it pays: where many rows match, walking
//! the list in its order meets enough of them soon.

use sea_orm::{
    DbErr,
    sea_query::{Expr, SimpleExpr},
};
use vigie_db::{
    Database, Engine,
    search::{trigrams, words},
};

use crate::sql;

/// Up to so many matches the index leads to the rows.
const FEW: i64 = 20_000;

/// A table with a column `search` and an index of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Table {
    /// Equipment.
    Equipment,
    /// Inventories: pending equipment.
    Inventory,
}

/// What the index knows of a search, to be added to what the list asks for anyway; none when it does not help.
pub(crate) async fn found(db: &Database, table: Table, q: Option<&str>) -> Result<Option<SimpleExpr>, DbErr> {
    let Some(wanted) = trigrams(&words(q)).filter(|_| db.engine() == Engine::Sqlite) else {
        return Ok(None);
    };
    let index = match table {
        Table::Equipment => "equipment_search",
        Table::Inventory => "inventory_search",
    };
    let text = format!("SELECT COUNT(*) AS n FROM (SELECT 1 FROM {index} WHERE {index} MATCH $1 LIMIT {})", FEW + 1);
    if sql::number(db.reads(), &text, vec![wanted.clone().into()]).await? > FEW {
        return Ok(None);
    }
    let found = format!("seq IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)");
    Ok(Some(Expr::cust_with_values(found, [wanted])))
}
