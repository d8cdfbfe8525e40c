//! How many machines have a title. Intake only notes which sets gained or lost a machine; here the notes are folded into
//! the counts, by one worker at a time, so that no two machines ever wait for each other on a popular title.

use std::{collections::BTreeMap, fmt::Write as _};

use sea_orm::{DbErr, Value};
use vigie_db::Database;

use super::store::read_numbers;
use crate::sql;

/// Notes that one fold takes.
const NOTES: i64 = 1_000;

/// Folds what is noted, up to a bound. Answers whether there may be more.
pub async fn fold(db: &Database) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            sql::lock(tx, sql::Lock::Fold).await?;
            let last = "SELECT MAX(seq) AS n FROM (SELECT seq FROM software_note ORDER BY seq LIMIT $1) AS d";
            let last = sql::number(tx, last, vec![NOTES.into()]).await?;
            if last == 0 {
                return Ok(false);
            }
            // Deleted and read in one statement: on PostgreSQL a note with a smaller number may be committed between two.
            let text = "DELETE FROM software_note WHERE seq <= $1 RETURNING machines, sets";
            let taken = sql::rows(tx, text, vec![last.into()]).await?;
            let mut sets: BTreeMap<i64, i64> = BTreeMap::new();
            for row in &taken {
                let by: i64 = row.try_get("", "machines")?;
                for set in read_numbers(&row.try_get::<Vec<u8>>("", "sets")?) {
                    *sets.entry(set).or_default() += by;
                }
            }
            let sets: Vec<(i64, i64)> = sets.into_iter().filter(|(_, by)| *by != 0).collect();
            add(tx, "software_set", &sets).await?;
            add_to_titles(tx, &sets).await?;
            Ok(i64::try_from(taken.len()).unwrap_or(NOTES) >= NOTES)
        })
    })
    .await
}

/// A title's count is of machines, not of versions: a set that holds two versions of a title (two kernels) counts once.
async fn add_to_titles(tx: &vigie_db::Tx, sets: &[(i64, i64)]) -> Result<(), DbErr> {
    let by_set: BTreeMap<i64, i64> = sets.iter().copied().collect();
    let mut titles: BTreeMap<i64, i64> = BTreeMap::new();
    let text = "SELECT seq, titles FROM software_set WHERE seq";
    for row in sql::rows_in(tx, text, sets.iter().map(|(seq, _)| (*seq).into()).collect()).await? {
        let by = by_set[&row.try_get::<i64>("", "seq")?];
        for title in read_numbers(&row.try_get::<Vec<u8>>("", "titles")?) {
            *titles.entry(title).or_default() += by;
        }
    }
    let changed: Vec<(i64, i64)> = titles.into_iter().filter(|(_, by)| *by != 0).collect();
    add(tx, "software_title", &changed).await
}

async fn add(tx: &vigie_db::Tx, table: &str, changes: &[(i64, i64)]) -> Result<(), DbErr> {
    for piece in changes.chunks(sql::MOST) {
        let shape = sql::shape(piece.len());
        let mut tuples = String::new();
        for at in 0..shape {
            tuples.push_str(if at == 0 { "" } else { "," });
            // The first row tells PostgreSQL the types of all.
            // Writing to a string never fails.
            let _ = write!(tuples, "(CAST(${} AS BIGINT), CAST(${} AS BIGINT))", at * 2 + 1, at * 2 + 2);
        }
        let mut values: Vec<Value> = Vec::with_capacity(shape * 2);
        // Filled up with a row that there is not.
        for (seq, by) in piece.iter().copied().chain(std::iter::repeat((0, 0))).take(shape) {
            values.extend([Value::from(seq), Value::from(by)]);
        }
        let text = format!(
            "WITH change (seq, machines) AS (VALUES {tuples}) UPDATE {table} SET machines = {table}.machines + \
             change.machines FROM change WHERE {table}.seq = change.seq"
        );
        sql::execute(tx, &text, values).await?;
    }
    Ok(())
}
