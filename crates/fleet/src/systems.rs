//! Customers' systems as they are shown, and their removal.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    ConnectionTrait, Database, Tx, customer_list, owners,
    paging::{Found, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, NodeId, SystemId, Timestamp};
use vigie_wire::link::{application::Application, message::Switches, order::OrderRefusal};

use crate::{
    Connectivity, alerts,
    customer_state::{self, Colour},
    entity::system,
    synchronise,
};

/// What a system is in its customer's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SystemPlace {
    /// The one that the customer is known by.
    Primary,
    /// Beside the primary.
    Secondary,
    /// Makes the primary larger.
    Expansion,
    /// Runs applications for the primary.
    Application,
}

impl SystemPlace {
    /// The code in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Expansion => "expansion",
            Self::Application => "application",
        }
    }

    pub(crate) fn from_code(code: &str) -> Self {
        [Self::Primary, Self::Expansion, Self::Application]
            .into_iter()
            .find(|it| it.as_str() == code)
            .unwrap_or(Self::Secondary)
    }
}

/// Whose a system is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemCustomer {
    /// Id.
    pub id: CustomerId,
    /// Name.
    pub name: String,
}

/// A customer's system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CustomerSystem))]
pub struct System {
    /// Id.
    pub id: SystemId,
    /// What it calls itself.
    pub name: String,
    /// Whose it is.
    pub customer: SystemCustomer,
    /// What it is in its customer's network.
    pub place: SystemPlace,
    /// What kind of system it is; empty: it has no profile.
    pub profile: String,
    /// Version of what the profile speaks of; empty: not known.
    pub version: String,
    /// Its agent's version.
    pub agent_version: String,
    /// `linux` or `windows`.
    pub platform: String,
    /// The address by which it reaches the server, as it says.
    pub address: String,
    /// The port of the first of its web applications; null: it has none.
    pub port: Option<u16>,
    /// Web applications that it offers, each with its address there.
    pub applications: Vec<Application>,
    /// Whether it reaches the server through the agent of its network's primary, as it says.
    pub via_primary: bool,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// What its owner allows.
    pub switches: Switches,
    /// How it is connected.
    pub connectivity: Connectivity,
    /// Since when.
    pub connectivity_since: Timestamp,
    /// Whether its service user is as the primary of its network last ordered; null: that never ordered any.
    pub synchronised: Option<bool>,
    /// Why it did not obey, where it said so.
    pub synchronisation_refusal: Option<OrderRefusal>,
    /// When it was last there: now, while its link is held; null: never.
    pub last_seen_at: Option<Timestamp>,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
}

/// Which systems are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Filter {
    /// Words that occur in the name.
    #[cfg_attr(feature = "openapi", param(ignore))]
    pub q: Option<String>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// Connected like that.
    pub connectivity: Option<Connectivity>,
    /// Of this profile.
    pub profile: Option<String>,
    /// Of this version.
    pub version: Option<String>,
}

impl Filter {
    fn wanted(&self) -> Condition {
        use system::Column;
        let mut wanted = Condition::all();
        let like = [(Column::Profile, self.profile.as_deref()), (Column::Version, self.version.as_deref())];
        for (column, value) in like.into_iter().filter_map(|(column, value)| Some((column, value?))) {
            wanted = wanted.add(column.eq(value));
        }
        if let Some(state) = self.connectivity {
            wanted = wanted.add(Column::Connectivity.eq(state.as_str()));
        }
        if let Some(customer) = self.customer_id {
            wanted = wanted.add(Column::CustomerId.eq(customer));
        }
        for word in words(self.q.as_deref()) {
            wanted = wanted.add(contains(Column::NameKey, &word));
        }
        wanted
    }
}

/// What systems can be ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Their names.
    #[default]
    Name,
    /// Profile.
    Profile,
    /// Version, as text.
    Version,
    /// How they are connected.
    Connectivity,
    /// Since when.
    Since,
}

