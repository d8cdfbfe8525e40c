//! The list of equipment: filters, search, sort, paging, within the caller's scope.

use std::{collections::HashMap, fmt::Write as _};

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database, owners,
    paging::{Key, Listed, Page, Place, RowId, Total, count, key, page as cut},
    search::{contains, words},
};
use vigie_kernel::{CustomerId, Granted, ResellerId, Scope, Timestamp};

use super::{
    AgentRef, CustomerRef, EquipmentItem, OsRef, Staleness,
    classes::{Age, Contact, Memory, OtherThan, known},
};
use crate::{
    entity::equipment::{Column, Entity, Model},
    search::{Table, found},
    software::key,
    sql,
};

/// Which equipment is wanted. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Filter {
    /// Words that occur in name, serial, UUID, model, person, …
    #[cfg_attr(feature = "openapi", param(ignore))]
    pub q: Option<String>,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// Whose customer's it is.
    pub reseller_id: Option<ResellerId>,
    /// Type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// State of its life.
    pub status: Option<String>,
    /// Family of the operating system, or its name.
    pub os: Option<String>,
    /// Family of the operating system; `-`: not known.
    pub os_family: Option<String>,
    /// Name of the operating system; `-`: not known.
    pub os_name: Option<String>,
    /// Version of the operating system; `-`: not known.
    pub os_version: Option<String>,
    /// Maker; `-`: not known.
    pub manufacturer: Option<String>,
    /// How old it is.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub age: Option<Age>,
    /// How much memory it has.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub memory: Option<Memory>,
    /// When its agent was last heard of.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub contact: Option<Contact>,
    /// Other than these: a JSON array of at most 50 objects with members of this list's address, `manufacturer`, `os_name`,
    /// `os_version`, `customer_id`.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub other_than: Option<OtherThan>,
    /// Silent (`true`) or not.
    pub stale: Option<bool>,
    /// With a disk that is nearly full, or without.
    pub disk_nearly_full: Option<bool>,
    /// Version of the agent.
    pub agent_version: Option<String>,
    /// `with` or `without` an agent.
    pub agent: Option<String>,
    /// With a clone met, or without.
    pub clone: Option<bool>,
    /// How it stands to a key software: its id, a colon, and `present`, `old` or `absent`.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, pattern = "^ks_[0-9a-f]{32}:(present|old|absent)$"))]
    pub key_software: Option<key::Wanted>,
    /// Deleted ones instead of those that are there.
    pub deleted: Option<bool>,
}

/// Whose equipment is counted, beside the caller's scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Narrowed {
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// Of the customers of this reseller.
    pub reseller_id: Option<ResellerId>,
}

impl Narrowed {
    /// As further conditions of a statement on equipment, ` AND …`.
    pub(crate) fn sql(&self, values: &mut Vec<sea_orm::Value>) -> String {
        let mut text = String::new();
        for (condition, id) in
            [("customer_id = ", self.customer_id.map(|id| id.0)), ("customer_id IN ", self.reseller_id.map(|id| id.0))]
        {
            let Some(id) = id else { continue };
            values.push(id.into());
            let placeholder = format!("${}", values.len());
            let wanted = if condition.ends_with("IN ") { owners::of_reseller_sql(&placeholder) } else { placeholder };
            // Writing to a string never fails.
            let _ = write!(text, " AND {condition}{wanted}");
        }
        text
    }
}

/// What the list is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Name.
    #[default]
    Name,
    /// Type.
    Kind,
    /// State of its life.
    Status,
    /// Maker.
    Manufacturer,
    /// Model.
    Model,
    /// Operating system.
    Os,
    /// When its last inventory was taken.
    LastInventory,
}

