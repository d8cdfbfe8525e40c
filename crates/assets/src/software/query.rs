//! Questions about software: which titles there are, in which versions, and on which machines.

use std::{collections::HashMap, fmt::Write as _};

use sea_orm::{DbErr, QueryResult, Value};
use serde::Serialize;
use vigie_db::{
    Database, owners,
    paging::{COUNTED, Key, Listed, Page, Place, RowId, Total},
    search::{pattern, words},
};
use vigie_kernel::{CustomerId, EquipmentId, Granted, InventoryId, Scope, Timestamp};
use vigie_wire::version;

use super::list::{bucket_of, name_key};
use crate::{
    equipment::{CustomerRef, EquipmentRef, OsRef},
    sql,
};

/// A title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Title {
    /// Name.
    pub name: String,
    /// Publisher.
    pub publisher: String,
    /// How many versions are known.
    pub versions: i64,
    /// On how many machines it is.
    pub machines: i64,
    #[serde(skip)]
    seq: i64,
    #[serde(skip)]
    key: String,
}

/// A version of a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// Version, as the source writes it.
    pub version: String,
    /// Publisher.
    pub publisher: String,
    /// Where it is known from.
    pub source: String,
    /// Architecture.
    pub architecture: String,
    /// On how many machines it is.
    pub machines: i64,
}

/// A machine that has a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Machine {
    /// Its equipment; absent while it is pending.
    pub equipment: Option<EquipmentRef>,
    /// Its inventory.
    pub inventory_id: InventoryId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub customer: Option<CustomerRef>,
    /// The version that it has; the highest of those asked for.
    pub version: String,
    /// Publisher.
    pub publisher: String,
    /// Where it is known from.
    pub source: String,
    /// Operating system.
    pub os: Option<OsRef>,
    /// Last inventory.
    pub received_at: Timestamp,
    /// Whether it is a pending equipment.
    pub pending: bool,
    #[serde(skip)]
    seq: i64,
    #[serde(skip)]
    key: String,
}

/// Which titles are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct TitleFilter {
    /// The name, whatever its case.
    pub name: Option<String>,
    /// The publisher.
    pub publisher: Option<String>,
    /// Words that occur in name or publisher.
    #[cfg_attr(feature = "openapi", param(ignore))]
    pub q: Option<String>,
    /// Where it is known from.
    pub source: Option<String>,
}

/// Which machines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct MachineFilter {
    /// The title's name, whatever its case.
    pub name: String,
    /// The publisher.
    pub publisher: Option<String>,
    /// This version.
    pub version: Option<String>,
    /// A version below this one, by the rules of where it is known from.
    pub version_below: Option<String>,
    /// Whose.
    pub customer_id: Option<CustomerId>,
}

struct Clauses {
    text: String,
    values: Vec<Value>,
}

impl Clauses {
    fn new() -> Self {
        Self { text: "1 = 1".to_owned(), values: Vec::new() }
    }

    /// Adds a condition; `{}` in it stands for the value's placeholder.
    fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push_str(" AND ");
        self.text.push_str(&condition.replace("{}", &format!("${}", self.values.len())));
    }

    fn scoped(&mut self, column: &str, scope: Scope) {
        let (text, values) = owners::within_sql(column, scope, self.values.len() + 1);
        self.text.push_str(" AND ");
        self.text.push_str(&text);
        self.values.extend(values);
    }

    fn placed(&mut self, key: &str, id: &str, page: &Page) {
        if let Some(after) = &page.after {
            self.values.push(after.key.clone().into());
            self.values.push(after.id.clone().into());
            let (op, at) = (if page.descending { '<' } else { '>' }, self.values.len());
            // Writing to a string never fails.
            let _ = write!(self.text, " AND ({key}, {id}) {op} (${}, ${at})", at - 1);
        }
    }
}

fn order(key: &str, id: &str, page: &Page) -> String {
    let direction = if page.descending { "DESC" } else { "ASC" };
    format!("ORDER BY {key} {direction}, {id} {direction} LIMIT {}", page.limit + 1)
}