impl Sort {
    const fn column(self) -> system::Column {
        match self {
            Self::Name => system::Column::NameKey,
            Self::Profile => system::Column::Profile,
            Self::Version => system::Column::Version,
            Self::Connectivity => system::Column::Connectivity,
            Self::Since => system::Column::ConnectivitySince,
        }
    }

    fn key(self, row: &system::Model) -> Key {
        match self {
            Self::Name => Key::Text(row.name_key.clone()),
            Self::Profile => Key::Text(row.profile.clone()),
            Self::Version => Key::Text(row.version.clone()),
            Self::Connectivity => Key::Text(row.connectivity.clone()),
            Self::Since => Key::Number(row.connectivity_since.millis()),
        }
    }
}

pub(crate) fn present() -> Condition {
    Condition::all().add(system::Column::RemovedAt.is_null())
}

/// One page of the systems.
pub async fn list(
    db: &Database,
    granted: Granted,
    filter: &Filter,
    sort: Sort,
    page: &Page,
    now: Timestamp,
) -> Result<Listed<System>, DbErr> {
    use system::{Column, Entity};
    let seen = owners::seen(db.reads(), granted.scope()).await?;
    let there = present().add(owners::customers_within((Entity, Column::CustomerId), granted.scope(), seen));
    let mut wanted = filter.wanted();
    if let Some(among) = customer_list::candidates(db, &words(filter.q.as_deref())).await? {
        wanted = wanted.add(Column::CustomerId.in_subquery(among));
    }
    let found: Found<Entity> = Found::of(db, there, wanted, true).await?;
    let (total, id) = (found.total, Expr::col(Column::Id));
    let rows = found.page(db, Expr::col(sort.column()), id, page).all(db.reads()).await?;
    let place = |row: &system::Model| Place { key: sort.key(row), id: RowId::Uuid(row.id.0) };
    let found = Listed::cut(rows, page, total, place);
    let customers = || found.items.iter().map(|row| row.customer_id);
    let names = owners::names(db.reads(), customers()).await?;
    let orders = synchronise::last_orders(db.reads(), customers()).await?;
    Ok(found.map(|row| view(row, &names, &orders, now)))
}

/// The web applications that a system offers, with their addresses, and the port of the first.
fn applications(row: &system::Model) -> (Vec<Application>, Option<u16>) {
    let told: Vec<Application> = serde_json::from_str(&row.applications).unwrap_or_default();
    let port = told.first().and_then(Application::port);
    let there = |it: Application| Some(Application { url: it.at(&row.address)?, title: it.title });
    (told.into_iter().filter_map(there).collect(), port)
}

fn view(
    row: system::Model,
    customers: &HashMap<CustomerId, String>,
    orders: &HashMap<CustomerId, Timestamp>,
    now: Timestamp,
) -> System {
    let (synchronised, synchronisation_refusal) = synchronise::standing(&row, orders);
    let (applications, port) = applications(&row);
    let name = customers.get(&row.customer_id).cloned().unwrap_or_default();
    System {
        id: row.id,
        name: row.name,
        customer: SystemCustomer { id: row.customer_id, name },
        place: SystemPlace::from_code(&row.place),
        profile: row.profile,
        version: row.version,
        agent_version: row.agent_version,
        platform: row.platform,
        address: row.address,
        port,
        applications,
        via_primary: row.via_primary,
        started_at: row.started_at,
        switches: serde_json::from_str(&row.switches).unwrap_or_default(),
        connectivity: Connectivity::from_code(&row.connectivity),
        connectivity_since: row.connectivity_since,
        synchronised,
        synchronisation_refusal,
        last_seen_at: if row.node_id.is_some() { Some(now) } else { row.last_seen_at },
        enrolled_at: row.enrolled_at,
    }
}

