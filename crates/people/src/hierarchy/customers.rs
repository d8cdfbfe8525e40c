//! Making and changing customers.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{
    Database, Tx,
    customer_list::{self, About},
    owners,
};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, ResellerId, Rng, Scope, Timestamp};

use super::{
    Customer, fields,
    manage::{ChangeError, LONGEST_NAME},
    resellers_within,
};
use crate::{
    access::{self, Of},
    entity::{customer, customer_tag, reseller},
    text,
};

/// A customer to be made.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Name, 1 to 100 characters; agents' tags find the customer by it.
    pub name: String,
    /// Who looks after it; absent: the default customer's reseller, or the one that the caller sees.
    #[serde(default)]
    pub reseller_id: Option<ResellerId>,
    /// Its own short id, 1 to 20 lower-case letters and digits; absent: made from the name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20)]
    pub code: Option<String>,
    /// Telephone, at most 15 digits.
    #[serde(default)]
    pub phone: String,
    /// E-mail address.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: String,
    /// E-mail address of who looks after its systems.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub technical_email: String,
    /// Postal address, several lines.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub address: String,
    /// Notes, several lines.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub notes: String,
    /// Tags, of 30 characters at most.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub tags: Vec<String>,
}

/// Changes of a customer; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerChanges {
    /// Name, 1 to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who looks after it from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reseller_id: Option<ResellerId>,
    /// Its own short id, 1 to 20 lower-case letters and digits; only where the preferences let codes change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 20)]
    pub code: Option<String>,
    /// Telephone, at most 15 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// E-mail address of who looks after its systems.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254)]
    pub technical_email: Option<String>,
    /// Postal address, several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub address: Option<String>,
    /// Notes, several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub notes: Option<String>,
    /// All tags from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 5)]
    pub tags: Option<Vec<String>>,
}

/// An entry of the trail about a customer.
pub(super) fn say_of(tx: &Tx, act: &Act, action: &'static str, row: &customer::Model, detail: impl Serialize) {
    let detail = serde_json::to_string(&detail).unwrap_or_default();
    let entry = AuditEntry::new(act.at, &act.actor, action, "customer").object(row.id, &row.name).of(row.id);
    vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
}

/// A row with nothing but who it is.
pub(crate) fn blank(
    id: CustomerId,
    reseller: ResellerId,
    name: String,
    code: String,
    at: Timestamp,
) -> customer::Model {
    customer::Model {
        id,
        reseller_id: reseller,
        name_key: text::key(&name),
        name,
        is_default: false,
        created_at: at,
        code,
        phone: String::new(),
        email: String::new(),
        technical_email: String::new(),
        address: String::new(),
        notes: String::new(),
        deleted_at: None,
    }
}