/// The titles that are on machines the caller may see. Sorted by name, or with `by_machines` by their number.
pub async fn titles(
    db: &Database,
    granted: &Granted,
    filter: &TitleFilter,
    by_machines: bool,
    page: &Page,
) -> Result<Listed<Title>, DbErr> {
    let mut clauses = Clauses::new();
    if let Some(name) = &filter.name {
        clauses.add("t.name_key = {}", name_key(name.trim()));
    }
    if let Some(publisher) = &filter.publisher {
        clauses.add("t.publisher = {}", publisher.clone());
    }
    for word in words(filter.q.as_deref()) {
        let condition = "(t.name_key LIKE {} ESCAPE '\\' OR LOWER(t.publisher) LIKE {} ESCAPE '\\')";
        clauses.add(condition, pattern(&word));
    }
    if let Some(source) = &filter.source {
        let condition = "EXISTS (SELECT 1 FROM software_version x WHERE x.title_seq = t.seq AND x.source = {})";
        clauses.add(condition, source.clone());
    }
    // Those who see all read the kept counts; for others the machines they may see are counted.
    let (from, count) = match granted.scope() {
        Scope::All => {
            clauses.text.push_str(" AND t.machines > 0");
            ("software_title t".to_owned(), "t.machines")
        }
        scope @ Scope::Assigned(_) => {
            let (within, values) = owners::within_sql("COALESCE(e.customer_id, i.customer_id)", scope, 1);
            let first = clauses.values.len();
            let within = shift(&within, first);
            clauses.values.extend(values);
            let counted = format!(
                "(SELECT v.title_seq AS seq, COUNT(DISTINCT i.seq) AS machines FROM inventory i \
                 LEFT JOIN equipment e ON e.id = i.equipment_id \
                 JOIN inventory_software h ON h.inventory_seq = i.seq \
                 JOIN software_set_member m ON m.set_seq = h.set_seq \
                 JOIN software_version v ON v.seq = m.version_seq \
                 WHERE i.counted AND {within} GROUP BY v.title_seq)"
            );
            (format!("{counted} AS c JOIN software_title t ON t.seq = c.seq"), "c.machines")
        }
    };
    let key = if by_machines { count } else { "t.name_key" };
    let text = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS x FROM {from} WHERE {} LIMIT {}) AS l",
        clauses.text,
        COUNTED + 1
    );
    let total = sql::number(db.reads(), &text, clauses.values.clone()).await?;
    let total = Total::bounded(total.unsigned_abs());
    clauses.placed(key, "t.seq", page);
    let text = format!(
        "SELECT t.seq, t.name, t.name_key, t.publisher, {count} AS machines, \
         (SELECT COUNT(DISTINCT x.version) FROM software_version x WHERE x.title_seq = t.seq) AS versions \
         FROM {from} WHERE {} {}",
        clauses.text,
        order(key, "t.seq", page)
    );
    let rows = sql::rows(db.reads(), &text, clauses.values).await?;
    let titles = rows
        .iter()
        .map(|row| {
            Ok(Title {
                name: row.try_get("", "name")?,
                publisher: row.try_get("", "publisher")?,
                versions: row.try_get("", "versions")?,
                machines: row.try_get("", "machines")?,
                seq: row.try_get("", "seq")?,
                key: row.try_get("", "name_key")?,
            })
        })
        .collect::<Result<Vec<_>, DbErr>>()?;
    Ok(Listed::cut(titles, page, total, |title| Place {
        key: if by_machines { Key::Number(title.machines) } else { Key::Text(title.key.clone()) },
        id: RowId::Number(title.seq),
    }))
}

/// Renumbers placeholders: `$1` becomes `$(1 + by)`. For a piece of a statement that stands behind others.
fn shift(text: &str, by: usize) -> String {
    text.replace("$1", &format!("${}", by + 1))
}

/// A version of a title as the catalogue has it.
struct Known {
    seq: i64,
    version: String,
    source: String,
    architecture: String,
    publisher: String,
}

async fn known_versions(db: &Database, name: &str, publisher: Option<&str>) -> Result<Vec<Known>, DbErr> {
    let mut clauses = Clauses::new();
    clauses.add("t.name_key = {}", name_key(name.trim()));
    if let Some(publisher) = publisher {
        clauses.add("t.publisher = {}", publisher);
    }
    let text = format!(
        "SELECT v.seq, v.version, v.source, v.architecture, t.publisher FROM software_title t \
         JOIN software_version v ON v.title_seq = t.seq WHERE {}",
        clauses.text
    );
    sql::rows(db.reads(), &text, clauses.values)
        .await?
        .iter()
        .map(|row| {
            Ok(Known {
                seq: row.try_get("", "seq")?,
                version: row.try_get("", "version")?,
                source: row.try_get("", "source")?,
                architecture: row.try_get("", "architecture")?,
                publisher: row.try_get("", "publisher")?,
            })
        })
        .collect()
}

/// For an `IN`. The numbers come from our own table, not from outside: they may stand in the text, which has no limit for
/// them.
fn numbers(versions: &[Known]) -> String {
    let numbers: Vec<String> = versions.iter().map(|it| it.seq.to_string()).collect();
    numbers.join(",")
}

