//! What nodes do about schedules: one of them takes a report that is due, writes it, and stores it in one change with the
//! next time; one sends it. Whoever takes something has it for some minutes; then another one does it.

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AuditEntry, ReportId, ReportScheduleId, Timestamp, UserId};

use super::{narrowed, recipients, times::Times};
use crate::{
    entity::{
        report,
        report_schedule::{Column, Entity, Model},
    },
    equipment::list::Narrowed,
    sql,
};

/// For how long a report may be written, or sent, before another node does it.
pub const LEASE: Duration = Duration::from_mins(10);
/// Tries to send a report.
const TRIES: i64 = 12;

/// A report that is to be written now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Of which schedule.
    pub id: ReportScheduleId,
    /// Whose scope it has.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// Whose equipment it is of.
    pub narrowed: Narrowed,
    /// `fr` or `en`.
    pub language: String,
    /// In whose time it says when it was made.
    pub time_zone: String,
    /// What tells this claim from a later one.
    lease: Timestamp,
}

/// Takes a schedule that is due; none: none is.
pub async fn claim(db: &Database, now: Timestamp) -> Result<Option<Claimed>, DbErr> {
    let lease = now.plus(LEASE);
    let row = db
        .write(move |tx| {
            Box::pin(async move {
                let text = "UPDATE report_schedule SET leased_until = $1 WHERE id = (SELECT id FROM report_schedule \
                            WHERE next_at <= $2 AND leased_until <= $2 ORDER BY next_at LIMIT 1) \
                            AND leased_until <= $2 RETURNING id";
                let Some(taken) = sql::row(tx, text, vec![lease.into(), now.into()]).await? else { return Ok(None) };
                let id: ReportScheduleId = taken.try_get("", "id")?;
                Entity::find_by_id(id).one(tx).await
            })
        })
        .await?;
    Ok(row.map(|row| Claimed {
        id: row.id,
        user: row.user_id,
        narrowed: narrowed(&row),
        name: row.name,
        language: row.language,
        time_zone: row.time_zone,
        lease,
    }))
}

/// The row of a claim that still holds.
async fn held(tx: &Tx, claimed: &Claimed) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(claimed.id).filter(Column::LeasedUntil.eq(claimed.lease)).one(tx).await
}

/// Stores a report that was written, forgets those beyond the number to be kept, and sets the next time. False: the claim
/// was lost meanwhile, or the schedule deleted.
pub async fn written(db: &Database, claimed: Claimed, act: Act, html: &str) -> Result<bool, DbErr> {
    let (bytes, body) = (html.len(), crate::pack::pack(html.as_bytes()));
    db.write(move |tx| {
        Box::pin(async move {
            let Some(row) = held(tx, &claimed).await? else { return Ok(false) };
            let sent_to = recipients(&row.recipients);
            let id = ReportId::new(act.at, &*act.rng);
            let made = report::Model {
                id,
                schedule_id: row.id,
                made_at: act.at,
                bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
                body,
                unsent: row.recipients.clone(),
                tries: 0,
                send_at: (!sent_to.is_empty()).then_some(act.at),
            };
            report::Entity::insert(made.into_active_model().reset_all()).exec_without_returning(tx).await?;
            forget_old(tx, &row).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "report.write", "report-schedule")
                .object(row.id, &row.name)
                .detail(serde_json::json!({ "report": id, "recipients": sent_to }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            ended(tx, row, act.at, String::new(), false).await?;
            Ok(true)
        })
    })
    .await
}

async fn forget_old(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let old: Vec<ReportId> = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::Column::ScheduleId.eq(row.id))
        .order_by_desc(report::Column::MadeAt)
        .order_by_desc(report::Column::Id)
        .offset(u64::try_from(row.keep).unwrap_or(1))
        .limit(1_000)
        .into_tuple()
        .all(tx)
        .await?;
    report::Entity::delete_many().filter(report::Column::Id.is_in(old)).exec(tx).await?;
    Ok(())
}

