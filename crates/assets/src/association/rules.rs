//! What people decided: rules for all customers, and customers for whom they are otherwise.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, Scope, Timestamp};

use crate::{equipment::CustomerRef, sql};

/// Most customers for whom it is otherwise.
pub const MOST_EXCEPTIONS: usize = 1_000;

/// When a pending machine is associated by itself with an equipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationRule))]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Both have the same serial number and the same manufacturer.
    pub serial: bool,
    /// Both have the same UUID, in either byte order.
    pub uuid: bool,
    /// Only a machine whose tag, or the customer that its agent was enrolled for, names the equipment's customer. Otherwise
    /// also one that names no customer; one that names another is never associated.
    pub same_customer: bool,
    /// Also machines whose identity is not proven: those of other makers' agents.
    pub unproven: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { serial: false, uuid: false, same_customer: true, unproven: false }
    }
}

/// A customer for whom it is otherwise, as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationException))]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The customer whose equipment it is about.
    pub customer_id: CustomerId,
    /// The rules for it, instead of those for all.
    pub rules: Rules,
}

/// Rules as they are given: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationRulesGiven))]
#[serde(deny_unknown_fields)]
pub struct RulesGiven {
    /// For all customers.
    pub default: Rules,
    /// Customers for whom it is otherwise, at most 1,000.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub customers: Vec<Exception>,
}

/// What the rules are to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssociationRulesFields {
    /// For all customers.
    pub default: Rules,
    /// Customers for whom it is otherwise, at most 1,000: replaces those that are there.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub customers: Vec<Exception>,
    /// The revision that was read; when a different one is stored the change is refused.
    #[serde(default)]
    pub revision: Option<i64>,
}

/// A customer for whom it is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationCustomer))]
pub struct CustomerRules {
    /// The customer whose equipment it is about.
    pub customer: CustomerRef,
    /// The rules for it.
    pub rules: Rules,
}

/// The rules as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssociationRules {
    /// For all customers.
    pub default: Rules,
    /// Customers for whom it is otherwise, by name.
    pub customers: Vec<CustomerRules>,
    /// Changes with every change; 0 before the first.
    pub revision: i64,
    /// Who changed them last.
    pub changed_by: Option<String>,
    /// When they were changed last.
    pub changed_at: Option<Timestamp>,
}

/// Why rules are not stored.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Somebody changed them meanwhile.
    #[error("somebody changed them meanwhile")]
    Stale,
    /// A value does not fit.
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// The rules as they are gone by.
#[derive(Debug, Clone, Default)]
pub(super) struct InForce {
    default: Rules,
    customers: HashMap<CustomerId, Rules>,
}

impl InForce {
    pub(super) fn of(&self, customer: CustomerId) -> Rules {
        self.customers.get(&customer).copied().unwrap_or(self.default)
    }

    /// Whether any machine can be associated at all.
    pub(super) fn is_any(&self) -> bool {
        self.customers.values().chain([&self.default]).any(|it| it.serial || it.uuid)
    }
}

impl From<&RulesGiven> for InForce {
    fn from(given: &RulesGiven) -> Self {
        let customers = given.customers.iter().map(|it| (it.customer_id, it.rules)).collect();
        Self { default: given.default, customers }
    }
}

#[derive(Default)]
struct Stored {
    default: Rules,
    revision: i64,
    changed: Option<(String, Timestamp)>,
}

fn read(text: &str) -> Result<Rules, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}

async fn stored<C: ConnectionTrait>(connection: &C) -> Result<Stored, DbErr> {
    let text = "SELECT rules, revision, changed_by, changed_at FROM association_rules WHERE only_one = 1";
    let Some(row) = sql::row(connection, text, vec![]).await? else { return Ok(Stored::default()) };
    let default = read(&row.try_get::<String>("", "rules")?)?;
    let changed = Some((row.try_get("", "changed_by")?, row.try_get("", "changed_at")?));
    Ok(Stored { default, revision: row.try_get("", "revision")?, changed })
}

