//! When reports are written, and for whom. A schedule belongs to the person who made it: its reports show what that person
//! sees on the day on which they are written. Its owner and whoever sees all customers see and change it.
//!
//! A schedule is a row with a lease: of several nodes one writes each report ([`work::claim`]).

mod times;
pub mod work;

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{
    Act, AuditEntry, CustomerId, Granted, ReportId, ReportScheduleId, ResellerId, Scope, Timestamp, UserId,
};

pub use times::Repeats;

use crate::{
    entity::{
        report,
        report_schedule::{ActiveModel, Column, Entity, Model},
    },
    equipment::list::Narrowed,
};

/// Most schedules of one person.
pub const MOST: u64 = 20;
/// Most addresses of one.
pub const MOST_RECIPIENTS: usize = 50;
/// Most reports that are kept of one.
pub const MOST_KEPT: u32 = 60;

/// What a schedule is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportScheduleFields {
    /// Name, 1 to 100 characters, unique among one's own.
    pub name: String,
    /// Whether reports are written.
    #[serde(default = "yes")]
    pub is_on: bool,
    /// Of this customer; null: of all that its owner sees.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// Of the customers of this reseller.
    #[serde(default)]
    pub reseller_id: Option<ResellerId>,
    /// In which language: `fr` or `en`.
    pub language: String,
    /// How often.
    pub repeats: Repeats,
    /// Of a weekly one: the day, 1 (Monday) to 7.
    #[serde(default = "one")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 7))]
    pub weekday: u8,
    /// Of a monthly one: the day, 1 to 31; in a shorter month its last.
    #[serde(default = "one")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 31))]
    pub month_day: u8,
    /// The time of day, `HH:MM`.
    pub time_of_day: String,
    /// Where: `Europe/Paris`.
    pub time_zone: String,
    /// E-mail addresses that each report is sent to; at most 50.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// How many reports are kept, 1 to 60.
    #[serde(default = "twelve")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 60))]
    pub keep: u32,
    /// Of a change: what it was when it was read. Left out: whatever it is now.
    #[serde(default)]
    pub revision: Option<i64>,
}

const fn yes() -> bool {
    true
}

const fn one() -> u8 {
    1
}

const fn twelve() -> u32 {
    12
}

/// A report that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WrittenReport {
    /// Id.
    pub id: ReportId,
    /// When it was written.
    pub made_at: Timestamp,
    /// Its size.
    pub bytes: i64,
    /// To how many addresses it is still to be sent.
    pub unsent: usize,
}

/// When reports are written, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportSchedule {
    /// Id.
    pub id: ReportScheduleId,
    /// Whose it is: reports show what this person sees.
    pub user_id: UserId,
    /// Name.
    pub name: String,
    /// Whether reports are written.
    pub is_on: bool,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// Of the customers of this reseller.
    pub reseller_id: Option<ResellerId>,
    /// The name of that customer or reseller.
    pub of: Option<String>,
    /// `fr` or `en`.
    pub language: String,
    /// How often.
    pub repeats: Repeats,
    /// The day of the week, 1 (Monday) to 7.
    pub weekday: u8,
    /// The day of the month.
    pub month_day: u8,
    /// The time of day.
    pub time_of_day: String,
    /// Where.
    pub time_zone: String,
    /// E-mail addresses.
    pub recipients: Vec<String>,
    /// How many reports are kept.
    pub keep: u32,
    /// Changes with every change.
    pub revision: i64,
    /// When the next one is written; null: none is.
    pub next_at: Option<Timestamp>,
    /// Why the last one was not written or not sent, for people; empty: it was.
    pub last_error: String,
    /// Those that are kept, newest first.
    pub reports: Vec<WrittenReport>,
}

/// Why a schedule is not stored.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// There is none of that id, or it is another's.
    #[error("there is no such schedule")]
    NotFound,
    /// Somebody changed it meanwhile.
    #[error("somebody changed it meanwhile")]
    Stale,
    /// Another one has that name.
    #[error("the name is taken")]
    NameTaken,
    /// A value does not fit.
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

