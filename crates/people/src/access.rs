//! Who sees which customer, and why. Labels name resellers and providers; grants give or keep one customer, all present and
//! future customers of a reseller or a provider, or all. Of what says something about a customer, the nearest to it
//! decides; of two equally near, the one that keeps. What comes of it is `customer_seen`, which every query is narrowed by:
//! [`recompute`] keeps it true, in the transaction of whatever changes one or the other.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Statement, Value,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{
    Act, AuditEntry, Cell, CustomerId, GrantId, Granted, ProviderId, ResellerId, Role, Scope, Timestamp, UserId,
};

use crate::{
    entity::{customer, user, user_grant},
    text,
    users::listing::{manageable, manageable_of},
};

/// Most grants of one user.
pub const MOST_GRANTS: usize = 1000;
/// Most users that one request assigns.
pub const MOST_ASSIGNED: usize = 1000;

/// Which part of `customer_seen` is made anew.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    User(UserId),
    Customer(CustomerId),
    Reseller(ResellerId),
    Provider(ProviderId),
}

impl Of {
    /// Conditions on the columns of a user and of a customer (`c`); the value is `$1`.
    fn conditions(self, user: &str) -> (String, Value) {
        match self {
            Self::User(id) => (format!("{user} = $1"), id.0.into()),
            Self::Customer(id) => ("c.id = $1".to_owned(), id.0.into()),
            Self::Reseller(id) => ("c.reseller_id = $1".to_owned(), id.0.into()),
            Self::Provider(id) => {
                ("c.reseller_id IN (SELECT id FROM reseller WHERE provider_id = $1)".to_owned(), id.0.into())
            }
        }
    }
}

/// Everything that says something about a customer and a user: twice how near it is, and one more when it keeps; whether it
/// is a label or a grant, and what that is called.
fn sayings(of: Of) -> String {
    let (label, _) = of.conditions("l.user_id");
    let (grant, _) = of.conditions("g.user_id");
    let granted = |near: i32, name: &str, joined: &str, more: &str| {
        format!(
            " UNION ALL SELECT g.user_id, c.id, CASE WHEN g.allow THEN {} ELSE {} END, 'grant', {name} \
             FROM user_grant g {joined} WHERE {grant}{more}",
            2 * near,
            2 * near + 1
        )
    };
    let everything = " AND g.provider_id IS NULL AND g.reseller_id IS NULL AND g.customer_id IS NULL";
    [
        format!(
            "SELECT l.user_id, c.id AS customer_id, 4 AS says, 'label' AS kind, l.label AS name FROM user_label l \
             JOIN reseller r ON r.name_key = l.label_key JOIN customer c ON c.reseller_id = r.id WHERE {label}"
        ),
        format!(
            " UNION ALL SELECT l.user_id, c.id, 2, 'label', l.label FROM user_label l \
             JOIN provider p ON p.name_key = l.label_key JOIN reseller r ON r.provider_id = p.id \
             JOIN customer c ON c.reseller_id = r.id WHERE {label}"
        ),
        granted(3, "c.name", "JOIN customer c ON c.id = g.customer_id", ""),
        granted(2, "r.name", "JOIN reseller r ON r.id = g.reseller_id JOIN customer c ON c.reseller_id = r.id", ""),
        granted(
            1,
            "p.name",
            "JOIN provider p ON p.id = g.provider_id JOIN reseller r ON r.provider_id = p.id \
             JOIN customer c ON c.reseller_id = r.id",
            "",
        ),
        granted(0, "NULL", "CROSS JOIN customer c", everything),
    ]
    .concat()
}