impl Sort {
    /// Names that the API knows.
    pub const NAMES: &'static [&'static str] =
        &["name", "type", "status", "manufacturer", "model", "os", "last_inventory_at"];

    /// The sort of a name; none when there is no such sort.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "name" => Self::Name,
            "type" => Self::Kind,
            "status" => Self::Status,
            "manufacturer" => Self::Manufacturer,
            "model" => Self::Model,
            "os" => Self::Os,
            "last_inventory_at" => Self::LastInventory,
            _ => return None,
        })
    }

    const fn column(self) -> Column {
        match self {
            Self::Name => Column::NameKey,
            Self::Kind => Column::Kind,
            Self::Status => Column::Status,
            Self::Manufacturer => Column::Manufacturer,
            Self::Model => Column::Model,
            Self::Os => Column::OsName,
            Self::LastInventory => Column::LastInventoryAt,
        }
    }

    fn key(self, row: &Model) -> Key {
        match self {
            Self::Name => Key::Text(row.name_key.clone()),
            Self::Kind => Key::Text(row.kind.clone()),
            Self::Status => Key::Text(row.status.clone()),
            Self::Manufacturer => Key::Text(row.manufacturer.clone()),
            Self::Model => Key::Text(row.model.clone()),
            Self::Os => Key::Text(row.os_name.clone()),
            Self::LastInventory => Key::Number(row.last_inventory_at.millis()),
        }
    }
}

impl Filter {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn condition(&self, granted: &Granted, staleness: Staleness) -> Condition {
        let mut all = Condition::all().add(owners::within(Column::CustomerId, granted.scope()));
        all = all.add(if self.deleted == Some(true) {
            Column::DeletedAt.is_not_null()
        } else {
            Column::DeletedAt.is_null()
        });
        if let Some(customer) = self.customer_id {
            all = all.add(Column::CustomerId.eq(customer));
        }
        if let Some(reseller) = self.reseller_id {
            all = all.add(Column::CustomerId.in_subquery(owners::of_reseller(reseller)));
        }
        if let Some(wanted) = self.key_software {
            all = all.add(Column::KeyProfile.in_subquery(key::having(wanted)));
        }
        for (wanted, column) in [
            (&self.kind, Column::Kind),
            (&self.status, Column::Status),
            (&self.manufacturer, Column::Manufacturer),
            (&self.os_family, Column::OsFamily),
            (&self.os_name, Column::OsName),
            (&self.os_version, Column::OsVersion),
        ] {
            if let Some(wanted) = wanted {
                all = all.add(column.eq(known(wanted)));
            }
        }
        all = all.add_option(self.age.map(|age| age.condition(staleness.now)));
        all = all.add_option(self.memory.map(Memory::condition));
        all = all.add_option(self.contact.map(|contact| contact.condition(staleness.now)));
        all = all.add_option(self.other_than.as_ref().map(OtherThan::condition));
        if let Some(os) = &self.os {
            all = all.add(Condition::any().add(Column::OsFamily.eq(os.clone())).add(Column::OsName.eq(os.clone())));
        }
        if let Some(stale) = self.stale {
            let silent = Condition::all()
                .add(Column::InventorySeq.is_not_null())
                .add(Column::LastContactAt.lt(staleness.before));
            all = all.add(if stale { silent } else { silent.not() });
        }
        // Not as a value, so that the indexes of the few that are so serve the question.
        for (wanted, column) in [(self.disk_nearly_full, Column::DiskNearlyFull), (self.clone, Column::Clone)] {
            let holds = Expr::col((Entity, column));
            all = all.add_option(wanted.map(|wanted| if wanted { holds } else { holds.not() }));
        }
        if let Some(version) = &self.agent_version {
            all = all.add(Column::InventorySeq.is_not_null()).add(Column::AgentVersion.eq(version.clone()));
        }
        match self.agent.as_deref() {
            Some("with") => all = all.add(Column::InventorySeq.is_not_null()),
            Some("without") => all = all.add(Column::InventorySeq.is_null()),
            _ => {}
        }
        for word in words(self.q.as_deref()) {
            all = all.add(contains(Expr::col(Column::Search), &word));
        }
        all
    }
}

/// One page of the list.
pub async fn list(
    db: &Database,
    granted: &Granted,
    filter: &Filter,
    sort: Sort,
    page: &Page,
    staleness: Staleness,
) -> Result<Listed<EquipmentItem>, DbErr> {
    let found = found(db, Table::Equipment, filter.q.as_deref()).await?;
    let condition = filter.condition(granted, staleness).add_option(found);
    // The list of everything is the one whose size people know: it is counted to the end.
    let whole = filter.is_empty() && granted.scope() == Scope::All;
    let total = if whole {
        Total::exact(number(db).await?.unsigned_abs())
    } else {
        count(db, Entity::find().filter(condition.clone()), false).await?
    };
    let key = key(db, sort.column(), !whole && !total.at_least);
    Ok(Listed { total, ..page_of(db, condition, sort, key, page, staleness).await? })
}

