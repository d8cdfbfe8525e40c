//! Alerts as they are listed.

use std::{
    collections::{HashMap, HashSet},
    slice,
};

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _},
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database, customer_list, owners,
    paging::{self, Found, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{AlertId, CustomerId, Granted, SystemId, Timestamp, UserId};
use vigie_wire::link::alert::{AlertType, Severity};

use super::{Alert, Silence, maintenance, unreachable::UNREACHABLE, view};
use crate::entity::{alert, system};

/// Which part of an alert's life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Not cleared.
    #[default]
    Open,
    /// Not cleared, and still going on.
    Ongoing,
    /// Not cleared, and ended by itself: what can be cleared.
    Ended,
    /// Cleared.
    Cleared,
    /// All of them.
    All,
}

/// Which alerts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Filter {
    /// Words that occur in the alert, the system's or the customer's name.
    #[cfg_attr(feature = "openapi", param(ignore))]
    pub q: Option<String>,
    /// Which part of its life; `open` where nothing is said.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub state: AlertState,
    /// About this.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub alert_type: Option<AlertType>,
    /// As bad as this.
    #[cfg_attr(feature = "openapi", param(inline))]
    pub severity: Option<Severity>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// Of this system.
    pub system_id: Option<SystemId>,
    /// Of this condition.
    #[cfg_attr(feature = "openapi", param(max_length = 64))]
    pub condition: Option<String>,
    /// Somebody knows of it; or nobody.
    pub acknowledged: Option<bool>,
    /// This person looks after it.
    pub assigned_to: Option<UserId>,
}

/// What alerts can be ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// When they occurred last.
    #[default]
    Last,
    /// When they occurred first.
    First,
    /// How bad they are.
    Severity,
    /// What they are about.
    Type,
    /// How often they occurred.
    Occurrences,
}

impl Sort {
    const fn column(self) -> alert::Column {
        match self {
            Self::Last => alert::Column::LastAt,
            Self::First => alert::Column::FirstAt,
            Self::Severity => alert::Column::Severity,
            Self::Type => alert::Column::AlertType,
            Self::Occurrences => alert::Column::Occurrences,
        }
    }

    fn key(self, row: &alert::Model) -> Key {
        match self {
            Self::Last => Key::Number(row.last_at.millis()),
            Self::First => Key::Number(row.first_at.millis()),
            Self::Severity => Key::Number(row.severity),
            Self::Type => Key::Text(row.alert_type.clone()),
            Self::Occurrences => Key::Number(row.occurrences),
        }
    }
}

impl AlertState {
    pub(super) fn condition(self) -> Condition {
        use alert::Column::{ClearedAt, EndedAt};
        let open = Condition::all().add(ClearedAt.is_null());
        match self {
            Self::Open => open,
            Self::Ongoing => open.add(EndedAt.is_null()),
            Self::Ended => open.add(EndedAt.is_not_null()),
            Self::Cleared => Condition::all().add(ClearedAt.is_not_null()),
            Self::All => Condition::all(),
        }
    }
}

impl Filter {
    /// As a condition, within what the caller sees.
    pub(super) async fn within(&self, db: &Database, granted: Granted) -> Result<Condition, DbErr> {
        Ok(self.there(granted).add(self.wanted(db).await?))
    }

    /// Of what the caller sees, the part of its life.
    fn there(&self, granted: Granted) -> Condition {
        use alert::Column::CustomerId;
        self.state
            .condition()
            .add(owners::within(CustomerId, granted.scope()))
            // What is of a deleted customer comes back with it.
            .add(Expr::col(CustomerId).not_in_subquery(owners::deleted()))
    }

    /// All that it is narrowed by.
    async fn wanted(&self, db: &Database) -> Result<Condition, DbErr> {
        use alert::Column;
        let mut wanted = Condition::all();
        if let Some(it) = self.alert_type {
            wanted = wanted.add(Column::AlertType.eq(it.as_str()));
        }
        if let Some(it) = self.severity {
            wanted = wanted.add(Column::Severity.eq(i64::from(it.rank())));
        }
        if let Some(it) = self.customer_id {
            wanted = wanted.add(Column::CustomerId.eq(it));
        }
        if let Some(it) = self.system_id {
            wanted = wanted.add(Column::SystemId.eq(it));
        }
        if let Some(it) = &self.condition {
            wanted = wanted.add(Column::Condition.eq(it));
        }
        if let Some(it) = self.assigned_to {
            wanted = wanted.add(Column::AssignedTo.eq(it));
        }
        wanted = match self.acknowledged {
            Some(true) => wanted.add(Column::AcknowledgedAt.is_not_null()),
            Some(false) => wanted.add(Column::AcknowledgedAt.is_null()),
            None => wanted,
        };
        for word in words(self.q.as_deref()) {
            let mut systems = system::Entity::find()
                .select_only()
                .column(system::Column::Id)
                .filter(contains(system::Column::NameKey, &word))
                .into_query();
            let mut customers = owners::named_like(&word);
            if let Some(among) = customer_list::candidates(db, slice::from_ref(&word)).await? {
                systems.and_where(system::Column::CustomerId.in_subquery(among.clone()));
                customers.and_where(Expr::col("id").in_subquery(among));
            }
            wanted = wanted.add(
                Condition::any()
                    .add(contains(Column::Words, &word))
                    .add(Column::SystemId.in_subquery(systems))
                    .add(Expr::col(Column::CustomerId).in_subquery(customers)),
            );
        }
        Ok(wanted)
    }
}