/// Makes `customer_seen` true again.
pub(crate) async fn recompute(tx: &Tx, of: Of) -> Result<(), DbErr> {
    let (condition, value) = match of {
        Of::User(id) => ("user_id = $1", Value::from(id.0)),
        Of::Customer(id) => ("customer_id = $1", id.0.into()),
        Of::Reseller(id) => ("customer_id IN (SELECT id FROM customer WHERE reseller_id = $1)", id.0.into()),
        Of::Provider(id) => (
            "customer_id IN (SELECT c.id FROM customer c JOIN reseller r ON r.id = c.reseller_id WHERE r.provider_id = $1)",
            id.0.into(),
        ),
    };
    let backend = tx.get_database_backend();
    let gone = format!("DELETE FROM customer_seen WHERE {condition}");
    tx.execute_raw(Statement::from_sql_and_values(backend, gone, [value.clone()])).await?;
    let seen = format!(
        "INSERT INTO customer_seen (user_id, customer_id) SELECT user_id, customer_id FROM ({}) AS said \
         GROUP BY user_id, customer_id HAVING MAX(says) % 2 = 0",
        sayings(of)
    );
    tx.execute_raw(Statement::from_sql_and_values(backend, seen, [value])).await.map(drop)
}

/// Labels follow the name of a reseller or provider; users with the old label keep it where something still has that name.
pub(crate) async fn rename_labels(tx: &Tx, old: &str, new: &str) -> Result<(), DbErr> {
    let (old_key, new_key) = (text::key(old), text::key(new));
    if old_key == new_key {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let added = "INSERT INTO user_label (user_id, label_key, label) SELECT l.user_id, $1, $2 FROM user_label l \
                 WHERE l.label_key = $3 AND NOT EXISTS (SELECT 1 FROM user_label o WHERE o.user_id = l.user_id AND o.label_key = $1)";
    let values: [Value; 3] = [new_key.into(), new.into(), old_key.clone().into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, added, values)).await?;
    let gone = "DELETE FROM user_label WHERE label_key = $1 AND NOT EXISTS (SELECT 1 FROM reseller WHERE name_key = $1) \
                AND NOT EXISTS (SELECT 1 FROM provider WHERE name_key = $1)";
    tx.execute_raw(Statement::from_sql_and_values(backend, gone, [Value::from(old_key)])).await.map(drop)
}

/// Where something is given or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[schema(as = GrantNode)]
pub enum Node {
    /// All present and future customers.
    Everything,
    /// All present and future customers of a provider's resellers.
    Provider {
        /// Which.
        id: ProviderId,
    },
    /// All present and future customers of a reseller.
    Reseller {
        /// Which.
        id: ResellerId,
    },
    /// One customer.
    Customer {
        /// Which.
        id: CustomerId,
    },
}

impl Node {
    fn of(row: &user_grant::Model) -> Self {
        match (row.customer_id, row.reseller_id, row.provider_id) {
            (Some(id), _, _) => Self::Customer { id },
            (_, Some(id), _) => Self::Reseller { id },
            (_, _, Some(id)) => Self::Provider { id },
            (None, None, None) => Self::Everything,
        }
    }
}

/// Something that a user is given or kept from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Grant {
    /// Id.
    pub id: GrantId,
    /// Given, or kept from the user.
    pub allow: bool,
    /// What.
    pub node: Node,
    /// Its name; none for everything.
    pub name: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// A grant to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// Given, or kept from the user.
    pub allow: bool,
    /// What.
    pub node: Node,
}

/// Something about who sees what could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// There is no such user or customer, or it is not the caller's.
    #[error("there is no such thing, or it is not yours")]
    NotFound,
    /// A user that was named is none, or not the caller's to assign.
    #[error("{0} is no user, or not yours to assign")]
    User(UserId),
    /// A node that was named is none.
    #[error("there is no such provider, reseller or customer, or it is not yours")]
    Node,
    /// The user's role sees all customers.
    #[error("this user's role sees all customers")]
    SeesAll,
    /// More than one request may name.
    #[error("too many at once")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// What a user is given and kept from, newest last.
pub async fn grants(db: &Database, granted: Granted, user: UserId) -> Result<Vec<Grant>, AccessError> {
    manageable(db.reads(), granted, user).await?.ok_or(AccessError::NotFound)?;
    let rows = user_grant::Entity::find()
        .filter(user_grant::Column::UserId.eq(user))
        .order_by_asc(user_grant::Column::Id)
        .all(db.reads())
        .await?;
    let names = names_of(db.reads(), user).await?;
    let view = |row: user_grant::Model| Grant {
        id: row.id,
        allow: row.allow,
        node: Node::of(&row),
        name: names.get(&row.id).cloned(),
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// What a user's grants are about; those of everything have no name.
async fn names_of(connection: &impl ConnectionTrait, user: UserId) -> Result<HashMap<GrantId, String>, DbErr> {
    let text = "SELECT g.id, n.name FROM user_grant g JOIN provider n ON n.id = g.provider_id WHERE g.user_id = $1 \
                UNION ALL SELECT g.id, n.name FROM user_grant g JOIN reseller n ON n.id = g.reseller_id WHERE g.user_id = $1 \
                UNION ALL SELECT g.id, n.name FROM user_grant g JOIN customer n ON n.id = g.customer_id WHERE g.user_id = $1";
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, [Value::from(user.0)]);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "name")?))).collect()
}

