//! Paging by cursor. A list is ordered by one key and the row's id; the cursor holds both of the last row shown, so that
//! the next page starts right behind it however many rows came or went meanwhile, and costs the same at any depth.

use sea_orm::{
    Condition, ConnectionTrait as _, DbErr, EntityTrait, IntoSimpleExpr, Order, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select, Value,
    sea_query::{Expr, ExprTrait as _, Query, SimpleExpr},
};

use crate::{Database, Engine};

/// Rows shown when the caller does not say.
pub const DEFAULT_LIMIT: u64 = 50;
/// Most rows of one page.
pub const MAX_LIMIT: u64 = 200;
/// Totals of filtered lists are counted up to here; beyond it the answer says *at least*.
pub const COUNTED: u64 = 10_000;
/// Up to so many rows that a filter finds are sorted by SQLite. More of them are met sooner by walking the order, unless
/// they are all at its end: then it passes the others first.
const SORTED: u64 = 20_000;

/// A row's sort key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Of a column of numbers or moments.
    Number(i64),
    /// Of a column of text.
    Text(String),
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Number(number) => number.into(),
            Key::Text(text) => text.into(),
        }
    }
}

/// The place of a row in a list: what a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The row's sort key.
    pub key: Key,
    /// What tells rows of one key apart: a UUID's 32 digits, or a number.
    pub id: RowId,
}

/// What tells rows of one key apart.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum RowId {
    /// A number that the database gave.
    Number(i64),
    /// A UUID.
    Uuid(sea_orm::entity::prelude::Uuid),
}

impl From<RowId> for Value {
    fn from(id: RowId) -> Self {
        match id {
            RowId::Number(number) => number.into(),
            RowId::Uuid(uuid) => uuid.into(),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; none: this is the last.
    pub next: Option<Place>,
    /// How many rows the list has.
    pub total: Total,
}

impl<T> Listed<T> {
    /// Cuts the row off that was asked for beyond the page, and remembers the place of the last one shown.
    pub fn cut(mut items: Vec<T>, page: &Page, total: Total, place: impl Fn(&T) -> Place) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(place);
        Self { items, next, total }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(change).collect(), next: self.next, total: self.total }
    }
}

/// Which page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Rows wanted, 1 to [`MAX_LIMIT`].
    pub limit: u64,
    /// Whether the largest key comes first.
    pub descending: bool,
    /// Where it starts; none: at the first row.
    pub after: Option<Place>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, descending: false, after: None }
    }
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// That many.
    pub count: u64,
    /// Or more.
    pub at_least: bool,
}

impl Total {
    /// A count that was made up to [`COUNTED`] + 1.
    pub const fn bounded(count: u64) -> Self {
        if count > COUNTED { Self { count: COUNTED, at_least: true } } else { Self { count, at_least: false } }
    }

    /// An exact count.
    pub const fn exact(count: u64) -> Self {
        Self { count, at_least: false }
    }
}

/// Orders `select` by `key` then `id` and cuts out the page; asks for one row more than wanted, which tells whether there
/// is a next page. `key` must never be null: lists sort by columns that are not, or by `COALESCE`.
pub fn page<E: EntityTrait>(select: Select<E>, key: SimpleExpr, id: SimpleExpr, page: &Page) -> Select<E> {
    let order = if page.descending { Order::Desc } else { Order::Asc };
    let mut select = select;
    if let Some(after) = &page.after {
        // Row values let both engines walk the index (key, id) from the very place.
        let row = Expr::tuple([key.clone(), id.clone()]);
        let place = Expr::tuple([Expr::val(after.key.clone()), Expr::val(after.id.clone())]);
        let behind = if page.descending { row.lt(place) } else { row.gt(place) };
        select = select.filter(Condition::all().add(behind));
    }
    select.order_by(key, order.clone()).order_by(id, order).limit(page.limit + 1)
}