async fn ended(tx: &Tx, row: Model, now: Timestamp, error: String, off: bool) -> Result<(), DbErr> {
    let is_on = row.is_on && !off;
    // Counted from now: what was missed while no server ran is one report, not many.
    let next = is_on.then(|| Times::of_row(&row).next(now)).flatten();
    let mut active = row.into_active_model();
    active.is_on = Set(is_on);
    active.next_at = Set(next);
    active.leased_until = Set(Timestamp::from_millis(0));
    active.last_error = Set(error);
    active.update(tx).await?;
    Ok(())
}

/// A report could not be written: the next time it is tried again, or never (`off`), because its owner or what it is of is
/// gone.
pub async fn failed(db: &Database, claimed: Claimed, now: Timestamp, why: String, off: bool) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            match held(tx, &claimed).await? {
                Some(row) => ended(tx, row, now, why, off).await,
                None => Ok(()),
            }
        })
    })
    .await
}

/// A report that is to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Which.
    pub id: ReportId,
    /// What its schedule is called.
    pub name: String,
    /// `fr` or `en`.
    pub language: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// To these addresses.
    pub to: Vec<String>,
    /// The report, HTML.
    pub html: Vec<u8>,
    schedule: ReportScheduleId,
    lease: Timestamp,
}

/// Takes a report that is to be sent; none: none is.
pub async fn outgoing(db: &Database, now: Timestamp) -> Result<Option<Outgoing>, DbErr> {
    let lease = now.plus(LEASE);
    db.write(move |tx| {
        Box::pin(async move {
            let text = "UPDATE report SET send_at = $1 WHERE id = (SELECT id FROM report WHERE send_at <= $2 \
                        ORDER BY send_at LIMIT 1) AND send_at <= $2 RETURNING id";
            let Some(taken) = sql::row(tx, text, vec![lease.into(), now.into()]).await? else { return Ok(None) };
            let id: ReportId = taken.try_get("", "id")?;
            let Some(row) = report::Entity::find_by_id(id).one(tx).await? else { return Ok(None) };
            let Some(schedule) = Entity::find_by_id(row.schedule_id).one(tx).await? else { return Ok(None) };
            Ok(Some(Outgoing {
                id,
                name: schedule.name,
                language: schedule.language,
                made_at: row.made_at,
                to: recipients(&row.unsent),
                html: crate::pack::unpack(&row.body).map_err(|error| crate::pack::damaged("report", error))?,
                schedule: schedule.id,
                lease,
            }))
        })
    })
    .await
}

/// What became of sending: who did not get it yet and may later, and why.
pub async fn sent(db: &Database, out: Outgoing, left: Vec<String>, error: String, now: Timestamp) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let held = report::Column::SendAt.eq(out.lease);
            let Some(row) = report::Entity::find_by_id(out.id).filter(held).one(tx).await? else { return Ok(()) };
            let tries = row.tries + 1;
            let given_up = left.is_empty() || tries >= TRIES;
            let mut active = row.into_active_model();
            active.tries = Set(tries);
            active.unsent = Set(serde_json::to_string(&left).unwrap_or_default());
            // A minute, two, four, … at most two hours.
            let pause = Duration::from_mins(1 << (tries - 1).clamp(0, 7));
            active.send_at = Set((!given_up).then(|| now.plus(pause)));
            active.update(tx).await?;
            if !error.is_empty() {
                let text = "UPDATE report_schedule SET last_error = $1 WHERE id = $2";
                sql::execute(tx, text, vec![error.into(), out.schedule.into()]).await?;
            }
            Ok(())
        })
    })
    .await
}

/// The schedules that there are: whoever keeps files of their reports forgets those of others.
pub async fn all(db: &Database) -> Result<Vec<ReportScheduleId>, DbErr> {
    Entity::find().select_only().column(Column::Id).into_tuple().all(db.reads()).await
}
