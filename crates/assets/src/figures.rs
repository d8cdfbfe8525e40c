//! Counting equipment: how many, by what. Each question is one of its own that an index answers without the rows: together
//! they cost a tenth of one pass over the table.

use sea_orm::{DbErr, QueryResult};
use vigie_db::{Database, Engine, owners};
use vigie_kernel::Scope;

use crate::{
    equipment::list::{Narrowed, number},
    overview::Count,
    sql,
};

/// What is counted: what lies within a scope, of some owner.
pub(crate) struct Figures<'a> {
    db: &'a Database,
    scope: Scope,
    narrowed: Narrowed,
}

impl<'a> Figures<'a> {
    pub(crate) const fn new(db: &'a Database, scope: Scope, narrowed: Narrowed) -> Self {
        Self { db, scope, narrowed }
    }

    /// Conditions on the owner, and the values that they bind. Where something is asked of the last contact, its index is
    /// walked: it holds the owner, and not the other way round. `+` keeps SQLite from the index of the owners.
    fn within(&self, asked: &str) -> (String, Vec<sea_orm::Value>) {
        let walks = self.db.engine() == Engine::Sqlite && asked.contains("last_contact_at");
        let owner = if walks { "+customer_id" } else { "customer_id" };
        let (mut within, mut values) = owners::within_sql(owner, self.scope, 1);
        within.push_str(&self.narrowed.sql(&mut values));
        (within, values)
    }

    /// Rows of a table for which a condition holds.
    pub(crate) async fn count(&self, table: &str, condition: &str) -> Result<i64, DbErr> {
        let (within, values) = self.within(condition);
        let text = format!("SELECT COUNT(*) AS n FROM {table} WHERE {condition} AND {within}");
        sql::number(self.db.reads(), &text, values).await
    }

    /// All equipment that is not deleted.
    pub(crate) async fn total(&self) -> Result<i64, DbErr> {
        if self.scope == Scope::All && self.narrowed == Narrowed::default() {
            number(self.db).await
        } else {
            self.count("equipment", "deleted_at IS NULL").await
        }
    }

    /// Equipment by its values of columns, most first.
    pub(crate) async fn groups(&self, columns: &str, condition: &str) -> Result<Vec<QueryResult>, DbErr> {
        self.top(columns, condition, "").await
    }

    /// The most frequent of them: `limit` as in `LIMIT 20`.
    pub(crate) async fn top(&self, columns: &str, condition: &str, limit: &str) -> Result<Vec<QueryResult>, DbErr> {
        let (within, values) = self.within(condition);
        let text = format!(
            "SELECT {columns}, COUNT(*) AS n FROM equipment WHERE deleted_at IS NULL AND {condition} AND {within} \
             GROUP BY {columns} ORDER BY n DESC, {columns} {limit}"
        );
        sql::rows(self.db.reads(), &text, values).await
    }

    /// By one column.
    pub(crate) async fn by(&self, column: &str) -> Result<Vec<Count>, DbErr> {
        counts(&self.groups(column, "1 = 1").await?, column)
    }

    /// By an expression that gives each row its class.
    pub(crate) async fn classes(&self, expression: &str, condition: &str) -> Result<Vec<Count>, DbErr> {
        let (within, values) = self.within(expression);
        let text = format!(
            "SELECT class, COUNT(*) AS n FROM (SELECT {expression} AS class FROM equipment \
             WHERE deleted_at IS NULL AND {condition} AND {within}) AS c GROUP BY class"
        );
        counts(&sql::rows(self.db.reads(), &text, values).await?, "class")
    }
}

fn counts(rows: &[QueryResult], column: &str) -> Result<Vec<Count>, DbErr> {
    rows.iter().map(|row| Ok(Count { key: row.try_get("", column)?, count: row.try_get("", "n")? })).collect()
}