async fn is_there(connection: &impl ConnectionTrait, node: Node) -> Result<bool, DbErr> {
    let (table, id) = match node {
        Node::Everything => return Ok(true),
        Node::Provider { id } => ("provider", id.0),
        Node::Reseller { id } => ("reseller", id.0),
        Node::Customer { id } => ("customer", id.0),
    };
    let text = format!("SELECT id FROM {table} WHERE id = $1");
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, [Value::from(id)]);
    Ok(connection.query_one_raw(statement).await?.is_some())
}

/// Replaces what a user is given and kept from. Supervisors may do so with customers that they were given by hand.
pub async fn set_grants(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    wanted: Vec<NewGrant>,
) -> Result<(), AccessError> {
    if wanted.len() > MOST_GRANTS {
        return Err(AccessError::TooMany);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let owner = manageable(tx, granted, user).await?.ok_or(AccessError::NotFound)?;
            if !Role::from_code(&owner.role).is_some_and(Role::is_assigned) {
                return Err(AccessError::SeesAll);
            }
            let mut named = Vec::new();
            for one in &wanted {
                let sound = !named.contains(&one.node)
                    && may_give(tx, granted, one.node).await?
                    && is_there(tx, one.node).await?;
                if !sound {
                    return Err(AccessError::Node);
                }
                named.push(one.node);
            }
            let present = user_grant::Entity::find().filter(user_grant::Column::UserId.eq(user)).all(tx).await?;
            let said: Vec<(bool, Node)> = present.iter().map(|row| (row.allow, Node::of(row))).collect();
            for row in &present {
                let stays = wanted.iter().any(|one| (one.allow, one.node) == (row.allow, Node::of(row)));
                // What a supervisor may not give, a supervisor does not take either.
                if !stays && may_give(tx, granted, Node::of(row)).await? {
                    user_grant::Entity::delete_by_id(row.id).exec(tx).await?;
                }
            }
            for one in &wanted {
                if !said.contains(&(one.allow, one.node)) {
                    insert(tx, &act, user, one.allow, one.node).await?;
                }
            }
            recompute(tx, Of::User(user)).await?;
            let detail = serde_json::json!({ "was": said, "is": wanted });
            let entry = AuditEntry::new(act.at, &act.actor, "user.grants", "user").object(user, &owner.login);
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok(())
        })
    })
    .await
}

/// Whether the caller may give or keep this: an administrator anything, a supervisor the customers given to them by hand.
async fn may_give(tx: &Tx, granted: Granted, node: Node) -> Result<bool, DbErr> {
    match (granted.cell(), granted.scope(), node) {
        (Cell::All, _, _) => Ok(true),
        (Cell::Own, Scope::Assigned(me), Node::Customer { id }) => is_given_by_hand(tx, me, id).await,
        _ => Ok(false),
    }
}

