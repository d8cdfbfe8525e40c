//! The hierarchy of owners as every context's queries need it: narrowing to what a caller may see, and names. It is
//! managed by `people`.

use std::collections::HashMap;

use sea_orm::{
    Condition, ConnectionTrait, DbErr, Statement,
    sea_query::{Expr, ExprTrait as _, IntoColumnRef, Query},
};
use vigie_kernel::{CustomerId, ResellerId, Scope};

/// Narrows a query to the rows whose owner (`customer`, a column) lies within the scope.
pub fn within(customer: impl IntoColumnRef, scope: Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Assigned(user) => Condition::all().add(
            Expr::col(customer).in_subquery(
                Query::select()
                    .column("customer_id")
                    .from("customer_seen")
                    .and_where(Expr::col("user_id").eq(user.0))
                    .to_owned(),
            ),
        ),
    }
}

/// How many customers lie within the scope; none: all do.
pub async fn seen<C: ConnectionTrait>(connection: &C, scope: Scope) -> Result<Option<u64>, DbErr> {
    let Scope::Assigned(user) = scope else { return Ok(None) };
    let text = "SELECT COUNT(*) AS n FROM customer_seen WHERE user_id = $1";
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, [user.0.into()]);
    let row = connection.query_one_raw(statement).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(Some(u64::try_from(count).unwrap_or(0)))
}

/// As [`within`], for a list of customers of whom this many lie within the scope. [`within`] lets SQLite collect them and
/// sort; where they are many, walking the index of the order and asking of each row whether it is one of them meets a page
/// sooner.
pub fn customers_within(customer: impl IntoColumnRef, scope: Scope, seen: Option<u64>) -> Condition {
    const MANY: u64 = 1000;
    match (scope, seen) {
        (Scope::Assigned(user), Some(count)) if count > MANY => Condition::all().add(Expr::exists(
            Query::select()
                .expr(Expr::val(1))
                .from("customer_seen")
                .and_where(Expr::col(("customer_seen", "user_id")).eq(user.0))
                .and_where(Expr::col(("customer_seen", "customer_id")).eq(Expr::col(customer)))
                .to_owned(),
        )),
        _ => within(customer, scope),
    }
}

/// The same for statements written by hand: a condition on `customer` (a column's name), and the values that it binds
/// from `$first` on.
pub fn within_sql(customer: &str, scope: Scope, first: usize) -> (String, Vec<sea_orm::Value>) {
    match scope {
        Scope::All => ("1 = 1".to_owned(), vec![]),
        Scope::Assigned(user) => {
            let seen = format!("SELECT customer_id FROM customer_seen WHERE user_id = ${first}");
            (format!("{customer} IN ({seen})"), vec![user.0.into()])
        }
    }
}

/// A customer as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerName {
    /// Id.
    pub id: CustomerId,
    /// Name.
    pub name: String,
}

async fn customers<C: ConnectionTrait>(
    connection: &C,
    condition: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<CustomerName>, DbErr> {
    let text = format!("SELECT id, name FROM customer WHERE {condition}");
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, values);
    connection
        .query_all_raw(statement)
        .await?
        .iter()
        .map(|row| Ok(CustomerName { id: row.try_get("", "id")?, name: row.try_get("", "name")? }))
        .collect()
}

/// The customer that equipment belongs to when none is named.
pub async fn default_customer<C: ConnectionTrait>(connection: &C) -> Result<CustomerName, DbErr> {
    customers(connection, "is_default = $1", vec![true.into()])
        .await?
        .pop()
        .ok_or_else(|| DbErr::RecordNotFound("the default customer".into()))
}

/// The customer of an id, if it lies within the scope and was not deleted.
pub async fn customer<C: ConnectionTrait>(
    connection: &C,
    id: CustomerId,
    scope: Scope,
) -> Result<Option<CustomerName>, DbErr> {
    let (within, mut values) = within_sql("id", scope, 2);
    values.insert(0, id.0.into());
    Ok(customers(connection, &format!("id = $1 AND deleted_at IS NULL AND {within}"), values).await?.pop())
}

/// The name of a reseller, if a customer of it lies within the scope; whoever sees all sees it without any.
pub async fn reseller_name<C: ConnectionTrait>(
    connection: &C,
    id: ResellerId,
    scope: Scope,
) -> Result<Option<String>, DbErr> {
    let (within, mut values) = within_sql("c.id", scope, 2);
    values.insert(0, id.0.into());
    let seen = match scope {
        Scope::All => String::new(),
        Scope::Assigned(_) => {
            format!(" AND EXISTS (SELECT 1 FROM customer c WHERE c.reseller_id = reseller.id AND {within})")
        }
    };
    let text = format!("SELECT name FROM reseller WHERE id = $1{seen}");
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, values);
    connection.query_one_raw(statement).await?.map(|row| row.try_get("", "name")).transpose()
}