fn checked(mut fields: ReportScheduleFields) -> Result<ReportScheduleFields, ScheduleError> {
    use ScheduleError::Invalid;
    fields.name = fields.name.trim().to_owned();
    if fields.name.is_empty() || fields.name.chars().count() > 100 || fields.name.chars().any(char::is_control) {
        return Err(Invalid("name", "has 1 to 100 characters"));
    }
    if !matches!(fields.language.as_str(), "fr" | "en") {
        return Err(Invalid("language", "is fr or en"));
    }
    if !(1..=7).contains(&fields.weekday) {
        return Err(Invalid("weekday", "is 1 (Monday) to 7"));
    }
    if !(1..=31).contains(&fields.month_day) {
        return Err(Invalid("month_day", "is 1 to 31"));
    }
    if times::time_of_day(&fields.time_of_day).is_none() {
        return Err(Invalid("time_of_day", "is a time of day, as 07:30"));
    }
    if jiff::tz::TimeZone::get(&fields.time_zone).is_err() {
        return Err(Invalid("time_zone", "is the name of a time zone, as Europe/Paris"));
    }
    if !(1..=MOST_KEPT).contains(&fields.keep) {
        return Err(Invalid("keep", "is 1 to 60"));
    }
    for address in &mut fields.recipients {
        *address = address.trim().to_owned();
    }
    fields.recipients.retain(|it| !it.is_empty());
    if fields.recipients.len() > MOST_RECIPIENTS || !fields.recipients.iter().all(|it| is_mail_address(it)) {
        return Err(Invalid("recipients", "are at most 50 e-mail addresses"));
    }
    if fields.customer_id.is_some() && fields.reseller_id.is_some() {
        return Err(Invalid("reseller_id", "stays empty where a customer is named"));
    }
    Ok(fields)
}

