//! Whose account it is that signs in at the provider. An account is found by issuer and subject alone, never by an e-mail
//! address or a name, which anyone may have at some provider. One that was made here is linked by its owner or by an
//! administrator; one that came by OpenID follows the provider's groups at each sign-in.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, Actor, AuditEntry, Granted, Role, Timestamp, UserId};

use super::{Mapping, Settings};
use crate::{
    access::{self, Of},
    digest::{random_token, sha256},
    entity::{openid_identity, user, user_grant, user_label},
    sessions::{Begun, Means},
    sign_in::{self, Admission, unnamed},
    steps::{self, Kind},
    text,
    users::{self, LONGEST_LOGIN, Origin, User, fields, listing, manage, name_key, role_of},
};

/// Longest subject, bytes (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// What is remembered while someone is at the provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Away {
    /// What the identity token must repeat.
    pub nonce: String,
    /// What the code is exchanged with (RFC 7636), sealed, hexadecimal.
    pub verifier: String,
    /// The provider that was asked.
    pub issuer: String,
    /// Where to go afterwards, in the console.
    pub back: String,
    /// Whether the licence terms were accepted on the way out.
    pub licence_accepted: bool,
    /// The person who is signed in and links this account; none: a sign-in.
    pub link: Option<UserId>,
    /// Digest of what the browser's cookie holds.
    browser: Vec<u8>,
}

impl Away {
    /// A way out to the provider, without what [`leave`] adds.
    pub fn new(nonce: String, verifier: String, issuer: String, back: String) -> Self {
        Self { nonce, verifier, issuer, back, licence_accepted: false, link: None, browser: Vec::new() }
    }
}

/// Remembers that someone leaves for the provider. Answers the `state` that comes back, and what the browser keeps in a
/// cookie.
pub async fn leave(db: &Database, act: Act, source_address: String, away: Away) -> Result<(String, String), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let browser = random_token(&*act.rng);
            let away = Away { browser: sha256(&browser), ..away };
            let state = steps::begin(tx, &act, Kind::OpenId, away.link, &source_address, &away).await?;
            Ok((state, browser))
        })
    })
    .await
}

/// What was remembered, once. None: this is not the browser that left, it took too long, or it came back before.
pub async fn come_back(db: &Database, act: &Act, state: &str, browser: &str) -> Result<Option<Away>, DbErr> {
    let Some(step) = steps::find_anywhere::<Away>(db.reads(), Kind::OpenId, state, act.at).await? else {
        return Ok(None);
    };
    if step.state.browser != sha256(browser) {
        return Ok(None);
    }
    let away = step.state.clone();
    let first = db.write(move |tx| Box::pin(async move { step.end(tx).await })).await?;
    Ok(first.then_some(away))
}

/// Who the provider says it is: what the signed identity token holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// What the provider knows them by, for ever.
    pub subject: String,
    /// What they like to be called.
    pub preferred_username: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// E-mail address.
    pub email: String,
    /// Groups.
    pub groups: Vec<String>,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nobody here is known by this identity, or their account may not be used.
    #[error("no account here may be used with this identity")]
    NoAccount,
    /// The licence terms are still to be accepted.
    #[error("the licence terms are not accepted")]
    LicenceNotAccepted,
    /// The identity belongs to someone else here.
    #[error("someone else signs in with this identity")]
    Taken,
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// A subject that is none.
    #[error("must be 1 to {LONGEST_SUBJECT} characters")]
    Subject,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Someone who comes back from the provider.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Who they are there.
    pub identity: Identity,
    /// From where.
    pub source_address: String,
    /// What the browser says it is.
    pub user_agent: String,
    /// Digest of the licence terms in force.
    pub licence: Option<Vec<u8>>,
    /// Whether this person accepts them now.
    pub licence_accepted: bool,
}

/// Signs in who comes back from the provider.
pub async fn sign_in(
    db: &Database,
    act: Act,
    settings: Settings,
    arrival: Arrival,
) -> Result<(User, Begun), AccountError> {
    check_subject(&arrival.identity.subject)?;
    let (refused, source) = (act.clone(), arrival.source_address.clone());
    let subject = arrival.identity.subject.clone();
    let admitted = db.write(move |tx| {
        Box::pin(async move {
            let server = Actor { source_address: Some(arrival.source_address.clone()), ..Actor::server() };
            let act = Act { actor: server, ..act };
            let row = account(tx, &act, &settings, &arrival.identity).await?.ok_or(AccountError::NoAccount)?;
            if !users::is_usable(&row, act.at) {
                return Err(AccountError::NoAccount);
            }
            let terms = arrival.licence.filter(|terms| row.licence_accepted.as_ref() != Some(terms));
            if terms.is_some() && !arrival.licence_accepted {
                return Err(AccountError::LicenceNotAccepted);
            }
            let user = User::from_row(row).ok_or(AccountError::NoAccount)?;
            let (source_address, user_agent) = (arrival.source_address, arrival.user_agent);
            let admission = Admission { user, source_address, user_agent, means: Means::OpenId, factor: None, terms };
            Ok(sign_in::admit(tx, &act, admission).await?)
        })
    });
    let admitted = admitted.await;
    if matches!(admitted, Err(AccountError::NoAccount)) {
        note_refusal(db, refused, source, subject).await?;
    }
    admitted
}

