//! What people change about conditions, for one customer's systems: what its systems look at comes from their profiles, and
//! is told by them.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};
use serde::Serialize;
use vigie_db::{Database, owners};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, SystemId};
use vigie_wire::link::alert::{AlertRule, AlertType, Condition, LONGEST_KEY, MOST_CONDITIONS, Severity};

use super::{raise::OWN, unreachable::UNREACHABLE};
use crate::entity::{alert_rule, system};

/// Longest time that a condition must hold, seconds.
pub const LONGEST_HOLD: u32 = 86_400;

/// A condition that systems of a customer look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerCondition {
    /// The condition, as a profile has it.
    pub condition: Condition,
    /// How many systems look at it.
    pub systems: u64,
    /// What people changed; null: nothing.
    pub rule: Option<AlertRule>,
}

/// Why rules are not stored.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// There is no such customer, or it is not the caller's.
    #[error("there is no such customer")]
    NotFound,
    /// A rule does not fit.
    #[error("{0}")]
    Invalid(&'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// What people changed for a customer.
pub(crate) async fn of_customer<C: ConnectionTrait>(
    connection: &C,
    customer: CustomerId,
) -> Result<Vec<AlertRule>, DbErr> {
    let of = alert_rule::Column::CustomerId.eq(customer);
    let rows = alert_rule::Entity::find().filter(of).all(connection).await?;
    Ok(rows.iter().filter_map(|row| serde_json::from_str(&row.rule).ok()).collect())
}

/// What a system is told: rules of its customer, for its own conditions.
pub async fn of_system(db: &Database, id: SystemId) -> Result<Vec<AlertRule>, DbErr> {
    let select = system::Entity::find_by_id(id).select_only().column(system::Column::CustomerId);
    let Some(customer) = select.into_tuple::<CustomerId>().one(db.reads()).await? else { return Ok(Vec::new()) };
    let mut rules = of_customer(db.reads(), customer).await?;
    rules.retain(|rule| !rule.condition.starts_with(OWN));
    Ok(rules)
}

/// The conditions of a customer's systems, and what people changed about them; none: there is no such customer.
pub async fn list(
    db: &Database,
    granted: Granted,
    customer: CustomerId,
) -> Result<Option<Vec<CustomerCondition>>, DbErr> {
    if owners::customer(db.reads(), customer, granted.scope()).await?.is_none() {
        return Ok(None);
    }
    let told: Vec<String> = system::Entity::find()
        .filter(system::Column::CustomerId.eq(customer))
        .filter(system::Column::RemovedAt.is_null())
        .select_only()
        .column(system::Column::Conditions)
        .into_tuple()
        .all(db.reads())
        .await?;
    let mut rules: BTreeMap<String, AlertRule> =
        of_customer(db.reads(), customer).await?.into_iter().map(|rule| (rule.condition.clone(), rule)).collect();
    let mut conditions: BTreeMap<String, (Condition, u64)> = BTreeMap::new();
    for text in &told {
        let own: Vec<Condition> = serde_json::from_str(text).unwrap_or_default();
        for condition in own.into_iter().filter(|it| super::raise::is_its_own(&it.key)) {
            conditions.entry(condition.key.clone()).or_insert((condition, 0)).1 += 1;
        }
    }
    let unreachable = Condition {
        key: UNREACHABLE.to_owned(),
        kind: "unreachable".to_owned(),
        alert_type: AlertType::Link,
        severity: Severity::Major,
        ..Condition::default()
    };
    conditions.insert(UNREACHABLE.to_owned(), (unreachable, told.len() as u64));
    let mut listed: Vec<_> = conditions
        .into_iter()
        .map(|(key, (condition, systems))| CustomerCondition { condition, systems, rule: rules.remove(&key) })
        .collect();
    // Of systems that were removed, or of profiles that changed: they can be taken back.
    listed.extend(rules.into_values().map(|rule| CustomerCondition {
        condition: Condition { key: rule.condition.clone(), ..Condition::default() },
        systems: 0,
        rule: Some(rule),
    }));
    Ok(Some(listed))
}

fn check(rules: &[AlertRule]) -> Result<(), RuleError> {
    if rules.len() > MOST_CONDITIONS {
        return Err(RuleError::Invalid("at most 100 conditions are changed"));
    }
    for (at, rule) in rules.iter().enumerate() {
        let key = &rule.condition;
        if key.is_empty() || key.chars().count() > LONGEST_KEY || key.chars().any(char::is_control) {
            return Err(RuleError::Invalid("a condition has a key of 1 to 64 characters"));
        }
        if rules[..at].iter().any(|it| it.condition == *key) {
            return Err(RuleError::Invalid("each condition is named once"));
        }
        if rule.bound.is_some_and(|it| !it.is_finite() || it < 0.0) {
            return Err(RuleError::Invalid("a bound is a number, 0 or more"));
        }
        if rule.hold.is_some_and(|it| it > LONGEST_HOLD) {
            return Err(RuleError::Invalid("a condition must hold for a day at most"));
        }
        if key.starts_with(OWN) && (key != UNREACHABLE || rule.bound.is_some() || rule.hold.is_some()) {
            return Err(RuleError::Invalid(
                "of the server's own condition, whether it is looked at and how bad it is can be changed",
            ));
        }
    }
    Ok(())
}

/// Sets all that is changed for a customer; answers its systems, which are to be told.
pub async fn set(
    db: &Database,
    granted: Granted,
    act: Act,
    customer: CustomerId,
    rules: Vec<AlertRule>,
) -> Result<Vec<SystemId>, RuleError> {
    check(&rules)?;
    db.write(move |tx| {
        Box::pin(async move {
            let name = owners::customer(tx, customer, granted.scope()).await?.ok_or(RuleError::NotFound)?.name;
            alert_rule::Entity::delete_many().filter(alert_rule::Column::CustomerId.eq(customer)).exec(tx).await?;
            let is_default =
                |rule: &AlertRule| *rule == AlertRule { condition: rule.condition.clone(), ..AlertRule::default() };
            let rows: Vec<_> = rules
                .iter()
                .filter(|rule| !is_default(rule))
                .map(|rule| alert_rule::ActiveModel {
                    customer_id: Set(customer),
                    condition: Set(rule.condition.clone()),
                    rule: Set(serde_json::to_string(rule).unwrap_or_default()),
                    is_off: Set(rule.off),
                    changed_by: Set(act.actor.name.clone()),
                    changed_at: Set(act.at),
                })
                .collect();
            if !rows.is_empty() {
                alert_rule::Entity::insert_many(rows).exec_without_returning(tx).await?;
            }
            let entry = AuditEntry::new(act.at, &act.actor, "alert-rules.set", "customer")
                .object(customer, &name)
                .of(customer)
                .detail(serde_json::json!({ "rules": rules }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(crate::systems::of_customer(tx, customer).await?)
        })
    })
    .await
}
