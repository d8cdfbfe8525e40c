//! Passkeys (WebAuthn level 2): a key pair in someone's device, which also checks who they are. One signs in alone, or
//! follows a password. A signature counter that goes back says that the key was copied: it is refused, and in the trail.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, sea_query::Expr,
};
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AuditEntry, PasskeyId, Timestamp, UserId};
pub use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, WebauthnError},
};
use webauthn_rs_proto::{AllowCredentials, ResidentKeyRequirement};

use super::{ChangeError, owner, recovery, set_flag};
use crate::{
    entity::{passkey, user},
    sessions::{Begun, Means},
    sign_in::{self, Admission, SignInError},
    steps::{self, Kind},
    text,
    users::{self, User},
};

/// Most passkeys of one person.
pub const MOST: u64 = 20;
/// Longest name, characters.
pub const LONGEST_NAME: usize = 60;

/// What a browser is to be given: `publicKey` of `navigator.credentials`, bytes as Base64url.
pub type Options = serde_json::Value;

/// Who asks for a passkey: this server, under the name by which the browser reached it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host: what a passkey belongs to. Never an address.
    pub id: String,
    /// Scheme, host and port.
    pub origin: Url,
    /// What the device shows.
    pub name: String,
}

impl RelyingParty {
    fn webauthn(&self) -> Result<Webauthn, DbErr> {
        let built = WebauthnBuilder::new(&self.id, &self.origin).and_then(|it| it.rp_name(&self.name).build());
        built.map_err(|error| DbErr::Custom(format!("passkeys at {}: {error}", self.id)))
    }
}

/// A passkey, for its owner to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct Listed {
    /// Id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// The server's name for which it was made, and at which alone it works.
    pub host: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it signed in last.
    pub last_used_at: Option<Timestamp>,
}

impl From<passkey::Model> for Listed {
    fn from(row: passkey::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            host: row.relying_party,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

async fn rows(connection: &impl ConnectionTrait, user_id: UserId) -> Result<Vec<passkey::Model>, DbErr> {
    let of = passkey::Column::UserId.eq(user_id);
    passkey::Entity::find().filter(of).order_by_asc(passkey::Column::Id).all(connection).await
}

pub(crate) async fn list(connection: &impl ConnectionTrait, user_id: UserId) -> Result<Vec<Listed>, DbErr> {
    Ok(rows(connection, user_id).await?.into_iter().map(Listed::from).collect())
}

pub(crate) async fn any(connection: &impl ConnectionTrait, user_id: UserId) -> Result<bool, DbErr> {
    let of = passkey::Column::UserId.eq(user_id);
    Ok(passkey::Entity::find().filter(of).one(connection).await?.is_some())
}

pub(crate) async fn delete_all(tx: &Tx, user_id: UserId) -> Result<u64, DbErr> {
    let of = passkey::Column::UserId.eq(user_id);
    Ok(passkey::Entity::delete_many().filter(of).exec(tx).await?.rows_affected)
}

fn shown(options: &impl Serialize) -> Result<Options, DbErr> {
    let mut shown = serde_json::to_value(options).map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(shown.get_mut("publicKey").map(serde_json::Value::take).unwrap_or_default())
}

fn stored(row: &passkey::Model) -> Result<Passkey, DbErr> {
    serde_json::from_str(&row.credential).map_err(|error| DbErr::Custom(format!("passkey {}: {error}", row.id)))
}

/// Begins to make a passkey. Answers what names the ceremony, and what the browser is to be given.
pub async fn start(
    db: &Database,
    party: &RelyingParty,
    act: Act,
    user: &User,
    source_address: String,
) -> Result<(String, Options), ChangeError> {
    let present = rows(db.reads(), user.id).await?;
    if present.len() as u64 >= MOST {
        return Err(ChangeError::TooMany);
    }
    let here = present.iter().filter(|row| row.relying_party == party.id);
    let known: Vec<CredentialID> = here.map(|row| row.credential_id.clone()).collect();
    let name = format!("{} {}", user.first_name, user.last_name);
    let name = if name.trim().is_empty() { user.login.clone() } else { name.trim().to_owned() };
    let started = party.webauthn()?.start_passkey_registration(user.id.0, &user.login, &name, Some(known));
    let (mut options, state) = started.map_err(|_| ChangeError::Refused)?;
    if let Some(choice) = options.public_key.authenticator_selection.as_mut() {
        // The device remembers whose it is: only so can it sign in alone.
        choice.resident_key = Some(ResidentKeyRequirement::Required);
        choice.require_resident_key = true;
    }
    let (options, id) = (shown(&options)?, user.id);
    db.write(move |tx| {
        Box::pin(async move {
            let token = steps::begin(tx, &act, Kind::PasskeyMade, Some(id), &source_address, &state).await?;
            Ok((token, options))
        })
    })
    .await
}

/// Keeps a passkey that was made. Answers it, and recovery codes where there were none.
pub async fn finish(
    db: &Database,
    party: &RelyingParty,
    act: Act,
    user_id: UserId,
    ceremony: &str,
    name: &str,
    said: RegisterPublicKeyCredential,
) -> Result<(Listed, Vec<String>), ChangeError> {
    let name = text::word(name, LONGEST_NAME)?;
    let source = act.actor.source_address.clone().unwrap_or_default();
    let step = steps::find::<PasskeyRegistration>(db.reads(), Kind::PasskeyMade, ceremony, &source, act.at).await?;
    let step = step.filter(|step| step.user_id == Some(user_id)).ok_or(ChangeError::Refused)?;
    let made = party.webauthn()?.finish_passkey_registration(&said, &step.state);
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::info!(%error, "a new passkey was refused");
            db.write(move |tx| Box::pin(async move { step.end(tx).await })).await?;
            return Err(ChangeError::Refused);
        }
    };
    let credential = serde_json::to_string(&made).map_err(|error| DbErr::Custom(error.to_string()))?;
    let relying_party = party.id.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let owner = owner(tx, user_id).await?;
            let credential_id = made.cred_id().clone();
            let known = passkey::Column::CredentialId.eq(credential_id.clone());
            let taken = passkey::Entity::find().filter(known).one(tx).await?.is_some();
            if !step.end(tx).await? || taken {
                return Err(ChangeError::Refused);
            }
            if passkey::Entity::find().filter(passkey::Column::UserId.eq(user_id)).count(tx).await? >= MOST {
                return Err(ChangeError::TooMany);
            }
            let row = passkey::Model {
                id: PasskeyId::new(act.at, &*act.rng),
                user_id,
                credential_id,
                name,
                relying_party,
                credential,
                created_at: act.at,
                last_used_at: None,
            };
            let new = row.clone().into_active_model().reset_all();
            passkey::Entity::insert(new).exec_without_returning(tx).await?;
            let codes = if recovery::left(tx, user_id).await? == 0 {
                recovery::renew(tx, &act, user_id).await?
            } else {
                Vec::new()
            };
            set_flag(tx, user_id).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "second-factor.add", "user")
                .object(user_id, &owner.login)
                .detail(serde_json::json!({ "factor": "passkey", "passkey": row.id, "name": row.name }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok((row.into(), codes))
        })
    })
    .await
}