/// Adds a customer's row, and what lists find it by.
pub(crate) async fn insert(tx: &Tx, row: &customer::Model, tags: Vec<(String, String)>) -> Result<(), DbErr> {
    customer::Entity::insert(customer::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    set_tags(tx, row.id, tags).await?;
    describe(tx, row).await
}

async fn set_tags(tx: &Tx, customer: CustomerId, tags: Vec<(String, String)>) -> Result<(), DbErr> {
    let of = customer_tag::Column::CustomerId.eq(customer);
    customer_tag::Entity::delete_many().filter(of).exec(tx).await?;
    if tags.is_empty() {
        return Ok(());
    }
    let row =
        |(tag_key, tag)| customer_tag::ActiveModel { customer_id: Set(customer), tag_key: Set(tag_key), tag: Set(tag) };
    customer_tag::Entity::insert_many(tags.into_iter().map(row)).exec_without_returning(tx).await.map(drop)
}

/// Tells the list of customers what is known of one.
pub(super) async fn describe(tx: &Tx, row: &customer::Model) -> Result<(), DbErr> {
    let owner = reseller::Entity::find_by_id(row.reseller_id).one(tx).await?;
    let reseller_key = owner.map(|it| it.name_key).unwrap_or_default();
    let tags = customer_tag::Entity::find().filter(customer_tag::Column::CustomerId.eq(row.id)).all(tx).await?;
    let mut about = vec![text::key(&row.name), row.code.clone()];
    about.extend(tags.into_iter().map(|it| it.tag_key));
    about.extend([&row.email, &row.technical_email, &row.phone].map(|it| it.to_lowercase()));
    about.retain(|it| !it.is_empty());
    let described = About {
        id: row.id,
        reseller_id: row.reseller_id,
        name_key: row.name_key.clone(),
        code: row.code.clone(),
        reseller_key,
        about: about.join(" "),
        deleted_at: row.deleted_at,
    };
    customer_list::describe(tx, described).await
}

/// A code that no customer has, made from a name; a number tells it from those of the same name.
pub(crate) async fn free_code(tx: &Tx, rng: &dyn Rng, name: &str) -> Result<String, DbErr> {
    let whole = fields::code_of(name);
    // Room for a number of six digits.
    let base: String = whole.chars().take(fields::LONGEST_CODE - 6).collect();
    let mut wanted = vec![whole];
    wanted.extend((2..=9).map(|number| format!("{base}{number}")));
    let same = customer::Column::Code.is_in(wanted.iter().map(String::as_str));
    let taken = customer::Entity::find().filter(same).all(tx).await?;
    if let Some(free) = wanted.into_iter().find(|it| taken.iter().all(|row| row.code != *it)) {
        return Ok(free);
    }
    loop {
        let code = format!("{base}{}", 100_000 + rng.next_u64() % 900_000);
        if !is_code_taken(tx, &code).await? {
            return Ok(code);
        }
    }
}

async fn is_code_taken(tx: &Tx, code: &str) -> Result<bool, DbErr> {
    Ok(customer::Entity::find().filter(customer::Column::Code.eq(code)).count(tx).await? > 0)
}

pub(super) async fn is_name_taken(tx: &Tx, key: &str) -> Result<bool, DbErr> {
    Ok(customer::Entity::find().filter(customer::Column::NameKey.eq(key)).count(tx).await? > 0)
}

/// Makes a customer. Who sees assigned customers only is assigned to it, so that they see what they made.
pub async fn create_customer(
    db: &Database,
    granted: Granted,
    act: Act,
    new: NewCustomer,
) -> Result<Customer, ChangeError> {
    let name = text::word(&new.name, LONGEST_NAME)?;
    let code = new.code.as_deref().map(fields::code).transpose()?;
    let tags = fields::tags(&new.tags)?;
    let phone = fields::telephone(&new.phone)?;
    let email = fields::mail("email", &new.email)?;
    let technical_email = fields::mail("technical_email", &new.technical_email)?;
    let address = fields::lines("address", &new.address, fields::LONGEST_ADDRESS)?;
    let notes = fields::lines("notes", &new.notes, fields::LONGEST_NOTES)?;
    let row = db
        .write(move |tx| {
            Box::pin(async move {
                let reseller_id = reseller_for_new(tx, granted, new.reseller_id).await?;
                if is_name_taken(tx, &text::key(&name)).await? {
                    return Err(ChangeError::Taken);
                }
                let code = match code {
                    Some(code) if is_code_taken(tx, &code).await? => return Err(ChangeError::CodeTaken),
                    Some(code) => code,
                    None => free_code(tx, &*act.rng, &name).await?,
                };
                let id = CustomerId::new(act.at, &*act.rng);
                let blank = blank(id, reseller_id, name, code, act.at);
                let row = customer::Model { phone, email, technical_email, address, notes, ..blank };
                insert(tx, &row, tags).await?;
                if let Scope::Assigned(user) = granted.scope() {
                    access::give_customer(tx, &act, user, row.id).await?;
                }
                access::recompute(tx, Of::Customer(row.id)).await?;
                let detail = serde_json::json!({ "reseller": reseller_id, "code": row.code });
                say_of(tx, &act, "customer.create", &row, detail);
                Ok(row)
            })
        })
        .await?;
    Ok(super::views(db, vec![row]).await?.remove(0))
}

/// Makes a customer for a system that enrolled with its reseller's token, named as the system is. Customers' names are
/// unique, systems' are not: where it is taken, something short tells them apart.
pub async fn create_for_system(tx: &Tx, act: &Act, reseller: ResellerId, name: &str) -> Result<CustomerId, DbErr> {
    let id = CustomerId::new(act.at, &*act.rng);
    let room = LONGEST_NAME - 20;
    let name: String = name.trim().chars().filter(|it| !it.is_control()).take(room).collect();
    let name = if name.is_empty() { "system".to_owned() } else { name };
    let code = free_code(tx, &*act.rng, &name).await?;
    let taken = is_name_taken(tx, &text::key(&name)).await?;
    // The end of the id is random, its beginning the time.
    let name = if taken { format!("{name} ({:08x})", id.0.as_u128() & 0xffff_ffff) } else { name };
    let row = blank(id, reseller, name, code, act.at);
    insert(tx, &row, Vec::new()).await?;
    access::recompute(tx, Of::Customer(id)).await?;
    say_of(tx, act, "customer.create", &row, serde_json::json!({ "reseller": reseller, "by": "enrolment" }));
    Ok(id)
}

/// Where nobody says which: the default customer's for those who see all, the only one that others see.
async fn reseller_for_new(tx: &Tx, granted: Granted, wanted: Option<ResellerId>) -> Result<ResellerId, ChangeError> {
    let mut condition = resellers_within(granted.scope());
    if let Some(id) = wanted {
        condition = condition.add(reseller::Column::Id.eq(id));
    } else if granted.scope() == Scope::All {
        let default = customer::Entity::find().filter(customer::Column::IsDefault.eq(true)).one(tx).await?;
        return default.map(|it| it.reseller_id).ok_or(ChangeError::NoReseller);
    }
    let found = reseller::Entity::find().filter(condition).all(tx).await?;
    match &found[..] {
        [one] => Ok(one.id),
        _ => Err(ChangeError::NoReseller),
    }
}

/// Changes a customer, or gives it to another reseller. Its code only changes where `codes_may_change`.
pub async fn change_customer(
    db: &Database,
    granted: Granted,
    act: Act,
    id: CustomerId,
    changes: CustomerChanges,
    codes_may_change: bool,
) -> Result<(), ChangeError> {
    let name = changes.name.as_deref().map(|name| text::word(name, LONGEST_NAME)).transpose()?;
    let code = changes.code.as_deref().map(fields::code).transpose()?;
    let tags = changes.tags.as_deref().map(fields::tags).transpose()?;
    let phone = changes.phone.as_deref().map(fields::telephone).transpose()?;
    let email = changes.email.as_deref().map(|it| fields::mail("email", it)).transpose()?;
    let technical = changes.technical_email.as_deref().map(|it| fields::mail("technical_email", it)).transpose()?;
    let lines = |field, typed: &Option<String>, longest| {
        typed.as_deref().map(|it| fields::lines(field, it, longest)).transpose()
    };
    let address = lines("address", &changes.address, fields::LONGEST_ADDRESS)?;
    let notes = lines("notes", &changes.notes, fields::LONGEST_NOTES)?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, granted, id).await?;
            let before = row.name.clone();
            let mut active = row.clone().into_active_model();
            if let Some(name) = name {
                let key = text::key(&name);
                if key != row.name_key && is_name_taken(tx, &key).await? {
                    return Err(ChangeError::Taken);
                }
                active.name_key = Set(key);
                active.name = Set(name);
            }
            if let Some(code) = code.filter(|it| *it != row.code) {
                if !codes_may_change {
                    return Err(ChangeError::CodeFixed);
                }
                if is_code_taken(tx, &code).await? {
                    return Err(ChangeError::CodeTaken);
                }
                active.code = Set(code);
            }
            if let Some(owner) = changes.reseller_id {
                let known = reseller::Entity::find_by_id(owner).one(tx).await?;
                active.reseller_id = Set(known.ok_or(ChangeError::NoReseller)?.id);
            }
            for (place, value) in [
                (&mut active.phone, phone),
                (&mut active.email, email),
                (&mut active.technical_email, technical),
                (&mut active.address, address),
                (&mut active.notes, notes),
            ] {
                if let Some(value) = value {
                    *place = Set(value);
                }
            }
            let retagged = match &tags {
                Some(tags) => tags_of(tx, id).await? != tags.iter().map(|(_, tag)| tag.clone()).collect::<Vec<_>>(),
                None => false,
            };
            if !active.is_changed() && !retagged {
                return Ok(());
            }
            let row = if active.is_changed() { active.update(tx).await? } else { row };
            if let Some(tags) = tags.filter(|_| retagged) {
                set_tags(tx, id, tags).await?;
            }
            describe(tx, &row).await?;
            access::recompute(tx, Of::Customer(id)).await?;
            say_of(tx, &act, "customer.change", &row, serde_json::json!({ "was": before, "changes": changes }));
            Ok(())
        })
    })
    .await
}

async fn tags_of(tx: &Tx, customer: CustomerId) -> Result<Vec<String>, DbErr> {
    let of = customer_tag::Column::CustomerId.eq(customer);
    let rows = customer_tag::Entity::find().filter(of).order_by_asc(customer_tag::Column::TagKey).all(tx).await?;
    Ok(rows.into_iter().map(|it| it.tag).collect())
}

/// The customer of an id within the scope, unless it was deleted.
pub(super) async fn found(tx: &Tx, granted: Granted, id: CustomerId) -> Result<customer::Model, ChangeError> {
    let within = owners::within(customer::Column::Id, granted.scope());
    let there = customer::Column::DeletedAt.is_null();
    let row = customer::Entity::find_by_id(id).filter(within).filter(there).one(tx).await?;
    row.ok_or(ChangeError::NotFound)
}
