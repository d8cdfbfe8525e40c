//! The list of customers: what it is ordered, narrowed and searched by, a row for each customer. Some of that is known to
//! who manages customers, some to the fleet, and neither knows the other: each writes its own columns, in the transaction of
//! whatever changes them, and a page of the list is one question about one table (ADR 9).

use std::fmt::Write as _;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbErr, Statement,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr},
};
use vigie_kernel::{CustomerId, ProviderId, ResellerId, Scope, Timestamp, UserId};

use crate::{
    Database, Engine, Tx, owners,
    paging::{Found, Key, Listed, Page, Place, RowId},
    search::{contains, trigrams, words},
};

mod entity {
    use sea_orm::entity::prelude::*;
    use vigie_kernel::{CustomerId, ResellerId, Timestamp};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customer_state")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub customer_id: CustomerId,
        pub reseller_id: ResellerId,
        pub name_key: String,
        pub code: String,
        pub reseller_key: String,
        pub about: String,
        pub deleted_at: Option<Timestamp>,
        pub colour: i16,
        pub connectivity: String,
        pub system_key: String,
        pub version: String,
        pub profiles: String,
        pub named: String,
        pub systems: i64,
        pub unconnected: i64,
        pub alerts: i64,
        pub worst: i16,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
use entity::{Column, Entity, Model};

/// Up to so many matches of a search the index leads to the rows.
const FEW: u64 = 20_000;

/// What who manages customers knows of one.
#[derive(Debug, Clone)]
pub struct About {
    /// Which.
    pub id: CustomerId,
    /// Who looks after it.
    pub reseller_id: ResellerId,
    /// Lower-case name.
    pub name_key: String,
    /// Its own short id.
    pub code: String,
    /// Lower-case name of the reseller.
    pub reseller_key: String,
    /// What is searched, lower case: name, code, tags, addresses, telephone.
    pub about: String,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// Writes what is known of a customer. A new one has no systems.
pub async fn describe(tx: &Tx, it: About) -> Result<(), DbErr> {
    let text = "INSERT INTO customer_state (customer_id, reseller_id, name_key, code, reseller_key, about, deleted_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (customer_id) DO UPDATE SET reseller_id = excluded.reseller_id, \
                name_key = excluded.name_key, code = excluded.code, reseller_key = excluded.reseller_key, \
                about = excluded.about, deleted_at = excluded.deleted_at";
    let deleted_at = it.deleted_at.map(Timestamp::millis);
    let values = [
        it.id.0.into(),
        it.reseller_id.0.into(),
        it.name_key.into(),
        it.code.into(),
        it.reseller_key.into(),
        it.about.into(),
        deleted_at.into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values)).await.map(drop)
}

/// A reseller has another name.
pub async fn reseller_renamed(tx: &Tx, reseller: ResellerId, key: &str) -> Result<(), DbErr> {
    let text = "UPDATE customer_state SET reseller_key = $1 WHERE reseller_id = $2";
    let values = [key.into(), reseller.0.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values)).await.map(drop)
}

/// Which customers are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that must all occur in its name, code, tags, addresses, telephone number or its systems' names.
    pub q: Option<String>,
    /// Of this reseller.
    pub reseller_id: Option<ResellerId>,
    /// Of this provider's resellers.
    pub provider_id: Option<ProviderId>,
    /// With this tag, whatever its case.
    pub tag: Option<String>,
    /// Customers that this user sees because they are assigned to them.
    pub assigned_to: Option<UserId>,
    /// Whose primary is connected like that: a code.
    pub connectivity: Option<String>,
    /// With this colour.
    pub colour: Option<i16>,
    /// Whose primary has this version.
    pub version: Option<String>,
    /// With a system of this profile.
    pub profile: Option<String>,
    /// Those that were deleted, not those that are there.
    pub deleted: bool,
}

/// What customers can be ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Their names.
    #[default]
    Name,
    /// Their codes.
    Code,
    /// The name of the primary.
    SystemName,
    /// The version of the primary, as text.
    Version,
    /// How the primary is connected.
    Connectivity,
    /// Colour: red, orange, green, grey.
    Colour,
    /// The reseller's name.
    Reseller,
    /// How many alerts are open.
    Alerts,
}

impl Sort {
    const fn column(self) -> Column {
        match self {
            Self::Name => Column::NameKey,
            Self::Code => Column::Code,
            Self::SystemName => Column::SystemKey,
            Self::Version => Column::Version,
            Self::Connectivity => Column::Connectivity,
            Self::Colour => Column::Colour,
            Self::Reseller => Column::ResellerKey,
            Self::Alerts => Column::Alerts,
        }
    }

    fn key(self, row: &Model) -> Key {
        match self {
            Self::Colour => Key::Number(row.colour.into()),
            Self::Alerts => Key::Number(row.alerts),
            Self::Name => Key::Text(row.name_key.clone()),
            Self::Code => Key::Text(row.code.clone()),
            Self::SystemName => Key::Text(row.system_key.clone()),
            Self::Version => Key::Text(row.version.clone()),
            Self::Connectivity => Key::Text(row.connectivity.clone()),
            Self::Reseller => Key::Text(row.reseller_key.clone()),
        }
    }
}

