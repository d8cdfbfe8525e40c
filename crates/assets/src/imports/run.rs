//! Making an import: lines are taken some hundred at a time, each batch one transaction with everything that tells of it.
//!
//! What a line means is decided by what is known before the import: two lines about one equipment, or with one serial or
//! asset number, are a mistake, of which the second is refused. So a dry run says what the import itself will do.

use std::{collections::HashMap, sync::Arc};

use sea_orm::DbErr;
use sha2::{Digest as _, Sha256};
use vigie_db::{Database, Engine, owners};
use vigie_kernel::{Act, Actor, Clock, CustomerId, EquipmentId, Granted, ImportId, Rng};
use vigie_wire::matching::is_placeholder;

use super::{
    Import, MappingError, Match, Options,
    batch::Batch,
    columns::{Target, plain, targets},
    read::Line,
    undo::Fields as Before,
    values::{Refused, Wanted, wanted},
};
use crate::sql;

/// Lines of one transaction.
pub const BATCH: usize = 200;

/// Who imports, and with what.
#[derive(Clone)]
pub struct Surroundings {
    /// The database.
    pub db: Database,
    /// What the person may do.
    pub granted: Granted,
    /// The person.
    pub actor: Actor,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
}

/// Makes one import.
pub struct Runner {
    around: Surroundings,
    plan: Plan,
    seen: Seen,
}

/// What is to be done with lines.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) id: ImportId,
    pub(super) columns: Arc<[String]>,
    pub(super) targets: Arc<[Option<Target>]>,
    pub(super) options: Options,
    pub(super) dry_run: bool,
    pub(super) engine: Engine,
}

/// A shortened digest of what equipment is found by.
type Mark = [u8; 16];

/// What earlier lines were about, and which lines.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) marks: HashMap<Mark, u64>,
    pub(super) equipment: HashMap<EquipmentId, u64>,
}

impl Seen {
    /// The earlier line that was found by the same.
    pub(super) fn other(&self, key: &LookUp) -> Option<u64> {
        key.marks().0.iter().find_map(|it| self.marks.get(it)).copied()
    }

    pub(super) fn take(&mut self, key: &LookUp, line: u64) {
        for mark in key.marks().1 {
            self.marks.entry(mark).or_insert(line);
        }
    }
}

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// The next one may come.
    On,
    /// The import was stopped: nothing of the batch was done.
    Stopped,
}

impl Runner {
    /// For an import whose mapping fits its file.
    pub fn new(around: Surroundings, import: &Import) -> Result<Self, MappingError> {
        let targets = targets(&import.columns, import.options.mapping.as_ref())?;
        let plan = Plan {
            id: import.id,
            columns: import.columns.clone().into(),
            targets: targets.into(),
            options: import.options.clone(),
            dry_run: import.dry_run,
            engine: around.db.engine(),
        };
        Ok(Self { around, plan, seen: Seen::default() })
    }

    /// Takes lines that were done before the server stopped: later ones must not be about the same.
    pub async fn remember(&mut self, lines: &[Line]) -> Result<(), DbErr> {
        let db = self.around.db.reads();
        let asked: Vec<(u64, Wanted)> =
            lines.iter().filter_map(|line| Some((line.number, self.plan.wanted(line).ok()?))).collect();
        let customers = self.plan.customers(db, self.around.granted, asked.iter().map(|(_, it)| it)).await?;
        for (number, wanted) in &asked {
            let Ok(customer) = self.plan.customer_of(wanted, &customers) else { continue };
            for key in self.plan.keys(wanted, customer) {
                self.seen.take(&key, *number);
            }
        }
        Ok(())
    }

    /// The same of equipment that was changed before: what it was found by is not free for later lines.
    pub async fn remember_equipment(&mut self) -> Result<(), DbErr> {
        let text = "SELECT line, equipment_id, fields FROM import_change WHERE import_id = $1 AND line > $2 \
                    ORDER BY line LIMIT 1000";
        let mut after = 0_i64;
        loop {
            let rows = sql::rows(self.around.db.reads(), text, vec![self.plan.id.into(), after.into()]).await?;
            for row in &rows {
                after = row.try_get("", "line")?;
                let (line, id) = (after.unsigned_abs(), row.try_get("", "equipment_id")?);
                self.seen.equipment.insert(id, line);
                let before: Before = super::json("import", &row.try_get::<String>("", "fields")?)?;
                for key in self.plan.keys_before(&before) {
                    self.seen.take(&key, line);
                }
            }
            if rows.len() < 1000 {
                return Ok(());
            }
        }
    }

    /// Does what the lines ask for, or says why not. At most [`BATCH`] of them.
    pub async fn take(&mut self, lines: Vec<Line>) -> Result<Went, DbErr> {
        let (plan, granted, seen) = (self.plan.clone(), self.around.granted, std::mem::take(&mut self.seen));
        let actor = self.around.actor.clone();
        let act = Act { actor, at: self.around.clock.now(), rng: self.around.rng.clone() };
        let (went, seen) = self
            .around
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut batch = Batch::new(plan, granted, act, seen);
                    let went = batch.run(tx, &lines).await?;
                    Ok::<_, DbErr>((went, batch.seen))
                })
            })
            .await?;
        self.seen = seen;
        Ok(went)
    }
}

/// What an equipment is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LookUp {
    Id(EquipmentId),
    /// Within a customer, where one is known.
    AssetNumber(String, Option<CustomerId>),
    /// Of a manufacturer, where one is known.
    Serial(String, Option<String>),
}

