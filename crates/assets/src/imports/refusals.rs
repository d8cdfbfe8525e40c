//! The lines that an import did not take, or a dry run would not.

use sea_orm::DbErr;
use serde::Serialize;
use vigie_db::{
    Database,
    paging::{Key, Listed, Page, Place, RowId, Total},
};
use vigie_kernel::{Granted, ImportId, UserId};

use super::read::MOST_COLUMNS;
use crate::sql;

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportRefusal))]
pub struct Refusal {
    /// Its number in the file.
    pub line: i64,
    /// Why, as a stable code.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// In which column the trouble is.
    pub column: Option<String>,
    /// What stands there.
    pub value: String,
    /// The line that it collides with.
    pub other_line: Option<i64>,
    /// Its cells, as they are in the file.
    pub cells: Vec<String>,
}

/// Why, in one sentence.
fn reason(code: &str, column: Option<&str>, value: &str, other: Option<i64>) -> String {
    let (column, other) = (column.unwrap_or("?"), other.unwrap_or(0));
    match code {
        "encoding" => "The line has bytes that cannot be read in the file's encoding.".to_owned(),
        "cells" => "The line has more cells than the header.".to_owned(),
        "cell-error" => format!("{column}: the cell holds the error {value}."),
        "not-calculated" => format!("{column}: the cell holds a formula that was not calculated."),
        "id-unknown" => format!("{column}: no equipment has the id {value}."),
        "customer-unknown" => format!("{column}: no customer is called {value}."),
        "customer-ambiguous" => format!("{column}: several customers are called {value}."),
        "customer-missing" => "The line names no customer.".to_owned(),
        "value-unknown" => format!("{column}: {value} is none of the known values."),
        "value-invalid" => format!("{column}: the value is not valid."),
        "too-long" => format!("{column}: the value is too long."),
        "custom-too-many" => "The equipment would have more than 50 fields of its own.".to_owned(),
        "name-missing" => "An equipment needs a name.".to_owned(),
        "date-invalid" => format!("{column}: {value} is no day."),
        "date-ambiguous" => format!("{column}: {value} may be two days; say in which order days and months stand."),
        "duplicate" => format!("{column}: {value} stands on line {other}, too."),
        "same-equipment" => format!("Line {other} is about the same equipment, {value}."),
        "match-ambiguous" => format!("{column}: several equipments have {value}."),
        "match-conflict" => "The asset number and the serial number are of two equipments.".to_owned(),
        _ => "The line was not taken.".to_owned(),
    }
}

/// Lines that were not taken, in their order. None: no such import.
pub async fn list(
    db: &Database,
    granted: &Granted,
    user: UserId,
    id: ImportId,
    page: &Page,
) -> Result<Option<Listed<Refusal>>, DbErr> {
    let Some(import) = super::get(db, granted, user, id).await? else { return Ok(None) };
    let after = match &page.after {
        Some(Place { key: Key::Number(line), .. }) => *line,
        _ => -1,
    };
    let text = "SELECT line, code, column_name, value, other_line, cells FROM import_refusal \
                WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3";
    let limit = i64::try_from(page.limit + 1).unwrap_or(i64::MAX);
    let mut items = Vec::new();
    for row in sql::rows(db.reads(), text, vec![id.into(), after.into(), limit.into()]).await? {
        let code: String = row.try_get("", "code")?;
        let column: Option<String> = row.try_get("", "column_name")?;
        let value: String = row.try_get("", "value")?;
        let other_line = row.try_get("", "other_line")?;
        let cells: Vec<String> = super::json("import", &row.try_get::<String>("", "cells")?)?;
        debug_assert!(cells.len() <= MOST_COLUMNS);
        let reason = reason(&code, column.as_deref(), &value, other_line);
        items.push(Refusal { line: row.try_get("", "line")?, code, reason, column, value, other_line, cells });
    }
    let total = Total::exact(u64::try_from(import.refused).unwrap_or(0));
    Ok(Some(Listed::cut(items, page, total, |it| Place { key: Key::Number(it.line), id: RowId::Number(it.line) })))
}
