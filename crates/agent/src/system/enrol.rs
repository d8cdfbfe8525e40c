//! Making the system known to its server, once, with a token.

use ed25519_dalek::SigningKey;
use vigie_kernel::{Clock as _, SystemClock, SystemId, SystemRng};
use vigie_wire::{
    link::{
        ENROLMENT_PATH, FORMAT,
        message::{About, ServiceUser},
        opening::{Enrolled, Enrolment, enrolment_text},
    },
    sync::{public_key, sign},
};

use super::{
    account::{ATTEMPTS, Account, FILE, made_password},
    connect::{Connected, Way},
    failure::{ENROLLING, Failure},
    folder::{Folder, PENDING, Pending},
    http::exchange,
};
use crate::portal::rewritten;

/// Whoever sets up the service user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SetUp {
    /// The agent makes it, switches it on with every right, and tells the server its password
    Made,
    /// The owner does: until then it is off and has no password
    ByHand,
}

/// The service user as the server is to know it. A password that was made is kept until the enrolment was answered: if
/// the answer is lost, the same one is sent again.
pub(crate) fn service_user(folder: &Folder, set_up: SetUp) -> Result<Option<ServiceUser>, String> {
    let account = Account::read(folder)?;
    if set_up == SetUp::ByHand {
        if account.is_none() {
            folder.write(FILE, &Account::by_hand())?;
        }
        return Ok(None);
    }
    if let (Some(_), Some(Pending { service_user })) = (&account, folder.read(PENDING)?) {
        return Ok(Some(service_user));
    }
    // What its owner decided about it stays; only the password is new.
    let mut account = account.unwrap_or(Account { enabled: true, ..Account::by_hand() });
    let password = made_password(&SystemRng);
    account.set_password(&password, SystemClock.now(), &SystemRng)?;
    let service_user = ServiceUser { name: account.name.clone(), password };
    folder.write(FILE, &account)?;
    folder.remove(ATTEMPTS)?;
    folder.write(PENDING, &Pending { service_user: service_user.clone() })?;
    Ok(Some(service_user))
}

/// Enrols over a connection, which then is used up.
pub(crate) async fn enrol(
    way: &Way,
    mut connected: Connected,
    key: &SigningKey,
    token: &str,
    about: About,
    service_user: Option<ServiceUser>,
) -> Result<SystemId, Failure> {
    let public_key = public_key(key);
    let proof = sign(key, &enrolment_text(&public_key, token));
    let enrolment = Enrolment { format: FORMAT, token: token.to_owned(), public_key, proof, about, service_user };
    let body = serde_json::to_vec(&enrolment).map_err(|error| Failure::never(error.to_string()))?;
    let mut request = format!(
        "POST {}{ENROLMENT_PATH} HTTP/1.1\r\nHost: {}\r\nUser-Agent: vigie-agent/{}\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        way.prefix(),
        way.authority(),
        crate::VERSION,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let answer = exchange(&mut connected.stream, &request, false).await;
    let answer = answer.map_err(|error| Failure::again(format!("{ENROLLING}: the connection was lost: {error}")))?;
    if !(200..300).contains(&answer.status) {
        return Err(Failure::refused(ENROLLING, &answer));
    }
    let enrolled: Enrolled = serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::again(rewritten(ENROLLING, answer.status, answer.header("content-type"))))?;
    Ok(enrolled.system_id)
}