/// Removes one of someone's passkeys.
pub async fn remove(db: &Database, act: Act, user_id: UserId, id: PasskeyId) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let owner = owner(tx, user_id).await?;
            let found = passkey::Entity::find_by_id(id).one(tx).await?.filter(|row| row.user_id == user_id);
            let row = found.ok_or(ChangeError::NotFound)?;
            passkey::Entity::delete_by_id(id).exec(tx).await?;
            set_flag(tx, user_id).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "second-factor.remove", "user")
                .object(user_id, &owner.login)
                .detail(serde_json::json!({ "factor": "passkey", "passkey": id, "name": row.name }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

/// Asks for a passkey: of this person, or of anyone. None: this person has none at this party.
pub(crate) async fn ask(
    connection: &impl ConnectionTrait,
    party: &RelyingParty,
    of: Option<UserId>,
) -> Result<Option<(Options, DiscoverableAuthentication)>, DbErr> {
    let started = party.webauthn()?.start_discoverable_authentication();
    let (mut options, state) = started.map_err(|error| DbErr::Custom(format!("a passkey's ceremony: {error}")))?;
    if let Some(user_id) = of {
        let mut known = rows(connection, user_id).await?;
        known.retain(|row| row.relying_party == party.id);
        if known.is_empty() {
            return Ok(None);
        }
        let allowed = |row: passkey::Model| AllowCredentials {
            type_: "public-key".to_owned(),
            id: row.credential_id,
            transports: None,
        };
        options.public_key.allow_credentials = known.into_iter().map(allowed).collect();
    }
    Ok(Some((shown(&options)?, state)))
}

/// A passkey that signed what it was asked.
#[derive(Debug)]
pub(crate) struct Verified {
    row: passkey::Model,
    credential: String,
}

/// Why what a passkey signed is not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is not known, or the signature is not right.
    Invalid,
    /// Its counter went back.
    Cloned(Box<passkey::Model>),
}

/// Checks what a passkey signed.
pub(crate) async fn verify(
    connection: &impl ConnectionTrait,
    party: &RelyingParty,
    asked: &DiscoverableAuthentication,
    said: &PublicKeyCredential,
) -> Result<Result<Verified, Refused>, DbErr> {
    let known = passkey::Column::CredentialId.eq(said.get_credential_id().to_vec());
    let Some(row) = passkey::Entity::find().filter(known).one(connection).await? else {
        return Ok(Err(Refused::Invalid));
    };
    // Devices that are asked for one of a list may leave out whose it is.
    if said.get_user_unique_id().is_some_and(|handle| handle != row.user_id.0.as_bytes()) {
        return Ok(Err(Refused::Invalid));
    }
    let mut key = stored(&row)?;
    let checked =
        party.webauthn()?.finish_discoverable_authentication_v2(said, asked.clone(), DiscoverableKey::from(&key));
    match checked {
        Ok(result) if result.user_verified() => {
            key.update_credential(&result);
            let credential = serde_json::to_string(&key).map_err(|error| DbErr::Custom(error.to_string()))?;
            Ok(Ok(Verified { row, credential }))
        }
        Ok(_) => Ok(Err(Refused::Invalid)),
        Err(WebauthnError::CredentialPossibleCompromise) => Ok(Err(Refused::Cloned(Box::new(row)))),
        Err(error) => {
            tracing::info!(%error, "a passkey was refused");
            Ok(Err(Refused::Invalid))
        }
    }
}

impl Verified {
    pub(crate) fn user_id(&self) -> UserId {
        self.row.user_id
    }

    /// Writes the use down. False: it was used in the same moment, and its counter is another now.
    pub(crate) async fn used(&self, tx: &Tx, now: Timestamp) -> Result<bool, DbErr> {
        let changed = passkey::Entity::update_many()
            .col_expr(passkey::Column::Credential, Expr::value(self.credential.clone()))
            .col_expr(passkey::Column::LastUsedAt, Expr::value(Some(now)))
            .filter(passkey::Column::Id.eq(self.row.id))
            .filter(passkey::Column::Credential.eq(self.row.credential.clone()))
            .exec(tx)
            .await?;
        Ok(changed.rows_affected > 0)
    }
}

/// Notes that a passkey seems to have been copied.
pub(crate) async fn note_cloned(
    db: &Database,
    act: Act,
    key: Box<passkey::Model>,
    source_address: String,
) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let login = user::Entity::find_by_id(key.user_id).one(tx).await?.map(|row| row.login).unwrap_or_default();
            let actor = sign_in::unnamed(source_address);
            let entry = AuditEntry::new(act.at, &actor, "passkey.counter-went-back", "user")
                .object(key.user_id, &login)
                .detail(serde_json::json!({ "passkey": key.id, "name": key.name }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

/// Begins a sign-in with a passkey alone.
pub async fn start_sign_in(
    db: &Database,
    party: &RelyingParty,
    act: Act,
    source_address: String,
) -> Result<(String, Options), DbErr> {
    let asked = ask(db.reads(), party, None).await?;
    let (options, state) = asked.ok_or_else(|| DbErr::Custom("anyone may have a passkey".to_owned()))?;
    db.write(move |tx| {
        Box::pin(async move {
            Ok((steps::begin(tx, &act, Kind::PasskeyUsed, None, &source_address, &state).await?, options))
        })
    })
    .await
}

/// A sign-in with a passkey alone.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// What names the ceremony.
    pub ceremony: String,
    /// What the passkey signed.
    pub said: PublicKeyCredential,
    /// From where.
    pub source_address: String,
    /// What the browser says it is.
    pub user_agent: String,
    /// Digest of the licence terms in force.
    pub licence: Option<Vec<u8>>,
    /// Whether this person accepts them now.
    pub licence_accepted: bool,
}

/// Signs in with a passkey alone.
pub async fn sign_in(
    db: &Database,
    party: &RelyingParty,
    act: Act,
    with: SignIn,
) -> Result<(User, Begun), SignInError> {
    let source = with.source_address;
    let step =
        steps::find::<DiscoverableAuthentication>(db.reads(), Kind::PasskeyUsed, &with.ceremony, &source, act.at)
            .await?;
    let step = step.ok_or(SignInError::Wrong)?;
    // A ceremony is used once, also when nothing comes of it.
    let (ended, state) = (step.state.clone(), with.said);
    if !db.write(move |tx| Box::pin(async move { step.end(tx).await })).await? {
        return Err(SignInError::Wrong);
    }
    let key = match verify(db.reads(), party, &ended, &state).await? {
        Ok(key) if state.get_user_unique_id().is_some() => key,
        Ok(_) | Err(Refused::Invalid) => return Err(SignInError::Wrong),
        Err(Refused::Cloned(key)) => {
            note_cloned(db, act, key, source).await?;
            return Err(SignInError::Wrong);
        }
    };
    db.write(move |tx| {
        Box::pin(async move {
            let row = user::Entity::find_by_id(key.user_id()).one(tx).await?;
            let row = row.filter(|row| users::is_usable(row, act.at)).ok_or(SignInError::Wrong)?;
            let terms = with.licence.filter(|terms| row.licence_accepted.as_ref() != Some(terms));
            if terms.is_some() && !with.licence_accepted {
                return Err(SignInError::LicenceNotAccepted);
            }
            if !key.used(tx, act.at).await? {
                return Err(SignInError::Wrong);
            }
            let user = User::from_row(row).ok_or(SignInError::Wrong)?;
            let (means, user_agent) = (Means::Passkey, with.user_agent);
            let admission = Admission { user, source_address: source, user_agent, means, factor: None, terms };
            Ok(sign_in::admit(tx, &act, admission).await?)
        })
    })
    .await
}