async fn is_given_by_hand(tx: &Tx, user: UserId, customer: CustomerId) -> Result<bool, DbErr> {
    let found = user_grant::Entity::find()
        .filter(user_grant::Column::UserId.eq(user))
        .filter(user_grant::Column::CustomerId.eq(customer))
        .filter(user_grant::Column::Allow.eq(true))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

async fn insert(tx: &Tx, act: &Act, user: UserId, allow: bool, node: Node) -> Result<(), DbErr> {
    let (provider, reseller, customer) = match node {
        Node::Everything => (None, None, None),
        Node::Provider { id } => (Some(id), None, None),
        Node::Reseller { id } => (None, Some(id), None),
        Node::Customer { id } => (None, None, Some(id)),
    };
    user_grant::Entity::insert(user_grant::ActiveModel {
        id: Set(GrantId::new(act.at, &*act.rng)),
        user_id: Set(user),
        allow: Set(allow),
        provider_id: Set(provider),
        reseller_id: Set(reseller),
        customer_id: Set(customer),
        created_at: Set(act.at),
        created_by: Set(act.actor.user()),
    })
    .exec_without_returning(tx)
    .await
    .map(drop)
}

/// Gives one customer by hand. [`recompute`] is the caller's.
pub(crate) async fn give_customer(tx: &Tx, act: &Act, user: UserId, customer: CustomerId) -> Result<(), DbErr> {
    insert(tx, act, user, true, Node::Customer { id: customer }).await
}

/// Says who is assigned to a customer by hand. An administrator says it of everyone; a supervisor of the users whom they
/// made, for customers given to them by hand: others stay as they are.
pub async fn assign(
    db: &Database,
    granted: Granted,
    act: Act,
    id: CustomerId,
    mut users: Vec<UserId>,
) -> Result<(), AccessError> {
    users.sort();
    users.dedup();
    if users.len() > MOST_ASSIGNED {
        return Err(AccessError::TooMany);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let within = owners::within(customer::Column::Id, granted.scope());
            let row = customer::Entity::find_by_id(id).filter(within).one(tx).await?.ok_or(AccessError::NotFound)?;
            if !may_give(tx, granted, Node::Customer { id }).await? {
                return Err(AccessError::NotFound);
            }
            let present = user_grant::Entity::find()
                .filter(user_grant::Column::CustomerId.eq(id))
                .filter(user_grant::Column::Allow.eq(true))
                .all(tx)
                .await?;
            let (mut added, mut removed) = (Vec::new(), Vec::new());
            for user in &users {
                let owner = manageable(tx, granted, *user).await?.ok_or(AccessError::User(*user))?;
                if !Role::from_code(&owner.role).is_some_and(Role::is_assigned) {
                    return Err(AccessError::User(*user));
                }
                if !present.iter().any(|grant| grant.user_id == *user) {
                    // Being kept from it by hand and being assigned by hand exclude each other.
                    user_grant::Entity::delete_many()
                        .filter(user_grant::Column::UserId.eq(*user))
                        .filter(user_grant::Column::CustomerId.eq(id))
                        .exec(tx)
                        .await?;
                    give_customer(tx, &act, *user, id).await?;
                    added.push(owner.login);
                }
            }
            for grant in present.iter().filter(|grant| !users.contains(&grant.user_id)) {
                if let Some(owner) = manageable(tx, granted, grant.user_id).await? {
                    user_grant::Entity::delete_by_id(grant.id).exec(tx).await?;
                    removed.push(owner.login);
                }
            }
            if added.is_empty() && removed.is_empty() {
                return Ok(());
            }
            recompute(tx, Of::Customer(id)).await?;
            let detail = serde_json::json!({ "added": added, "removed": removed });
            let entry = AuditEntry::new(act.at, &act.actor, "customer.assign", "customer").object(id, &row.name).of(id);
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok(())
        })
    })
    .await
}

/// Something that says whether a user sees a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccessReason)]
pub struct Reason {
    /// Whether it lets the user see the customer or keeps them from it.
    pub allow: bool,
    /// What it is: `role`, `label` or `grant`.
    pub by: &'static str,
    /// How near to the customer: `everything`, `provider`, `reseller` or `customer`. The nearest decides.
    pub at: &'static str,
    /// The name of the label, reseller, provider or customer; of the role its code.
    pub name: Option<String>,
    /// Whether this one decides.
    pub decides: bool,
}

/// Why a user sees a customer, or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Whether they see it.
    pub sees: bool,
    /// Everything that says something about it, the deciding one first. Empty: nothing does, so they do not see it.
    pub reasons: Vec<Reason>,
}

