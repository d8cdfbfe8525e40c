//! Looking at machines: at each that just came, at all that wait when somebody asks for it, and only to say what would
//! become of them.

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use serde::Serialize;
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, Action, Actor, AuditEntry, CustomerId, Granted, InventoryId};

use super::{
    judge::{Judged, WhyNot, judge},
    rules::{InForce, RulesGiven, in_force},
};
use crate::{
    entity::inventory,
    equipment::{ChangeError, CustomerRef, EquipmentRef},
    pending::{associate_in, candidates},
    reconcile::Reason,
    sql,
};

/// Most machines that are looked at in one request.
pub const MOST_AT_ONCE: u64 = 200;
/// Most equipment that is named where several fit.
const NAMED: usize = 5;

/// An equipment that fits.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationSeen))]
pub struct Seen {
    /// The equipment.
    #[serde(flatten)]
    pub equipment: EquipmentRef,
    /// Whose it is.
    pub customer: CustomerRef,
}

/// What the rules make of one machine.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationVerdict))]
pub struct Verdict {
    /// The pending machine.
    pub pending_id: InventoryId,
    /// What it calls itself.
    pub name: String,
    /// Its serial number.
    pub serial: String,
    /// The customer that it names.
    pub customer: Option<CustomerRef>,
    /// The equipment that fits; up to five where it is not clear which.
    pub equipment: Vec<Seen>,
    /// What speaks for it, the best first.
    pub reasons: Vec<Reason>,
    /// Why the two are not associated; null: they are.
    pub why_not: Option<WhyNot>,
}

/// What was looked at.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationLooked))]
pub struct Looked {
    /// Machines that were looked at.
    pub looked_at: u64,
    /// Machines that are associated, or would be.
    pub associated: u64,
    /// What would become of those that an equipment fits, or nearly fits; of a dry run only.
    pub items: Vec<Verdict>,
    /// After which machine to go on; null: that was all.
    pub next: Option<InventoryId>,
}

/// Machines that wait, after one of them.
async fn waiting(db: &Database, after: Option<InventoryId>) -> Result<Vec<inventory::Model>, DbErr> {
    let mut select = inventory::Entity::find().filter(inventory::Column::State.eq("pending"));
    if let Some(after) = after {
        select = select.filter(inventory::Column::Id.gt(after));
    }
    select.order_by_asc(inventory::Column::Id).limit(MOST_AT_ONCE).all(db.reads()).await
}

fn next_of(machines: &[inventory::Model]) -> Option<InventoryId> {
    machines.last().filter(|_| machines.len() as u64 == MOST_AT_ONCE).map(|it| it.id)
}

/// What the rules, those in force or given ones, would do with up to [`MOST_AT_ONCE`] machines that wait. For who sees all
/// customers.
pub async fn dry_run(
    db: &Database,
    _granted: Granted,
    given: Option<&RulesGiven>,
    after: Option<InventoryId>,
) -> Result<Looked, DbErr> {
    let rules = match given {
        Some(given) => InForce::from(given),
        None => in_force(db.reads()).await?,
    };
    let machines = waiting(db, after).await?;
    let mut found = Vec::new();
    for machine in &machines {
        if let Some(judged) = judge(db.reads(), &rules, machine).await? {
            found.push((machine, judged));
        }
    }
    let mut owners_of: Vec<CustomerId> = Vec::new();
    for (machine, judged) in &found {
        owners_of.extend(machine.customer_id);
        owners_of.extend(judged.equipment.iter().take(NAMED).map(|it| it.customer_id));
    }
    let names = owners::names(db.reads(), owners_of).await?;
    let customer = |id: CustomerId| CustomerRef { id, name: names.get(&id).cloned().unwrap_or_default() };
    let mut items = Vec::with_capacity(found.len());
    for (machine, Judged { equipment, why_not }) in found {
        let reasons = match equipment.as_slice() {
            [only] => candidates::reasons(db.reads(), machine, only).await?,
            _ => Vec::new(),
        };
        let seen = equipment.into_iter().take(NAMED).map(|row| Seen {
            equipment: EquipmentRef { id: row.id, name: row.name },
            customer: customer(row.customer_id),
        });
        items.push(Verdict {
            pending_id: machine.id,
            name: machine.name.clone(),
            serial: machine.serial.clone(),
            customer: machine.customer_id.map(customer),
            equipment: seen.collect(),
            reasons,
            why_not,
        });
    }
    let associated = items.iter().filter(|it| it.why_not.is_none()).count() as u64;
    Ok(Looked { looked_at: machines.len() as u64, associated, items, next: next_of(&machines) })
}

