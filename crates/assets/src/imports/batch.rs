//! One transaction of an import: what its lines are about, and what becomes of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Value,
};
use vigie_db::{Tx, owners};
use vigie_kernel::{Act, CustomerId, EquipmentId, Granted};

use super::{
    read::Line,
    run::{LookUp, Plan, Seen, Went, maker},
    undo::{Fields as Before, difference},
    values::{Refused, Wanted},
};
use crate::{
    entity::equipment::{Column, Entity, Model},
    equipment::{ChangeError, change},
    sql,
};

/// What a line came to.
enum Outcome {
    Created(Box<Model>),
    Changed(Box<Model>, Diff),
    Unchanged,
    Refused(Refused),
}

/// How a row differs from before: for undoing it, and for the audit trail.
struct Diff {
    fields: Before,
    detail: String,
}

pub(super) struct Batch {
    plan: Plan,
    granted: Granted,
    act: Act,
    pub(super) seen: Seen,
}

/// Rows that lines of a batch may be about, and what they are found by.
#[derive(Default)]
struct Known {
    rows: HashMap<EquipmentId, Model>,
    numbers: HashMap<String, Vec<EquipmentId>>,
    serials: HashMap<String, Vec<EquipmentId>>,
}

impl Known {
    fn add(&mut self, row: Model, plan: &Plan) {
        self.numbers.entry(plan.lower(&row.asset_number)).or_default().push(row.id);
        self.serials.entry(plan.lower(&row.serial)).or_default().push(row.id);
        self.rows.insert(row.id, row);
    }

    /// Those that are meant by what a line says.
    fn meant(&self, key: &LookUp) -> Vec<&Model> {
        let rows = |ids: Option<&Vec<EquipmentId>>| {
            ids.into_iter().flatten().filter_map(|id| self.rows.get(id)).collect::<Vec<_>>()
        };
        match key {
            LookUp::Id(id) => self.rows.get(id).into_iter().collect(),
            LookUp::AssetNumber(number, of) => {
                let mut found = rows(self.numbers.get(number));
                found.retain(|row| of.is_none_or(|of| of == row.customer_id));
                found
            }
            LookUp::Serial(serial, by) => {
                let mut found = rows(self.serials.get(serial));
                found.retain(|row| {
                    let theirs = maker(&row.manufacturer);
                    by.is_none() || theirs.is_none() || *by == theirs
                });
                found
            }
        }
    }
}

impl Batch {
    pub(super) fn new(plan: Plan, granted: Granted, act: Act, seen: Seen) -> Self {
        Self { plan, granted, act, seen }
    }

    pub(super) async fn run(&mut self, tx: &Tx, lines: &[Line]) -> Result<Went, DbErr> {
        // The row is held by this until the end: whoever stops the import waits, or was before.
        let going = "UPDATE import SET lines_read = lines_read + $1 WHERE id = $2 AND state = 'running'";
        let count = i64::try_from(lines.len()).unwrap_or(0);
        if sql::execute(tx, going, vec![count.into(), self.plan.id.into()]).await?.rows_affected() == 0 {
            return Ok(Went::Stopped);
        }
        let asked: Vec<Result<Wanted, Refused>> = lines.iter().map(|line| self.plan.wanted(line)).collect();
        let customers = self.plan.customers(tx, self.granted, asked.iter().flatten()).await?;
        let default = self.default_customer(tx).await?;
        let mut lookups = Vec::with_capacity(lines.len());
        for wanted in &asked {
            lookups.push(match wanted {
                Ok(wanted) => self.plan.customer_of(wanted, &customers).map(|of| (of, self.plan.keys(wanted, of))),
                Err(refused) => Err(refused.clone()),
            });
        }
        let known = self.known(tx, lookups.iter().flatten().flat_map(|(_, keys)| keys)).await?;
        let mut outcomes = Vec::with_capacity(lines.len());
        for ((line, wanted), lookup) in lines.iter().zip(asked).zip(lookups) {
            let outcome = match (wanted, lookup) {
                (Ok(wanted), Ok((customer, keys))) => self.line(line, &wanted, customer, &keys, &known, default),
                (Err(refused), _) | (_, Err(refused)) => Err(refused),
            };
            outcomes.push(outcome.unwrap_or_else(Outcome::Refused));
        }
        self.store(tx, lines, outcomes).await?;
        Ok(Went::On)
    }

    /// Whose equipment is that no customer is named for: the default one's, where the person sees it.
    async fn default_customer(&self, tx: &Tx) -> Result<Option<CustomerId>, DbErr> {
        let id = owners::default_customer(tx).await?.id;
        Ok(owners::customer(tx, id, self.granted.scope()).await?.map(|it| it.id))
    }