/// The system of an id; none when there is none or it lies outside the scope.
pub async fn get(db: &Database, granted: Granted, id: SystemId, now: Timestamp) -> Result<Option<System>, DbErr> {
    let within = present().add(owners::within(system::Column::CustomerId, granted.scope()));
    let Some(row) = system::Entity::find_by_id(id).filter(within).one(db.reads()).await? else { return Ok(None) };
    let names = owners::names(db.reads(), [row.customer_id]).await?;
    let orders = synchronise::last_orders(db.reads(), [row.customer_id]).await?;
    Ok(Some(view(row, &names, &orders, now)))
}

/// The names of some systems, also of removed ones.
pub(crate) async fn names<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = SystemId>,
) -> Result<HashMap<SystemId, String>, DbErr> {
    let mut ids: Vec<SystemId> = ids.into_iter().collect();
    ids.sort();
    ids.dedup();
    let mut names = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let of = system::Column::Id.is_in(chunk.iter().copied());
        let select = system::Entity::find().filter(of).select_only();
        let select = select.columns([system::Column::Id, system::Column::Name]);
        names.extend(select.into_tuple::<(SystemId, String)>().all(connection).await?);
    }
    Ok(names)
}

/// The node that holds a system's link. None: there is no such system; then none: it has no link.
pub async fn holder(db: &Database, id: SystemId) -> Result<Option<Option<NodeId>>, DbErr> {
    let row = system::Entity::find_by_id(id).filter(present()).one(db.reads()).await?;
    Ok(row.map(|row| row.node_id))
}

/// Why a customer needs someone's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CustomerAttention))]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// A system that was there has no link.
    SystemsUnreachable,
    /// A system does not let its service user in, or not do what is needed.
    ServiceUser,
    /// A system enrolled and never came.
    SystemsWaiting,
    /// An agent is too old to operate.
    Legacy,
    /// There are systems, and none of them is the primary.
    NoPrimary,
}

impl Attention {
    const fn of(state: Connectivity) -> Option<Self> {
        match state {
            Connectivity::Connected => None,
            Connectivity::Waiting => Some(Self::SystemsWaiting),
            Connectivity::Unreachable | Connectivity::InvalidSystem | Connectivity::ConnectionFailed => {
                Some(Self::SystemsUnreachable)
            }
            Connectivity::Legacy => Some(Self::Legacy),
            _ => Some(Self::ServiceUser),
        }
    }
}

/// What is shown of a customer's systems beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Network {
    /// The colour by the customer's name.
    pub colour: Colour,
    /// What needs someone's attention; nothing: all is well.
    pub attention: Vec<Attention>,
    /// How the primary is connected; `waiting` where there is none yet.
    pub connectivity: Connectivity,
    /// Since when; null: there is no primary.
    pub connectivity_since: Option<Timestamp>,
    /// The primary.
    pub system_id: Option<SystemId>,
    /// Its name.
    pub system_name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its address, as it says; null: there is no primary.
    pub address: Option<String>,
    /// The port of the first of its web applications; null: it has none.
    pub port: Option<u16>,
    /// Web applications that it offers, each with its address there.
    pub applications: Vec<Application>,
    /// Kinds of the systems, each once.
    pub profiles: Vec<String>,
    /// How many systems there are.
    pub systems: u64,
    /// How many of them are not connected.
    pub unconnected: u64,
    /// How many of them have not the service user that the primary last ordered; 0 as well where it never ordered any.
    pub unsynchronised: u64,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            colour: Colour::Red,
            attention: Vec::new(),
            connectivity: Connectivity::Waiting,
            connectivity_since: None,
            system_id: None,
            system_name: None,
            version: None,
            address: None,
            port: None,
            applications: Vec::new(),
            profiles: Vec::new(),
            systems: 0,
            unconnected: 0,
            unsynchronised: 0,
        }
    }
}