/// One page of the alerts.
pub async fn list(
    db: &Database,
    granted: Granted,
    filter: &Filter,
    sort: Sort,
    page: &Page,
    now: Timestamp,
) -> Result<Listed<Alert>, DbErr> {
    let found: Found<alert::Entity> = Found::of(db, filter.there(granted), filter.wanted(db).await?, false).await?;
    let (total, id) = (found.total, Expr::col(alert::Column::Id));
    let rows = found.page(db, Expr::col(sort.column()), id, page).all(db.reads()).await?;
    let place = |row: &alert::Model| Place { key: sort.key(row), id: RowId::Uuid(row.id.0) };
    let found = Listed::cut(rows, page, total, place);
    let items = views(db.reads(), found.items, now).await?;
    Ok(Listed { items, next: found.next, total: found.total })
}

/// The open alerts that occurred last.
pub async fn recent(db: &Database, granted: Granted, most: u64, now: Timestamp) -> Result<Vec<Alert>, DbErr> {
    let select = alert::Entity::find().filter(Filter::default().there(granted));
    let page = Page { limit: most, descending: true, after: None };
    let (key, id) = (Expr::col(Sort::Last.column()), Expr::col(alert::Column::Id));
    let mut rows = paging::page(select, key, id, &page).all(db.reads()).await?;
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    views(db.reads(), rows, now).await
}

/// The alert of an id; none when there is none or it lies outside the scope.
pub async fn get(db: &Database, granted: Granted, id: AlertId, now: Timestamp) -> Result<Option<Alert>, DbErr> {
    let within = owners::within(alert::Column::CustomerId, granted.scope());
    let row = alert::Entity::find_by_id(id).filter(within).one(db.reads()).await?;
    Ok(views(db.reads(), row.into_iter().collect(), now).await?.pop())
}

/// The ids of all that a filter finds, oldest first, at most so many.
pub async fn ids(db: &Database, granted: Granted, filter: &Filter, most: u64) -> Result<Vec<AlertId>, DbErr> {
    let select =
        alert::Entity::find().filter(filter.within(db, granted).await?).select_only().column(alert::Column::Id);
    select.order_by_asc(alert::Column::Id).limit(most).into_tuple().all(db.reads()).await
}

/// With the names of whose they are, and whether anybody is notified of them.
pub(super) async fn views<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<alert::Model>,
    now: Timestamp,
) -> Result<Vec<Alert>, DbErr> {
    let customers = owners::names(connection, rows.iter().map(|row| row.customer_id)).await?;
    let systems = crate::systems::names(connection, rows.iter().map(|row| row.system_id)).await?;
    let silences = Silences::read(connection, &rows, now).await?;
    let view = |row: alert::Model| {
        let customer = customers.get(&row.customer_id).cloned().unwrap_or_default();
        let system = systems.get(&row.system_id).cloned().unwrap_or_default();
        let silence = silences.of(&row, now);
        view(row, customer, system, silence)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What decides whether anybody is notified of some alerts.
pub(super) struct Silences {
    maintenance: maintenance::Active,
    /// Conditions that go on, and systems that follow their primary.
    ongoing: HashSet<(SystemId, String)>,
    following: HashSet<AlertId>,
}

impl Silences {
    pub(super) async fn read<C: ConnectionTrait>(
        connection: &C,
        rows: &[alert::Model],
        now: Timestamp,
    ) -> Result<Self, DbErr> {
        let maintenance = maintenance::active(connection, now).await?;
        let systems: HashSet<SystemId> =
            rows.iter().filter(|row| row.parent.is_some()).map(|row| row.system_id).collect();
        let mut ongoing = HashSet::new();
        if !systems.is_empty() {
            let of = alert::Column::SystemId.is_in(systems);
            let going_on = alert::Entity::find().filter(AlertState::Ongoing.condition()).filter(of);
            ongoing.extend(going_on.all(connection).await?.into_iter().map(|row| (row.system_id, row.condition)));
        }
        let mut following = HashSet::new();
        let gone: Vec<_> = rows.iter().filter(|row| row.condition == UNREACHABLE && row.ended_at.is_none()).collect();
        if !gone.is_empty() {
            let primaries: HashMap<CustomerId, SystemId> = system::Entity::find()
                .filter(system::Column::CustomerId.is_in(gone.iter().map(|row| row.customer_id)))
                .filter(system::Column::Place.eq(crate::systems::SystemPlace::Primary.as_str()))
                .filter(system::Column::RemovedAt.is_null())
                .filter(system::Column::NodeId.is_null())
                // One that was never there took nobody with it.
                .filter(system::Column::LastSeenAt.is_not_null())
                .all(connection)
                .await?
                .into_iter()
                .map(|row| (row.customer_id, row.id))
                .collect();
            let follows =
                |row: &&&alert::Model| primaries.get(&row.customer_id).is_some_and(|primary| *primary != row.system_id);
            following.extend(gone.iter().filter(follows).map(|row| row.id));
        }
        Ok(Self { maintenance, ongoing, following })
    }

    pub(super) fn of(&self, row: &alert::Model, now: Timestamp) -> Option<Silence> {
        if row.cleared_at.is_some() {
            return None;
        }
        let parent = row.parent.clone().filter(|it| *it != row.condition);
        if self.following.contains(&row.id) || parent.is_some_and(|it| self.ongoing.contains(&(row.system_id, it))) {
            return Some(Silence::Parent);
        }
        if self.maintenance.covers(row.customer_id, row.system_id) {
            return Some(Silence::Maintenance);
        }
        row.muted_until.is_some_and(|until| now < until).then_some(Silence::Muted)
    }
}