async fn note_refusal(db: &Database, act: Act, source: String, subject: String) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let actor = unnamed(source);
            let entry = AuditEntry::new(act.at, &actor, "session.refused", "openid")
                .detail(serde_json::json!({ "means": "openid", "subject": subject }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

fn check_subject(subject: &str) -> Result<(), AccountError> {
    let fits = !subject.is_empty() && subject.len() <= LONGEST_SUBJECT && !subject.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(AccountError::Subject) }
}

/// The account of an identity, with its role as the groups say. None: there is none, and none is made.
async fn account(
    tx: &Tx,
    act: &Act,
    settings: &Settings,
    identity: &Identity,
) -> Result<Option<user::Model>, AccountError> {
    let key = (identity.issuer.clone(), identity.subject.clone());
    if let Some(known) = openid_identity::Entity::find_by_id(key).one(tx).await? {
        let Some(row) = user::Entity::find_by_id(known.user_id).one(tx).await? else { return Ok(None) };
        if Origin::from_code(&row.origin) == Origin::OpenId && users::is_usable(&row, act.at) {
            return follow_groups(tx, act, settings, identity, row).await.map(Some);
        }
        return Ok(Some(row));
    }
    if !settings.create_users {
        return Ok(None);
    }
    let login = free_login(tx, identity).await?;
    let mapping = mapping_of(settings, &identity.groups);
    let mut row = users::blank(act, &login, mapping.map(|it| it.role), String::new());
    let cut = |name: &str, longest| name.chars().filter(|it| !it.is_control()).take(longest).collect::<String>();
    let (first, last) = (cut(&identity.given_name, 15), cut(&identity.family_name, 15));
    let (first, last) = fields::names(&first, &last).unwrap_or_default();
    row.name_key = name_key(&first, &last);
    row.first_name = first;
    row.last_name = last;
    row.email = fields::email(&identity.email).unwrap_or_default();
    Origin::OpenId.as_str().clone_into(&mut row.origin);
    let detail = serde_json::json!({
        "origin": "openid", "issuer": identity.issuer, "subject": identity.subject, "role": mapping.map(|it| it.role),
    });
    let id = users::insert(tx, act, row.clone(), detail).await?;
    add(tx, act.at, id, identity.issuer.clone(), identity.subject.clone()).await?;
    if let Some(mapping) = mapping {
        manage::set_labels(tx, id, &labels_of(mapping)).await?;
    }
    access::recompute(tx, Of::User(id)).await?;
    Ok(Some(row))
}

fn mapping_of<'a>(settings: &'a Settings, groups: &[String]) -> Option<&'a Mapping> {
    settings.mappings.iter().find(|mapping| groups.contains(&mapping.group))
}

fn labels_of(mapping: &Mapping) -> Vec<(String, String)> {
    mapping.labels.iter().map(|label| (text::key(label), label.clone())).collect()
}

/// A sign-in name that nobody has: the one at the provider, cut, with a number behind it where it is taken.
async fn free_login(tx: &Tx, identity: &Identity) -> Result<String, DbErr> {
    let wanted = [identity.preferred_username.as_str(), &identity.email].into_iter().find(|it| !it.is_empty());
    let wanted = wanted.unwrap_or("user").split('@').next().unwrap_or_default();
    let kept: String =
        wanted.chars().filter(|it| !it.is_whitespace() && !it.is_control()).take(LONGEST_LOGIN).collect();
    let stem = fields::login(&kept).unwrap_or_else(|_| "user".to_owned());
    for number in 1_u32.. {
        let login = if number == 1 {
            stem.clone()
        } else {
            let number = number.to_string();
            let room = LONGEST_LOGIN.saturating_sub(number.len());
            format!("{}{number}", stem.chars().take(room).collect::<String>())
        };
        if users::row_by_login(tx, &login).await?.is_none() {
            return Ok(login);
        }
    }
    Err(DbErr::Custom("no sign-in name is free".to_owned()))
}