/// The networks of some customers; one without systems has none.
pub async fn networks<C: ConnectionTrait>(
    connection: &C,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Network>, DbErr> {
    let mut networks: HashMap<CustomerId, Network> = HashMap::new();
    let orders = synchronise::last_orders(connection, customers.iter().copied()).await?;
    let of = system::Column::CustomerId.is_in(customers.iter().copied());
    for mut row in system::Entity::find().filter(present().add(of)).all(connection).await? {
        let network = networks.entry(row.customer_id).or_default();
        let state = Connectivity::from_code(&row.connectivity);
        network.systems += 1;
        network.unconnected += u64::from(state != Connectivity::Connected);
        network.unsynchronised += u64::from(synchronise::standing(&row, &orders).0 == Some(false));
        network.attention.extend(Attention::of(state));
        let profile = std::mem::take(&mut row.profile);
        if !profile.is_empty() && !network.profiles.contains(&profile) {
            network.profiles.push(profile);
        }
        if row.place == SystemPlace::Primary.as_str() {
            (network.applications, network.port) = applications(&row);
            network.connectivity = state;
            network.connectivity_since = Some(row.connectivity_since);
            network.system_id = Some(row.id);
            network.system_name = Some(row.name);
            network.version = Some(row.version);
            network.address = Some(row.address);
        }
    }
    for network in networks.values_mut() {
        network.profiles.sort();
        if network.system_id.is_none() {
            network.attention.push(Attention::NoPrimary);
        }
        network.attention.sort();
        network.attention.dedup();
        network.colour = Colour::of(network.connectivity, network.unconnected);
    }
    Ok(networks)
}

/// Which of some systems were not removed.
pub async fn present_of<C: ConnectionTrait>(connection: &C, some: &[SystemId]) -> Result<HashSet<SystemId>, DbErr> {
    let of = present().add(system::Column::Id.is_in(some.iter().copied()));
    let select = system::Entity::find().filter(of).select_only().column(system::Column::Id);
    Ok(select.into_tuple().all(connection).await?.into_iter().collect())
}

/// A customer's systems.
pub(crate) async fn of_customer<C: ConnectionTrait>(
    connection: &C,
    customer: CustomerId,
) -> Result<Vec<SystemId>, DbErr> {
    let of = present().add(system::Column::CustomerId.eq(customer));
    let select = system::Entity::find().filter(of).select_only().column(system::Column::Id);
    select.into_tuple().all(connection).await
}

/// The primary of a customer.
pub async fn primary(db: &Database, customer: CustomerId) -> Result<Option<SystemId>, DbErr> {
    let of = present()
        .add(system::Column::CustomerId.eq(customer))
        .add(system::Column::Place.eq(SystemPlace::Primary.as_str()));
    Ok(system::Entity::find().filter(of).one(db.reads()).await?.map(|row| row.id))
}

/// Removes a system: it is refused until it enrols again. None: there is none of that id, or it is not the caller's.
pub async fn remove(db: &Database, granted: Granted, act: Act, id: SystemId) -> Result<Option<CustomerId>, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let within = present().add(owners::within(system::Column::CustomerId, granted.scope()));
            let Some(row) = system::Entity::find_by_id(id).filter(within).one(tx).await? else { return Ok(None) };
            let entry = AuditEntry::new(act.at, &act.actor, "system.remove", "system")
                .object(id, &row.name)
                .of(row.customer_id)
                .detail(serde_json::json!({ "place": row.place, "profile": row.profile }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            let customer = row.customer_id;
            let mut active = row.into_active_model();
            active.removed_at = Set(Some(act.at));
            active.node_id = Set(None);
            active.service_user = Set(None);
            active.service_password = Set(None);
            active.update(tx).await?;
            alerts::raise::end_of_system(tx, id, act.at).await?;
            customer_state::refresh(tx, customer).await?;
            Ok(Some(customer))
        })
    })
    .await
}

/// What a customer that goes for good has here, in words; what only remembers it goes.
pub async fn leave_customer(tx: &Tx, customer: CustomerId) -> Result<Option<&'static str>, DbErr> {
    if !of_customer(tx, customer).await?.is_empty() {
        return Ok(Some("it still has systems"));
    }
    system::Entity::delete_many().filter(system::Column::CustomerId.eq(customer)).exec(tx).await?;
    Ok(None)
}
