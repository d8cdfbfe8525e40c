//! Maintenance windows: somebody works on systems and nobody is to be notified. Alerts are raised all the same; what still
//! goes on at the end of the window is told then.

use std::collections::HashMap;

use jiff::{ToSpan as _, tz::TimeZone};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, owners};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, MaintenanceWindowId, SystemId, Timestamp};

use super::check_name;
use crate::{
    entity::{maintenance_window, system},
    systems::SystemCustomer,
};

/// Most windows at once.
pub const MOST: u64 = 500;
const DAY: i64 = 86_400_000;

/// How often a window comes again, at the same time of day in its zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MaintenanceRepeats))]
#[serde(rename_all = "lowercase")]
pub enum Repeats {
    /// Once.
    #[default]
    Never,
    /// Every day.
    Daily,
    /// Every seven days.
    Weekly,
}

impl Repeats {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    fn from_code(code: &str) -> Self {
        [Self::Daily, Self::Weekly].into_iter().find(|it| it.as_str() == code).unwrap_or_default()
    }

    const fn days(self) -> i64 {
        match self {
            Self::Never => 0,
            Self::Daily => 1,
            Self::Weekly => 7,
        }
    }
}

/// A window to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMaintenanceWindow {
    /// What is done, 1 to 100 characters.
    pub name: String,
    /// Of this customer's systems; neither this nor `system_id`: of all.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// Of this system.
    #[serde(default)]
    pub system_id: Option<SystemId>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends: at most a week later, and before it comes again.
    pub ends_at: Timestamp,
    /// How often it comes again.
    #[serde(default)]
    pub repeats: Repeats,
    /// Where the times of day are, as in `Europe/Paris`; needed for what comes again.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// After that it does not come again.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// A maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MaintenanceWindow {
    /// Id.
    pub id: MaintenanceWindowId,
    /// What is done.
    pub name: String,
    /// Whose systems; null: of all customers, or one system.
    pub customer: Option<SystemCustomer>,
    /// Which system.
    pub system: Option<super::AlertSystem>,
    /// When it begins, the first time.
    pub starts_at: Timestamp,
    /// When it ends, the first time.
    pub ends_at: Timestamp,
    /// How often it comes again.
    pub repeats: Repeats,
    /// Where its times of day are.
    pub time_zone: String,
    /// After that it does not come again.
    pub until: Option<Timestamp>,
    /// Whether it is now.
    pub active: bool,
    /// When it ends if it is now, or begins the next time; null: it is over.
    pub next_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: String,
}

/// Why a window is not made.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    /// A value does not fit.
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    /// There are very many.
    #[error("there are {MOST} maintenance windows; delete some")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// When a window is.
#[derive(Debug, Clone)]
struct Times {
    starts: Timestamp,
    ends: Timestamp,
    repeats: Repeats,
    zone: TimeZone,
    until: Option<Timestamp>,
}

impl Times {
    fn of(row: &maintenance_window::Model) -> Self {
        Self {
            starts: row.starts_at,
            ends: row.ends_at,
            repeats: Repeats::from_code(&row.repeats),
            // Zones are checked when windows are made; one that the server forgot is read as UTC.
            zone: TimeZone::get(&row.time_zone).unwrap_or(TimeZone::UTC),
            until: row.until_at,
        }
    }

    /// The `n`th time, from 0.
    fn time(&self, n: i64) -> Option<(Timestamp, Timestamp)> {
        let moved = |at: Timestamp| {
            let zoned = jiff::Timestamp::from_millisecond(at.millis()).ok()?.to_zoned(self.zone.clone());
            let there = zoned.checked_add((n * self.repeats.days()).days()).ok()?;
            Some(Timestamp::from_millis(there.timestamp().as_millisecond()))
        };
        let (starts, ends) = (moved(self.starts)?, moved(self.ends)?);
        (n >= 0 && self.until.is_none_or(|until| starts < until)).then_some((starts, ends))
    }

    /// The time that is at `now`, or else the next one.
    fn at(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        if self.repeats == Repeats::Never {
            return self.time(0).filter(|(_, ends)| now < *ends);
        }
        let passed = (now.millis() - self.starts.millis()).div_euclid(self.repeats.days() * DAY);
        (passed.max(1) - 1..=passed.max(0) + 1).filter_map(|n| self.time(n)).find(|(_, ends)| now < *ends)
    }
}

/// The windows that are open at a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Active(Vec<(Option<CustomerId>, Option<SystemId>)>);

impl Active {
    pub(crate) fn covers(&self, customer: CustomerId, system: SystemId) -> bool {
        self.0.iter().any(|(of, at)| of.is_none_or(|it| it == customer) && at.is_none_or(|it| it == system))
    }
}