fn is_mail_address(text: &str) -> bool {
    let odd = |it: char| it.is_whitespace() || it.is_control() || "<>,;\"".contains(it);
    let fits = text.len() <= 254 && !text.chars().any(odd);
    fits && text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// Those of a person; of everybody for who sees all.
fn within(granted: &Granted, user: UserId) -> Condition {
    let all = Condition::all();
    if granted.scope() == Scope::All { all } else { all.add(Column::UserId.eq(user)) }
}

fn narrowed(row: &Model) -> Narrowed {
    Narrowed { customer_id: row.customer_id, reseller_id: row.reseller_id }
}

fn recipients(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The name of whose equipment it is, where that lies within the scope. The outer none: it does not.
pub async fn name_of(db: &Database, granted: &Granted, narrowed: &Narrowed) -> Result<Option<Option<String>>, DbErr> {
    if let Some(id) = narrowed.customer_id {
        return Ok(owners::customer(db.reads(), id, granted.scope()).await?.map(|it| Some(it.name)));
    }
    match narrowed.reseller_id {
        Some(id) => Ok(owners::reseller_name(db.reads(), id, granted.scope()).await?.map(Some)),
        None => Ok(Some(None)),
    }
}

async fn views(db: &Database, granted: &Granted, rows: Vec<Model>) -> Result<Vec<ReportSchedule>, DbErr> {
    let mut written: HashMap<ReportScheduleId, Vec<WrittenReport>> = HashMap::new();
    let of_these = report::Column::ScheduleId.is_in(rows.iter().map(|row| row.id));
    let reports: Vec<(ReportId, ReportScheduleId, Timestamp, i64, String)> = report::Entity::find()
        .select_only()
        .columns([
            report::Column::Id,
            report::Column::ScheduleId,
            report::Column::MadeAt,
            report::Column::Bytes,
            report::Column::Unsent,
        ])
        .filter(of_these)
        .order_by_desc(report::Column::MadeAt)
        .order_by_desc(report::Column::Id)
        .into_tuple()
        .all(db.reads())
        .await?;
    for (id, schedule, made_at, bytes, unsent) in reports {
        let unsent = recipients(&unsent).len();
        written.entry(schedule).or_default().push(WrittenReport { id, made_at, bytes, unsent });
    }
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let of = name_of(db, granted, &narrowed(&row)).await?.flatten();
        let reports = written.remove(&row.id).unwrap_or_default();
        views.push(view(row, of, reports));
    }
    Ok(views)
}

fn view(row: Model, of: Option<String>, reports: Vec<WrittenReport>) -> ReportSchedule {
    ReportSchedule {
        id: row.id,
        user_id: row.user_id,
        name: row.name,
        is_on: row.is_on,
        customer_id: row.customer_id,
        reseller_id: row.reseller_id,
        of,
        language: row.language,
        repeats: Repeats::from_code(&row.repeats),
        weekday: u8::try_from(row.weekday).unwrap_or(1),
        month_day: u8::try_from(row.month_day).unwrap_or(1),
        time_of_day: row.time_of_day,
        time_zone: row.time_zone,
        recipients: recipients(&row.recipients),
        keep: u32::try_from(row.keep).unwrap_or(MOST_KEPT),
        revision: row.revision,
        next_at: row.next_at,
        last_error: row.last_error,
        reports,
    }
}

/// The schedules that somebody sees, by name.
pub async fn list(db: &Database, granted: &Granted, user: UserId) -> Result<Vec<ReportSchedule>, DbErr> {
    let rows = Entity::find().filter(within(granted, user)).order_by_asc(Column::NameKey).order_by_asc(Column::Id);
    views(db, granted, rows.limit(1_000).all(db.reads()).await?).await
}

async fn one_view(db: &Database, granted: &Granted, id: ReportScheduleId) -> Result<ReportSchedule, ScheduleError> {
    let row = Entity::find_by_id(id).one(db.reads()).await?.ok_or(ScheduleError::NotFound)?;
    views(db, granted, vec![row]).await?.pop().ok_or(ScheduleError::NotFound)
}

fn audit(tx: &Tx, act: &Act, action: &'static str, row: &Model) {
    let detail = serde_json::json!({
        "repeats": row.repeats,
        "time_of_day": row.time_of_day,
        "time_zone": row.time_zone,
        "recipients": recipients(&row.recipients),
        "is_on": row.is_on,
    });
    let mut entry =
        AuditEntry::new(act.at, &act.actor, action, "report-schedule").object(row.id, &row.name).detail(detail);
    entry.customer = row.customer_id;
    vigie_db::audit::append(tx, &*act.rng, entry);
}

async fn free(tx: &Tx, user: UserId, name: &str, own: Option<ReportScheduleId>) -> Result<(), ScheduleError> {
    let same = Entity::find().filter(Column::UserId.eq(user)).filter(Column::NameKey.eq(name.to_lowercase()));
    match same.one(tx).await? {
        Some(row) if own != Some(row.id) => Err(ScheduleError::NameTaken),
        _ => Ok(()),
    }
}

/// What was typed, on a row.
fn set(active: &mut ActiveModel, fields: ReportScheduleFields, now: Timestamp) {
    let next = fields.is_on.then(|| times::Times::of(&fields).next(now)).flatten();
    active.name_key = Set(fields.name.to_lowercase());
    active.name = Set(fields.name);
    active.customer_id = Set(fields.customer_id);
    active.reseller_id = Set(fields.reseller_id);
    active.language = Set(fields.language);
    active.repeats = Set(fields.repeats.as_str().to_owned());
    active.weekday = Set(fields.weekday.into());
    active.month_day = Set(fields.month_day.into());
    active.time_of_day = Set(fields.time_of_day);
    active.time_zone = Set(fields.time_zone);
    active.recipients = Set(serde_json::to_string(&fields.recipients).unwrap_or_default());
    active.keep = Set(fields.keep.into());
    active.is_on = Set(fields.is_on);
    active.next_at = Set(next);
    active.last_error = Set(String::new());
}

async fn check_owner(db: &Database, granted: &Granted, fields: &ReportScheduleFields) -> Result<(), ScheduleError> {
    let asked = Narrowed { customer_id: fields.customer_id, reseller_id: fields.reseller_id };
    let field = if fields.customer_id.is_some() { "customer_id" } else { "reseller_id" };
    match name_of(db, granted, &asked).await? {
        Some(_) => Ok(()),
        None => Err(ScheduleError::Invalid(field, "names none that is there")),
    }
}

/// Makes a schedule of the person who asks.
pub async fn create(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    fields: ReportScheduleFields,
) -> Result<ReportSchedule, ScheduleError> {
    let fields = checked(fields)?;
    check_owner(db, &granted, &fields).await?;
    let id = ReportScheduleId::new(act.at, &*act.rng);
    db.write(move |tx| {
        Box::pin(async move {
            if Entity::find().filter(Column::UserId.eq(user)).count(tx).await? >= MOST {
                return Err(ScheduleError::Invalid("name", "there are 20 already"));
            }
            free(tx, user, &fields.name, None).await?;
            let mut active = ActiveModel {
                id: Set(id),
                user_id: Set(user),
                revision: Set(1),
                leased_until: Set(Timestamp::from_millis(0)),
                created_at: Set(act.at),
                ..Default::default()
            };
            set(&mut active, fields, act.at);
            Entity::insert(active).exec_without_returning(tx).await?;
            let row = Entity::find_by_id(id).one(tx).await?.ok_or(ScheduleError::NotFound)?;
            audit(tx, &act, "report-schedule.create", &row);
            Ok(())
        })
    })
    .await?;
    one_view(db, &granted, id).await
}

async fn found(tx: &Tx, granted: &Granted, user: UserId, id: ReportScheduleId) -> Result<Model, ScheduleError> {
    let select = Entity::find_by_id(id).filter(within(granted, user));
    select.one(tx).await?.ok_or(ScheduleError::NotFound)
}

/// Changes a schedule. It stays its owner's.
pub async fn change(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    id: ReportScheduleId,
    fields: ReportScheduleFields,
) -> Result<ReportSchedule, ScheduleError> {
    let fields = checked(fields)?;
    check_owner(db, &granted, &fields).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, &granted, user, id).await?;
            if fields.revision.is_some_and(|seen| seen != row.revision) {
                return Err(ScheduleError::Stale);
            }
            free(tx, row.user_id, &fields.name, Some(id)).await?;
            let revision = row.revision + 1;
            let mut active = row.into_active_model();
            active.revision = Set(revision);
            set(&mut active, fields, act.at);
            let row = active.update(tx).await?;
            audit(tx, &act, "report-schedule.change", &row);
            Ok(())
        })
    })
    .await?;
    one_view(db, &granted, id).await
}