/// Lets the rules look at up to [`MOST_AT_ONCE`] machines that wait. `act` is who asks; what is associated, the server does.
pub async fn run(
    db: &Database,
    _granted: Granted,
    act: Act,
    after: Option<InventoryId>,
) -> Result<Looked, ChangeError> {
    let machines = waiting(db, after).await?;
    let mut looked = Looked { looked_at: machines.len() as u64, next: next_of(&machines), ..Looked::default() };
    for machine in &machines {
        let (seq, own) = (machine.seq, Act { actor: Actor::server(), ..act.clone() });
        looked.associated += u64::from(
            db.write(move |tx| {
                Box::pin(async move {
                    let rules = in_force(tx).await?;
                    decide(tx, &rules, &own, seq).await
                })
            })
            .await?,
        );
    }
    let detail = serde_json::json!({ "looked_at": looked.looked_at, "associated": looked.associated });
    db.write(move |tx| {
        Box::pin(async move {
            let entry = AuditEntry::new(act.at, &act.actor, "association-rules.run", "association-rules");
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok::<_, DbErr>(())
        })
    })
    .await?;
    Ok(looked)
}

/// Machines that the rules have not looked at yet, after one of them; up to [`MOST_AT_ONCE`].
pub async fn due(db: &Database, after: i64) -> Result<Vec<i64>, DbErr> {
    let text = format!(
        "SELECT inventory_seq FROM association_due WHERE inventory_seq > $1 ORDER BY inventory_seq LIMIT {MOST_AT_ONCE}"
    );
    let found = sql::rows(db.reads(), &text, vec![after.into()]).await?;
    found.iter().map(|row| row.try_get("", "inventory_seq")).collect()
}

/// Lets the rules look at some of the machines that are [`due`], whoever else does: each is looked at once. Answers how
/// many were associated, and how many new ones wait for a person. One that cannot be looked at is due again, and keeps
/// none of the others.
pub async fn look(db: &Database, act: &Act, due: Vec<i64>) -> Result<(u64, u64), ChangeError> {
    let (mut associated, mut left) = (0, 0);
    if !in_force(db.reads()).await?.is_any() {
        return Ok((0, db.write(move |tx| Box::pin(async move { done_with(tx, &due).await })).await?));
    }
    for seq in due {
        let act = act.clone();
        let looked = db
            .write(move |tx| {
                Box::pin(async move {
                    let text = "DELETE FROM association_due WHERE inventory_seq = $1 RETURNING is_new";
                    let Some(row) = sql::row(tx, text, vec![seq.into()]).await? else { return Ok((false, false)) };
                    let rules = in_force(tx).await?;
                    Ok::<_, ChangeError>((decide(tx, &rules, &act, seq).await?, row.try_get::<bool>("", "is_new")?))
                })
            })
            .await;
        match looked {
            Ok((joined, is_new)) => {
                associated += u64::from(joined);
                left += u64::from(is_new && !joined);
            }
            Err(error) => tracing::error!(%error, seq, "the association rules failed at a machine"),
        }
    }
    Ok((associated, left))
}

/// Nothing is associated by itself: answers how many of them are new.
async fn done_with(tx: &Tx, due: &[i64]) -> Result<u64, ChangeError> {
    let mut left = 0;
    for seq in due {
        let text = "DELETE FROM association_due WHERE inventory_seq = $1 RETURNING is_new";
        if let Some(row) = sql::row(tx, text, vec![(*seq).into()]).await? {
            left += u64::from(row.try_get::<bool>("", "is_new")?);
        }
    }
    Ok(left)
}

/// Associates a machine where the rules say so; answers whether.
async fn decide(tx: &Tx, rules: &InForce, act: &Act, seq: i64) -> Result<bool, ChangeError> {
    sql::hold(tx, "inventory WHERE seq = $1", seq).await?;
    let machine = inventory::Entity::find_by_id(seq).one(tx).await?;
    let Some(machine) = machine.filter(|it| it.state == "pending" && it.equipment_id.is_none()) else {
        return Ok(false);
    };
    let Some(Judged { equipment, why_not: None }) = judge(tx, rules, &machine).await? else { return Ok(false) };
    let [row] = equipment.as_slice() else { return Ok(false) };
    let granted = Granted::by_server(Action::EquipmentEdit);
    match associate_in(tx, &granted, act, &machine, row.id).await {
        Ok(_) => Ok(true),
        Err(ChangeError::Database(error)) => Err(error.into()),
        // Somebody was faster.
        Err(_) => Ok(false),
    }
}