/// Those of now.
pub(crate) async fn active<C: ConnectionTrait>(connection: &C, now: Timestamp) -> Result<Active, DbErr> {
    let rows = maintenance_window::Entity::find()
        .filter(maintenance_window::Column::StartsAt.lte(now))
        .all(connection)
        .await?;
    let open = rows.into_iter().filter(|row| Times::of(row).at(now).is_some_and(|(starts, _)| starts <= now));
    Ok(Active(open.map(|row| (row.customer_id, row.system_id)).collect()))
}

/// Windows that the caller may see: those of customers within the scope, and those of all.
pub async fn list(db: &Database, granted: Granted, now: Timestamp) -> Result<Vec<MaintenanceWindow>, DbErr> {
    let within = Condition::any()
        .add(maintenance_window::Column::CustomerId.is_null())
        .add(owners::within(maintenance_window::Column::CustomerId, granted.scope()));
    let rows = maintenance_window::Entity::find()
        .filter(within)
        .order_by_asc(maintenance_window::Column::StartsAt)
        .limit(MOST)
        .all(db.reads())
        .await?;
    let customers = owners::names(db.reads(), rows.iter().filter_map(|row| row.customer_id)).await?;
    let systems = crate::systems::names(db.reads(), rows.iter().filter_map(|row| row.system_id)).await?;
    Ok(rows.into_iter().map(|row| view(row, &customers, &systems, now)).collect())
}

fn view(
    row: maintenance_window::Model,
    customers: &HashMap<CustomerId, String>,
    systems: &HashMap<SystemId, String>,
    now: Timestamp,
) -> MaintenanceWindow {
    let next = Times::of(&row).at(now);
    let active = next.is_some_and(|(starts, _)| starts <= now);
    MaintenanceWindow {
        id: row.id,
        name: row.name,
        customer: row
            .customer_id
            .map(|id| SystemCustomer { id, name: customers.get(&id).cloned().unwrap_or_default() }),
        system: row.system_id.map(|id| super::AlertSystem { id, name: systems.get(&id).cloned().unwrap_or_default() }),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        repeats: Repeats::from_code(&row.repeats),
        time_zone: row.time_zone,
        until: row.until_at,
        active,
        next_at: next.map(|(starts, ends)| if active { ends } else { starts }),
        created_by: row.created_by,
    }
}

fn checked(new: &NewMaintenanceWindow) -> Result<String, MaintenanceError> {
    use MaintenanceError::Invalid;
    check_name(&new.name).map_err(|reason| Invalid("name", reason))?;
    let lasts = new.ends_at.millis().saturating_sub(new.starts_at.millis());
    let longest = if new.repeats == Repeats::Never { 7 } else { new.repeats.days() } * DAY;
    if lasts <= 0 {
        return Err(Invalid("ends_at", "is after the beginning"));
    }
    if lasts > longest {
        return Err(Invalid("ends_at", "is at most a week after the beginning, and before the window comes again"));
    }
    let zone = new.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
    if TimeZone::get(&zone).is_err() {
        return Err(Invalid("time_zone", "is the name of a time zone, as Europe/Paris"));
    }
    if new.until.is_some_and(|until| until <= new.starts_at) {
        return Err(Invalid("until", "is after the beginning"));
    }
    Ok(zone)
}

/// Makes a window. Who does not see every customer makes one for a customer or a system of theirs.
pub async fn create(
    db: &Database,
    granted: Granted,
    act: Act,
    new: NewMaintenanceWindow,
) -> Result<MaintenanceWindowId, MaintenanceError> {
    use MaintenanceError::Invalid;
    let zone = checked(&new)?;
    db.write(move |tx| {
        Box::pin(async move {
            let customer = if let Some(id) = new.system_id {
                let within = owners::within(system::Column::CustomerId, granted.scope());
                let of = Condition::all().add(within).add(system::Column::RemovedAt.is_null());
                let found = system::Entity::find_by_id(id).filter(of).one(tx).await?;
                Some(found.ok_or(Invalid("system_id", "is no system that you see"))?.customer_id)
            } else if let Some(id) = new.customer_id {
                let found = owners::customer(tx, id, granted.scope()).await?;
                Some(found.ok_or(Invalid("customer_id", "is no customer that you see"))?.id)
            } else if granted.scope() == vigie_kernel::Scope::All {
                None
            } else {
                return Err(Invalid("customer_id", "is needed: you do not see every customer"));
            };
            if maintenance_window::Entity::find().count(tx).await? >= MOST {
                return Err(MaintenanceError::TooMany);
            }
            let id = MaintenanceWindowId::new(act.at, &*act.rng);
            let mut entry = AuditEntry::new(act.at, &act.actor, "maintenance.create", "maintenance-window")
                .object(id, new.name.trim())
                .detail(
                    serde_json::json!({ "starts_at": new.starts_at, "ends_at": new.ends_at, "repeats": new.repeats }),
                );
            if let Some(customer) = customer {
                entry = entry.of(customer);
            }
            vigie_db::audit::append(tx, &*act.rng, entry);
            let row = maintenance_window::ActiveModel {
                id: Set(id),
                name: Set(new.name.trim().to_owned()),
                customer_id: Set(customer),
                system_id: Set(new.system_id),
                starts_at: Set(new.starts_at),
                ends_at: Set(new.ends_at),
                repeats: Set(new.repeats.as_str().to_owned()),
                time_zone: Set(zone),
                until_at: Set(new.until),
                created_by: Set(act.actor.name.clone()),
                created_at: Set(act.at),
            };
            maintenance_window::Entity::insert(row).exec_without_returning(tx).await?;
            Ok(id)
        })
    })
    .await
}