/// One page of the customers' ids.
pub async fn page(
    db: &Database,
    scope: Scope,
    filter: &Filter,
    sort: Sort,
    page: &Page,
) -> Result<Listed<CustomerId>, DbErr> {
    let seen = owners::seen(db.reads(), scope).await?;
    let within = owners::customers_within((Entity, Column::CustomerId), scope, seen);
    let there = Condition::all().add(within).add(if filter.deleted {
        Column::DeletedAt.is_not_null()
    } else {
        Column::DeletedAt.is_null()
    });
    let mut wanted = narrowing(filter).into_iter().fold(Condition::all(), Condition::add);
    if let Some(searched) = searched(db, &words(filter.q.as_deref())).await? {
        wanted = wanted.add(searched);
    }
    let found: Found<Entity> = Found::of(db, there, wanted, true).await?;
    let (total, id) = (found.total, Expr::col((Entity, Column::CustomerId)));
    let rows = found.page(db, Expr::col((Entity, sort.column())), id, page).all(db.reads()).await?;
    let place = |row: &Model| Place { key: sort.key(row), id: RowId::Uuid(row.customer_id.0) };
    Ok(Listed::cut(rows, page, total, place).map(|row| row.customer_id))
}

fn narrowing(filter: &Filter) -> Vec<SimpleExpr> {
    let mut all = Vec::new();
    if let Some(reseller) = filter.reseller_id {
        all.push(Column::ResellerId.eq(reseller));
    }
    if let Some(provider) = filter.provider_id {
        let of =
            Query::select().column("id").from("reseller").and_where(Expr::col("provider_id").eq(provider.0)).to_owned();
        all.push(Column::ResellerId.in_subquery(of));
    }
    if let Some(tag) = &filter.tag {
        let key = tag.trim().to_lowercase();
        let with = Query::select()
            .column("customer_id")
            .from("customer_tag")
            .and_where(Expr::col("tag_key").eq(key))
            .to_owned();
        all.push(Column::CustomerId.in_subquery(with));
    }
    if let Some(user) = filter.assigned_to {
        let of = Query::select()
            .column("customer_id")
            .from("customer_seen")
            .and_where(Expr::col("user_id").eq(user.0))
            .to_owned();
        all.push(Column::CustomerId.in_subquery(of));
    }
    if let Some(code) = &filter.connectivity {
        all.push(Column::Connectivity.eq(code.as_str()));
    }
    if let Some(colour) = filter.colour {
        all.push(Column::Colour.eq(colour));
    }
    if let Some(version) = &filter.version {
        all.push(Column::Version.eq(version.as_str()));
    }
    if let Some(profile) = &filter.profile {
        all.push(contains(Expr::col((Entity, Column::Profiles)), &format!(",{profile},")));
    }
    for word in words(filter.q.as_deref()) {
        let either =
            contains(Expr::col((Entity, Column::About)), &word).or(contains(Expr::col((Entity, Column::Named)), &word));
        all.push(either);
    }
    all
}

/// What SQLite's index of trigrams knows of a search, to be added to what is asked for anyway; none when it does not help.
async fn searched(db: &Database, words: &[String]) -> Result<Option<SimpleExpr>, DbErr> {
    let Some(wanted) = trigrams(words).filter(|_| db.engine() == Engine::Sqlite) else { return Ok(None) };
    let text = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 FROM customer_search WHERE customer_search MATCH $1 LIMIT {})",
        FEW + 1
    );
    let statement = Statement::from_sql_and_values(db.reads().get_database_backend(), text, [wanted.clone().into()]);
    let row = db.reads().query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    if u64::try_from(count).unwrap_or(0) > FEW {
        return Ok(None);
    }
    let among = "seq IN (SELECT rowid FROM customer_search WHERE customer_search MATCH ?)";
    Ok(Some(Expr::cust_with_values(among, [wanted])))
}

/// The customers in whom, or in the names of whose systems, words may all occur, as a subquery of their ids that narrows
/// what is asked for anyway; none where no index knows.
pub async fn candidates(db: &Database, words: &[String]) -> Result<Option<SelectStatement>, DbErr> {
    let found = searched(db, words).await?;
    let of = |found| Query::select().column("customer_id").from("customer_state").and_where(found).to_owned();
    Ok(found.map(of))
}

/// How many there are of something that customers can be narrowed by.
pub type Counted = Vec<(String, u64)>;

/// The tags of the customers of a scope, most used first, with how many customers have each; at most `limit`.
pub async fn tags(db: &Database, scope: Scope, q: Option<&str>, limit: u64) -> Result<Counted, DbErr> {
    let (within, mut values) = owners::within_sql("customer_id", scope, 1);
    // Counted by their keys alone, which an index holds; each is then read as it is written, capitals first.
    let mut text = format!(
        "SELECT (SELECT tag FROM customer_tag t WHERE t.tag_key = counted.tag_key AND {within} \
         ORDER BY tag LIMIT 1) AS tag, n FROM (SELECT tag_key, COUNT(*) AS n FROM customer_tag \
         WHERE customer_id NOT IN (SELECT id FROM customer WHERE deleted_at IS NOT NULL) AND {within}"
    );
    for word in words(q) {
        values.push(crate::search::pattern(&word).into());
        let _ = write!(text, " AND tag_key LIKE ${} ESCAPE '\\'", values.len());
    }
    let order = "ORDER BY n DESC, tag_key";
    let _ = write!(text, " GROUP BY tag_key {order} LIMIT {limit}) AS counted {order}");
    let statement = Statement::from_sql_and_values(db.reads().get_database_backend(), text, values);
    let rows = db.reads().query_all_raw(statement).await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    rows.iter().map(|row| Ok((row.try_get("", "tag")?, count(row.try_get("", "n")?)))).collect()
}