/// Deletes a schedule with its reports.
pub async fn delete(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    id: ReportScheduleId,
) -> Result<(), ScheduleError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, &granted, user, id).await?;
            report::Entity::delete_many().filter(report::Column::ScheduleId.eq(id)).exec(tx).await?;
            Entity::delete_by_id(id).exec(tx).await?;
            audit(tx, &act, "report-schedule.delete", &row);
            Ok(())
        })
    })
    .await
}

/// Has a report written as soon as a node comes to it.
pub async fn run(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    id: ReportScheduleId,
) -> Result<(), ScheduleError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, &granted, user, id).await?;
            audit(tx, &act, "report-schedule.run", &row);
            let mut active = row.into_active_model();
            active.next_at = Set(Some(act.at));
            active.update(tx).await?;
            Ok(())
        })
    })
    .await
}

/// A report as it was written, HTML; without `report` the newest one.
pub async fn read(
    db: &Database,
    granted: &Granted,
    user: UserId,
    id: ReportScheduleId,
    report: Option<ReportId>,
) -> Result<Option<Vec<u8>>, DbErr> {
    if Entity::find_by_id(id).filter(within(granted, user)).one(db.reads()).await?.is_none() {
        return Ok(None);
    }
    let mut select = report::Entity::find().filter(report::Column::ScheduleId.eq(id));
    if let Some(report) = report {
        select = select.filter(report::Column::Id.eq(report));
    }
    let newest = select.order_by_desc(report::Column::MadeAt).order_by_desc(report::Column::Id);
    let found = newest.one(db.reads()).await?;
    found.map(|row| crate::pack::unpack(&row.body).map_err(|error| crate::pack::damaged("report", error))).transpose()
}