/// Deletes a window: whoever is to be notified is at once. False: there is none of that id, or it is not the caller's.
pub async fn delete(db: &Database, granted: Granted, act: Act, id: MaintenanceWindowId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let within = match granted.scope() {
                vigie_kernel::Scope::All => Condition::all(),
                scope @ vigie_kernel::Scope::Assigned(_) => {
                    owners::within(maintenance_window::Column::CustomerId, scope)
                }
            };
            let Some(row) = maintenance_window::Entity::find_by_id(id).filter(within).one(tx).await? else {
                return Ok(false);
            };
            let mut entry =
                AuditEntry::new(act.at, &act.actor, "maintenance.delete", "maintenance-window").object(id, &row.name);
            if let Some(customer) = row.customer_id {
                entry = entry.of(customer);
            }
            vigie_db::audit::append(tx, &*act.rng, entry);
            maintenance_window::Entity::delete_by_id(id).exec(tx).await?;
            Ok(true)
        })
    })
    .await
}

/// Windows that are over for so long go.
pub async fn purge(db: &Database, before: Timestamp) -> Result<u64, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let over = maintenance_window::Column::EndsAt.lt(before);
            let rows = maintenance_window::Entity::find().filter(over).all(tx).await?;
            let gone: Vec<_> =
                rows.into_iter().filter(|row| Times::of(row).at(before).is_none()).map(|it| it.id).collect();
            if gone.is_empty() {
                return Ok(0);
            }
            let of = maintenance_window::Column::Id.is_in(gone);
            Ok(maintenance_window::Entity::delete_many().filter(of).exec(tx).await?.rows_affected)
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_comes_again_at_the_same_time_of_day_when_clocks_change() {
        let times = Times {
            starts: moment("2026-03-20T21:00:00Z"),
            ends: moment("2026-03-20T23:30:00Z"),
            repeats: Repeats::Daily,
            zone: TimeZone::get("Europe/Paris").unwrap(),
            until: Some(moment("2026-04-02T00:00:00Z")),
        };
        let at = |text: &str| times.at(moment(text));
        assert_eq!(at("2026-03-01T00:00:00Z").unwrap().0, moment("2026-03-20T21:00:00Z"), "the first is to come");
        assert_eq!(at("2026-03-20T22:00:00Z").unwrap().0, moment("2026-03-20T21:00:00Z"));
        assert_eq!(at("2026-03-20T23:30:00Z").unwrap().0, moment("2026-03-21T21:00:00Z"), "the end is not of it");
        // Summer time: 22:00 in Paris is 20:00 of UTC.
        assert_eq!(
            at("2026-03-30T12:00:00Z").unwrap(),
            (moment("2026-03-30T20:00:00Z"), moment("2026-03-30T22:30:00Z"))
        );
        assert_eq!(at("2026-04-01T22:30:00Z"), None, "it does not come again");
    }

    #[test]
    fn a_window_over_midnight_is_open_after_it() {
        let times = Times {
            starts: moment("2026-01-05T22:00:00Z"),
            ends: moment("2026-01-06T04:00:00Z"),
            repeats: Repeats::Weekly,
            zone: TimeZone::UTC,
            until: None,
        };
        let (starts, ends) = times.at(moment("2026-03-03T03:00:00Z")).unwrap();
        assert_eq!((starts, ends), (moment("2026-03-02T22:00:00Z"), moment("2026-03-03T04:00:00Z")));
        let once = Times { repeats: Repeats::Never, ..times };
        assert_eq!(once.at(moment("2026-01-06T04:00:00Z")), None);
    }
}