/// How much equipment there is. Both numbers are the sizes of indexes, which costs less than asking each row.
pub(crate) async fn number(db: &Database) -> Result<i64, DbErr> {
    let text = "SELECT (SELECT COUNT(*) FROM equipment) \
                - (SELECT COUNT(*) FROM equipment WHERE deleted_at IS NOT NULL) AS n";
    sql::number(db.reads(), text, vec![]).await
}

/// One page without counting the rest: for whoever reads the list to its end.
pub async fn rows(
    db: &Database,
    granted: &Granted,
    filter: &Filter,
    sort: Sort,
    page: &Page,
    staleness: Staleness,
) -> Result<Listed<EquipmentItem>, DbErr> {
    let found = found(db, Table::Equipment, filter.q.as_deref()).await?;
    let condition = filter.condition(granted, staleness).add_option(found);
    page_of(db, condition, sort, Expr::col(sort.column()), page, staleness).await
}

async fn page_of(
    db: &Database,
    condition: Condition,
    sort: Sort,
    key: SimpleExpr,
    page: &Page,
    staleness: Staleness,
) -> Result<Listed<EquipmentItem>, DbErr> {
    let rows = cut(Entity::find().filter(condition), key, Expr::col(Column::Id), page).all(db.reads()).await?;
    let place = |row: &Model| Place { key: sort.key(row), id: RowId::Uuid(row.id.0) };
    let listed = Listed::cut(rows, page, Total::exact(0), place);
    let names = owners::names(db.reads(), listed.items.iter().map(|row| row.customer_id)).await?;
    let stands = key::of_profiles(db, listed.items.iter().map(|row| row.key_profile)).await?;
    Ok(listed.map(|row| {
        let key_software = stands.get(&row.key_profile).cloned();
        EquipmentItem { key_software, ..item(&row, &names, staleness) }
    }))
}

pub(crate) fn item(row: &Model, names: &HashMap<CustomerId, String>, staleness: Staleness) -> EquipmentItem {
    let with_agent = row.inventory_seq.is_some();
    let known = |at: Timestamp| (at.millis() > 0).then_some(at);
    EquipmentItem {
        id: row.id,
        name: row.name.clone(),
        kind: row.kind.clone(),
        status: row.status.clone(),
        customer: CustomerRef { id: row.customer_id, name: names.get(&row.customer_id).cloned().unwrap_or_default() },
        manufacturer: row.manufacturer.clone(),
        model: row.model.clone(),
        serial: row.serial.clone(),
        uuid: row.uuid.clone(),
        os: OsRef::of(&row.os_family, &row.os_name, &row.os_version),
        location: row.location.clone(),
        person: row.person.clone(),
        asset_number: row.asset_number.clone(),
        last_inventory_at: known(row.last_inventory_at),
        last_contact_at: known(row.last_contact_at),
        stale: with_agent && row.last_contact_at < staleness.before,
        disk_nearly_full: row.disk_nearly_full,
        clone: row.clone,
        agent: with_agent.then(|| AgentRef::of(None, &row.agent_kind, &row.agent_version)).flatten(),
        memory_bytes: (row.memory_bytes > 0).then_some(row.memory_bytes),
        age_from: (!row.age_from.is_empty()).then(|| row.age_from.clone()),
        key_software: None,
        deleted_at: row.deleted_at,
        revision: row.revision,
    }
}

/// The ids of all equipment that a filter finds, up to `most`: for actions on many.
pub async fn ids<C: ConnectionTrait>(
    connection: &C,
    granted: &Granted,
    filter: &Filter,
    staleness: Staleness,
    most: u64,
) -> Result<Vec<vigie_kernel::EquipmentId>, DbErr> {
    Entity::find()
        .filter(filter.condition(granted, staleness))
        .select_only()
        .column(Column::Id)
        .limit(most)
        .into_tuple()
        .all(connection)
        .await
}
