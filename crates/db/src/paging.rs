//! Paging by cursor. A list is ordered by one key and the row's id; the cursor holds both of the last row shown, so that
//! the next page starts right behind it however many rows came or went meanwhile, and costs the same at any depth.

use sea_orm::{
    Condition, EntityTrait, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, Value,
    sea_query::{Expr, ExprTrait as _, SimpleExpr},
};

/// Rows shown when the caller does not say.
pub const DEFAULT_LIMIT: u64 = 50;
/// Most rows of one page.
pub const MAX_LIMIT: u64 = 200;
/// Totals of filtered lists are counted up to here; beyond it the answer says *at least*.
pub const COUNTED: u64 = 10_000;

/// Where a page starts: behind the row with this key and id.
#[derive(Debug, Clone, PartialEq)]
pub struct After {
    /// The row's sort key.
    pub key: Value,
    /// The row's id.
    pub id: Value,
}

/// Which page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Rows wanted, 1 to [`MAX_LIMIT`].
    pub limit: u64,
    /// Whether the largest key comes first.
    pub descending: bool,
    /// Where it starts; none: at the first row.
    pub after: Option<After>,
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