impl LookUp {
    /// What must be free for a line that is found by this, and what it takes. Without a customer or a maker it may mean any.
    fn marks(&self) -> ([Mark; 2], [Mark; 2]) {
        let (kind, text, of) = match self {
            Self::Id(id) => ("i", id.to_string(), Some(String::new())),
            Self::AssetNumber(number, of) => ("a", number.clone(), of.map(|it| it.to_string())),
            Self::Serial(serial, by) => ("s", serial.clone(), by.clone()),
        };
        let mark = |of: &str| -> Mark {
            let mut short = [0; 16];
            short.copy_from_slice(&Sha256::digest(format!("{kind}\0{text}\0{of}"))[..16]);
            short
        };
        let (any, unsaid) = (mark("*"), mark("?"));
        match of {
            Some(of) => ([mark(&of), unsaid], [mark(&of), any]),
            None => ([any, any], [unsaid, any]),
        }
    }

    /// The field that it is.
    pub(super) const fn field(&self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::AssetNumber(..) => "asset_number",
            Self::Serial(..) => "serial",
        }
    }
}

/// Customers by what lines call them; none: no such customer, or more than one.
type Customers = HashMap<String, Option<CustomerId>>;

impl Plan {
    pub(super) fn wanted(&self, line: &Line) -> Result<Wanted, Refused> {
        wanted(line, &self.columns, &self.targets, self.options.dates)
    }

    /// The column that becomes a field.
    pub(super) fn column<'a>(&'a self, field: &'a str) -> &'a str {
        let at = self.targets.iter().position(|it| it.as_ref().is_some_and(|it| it.to_string() == field));
        at.and_then(|at| self.columns.get(at)).map_or(field, String::as_str)
    }

    pub(super) fn refused(&self, code: &'static str, field: &str, value: &str) -> Refused {
        Refused::new(code).at(self.column(field), value)
    }

    pub(super) async fn customers<'a>(
        &self,
        db: &impl sea_orm::ConnectionTrait,
        granted: Granted,
        lines: impl Iterator<Item = &'a Wanted>,
    ) -> Result<Customers, DbErr> {
        let mut named: Vec<&str> = lines.filter_map(|it| it.customer.as_deref()).collect();
        named.sort_unstable();
        named.dedup();
        owners::customers_called(db, &named, granted.scope()).await
    }

    /// The customer that a line names, or the import for lines that name none.
    pub(super) fn customer_of(&self, wanted: &Wanted, customers: &Customers) -> Result<Option<CustomerId>, Refused> {
        match &wanted.customer {
            None => Ok(self.options.customer_id),
            Some(called) => match customers.get(called) {
                Some(Some(id)) => Ok(Some(*id)),
                Some(None) => Err(self.refused("customer-ambiguous", "customer", called)),
                None => Err(self.refused("customer-unknown", "customer", called)),
            },
        }
    }

    /// As the engine's `lower` makes it.
    pub(super) fn lower(&self, text: &str) -> String {
        if self.engine == Engine::Postgres { text.to_lowercase() } else { text.to_ascii_lowercase() }
    }

    /// What a line's equipment is found by, in the order in which it is tried.
    pub(super) fn keys(&self, wanted: &Wanted, customer: Option<CustomerId>) -> Vec<LookUp> {
        let by = self.options.by;
        let mut keys = Vec::new();
        if let Some(id) = wanted.id.filter(|_| matches!(by, Match::Auto | Match::Id)) {
            keys.push(LookUp::Id(id));
        }
        let known = |text: &Option<String>| {
            text.as_deref().filter(|it| !it.is_empty() && !is_placeholder(it)).map(|it| self.lower(it))
        };
        if matches!(by, Match::Auto | Match::AssetNumber)
            && let Some(number) = known(&wanted.fields.asset_number)
        {
            keys.push(LookUp::AssetNumber(number, customer));
        }
        if matches!(by, Match::Auto | Match::Serial)
            && let Some(serial) = known(&wanted.fields.serial)
        {
            keys.push(LookUp::Serial(serial, wanted.fields.manufacturer.as_deref().and_then(maker)));
        }
        keys
    }

    /// All that a row is found by.
    pub(super) fn keys_of(
        &self,
        asset_number: &str,
        customer: CustomerId,
        serial: &str,
        manufacturer: &str,
    ) -> Vec<LookUp> {
        let mut keys = Vec::new();
        if !asset_number.is_empty() {
            keys.push(LookUp::AssetNumber(self.lower(asset_number), Some(customer)));
        }
        if !serial.is_empty() {
            keys.push(LookUp::Serial(self.lower(serial), maker(manufacturer)));
        }
        keys
    }

    /// The same of what an equipment was before this import changed it.
    fn keys_before(&self, before: &Before) -> Vec<LookUp> {
        let was = |field: &str| before.get(field).and_then(|it| it.before.clone()).unwrap_or_default();
        let customer = was("customer_id").parse().unwrap_or(CustomerId(sea_orm::prelude::Uuid::nil()));
        self.keys_of(&was("asset_number"), customer, &was("serial"), &was("manufacturer"))
    }
}

/// What tells makers apart: agents and books write `Dell Inc.` and `Dell`.
pub(super) fn maker(manufacturer: &str) -> Option<String> {
    plain(manufacturer).split(' ').next().filter(|it| !it.is_empty()).map(str::to_owned)
}