    /// The equipment within the person's scope that is found by any of these.
    async fn known(&self, tx: &Tx, keys: impl Iterator<Item = &LookUp>) -> Result<Known, DbErr> {
        let (mut ids, mut numbers, mut serials) = (HashSet::new(), HashSet::new(), HashSet::new());
        for key in keys {
            match key {
                LookUp::Id(id) => drop(ids.insert(*id)),
                LookUp::AssetNumber(number, _) => drop(numbers.insert(number.clone())),
                LookUp::Serial(serial, _) => drop(serials.insert(serial.clone())),
            }
        }
        for (column, values) in [("asset_number", numbers), ("serial", serials)] {
            let values: Vec<Value> = values.into_iter().map(Value::from).collect();
            let head =
                format!("SELECT id FROM equipment WHERE deleted_at IS NULL AND {column} <> '' AND lower({column})");
            for row in sql::rows_in(tx, &head, values).await? {
                ids.insert(row.try_get("", "id")?);
            }
        }
        let mut known = Known::default();
        let ids: Vec<EquipmentId> = ids.into_iter().collect();
        for piece in ids.chunks(sql::MOST) {
            let found = Entity::find()
                .filter(Column::Id.is_in(piece.iter().copied()))
                .filter(Column::DeletedAt.is_null())
                .filter(owners::within(Column::CustomerId, self.granted.scope()));
            for row in found.all(tx).await? {
                known.add(row, &self.plan);
            }
        }
        Ok(known)
    }

    fn line(
        &mut self,
        line: &Line,
        wanted: &Wanted,
        customer: Option<CustomerId>,
        keys: &[LookUp],
        known: &Known,
        default: Option<CustomerId>,
    ) -> Result<Outcome, Refused> {
        for key in keys {
            if let Some(other) = self.seen.other(key) {
                let column = self.plan.column(key.field());
                let cell = self.plan.columns.iter().position(|it| it == column).and_then(|at| line.cells.get(at));
                let refused = Refused::new("duplicate").at(column, cell.map_or("", String::as_str));
                return Err(Refused { other: Some(other), ..refused });
            }
        }
        for key in keys {
            self.seen.take(key, line.number);
        }
        match self.find(keys, known)? {
            Some(before) => self.change(line, wanted, customer, before),
            None => self.create(wanted, customer.or(default)),
        }
    }