/// The versions of a title with the number of machines the caller may see, highest version first. At most 2,000.
pub async fn versions(
    db: &Database,
    granted: &Granted,
    name: &str,
    publisher: Option<&str>,
) -> Result<Vec<Version>, DbErr> {
    let known = known_versions(db, name, publisher).await?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let list = numbers(&known);
    let (within, values) = owners::within_sql("COALESCE(e.customer_id, i.customer_id)", granted.scope(), 1);
    let text = if granted.scope() == Scope::All {
        format!(
            "SELECT m.version_seq AS seq, CAST(SUM(s.machines) AS BIGINT) AS n FROM software_set_member m \
             JOIN software_set s ON s.seq = m.set_seq WHERE m.version_seq IN ({list}) GROUP BY m.version_seq"
        )
    } else {
        format!(
            "SELECT m.version_seq AS seq, COUNT(*) AS n FROM software_set_member m \
             JOIN inventory_software h ON h.set_seq = m.set_seq JOIN inventory i ON i.seq = h.inventory_seq \
             LEFT JOIN equipment e ON e.id = i.equipment_id \
             WHERE m.version_seq IN ({list}) AND i.counted AND {within} GROUP BY m.version_seq"
        )
    };
    let mut counts: HashMap<i64, i64> = HashMap::new();
    for row in sql::rows(db.reads(), &text, values).await? {
        counts.insert(row.try_get("", "seq")?, row.try_get("", "n")?);
    }
    let mut versions: Vec<Version> = known
        .into_iter()
        .filter_map(|it| {
            let machines = counts.get(&it.seq).copied().filter(|machines| *machines > 0)?;
            Some(Version {
                version: it.version,
                publisher: it.publisher,
                source: it.source,
                architecture: it.architecture,
                machines,
            })
        })
        .collect();
    // The same version in two sizes is one to whoever reads the list.
    versions.sort_by(|a, b| {
        let same_place = (&a.source, &a.architecture, &a.publisher).cmp(&(&b.source, &b.architecture, &b.publisher));
        version::compare(Some(&a.source), &b.version, &a.version).then(same_place).then(a.version.cmp(&b.version))
    });
    versions.dedup_by(|next, kept| {
        let same = next.version == kept.version
            && next.source == kept.source
            && next.architecture == kept.architecture
            && next.publisher == kept.publisher;
        if same {
            kept.machines += next.machines;
        }
        same
    });
    versions.truncate(2_000);
    Ok(versions)
}

/// The machines that have a title in the versions asked for, by name.
pub async fn machines(
    db: &Database,
    granted: &Granted,
    filter: &MachineFilter,
    page: &Page,
) -> Result<Listed<Machine>, DbErr> {
    let wanted: Vec<Known> = known_versions(db, &filter.name, filter.publisher.as_deref())
        .await?
        .into_iter()
        .filter(|it| filter.version.as_ref().is_none_or(|version| it.version == *version))
        .filter(|it| {
            filter
                .version_below
                .as_ref()
                .is_none_or(|below| version::compare(Some(&it.source), &it.version, below) == std::cmp::Ordering::Less)
        })
        .collect();
    if wanted.is_empty() {
        return Ok(Listed { items: Vec::new(), next: None, total: Total::exact(0) });
    }
    let list = numbers(&wanted);
    let sets = format!("SELECT DISTINCT set_seq FROM software_set_member WHERE version_seq IN ({list})");
    let bucket = bucket_of(&name_key(filter.name.trim()));
    let has = format!("i.seq IN (SELECT inventory_seq FROM inventory_software WHERE set_seq IN ({sets}))");
    let mut clauses = Clauses { text: "i.counted".to_owned(), values: Vec::new() };
    let narrowed = granted.scope() != Scope::All || filter.customer_id.is_some();
    let from = if narrowed {
        clauses.scoped("COALESCE(e.customer_id, i.customer_id)", granted.scope());
        if let Some(customer) = filter.customer_id {
            clauses.add("COALESCE(e.customer_id, i.customer_id) = {}", customer.0);
        }
        "inventory i LEFT JOIN equipment e ON e.id = i.equipment_id"
    } else {
        "inventory i"
    };
    let total = if !narrowed && are_many(db, &sets).await? {
        Total::bounded(COUNTED + 1)
    } else {
        let text = format!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS x FROM {from} WHERE {} AND {has} LIMIT {}) AS l",
            clauses.text,
            COUNTED + 1
        );
        Total::bounded(sql::number(db.reads(), &text, clauses.values.clone()).await?.unsigned_abs())
    };
    clauses.placed("i.name_key", "i.seq", page);
    // Few are collected and sorted. Of many, the machines are walked by name, because every few of them are a match.
    let has = if total.at_least {
        format!(
            "(SELECT set_seq FROM inventory_software WHERE inventory_seq = i.seq AND bucket = {bucket}) IN ({sets})"
        )
    } else {
        has
    };
    let text = format!(
        "SELECT i.seq, i.id, i.equipment_id, e.name AS equipment_name, e.customer_id AS of_equipment, \
         i.customer_id AS of_inventory, i.name, i.name_key, i.os_family, i.os_name, i.os_version, i.received_at, \
         h.set_seq FROM (SELECT i.seq FROM {from} WHERE {} AND {has} {}) AS l JOIN inventory i ON i.seq = l.seq \
         JOIN inventory_software h ON h.inventory_seq = i.seq AND h.bucket = {bucket} \
         LEFT JOIN equipment e ON e.id = i.equipment_id {}",
        clauses.text,
        order("i.name_key", "i.seq", page),
        order("i.name_key", "i.seq", page)
    );
    let rows = sql::rows(db.reads(), &text, clauses.values).await?;
    let by_set = versions_of_sets(db, &rows, &wanted).await?;
    let machines = rows.iter().map(|row| machine(row, &by_set)).collect::<Result<Vec<_>, DbErr>>()?;
    let mut listed = Listed::cut(machines, page, total, |machine| Place {
        key: Key::Text(machine.key.clone()),
        id: RowId::Number(machine.seq),
    });
    let customers = listed.items.iter().filter_map(|it| it.customer.as_ref().map(|customer| customer.id));
    let names = owners::names(db.reads(), customers).await?;
    for customer in listed.items.iter_mut().filter_map(|it| it.customer.as_mut()) {
        customer.name = names.get(&customer.id).cloned().unwrap_or_default();
    }
    Ok(listed)
}

