//! The preferences about the mail server that takes this server's e-mails. Its password is apart from them, sealed.

use std::net::IpAddr;

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx, secrets::Secrets};
use vigie_kernel::Act;

use super::ChangeError;
use crate::{settings, text, users::fields};

const PASSWORD: &str = "mail-password";
/// What the sealed password is bound to.
const PURPOSE: &str = "mail password";
/// Longest name of a host (RFC 1035 §2.3.4).
const LONGEST_HOST: usize = 253;

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS from the beginning, usually port 465 (RFC 8314 §3.3).
    Tls,
    /// TLS after a greeting in the clear, usually port 587 (RFC 3207); without it nothing is sent.
    #[default]
    Starttls,
    /// Nothing: for a relay in the same network that asks for no password.
    None,
}

/// Who takes this server's e-mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Mail {
    /// Name or address of the mail server; empty: no e-mail is sent.
    pub host: String,
    /// Its port.
    #[schema(minimum = 1)]
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Who signs in there; empty: nobody does.
    pub user: String,
    /// Whether a password is kept.
    pub has_password: bool,
    /// Who the e-mails are from: an e-mail address.
    pub from: String,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            security: MailSecurity::default(),
            user: String::new(),
            has_password: false,
            from: String::new(),
        }
    }
}

/// Who is to take this server's e-mails; all of it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMail {
    /// Name or address of the mail server; empty: no e-mail is sent.
    #[schema(max_length = 253)]
    pub host: String,
    /// Its port.
    #[schema(minimum = 1)]
    pub port: u16,
    /// How the connection is protected. A password never travels unprotected to another machine.
    #[serde(default)]
    pub security: MailSecurity,
    /// Who signs in there; empty: nobody does.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub user: String,
    /// The user's password. Absent: the one that is kept, if server and user stay the same; empty: none.
    #[serde(default, skip_serializing)]
    #[schema(max_length = 500, format = Password, write_only)]
    pub password: Option<String>,
    /// Who the e-mails are from: an e-mail address.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub from: String,
}

impl std::fmt::Debug for NewMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewMail({}:{})", self.host, self.port)
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Hexadecimal.
    sealed: String,
}

/// The password of the mail server's user; none: there is none, or it does not open with this server's key.
pub async fn password(db: &Database, secrets: &Secrets) -> Result<Option<String>, DbErr> {
    let kept = settings::get::<Kept>(db.reads(), PASSWORD).await?;
    let open = |kept: Kept| secrets.open(PURPOSE, &hex::decode(kept.sealed).ok()?).ok();
    Ok(kept.and_then(open).and_then(|plain| String::from_utf8(plain).ok()))
}

fn check(new: &NewMail) -> Result<Mail, ChangeError> {
    let refused = |field, reason: &str| ChangeError::Value { field, reason: reason.to_owned() };
    let host = new.host.trim().trim_start_matches('[').trim_end_matches(']').to_owned();
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_' | b':');
    if host.len() > LONGEST_HOST || !host.bytes().all(plain) {
        return Err(refused("mail.host", "must be a host's name or address"));
    }
    if new.port == 0 {
        return Err(refused("mail.port", "must be 1 to 65535"));
    }
    let user = match new.user.trim() {
        "" => String::new(),
        user => text::word(user, 254).map_err(|error| refused("mail.user", &error.to_string()))?,
    };
    if new.security == MailSecurity::None && !user.is_empty() && !is_this_machine(&host) {
        return Err(refused("mail.security", "a password does not travel unprotected: choose tls or starttls"));
    }
    if new.password.as_ref().is_some_and(|it| it.len() > 500 || it.contains('\0')) {
        return Err(refused("mail.password", "must not be longer than 500 characters"));
    }
    let from = fields::email(&new.from).map_err(|error| refused("mail.from", &error.reason))?;
    if from.is_empty() && !host.is_empty() {
        return Err(refused("mail.from", "must not be empty"));
    }
    if !from.is_ascii() {
        return Err(refused("mail.from", "must not have letters with accents: not every mail server takes them"));
    }
    Ok(Mail { host, port: new.port, security: new.security, user, has_password: false, from })
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback())
}

/// Puts new settings in place of the present ones, and the password where it is kept.
pub(super) async fn apply(
    tx: &Tx,
    secrets: &Secrets,
    act: &Act,
    place: &mut Mail,
    new: &NewMail,
) -> Result<(), ChangeError> {
    let mut mail = check(new)?;
    let same = (&mail.host, &mail.user) == (&place.host, &place.user) && !mail.user.is_empty();
    match new.password.as_deref() {
        Some(password) if !password.is_empty() && !mail.user.is_empty() => {
            let sealed = hex::encode(secrets.seal(&*act.rng, PURPOSE, password.as_bytes()));
            settings::put(tx, PASSWORD, &Kept { sealed }, act.at).await?;
            mail.has_password = true;
        }
        // To another server, or for another user, a password does not go by itself.
        None if same => mail.has_password = place.has_password,
        _ => settings::remove(tx, PASSWORD).await?,
    }
    *place = mail;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(host: &str, security: MailSecurity, user: &str, from: &str) -> NewMail {
        NewMail { host: host.into(), port: 25, security, user: user.into(), password: None, from: from.into() }
    }

    #[test]
    fn a_password_never_travels_unprotected_to_another_machine() {
        let none = MailSecurity::None;
        assert!(check(&new("relay.example", none, "", "a@b.example")).is_ok());
        assert!(check(&new("relay.example", none, "vigie", "a@b.example")).is_err());
        assert!(check(&new("127.0.0.1", none, "vigie", "a@b.example")).is_ok());
        assert!(check(&new("relay.example", MailSecurity::Starttls, "vigie", "a@b.example")).is_ok());
    }

    #[test]
    fn a_server_needs_a_sender_and_a_name() {
        let tls = MailSecurity::Tls;
        assert!(check(&new("", tls, "", "")).is_ok(), "switched off");
        assert_eq!(check(&new("[2001:db8::1]", tls, "", "a@b.example")).unwrap().host, "2001:db8::1");
        for (host, from) in
            [("a b", "a@b.example"), ("a/b", "a@b.example"), ("a", ""), ("a", "b"), ("a", "é@b.example")]
        {
            assert!(check(&new(host, tls, "", from)).is_err(), "{host} {from}");
        }
    }
}