    /// The one equipment that a line is about.
    fn find<'a>(&self, keys: &[LookUp], known: &'a Known) -> Result<Option<&'a Model>, Refused> {
        let mut found: Option<&Model> = None;
        for key in keys {
            let row = match (known.meant(key).as_slice(), key) {
                ([], LookUp::Id(id)) => return Err(self.plan.refused("id-unknown", "id", &id.to_string())),
                ([], _) => continue,
                ([row], _) => *row,
                // What has an id is found already.
                (_, _) if found.is_some() => continue,
                ([row, ..], _) => {
                    let value = if key.field() == "serial" { &row.serial } else { &row.asset_number };
                    return Err(self.plan.refused("match-ambiguous", key.field(), value));
                }
            };
            match found {
                // What has an id keeps it, whatever else the line says.
                Some(first) if first.id != row.id && !matches!(keys[0], LookUp::Id(_)) => {
                    return Err(self.plan.refused("match-conflict", "serial", &row.serial));
                }
                Some(_) => {}
                None => found = Some(row),
            }
        }
        Ok(found)
    }

    fn create(&self, wanted: &Wanted, customer: Option<CustomerId>) -> Result<Outcome, Refused> {
        let customer = customer.ok_or_else(|| self.plan.refused("customer-missing", "customer", ""))?;
        let id = EquipmentId::new(self.act.at, &*self.act.rng);
        let mut row = change::blank(id, customer, self.act.at);
        self.fill(&mut row, wanted, false)?;
        Ok(Outcome::Created(Box::new(row)))
    }

    fn change(
        &mut self,
        line: &Line,
        wanted: &Wanted,
        customer: Option<CustomerId>,
        before: &Model,
    ) -> Result<Outcome, Refused> {
        if let Some(other) = self.seen.equipment.insert(before.id, line.number) {
            let value = before.name.clone();
            return Err(Refused { value, other: Some(other), ..Refused::new("same-equipment") });
        }
        for key in self.plan.keys_of(&before.asset_number, before.customer_id, &before.serial, &before.manufacturer) {
            self.seen.take(&key, line.number);
        }
        let mut row = before.clone();
        // Only a line that names a customer itself moves its equipment.
        if let Some(customer) = customer.filter(|_| wanted.customer.is_some()) {
            row.customer_id = customer;
        }
        self.fill(&mut row, wanted, before.inventory_seq.is_some())?;
        if row == *before {
            return Ok(Outcome::Unchanged);
        }
        let diff = Diff { fields: difference(before, &row), detail: change::difference(before, &row) };
        Ok(Outcome::Changed(Box::new(row), diff))
    }

    fn fill(&self, row: &mut Model, wanted: &Wanted, locking: bool) -> Result<(), Refused> {
        let mut fields = wanted.fields.clone();
        if !wanted.custom.is_empty() {
            let mut custom: BTreeMap<String, String> = serde_json::from_str(&row.custom_fields).unwrap_or_default();
            for (name, value) in &wanted.custom {
                if value.is_empty() {
                    custom.remove(name);
                } else {
                    custom.insert(name.clone(), value.clone());
                }
            }
            fields.custom_fields = Some(custom);
        }
        change::fill(row, &fields, &self.act, locking).map_err(|error| match error {
            ChangeError::Invalid { field: "name", reason: "is empty" } => self.plan.refused("name-missing", "name", ""),
            ChangeError::Invalid { field, reason } => {
                let code = match reason {
                    "is too long" => "too-long",
                    "are too many" => "custom-too-many",
                    _ => "value-invalid",
                };
                self.plan.refused(code, field, "")
            }
            _ => Refused::new("value-invalid"),
        })
    }

    /// Writes what the lines came to: the equipment, how it is undone, what was refused, and the counts.
    async fn store(&self, tx: &Tx, lines: &[Line], outcomes: Vec<Outcome>) -> Result<(), DbErr> {
        let id = self.plan.id;
        let told = serde_json::json!({ "import": id }).to_string();
        let (mut made, mut changed) = (Vec::new(), Vec::new());
        let (mut undos, mut refusals, mut counts) = (Vec::<Value>::new(), Vec::<Value>::new(), [0_i64; 4]);
        for (line, outcome) in lines.iter().zip(outcomes) {
            let number = i64::try_from(line.number).unwrap_or(i64::MAX);
            let (at, row, diff) = match outcome {
                Outcome::Created(row) => (0, Some(row), None),
                Outcome::Changed(row, diff) => (1, Some(row), Some(diff)),
                Outcome::Unchanged => (2, None, None),
                Outcome::Refused(refused) => {
                    let other = refused.other.and_then(|it| i64::try_from(it).ok());
                    let cells = serde_json::to_string(&line.cells).unwrap_or_default();
                    let (code, column) = (refused.code, refused.column.filter(|it| !it.is_empty()));
                    refusals.extend([id.into(), number.into(), code.into(), column.into()]);
                    refusals.extend([refused.value.into(), other.into(), cells.into()]);
                    (3, None, None)
                }
            };
            counts[at] += 1;
            let Some(row) = row.filter(|_| !self.plan.dry_run) else { continue };
            let revision = row.revision + i64::from(diff.is_some());
            let fields = diff.as_ref().map(|it| serde_json::to_string(&it.fields).unwrap_or_default());
            undos.extend([id.into(), number.into(), row.id.into(), diff.is_none().into(), revision.into()]);
            undos.push(fields.unwrap_or_else(|| "{}".to_owned()).into());
            match diff {
                None => made.push(row),
                Some(diff) => changed.push((row, diff.detail)),
            }
        }
        for row in &made {
            change::audit(tx, &self.act, "equipment.create", row, &told);
        }
        if !made.is_empty() {
            let rows = made.into_iter().map(|row| row.into_active_model().reset_all());
            Entity::insert_many(rows).exec_without_returning(tx).await?;
        }
        // In one order everywhere: others may change the same.
        changed.sort_by_key(|(row, _)| row.id);
        for (mut row, detail) in changed {
            change::save(tx, &mut row, &self.act).await?;
            change::audit(tx, &self.act, "equipment.change", &row, &detail);
        }
        sql::insert_many(
            tx,
            "import_change (import_id, line, equipment_id, created, revision, fields)",
            6,
            undos,
            sql::Conflict::Never,
        )
        .await?;
        let columns = "import_refusal (import_id, line, code, column_name, value, other_line, cells)";
        sql::insert_many(tx, columns, 7, refusals, sql::Conflict::Never).await?;
        let text = "UPDATE import SET created = created + $1, changed = changed + $2, unchanged = unchanged + $3, \
                    refused = refused + $4 WHERE id = $5";
        let mut values: Vec<Value> = counts.into_iter().map(Value::from).collect();
        values.push(id.into());
        sql::execute(tx, text, values).await.map(drop)
    }
}