/// The customers of a reseller, as a subquery of their ids.
pub fn of_reseller(reseller: ResellerId) -> sea_orm::sea_query::SelectStatement {
    Query::select().column("id").from("customer").and_where(Expr::col("reseller_id").eq(reseller.0)).to_owned()
}

/// The same for statements written by hand, with the placeholder of the reseller's id.
pub fn of_reseller_sql(placeholder: &str) -> String {
    format!("(SELECT id FROM customer WHERE reseller_id = {placeholder})")
}

/// Customers that are deleted and can be restored, as a subquery of their ids.
pub fn deleted() -> sea_orm::sea_query::SelectStatement {
    let gone = Expr::col("deleted_at").is_not_null();
    Query::select().column("id").from("customer").and_where(gone).to_owned()
}

/// Customers in whose names a word occurs, as a subquery of their ids.
pub fn named_like(word: &str) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column("id")
        .from("customer")
        .and_where(crate::search::contains(Expr::col("name_key"), word))
        .to_owned()
}

/// The customer whose name a tag is, whatever its case.
pub async fn customer_of_tag<C: ConnectionTrait>(connection: &C, tag: &str) -> Result<Option<CustomerId>, DbErr> {
    let key = tag.trim().to_lowercase();
    Ok(customers(connection, "name_key = $1", vec![key.into()]).await?.pop().map(|customer| customer.id))
}

/// The customers within the scope that these words call: by id, name, code or tag, whatever their case. A name or a code
/// comes before a tag; none: the word calls several. Words that call nobody are absent.
pub async fn customers_called<C: ConnectionTrait>(
    connection: &C,
    words: &[&str],
    scope: Scope,
) -> Result<HashMap<String, Option<CustomerId>>, DbErr> {
    const BY_NAME: &str = "SELECT id, name_key AS word FROM customer WHERE deleted_at IS NULL AND name_key IN";
    const BY_CODE: &str = "SELECT id, code AS word FROM customer WHERE deleted_at IS NULL AND code IN";
    const BY_TAG: &str = "SELECT t.customer_id AS id, t.tag_key AS word FROM customer_tag t \
                          JOIN customer c ON c.id = t.customer_id WHERE c.deleted_at IS NULL AND t.tag_key IN";
    let mut called: HashMap<String, Option<CustomerId>> = HashMap::with_capacity(words.len());
    for word in words {
        if let Ok(id) = word.parse::<CustomerId>()
            && let Some(found) = customer(connection, id, scope).await?
        {
            called.insert((*word).to_owned(), Some(found.id));
        }
    }
    for (text, of) in [(BY_NAME, "id"), (BY_CODE, "id"), (BY_TAG, "t.customer_id")] {
        let wanted: Vec<&str> = words.iter().copied().filter(|word| !called.contains_key(*word)).collect();
        let mut found: HashMap<String, Vec<CustomerId>> = HashMap::new();
        for piece in wanted.chunks(500) {
            let list: Vec<String> = (1..=piece.len()).map(|at| format!("${at}")).collect();
            let (within, more) = within_sql(of, scope, piece.len() + 1);
            let text = format!("{text} ({}) AND {within}", list.join(","));
            let keys = piece.iter().map(|word| sea_orm::Value::from(word.trim().to_lowercase()));
            let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, keys.chain(more));
            for row in connection.query_all_raw(statement).await? {
                found.entry(row.try_get("", "word")?).or_default().push(row.try_get("", "id")?);
            }
        }
        for word in wanted {
            if let Some(ids) = found.get(&word.trim().to_lowercase()) {
                called.insert(word.to_owned(), if let [id] = ids[..] { Some(id) } else { None });
            }
        }
    }
    Ok(called)
}

/// The names of some customers.
pub async fn names<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, String>, DbErr> {
    let mut ids: Vec<CustomerId> = ids.into_iter().collect();
    ids.sort();
    ids.dedup();
    let mut names = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let list: Vec<String> = (1..=chunk.len()).map(|at| format!("${at}")).collect();
        let condition = format!("id IN ({})", list.join(","));
        let found = customers(connection, &condition, chunk.iter().map(|id| id.0.into()).collect()).await?;
        names.extend(found.into_iter().map(|customer| (customer.id, customer.name)));
    }
    Ok(names)
}