async fn exceptions<C: ConnectionTrait>(connection: &C, scope: Scope) -> Result<HashMap<CustomerId, Rules>, DbErr> {
    let (within, values) = owners::within_sql("customer_id", scope, 1);
    let text = format!("SELECT customer_id, rules FROM association_customer WHERE {within}");
    let found = sql::rows(connection, &text, values).await?;
    let rule = |row: &sea_orm::QueryResult| {
        let customer: CustomerId = row.try_get("", "customer_id")?;
        Ok((customer, read(&row.try_get::<String>("", "rules")?)?))
    };
    found.iter().map(rule).collect()
}

pub(super) async fn in_force<C: ConnectionTrait>(connection: &C) -> Result<InForce, DbErr> {
    let default = stored(connection).await?.default;
    Ok(InForce { default, customers: exceptions(connection, Scope::All).await? })
}

/// The rules, and the exceptions of customers that the caller sees.
pub async fn get(db: &Database, granted: Granted) -> Result<AssociationRules, DbErr> {
    view(db.reads(), granted.scope()).await
}

async fn view<C: ConnectionTrait>(connection: &C, scope: Scope) -> Result<AssociationRules, DbErr> {
    let Stored { default, revision, changed } = stored(connection).await?;
    let found = exceptions(connection, scope).await?;
    let names = owners::names(connection, found.keys().copied()).await?;
    let mut customers: Vec<CustomerRules> = found
        .into_iter()
        .filter_map(|(id, rules)| {
            let name = names.get(&id)?.clone();
            Some(CustomerRules { customer: CustomerRef { id, name }, rules })
        })
        .collect();
    customers.sort_by_key(|it| (it.customer.name.to_lowercase(), it.customer.id));
    let (changed_by, changed_at) = changed.unzip();
    Ok(AssociationRules { default, customers, revision, changed_by, changed_at })
}

/// Changes the rules. What waits already is looked at when somebody asks for it.
pub async fn put(
    db: &Database,
    _granted: Granted,
    act: Act,
    fields: AssociationRulesFields,
) -> Result<AssociationRules, RulesError> {
    if fields.customers.len() > MOST_EXCEPTIONS {
        return Err(RulesError::Invalid("customers", "are at most 1,000"));
    }
    let customers: BTreeMap<CustomerId, Rules> = fields.customers.iter().map(|it| (it.customer_id, it.rules)).collect();
    if customers.len() < fields.customers.len() {
        return Err(RulesError::Invalid("customers", "names a customer twice"));
    }
    db.write(move |tx| {
        Box::pin(async move {
            let before = view(tx, Scope::All).await?;
            if fields.revision.is_some_and(|revision| revision != before.revision) {
                return Err(RulesError::Stale);
            }
            let known = owners::names(tx, customers.keys().copied()).await?;
            if known.len() < customers.len() {
                return Err(RulesError::Invalid("customers", "names a customer that there is not"));
            }
            store(tx, &act, fields.default, &customers, before.revision + 1).await?;
            let after = view(tx, Scope::All).await?;
            let detail = serde_json::json!({
                "default": [before.default, after.default],
                "customers": [before.customers.len(), after.customers.len()],
            });
            let entry = AuditEntry::new(act.at, &act.actor, "association-rules.change", "association-rules");
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok(after)
        })
    })
    .await
}

async fn store(
    tx: &Tx,
    act: &Act,
    default: Rules,
    customers: &BTreeMap<CustomerId, Rules>,
    revision: i64,
) -> Result<(), DbErr> {
    let json = |rules: &Rules| serde_json::to_string(rules).map_err(|error| DbErr::Json(error.to_string()));
    let values =
        vec![1_i64.into(), json(&default)?.into(), revision.into(), act.actor.name.clone().into(), act.at.into()];
    let into = "association_rules (only_one, rules, revision, changed_by, changed_at)";
    let over = "ON CONFLICT (only_one) DO UPDATE SET rules = excluded.rules, revision = excluded.revision, \
                changed_by = excluded.changed_by, changed_at = excluded.changed_at";
    sql::insert_many(tx, into, 5, values, sql::Conflict::Update(over)).await?;
    sql::execute(tx, "DELETE FROM association_customer", vec![]).await?;
    let mut values = Vec::with_capacity(customers.len() * 2);
    for (customer, rules) in customers {
        values.extend([(*customer).into(), json(rules)?.into()]);
    }
    sql::insert_many(tx, "association_customer (customer_id, rules)", 2, values, sql::Conflict::Never).await
}