/// Why a user sees a customer, or does not.
pub async fn explain(
    db: &Database,
    granted: Granted,
    user: UserId,
    customer: CustomerId,
) -> Result<Explanation, AccessError> {
    let owner = manageable(db.reads(), granted, user).await?.ok_or(AccessError::NotFound)?;
    owners::customer(db.reads(), customer, granted.scope()).await?.ok_or(AccessError::NotFound)?;
    let Some(role) = Role::from_code(&owner.role) else {
        return Ok(Explanation { sees: false, reasons: vec![] });
    };
    if !role.is_assigned() {
        let name = Some(role.as_str().to_owned());
        let reason = Reason { allow: true, by: "role", at: "everything", name, decides: true };
        return Ok(Explanation { sees: true, reasons: vec![reason] });
    }
    let reasons = reasons(db.reads(), customer, Some(user)).await?.remove(&user).unwrap_or_default();
    Ok(Explanation { sees: reasons.first().is_some_and(|it| it.allow), reasons })
}

/// What says something about a customer: for each user, or for one, the deciding reason first.
async fn reasons(
    connection: &impl ConnectionTrait,
    customer: CustomerId,
    user: Option<UserId>,
) -> Result<HashMap<UserId, Vec<Reason>>, DbErr> {
    let of = Of::Customer(customer);
    let (_, value) = of.conditions("user_id");
    let mut values = vec![value];
    let mut one = "";
    if let Some(user) = user {
        values.push(user.0.into());
        one = " WHERE user_id = $2";
    }
    let text = format!("SELECT user_id, says, kind, name FROM ({}) AS said{one} ORDER BY says DESC", sayings(of));
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, values);
    let mut reasons: HashMap<UserId, Vec<Reason>> = HashMap::new();
    for row in connection.query_all_raw(statement).await? {
        let says: i32 = row.try_get("", "says")?;
        let at = match says / 2 {
            3 => "customer",
            2 => "reseller",
            1 => "provider",
            _ => "everything",
        };
        let by = if row.try_get::<String>("", "kind")? == "label" { "label" } else { "grant" };
        let of_user = reasons.entry(row.try_get("", "user_id")?).or_default();
        let decides = of_user.is_empty();
        of_user.push(Reason { allow: says % 2 == 0, by, at, name: row.try_get("", "name")?, decides });
    }
    Ok(reasons)
}

/// Who is assigned to a customer, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Assigned {
    /// Id.
    pub id: UserId,
    /// Sign-in name.
    pub login: String,
    /// First and last name; may be empty.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Whether by hand, on this customer.
    pub by_hand: bool,
    /// What lets them see it: the deciding reason.
    pub reason: Option<Reason>,
    /// Whether the caller may take it away or give it again.
    pub manageable: bool,
}

/// Most users that [`assigned`] answers.
const MOST_SHOWN: u64 = 200;

/// Who is assigned to a customer, by sign-in name, at most 200; without those who see all.
pub async fn assigned(db: &Database, granted: Granted, id: CustomerId) -> Result<Vec<Assigned>, AccessError> {
    owners::customer(db.reads(), id, granted.scope()).await?.ok_or(AccessError::NotFound)?;
    let seen = Query::select()
        .column("user_id")
        .from("customer_seen")
        .and_where(ExprTrait::eq(Expr::col("customer_id"), id.0))
        .to_owned();
    let rows = user::Entity::find()
        .filter(user::Column::Id.in_subquery(seen))
        .order_by_asc(user::Column::LoginKey)
        .limit(MOST_SHOWN)
        .all(db.reads())
        .await?;
    let by_hand = user_grant::Entity::find()
        .filter(user_grant::Column::CustomerId.eq(id))
        .filter(user_grant::Column::Allow.eq(true))
        .all(db.reads())
        .await?;
    let manageable = manageable_of(db.reads(), granted, rows.iter().map(|row| row.id)).await?;
    let mut reasons = reasons(db.reads(), id, None).await?;
    let mut assigned = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(role) = Role::from_code(&row.role).filter(|it| it.is_assigned()) else { continue };
        assigned.push(Assigned {
            id: row.id,
            name: format!("{} {}", row.first_name, row.last_name).trim().to_owned(),
            role,
            by_hand: by_hand.iter().any(|grant| grant.user_id == row.id),
            reason: reasons.remove(&row.id).and_then(|all| all.into_iter().next()),
            manageable: manageable.contains(&row.id),
            login: row.login,
        });
    }
    Ok(assigned)
}