/// Whether more than [`COUNTED`] machines have one of these sets; told without looking at the machines. Those that are
/// not counted, of deleted equipment, are allowed for.
async fn are_many(db: &Database, sets: &str) -> Result<bool, DbErr> {
    let uncounted = sql::number(db.reads(), "SELECT COUNT(*) AS n FROM inventory WHERE NOT counted", vec![]).await?;
    let many = i64::try_from(COUNTED).unwrap_or(i64::MAX).saturating_add(uncounted);
    let text = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS x FROM inventory_software WHERE set_seq IN ({sets}) LIMIT {}) AS l",
        many.saturating_add(1)
    );
    Ok(sql::number(db.reads(), &text, vec![]).await? > many)
}

/// Of each set on the page, the highest version asked for that it holds.
async fn versions_of_sets<'a>(
    db: &Database,
    rows: &[QueryResult],
    wanted: &'a [Known],
) -> Result<HashMap<i64, &'a Known>, DbErr> {
    let by_seq: HashMap<i64, &Known> = wanted.iter().map(|it| (it.seq, it)).collect();
    let mut sets: Vec<i64> = rows.iter().map(|row| row.try_get("", "set_seq")).collect::<Result<_, _>>()?;
    sets.sort_unstable();
    sets.dedup();
    let mut found: HashMap<i64, &Known> = HashMap::new();
    let text = "SELECT seq, members FROM software_set WHERE seq";
    for row in sql::rows_in(db.reads(), text, sets.into_iter().map(Value::from).collect()).await? {
        let members = super::store::read_numbers(&row.try_get::<Vec<u8>>("", "members")?);
        let best = members
            .iter()
            .filter_map(|member| by_seq.get(member).copied())
            .max_by(|a, b| version::compare(Some(&a.source), &a.version, &b.version));
        if let Some(best) = best {
            found.insert(row.try_get("", "seq")?, best);
        }
    }
    Ok(found)
}

fn machine(row: &QueryResult, by_set: &HashMap<i64, &Known>) -> Result<Machine, DbErr> {
    let known = by_set.get(&row.try_get::<i64>("", "set_seq")?);
    let equipment_id: Option<EquipmentId> = row.try_get("", "equipment_id")?;
    let equipment_name: Option<String> = row.try_get("", "equipment_name")?;
    let customer: Option<CustomerId> =
        row.try_get::<Option<CustomerId>>("", "of_equipment")?.or(row.try_get("", "of_inventory")?);
    let text = |column: &str| row.try_get::<String>("", column);
    Ok(Machine {
        pending: equipment_id.is_none(),
        equipment: equipment_id.map(|id| EquipmentRef { id, name: equipment_name.unwrap_or_default() }),
        inventory_id: row.try_get("", "id")?,
        name: text("name")?,
        customer: customer.map(|id| CustomerRef { id, name: String::new() }),
        version: known.map(|it| it.version.clone()).unwrap_or_default(),
        publisher: known.map(|it| it.publisher.clone()).unwrap_or_default(),
        source: known.map(|it| it.source.clone()).unwrap_or_default(),
        os: OsRef::of(&text("os_family")?, &text("os_name")?, &text("os_version")?),
        received_at: row.try_get("", "received_at")?,
        seq: row.try_get("", "seq")?,
        key: text("name_key")?,
    })
}