/// Gives an account the role and the labels of its groups. Where no mapping is set up, people give roles.
async fn follow_groups(
    tx: &Tx,
    act: &Act,
    settings: &Settings,
    identity: &Identity,
    row: user::Model,
) -> Result<user::Model, AccountError> {
    if settings.mappings.is_empty() {
        return Ok(row);
    }
    let mapping = mapping_of(settings, &identity.groups);
    let (before, now) = (role_of(&row).flatten(), mapping.map(|it| it.role));
    let labels = mapping.map(labels_of).unwrap_or_default();
    let present = user_label::Entity::find()
        .filter(user_label::Column::UserId.eq(row.id))
        .order_by_asc(user_label::Column::LabelKey)
        .all(tx)
        .await?;
    let mut wanted: Vec<&String> = labels.iter().map(|(key, _)| key).collect();
    wanted.sort_unstable();
    let same_labels = present.iter().map(|row| &row.label_key).eq(wanted);
    if before == now && same_labels {
        return Ok(row);
    }
    manage::lock_administrators(tx).await?;
    if before == Some(Role::Administrator) && now != before && !manage::another_administrator(tx, row.id).await? {
        tracing::warn!(login = row.login, "the last administrator keeps the role, whatever the provider's groups say");
        return Ok(row);
    }
    let (id, login) = (row.id, row.login.clone());
    let mut row = row;
    now.map_or(users::NO_ROLE, Role::as_str).clone_into(&mut row.role);
    row.updated_at = act.at;
    let row = row.into_active_model().reset_all().update(tx).await?;
    manage::set_labels(tx, id, &labels).await?;
    if !now.is_some_and(Role::is_assigned) {
        user_grant::Entity::delete_many().filter(user_grant::Column::UserId.eq(id)).exec(tx).await?;
    }
    access::recompute(tx, Of::User(id)).await?;
    let labels: Vec<String> = labels.into_iter().map(|(_, label)| label).collect();
    let entry = AuditEntry::new(act.at, &act.actor, "user.change", "user")
        .object(id, &login)
        .detail(serde_json::json!({ "by": "openid", "role": { "before": before, "after": now }, "labels": labels }));
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok(row)
}

async fn add(tx: &Tx, at: Timestamp, user_id: UserId, issuer: String, subject: String) -> Result<(), DbErr> {
    openid_identity::Entity::insert(openid_identity::ActiveModel {
        issuer: Set(issuer),
        subject: Set(subject),
        user_id: Set(user_id),
        created_at: Set(at),
    })
    .exec_without_returning(tx)
    .await
    .map(drop)
}

/// An identity at a provider with which someone may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OpenIdIdentity)]
pub struct Linked {
    /// The provider.
    pub issuer: String,
    /// What the provider knows them by.
    pub subject: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// The identities of a user.
pub async fn list(db: &Database, user_id: UserId) -> Result<Vec<Linked>, DbErr> {
    let rows = openid_identity::Entity::find()
        .filter(openid_identity::Column::UserId.eq(user_id))
        .order_by_asc(openid_identity::Column::CreatedAt)
        .all(db.reads())
        .await?;
    let linked =
        |row: openid_identity::Model| Linked { issuer: row.issuer, subject: row.subject, created_at: row.created_at };
    Ok(rows.into_iter().map(linked).collect())
}

/// Links an account with an identity: its owner was signed in when they left for the provider and proved it there.
pub async fn link_own(db: &Database, act: Act, user_id: UserId, identity: Identity) -> Result<(), AccountError> {
    check_subject(&identity.subject)?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = user::Entity::find_by_id(user_id).one(tx).await?.ok_or(AccountError::NoAccount)?;
            if !users::is_usable(&row, act.at) {
                return Err(AccountError::NoAccount);
            }
            let source = act.actor.source_address.clone().unwrap_or_default();
            let act = Act { actor: Actor::person(row.id, &row.login, source), ..act };
            link(tx, &act, &row, identity.issuer, identity.subject).await
        })
    })
    .await
}

/// Links a user's account with an identity of the provider.
pub async fn link_by_administrator(
    db: &Database,
    granted: Granted,
    act: Act,
    user_id: UserId,
    issuer: String,
    subject: String,
) -> Result<(), AccountError> {
    check_subject(&subject)?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = listing::manageable(tx, granted, user_id).await?.ok_or(AccountError::NotFound)?;
            link(tx, &act, &row, issuer, subject).await
        })
    })
    .await
}

async fn link(tx: &Tx, act: &Act, row: &user::Model, issuer: String, subject: String) -> Result<(), AccountError> {
    let key = (issuer.clone(), subject.clone());
    match openid_identity::Entity::find_by_id(key).one(tx).await? {
        Some(known) if known.user_id == row.id => return Ok(()),
        Some(_) => return Err(AccountError::Taken),
        None => {}
    }
    add(tx, act.at, row.id, issuer.clone(), subject.clone()).await?;
    let entry = AuditEntry::new(act.at, &act.actor, "openid.link", "user")
        .object(row.id, &row.login)
        .detail(serde_json::json!({ "issuer": issuer, "subject": subject }));
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok(())
}

/// Takes a user's identities away; nobody signs in by OpenID with this account any more. `granted` none: one's own.
pub async fn unlink(db: &Database, granted: Option<Granted>, act: Act, user_id: UserId) -> Result<(), AccountError> {
    db.write(move |tx| {
        Box::pin(async move {
            let found = match granted {
                Some(granted) => listing::manageable(tx, granted, user_id).await?,
                None => user::Entity::find_by_id(user_id).one(tx).await?,
            };
            let row = found.ok_or(AccountError::NotFound)?;
            let of = openid_identity::Column::UserId.eq(user_id);
            if openid_identity::Entity::delete_many().filter(of).exec(tx).await?.rows_affected == 0 {
                return Err(AccountError::NotFound);
            }
            let entry = AuditEntry::new(act.at, &act.actor, "openid.unlink", "user").object(user_id, &row.login);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}