/// How many rows a list has: all of them with `whole`, otherwise up to [`COUNTED`].
pub async fn count<E>(db: &Database, select: Select<E>, whole: bool) -> Result<Total, DbErr>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    if whole {
        // Not around a question of its own, which would make each row before it is counted.
        let counted = select.select_only().expr_as(Expr::cust("COUNT(*)"), "n").into_tuple::<i64>();
        return Ok(Total::exact(u64::try_from(counted.one(db.reads()).await?.unwrap_or(0)).unwrap_or(0)));
    }
    let rows = select.select_only().expr_as(Expr::cust("1"), "x");
    Ok(Total::bounded(rows.limit(COUNTED + 1).count(db.reads()).await?))
}

/// What a list finds, counted, and asked for so that a page of it is soon there.
pub struct Found<E: EntityTrait> {
    /// How many rows that are.
    pub total: Total,
    select: Select<E>,
    few: bool,
}

impl<E: EntityTrait> Found<E> {
    /// The rows of a list, of which `there` is true, that are wanted; all of them where nothing narrows `wanted`, counted as
    /// [`count`] does.
    pub async fn of(db: &Database, there: Condition, wanted: Condition, whole: bool) -> Result<Self, DbErr>
    where
        E::Model: Send + Sync,
    {
        if !wanted.is_empty() {
            return Self::narrowed(db, there, wanted).await;
        }
        let select = E::find().filter(there);
        Ok(Self { total: count(db, select.clone(), whole).await?, select, few: false })
    }

    /// SQLite finds them once: up to 20,000 are remembered by their numbers, from which the page is then sorted. Where
    /// they are more, walking the index of the order meets a page of them soon, and `+` keeps SQLite from an index of what is
    /// wanted, by which it would collect and sort them all. PostgreSQL decides that by its statistics.
    async fn narrowed(db: &Database, there: Condition, wanted: Condition) -> Result<Self, DbErr>
    where
        E::Model: Send + Sync,
    {
        let select = E::find().filter(there.clone()).filter(wanted.clone());
        if db.engine() != Engine::Sqlite {
            return Ok(Self { total: count(db, select.clone(), false).await?, select, few: false });
        }
        let number = format!("\"{}\".rowid", E::default().table_name());
        let rows = select.select_only().expr_as(Expr::cust(number.clone()), "row").limit(SORTED + 1).into_query();
        let gathered = Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .expr(Expr::cust("json_group_array(\"row\")"))
            .from_subquery(rows, "found")
            .to_owned();
        let found = db.reads().query_one(&gathered).await?;
        let (count, rows) = match found {
            Some(row) => (row.try_get_by_index::<i64>(0)?, row.try_get_by_index::<String>(1)?),
            None => (0, "[]".to_owned()),
        };
        let count = u64::try_from(count).unwrap_or(0);
        let few = count <= SORTED;
        let no_index = |condition: Condition| Expr::cust_with_expr("+(?)", Expr::from(condition));
        let select = if few {
            let among = Expr::cust_with_values(format!("{number} IN (SELECT value FROM json_each(?))"), [rows]);
            // A number may be another row's by now: what nobody may see is asked for again.
            E::find().filter(among).filter(no_index(there))
        } else {
            E::find().filter(there).filter(no_index(wanted))
        };
        Ok(Self { total: Total::bounded(count), select, few })
    }

    /// One page of it, as [`page`] cuts it out.
    pub fn page(self, db: &Database, sort: impl IntoSimpleExpr, id: SimpleExpr, wanted: &Page) -> Select<E> {
        page(self.select, key(db, sort, self.few), id, wanted)
    }
}

/// What to give [`page`] for the rows of a filter. SQLite would walk the index of the order until it met a page of them,
/// which are all rows where few are wanted; `+` takes the index from it, so that the few are collected and sorted.
/// PostgreSQL decides that by its statistics.
pub fn key(db: &Database, column: impl IntoSimpleExpr, few: bool) -> SimpleExpr {
    let column = column.into_simple_expr();
    if few && db.engine() == Engine::Sqlite { Expr::cust_with_expr("+?", column) } else { column }
}
