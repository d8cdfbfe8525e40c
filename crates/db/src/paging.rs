//! Paging by cursor. A list is ordered by one key and the row's id; the cursor holds both of the last row shown, so that
//! the next page starts right behind it however many rows came or went meanwhile, and costs the same at any depth.

use sea_orm::{
    Condition, DbErr, EntityTrait, IntoSimpleExpr, Order, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select, Value,
    sea_query::{Expr, ExprTrait as _, SimpleExpr},
};

use crate::{Database, Engine};

/// Rows shown when the caller does not say.
pub const DEFAULT_LIMIT: u64 = 50;
/// Most rows of one page.
pub const MAX_LIMIT: u64 = 200;
/// Totals of filtered lists are counted up to here; beyond it the answer says *at least*.
pub const COUNTED: u64 = 10_000;

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
    let rows = select.select_only().expr_as(Expr::val(1), "x");
    Ok(if whole {
        Total::exact(rows.count(db.reads()).await?)
    } else {
        Total::bounded(rows.limit(COUNTED + 1).count(db.reads()).await?)
    })
}

/// What to give [`page`] for the rows of a filter. SQLite would walk the index of the order until it met a page of them,
/// which are all rows where few are wanted; `+` takes the index from it, so that the few are collected and sorted.
/// PostgreSQL decides that by its statistics.
pub fn key(db: &Database, column: impl IntoSimpleExpr, few: bool) -> SimpleExpr {
    let column = column.into_simple_expr();
    if few && db.engine() == Engine::Sqlite { Expr::cust_with_expr("+?", column) } else { column }
}
