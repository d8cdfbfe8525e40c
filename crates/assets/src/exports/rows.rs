//! The rows of an exported list, page by page, as the list itself shows them.

use sea_orm::DbErr;
use serde_json::{Value, json};
use vigie_db::{
    Database,
    paging::{Listed, Page, Place, Total},
};
use vigie_kernel::Granted;

use super::{List, Wanted};
use crate::{
    equipment::{Staleness, list as equipment},
    pending::list as pending,
    software::query as software,
};

/// Rows that are read at once: enough that reading is not felt, few enough that memory is not.
const PAGE: u64 = 1_000;

/// Reads a list to its end.
pub struct Reader {
    db: Database,
    granted: Granted,
    staleness: Staleness,
    wanted: Wanted,
    page: Page,
    ended: bool,
}

impl Reader {
    /// From its first row.
    pub fn new(db: Database, granted: Granted, staleness: Staleness, wanted: Wanted) -> Self {
        let page = Page { limit: PAGE, descending: wanted.descending, after: None };
        Self { db, granted, staleness, wanted, page, ended: false }
    }

    /// The columns of the table, in the names of the API; one that lies deeper with a dot.
    pub fn columns(&self) -> &'static [&'static str] {
        match self.wanted.list {
            List::Equipment => &[
                "id",
                "name",
                "type",
                "status",
                "customer.name",
                "manufacturer",
                "model",
                "serial",
                "uuid",
                "os.name",
                "os.version",
                "location",
                "person",
                "asset_number",
                "last_inventory_at",
                "last_contact_at",
                "stale",
                "disk_nearly_full",
                "agent.kind",
                "agent.version",
            ],
            List::Pending => &[
                "id",
                "name",
                "type",
                "manufacturer",
                "model",
                "serial",
                "uuid",
                "os.name",
                "os.version",
                "source_address",
                "customer.name",
                "tag",
                "first_received_at",
                "received_at",
                "agent.kind",
                "agent.version",
                "agent.proven",
            ],
            List::Software => &["name", "publisher", "versions", "machines"],
            List::SoftwareMachines => &[
                "name",
                "version",
                "publisher",
                "source",
                "customer.name",
                "os.name",
                "os.version",
                "received_at",
                "pending",
                "equipment.id",
                "inventory_id",
            ],
        }
    }

    /// How many rows there will be.
    pub async fn total(&self) -> Result<Total, DbErr> {
        let page = Page { limit: 1, ..Page::default() };
        let (db, granted) = (&self.db, &self.granted);
        Ok(match self.wanted.list {
            List::Equipment => {
                let filter = self.wanted.filter()?;
                equipment::list(db, granted, &filter, equipment::Sort::Name, &page, self.staleness).await?.total
            }
            List::Pending => {
                pending::list(db, granted, &self.wanted.filter()?, pending::Sort::Name, &page).await?.total
            }
            List::Software => software::titles(db, granted, &self.wanted.filter()?, false, &page).await?.total,
            List::SoftwareMachines => software::machines(db, granted, &self.wanted.filter()?, &page).await?.total,
        })
    }

    /// The next rows; none when the list is at its end.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, DbErr> {
        if self.ended {
            return Ok(None);
        }
        let (db, granted, sort) = (&self.db, &self.granted, self.wanted.sort.as_str());
        let (rows, next) = match self.wanted.list {
            List::Equipment => {
                let sort = equipment::Sort::from_name(sort).unwrap_or_default();
                let filter = self.wanted.filter()?;
                as_json(equipment::rows(db, granted, &filter, sort, &self.page, self.staleness).await?)
            }
            List::Pending => {
                let sort = pending::Sort::from_name(sort).unwrap_or(pending::Sort::Name);
                as_json(pending::rows(db, granted, &self.wanted.filter()?, sort, &self.page).await?)
            }
            List::Software => {
                let by_machines = sort == "machines";
                as_json(software::titles(db, granted, &self.wanted.filter()?, by_machines, &self.page).await?)
            }
            List::SoftwareMachines => {
                as_json(software::machines(db, granted, &self.wanted.filter()?, &self.page).await?)
            }
        };
        self.ended = next.is_none();
        self.page.after = next;
        Ok(Some(rows))
    }
}

fn as_json<T: serde::Serialize>(listed: Listed<T>) -> (Vec<Value>, Option<Place>) {
    let rows = listed.items.iter().map(|item| serde_json::to_value(item).unwrap_or_else(|_| json!({}))).collect();
    (rows, listed.next)
}

/// The value of a column in a row; null where a part of the way is absent.
pub fn cell<'a>(row: &'a Value, column: &str) -> &'a Value {
    column.split('.').fold(row, |value, part| value.get(part).unwrap_or(&Value::Null))
}
