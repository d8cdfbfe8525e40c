//! Placing an order with an ACME server (RFC 8555): the certificate that it issues, or why it did not.

use std::{pin::Pin, time::Duration};

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use http::Request;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, Error, HttpClient,
    Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use vigie_db::Engine;
use vigie_people::certificates::{
    NewIdentity,
    acme::{self, Challenge, ChallengeKind, Order, Settings},
};

use crate::{
    http::AppState,
    outgoing,
    tls::upload::{self, Checked},
};

/// How long an order may take; another node may take it over a little later.
const WHOLE_ORDER: Duration = Duration::from_mins(8);
/// After so long every node gives the answers that were stored.
const SPREAD: Duration = Duration::from_secs(4);
const POLL: RetryPolicy = RetryPolicy::new().initial_delay(Duration::from_millis(500)).timeout(Duration::from_mins(3));

/// Places an order. What was issued fits its key and is good now.
pub(crate) async fn place(state: &AppState, order: &Order) -> anyhow::Result<NewIdentity> {
    match tokio::time::timeout(WHOLE_ORDER, place_in_time(state, order)).await {
        Ok(placed) => placed,
        Err(_) => bail!("the ACME server did not finish in {} minutes", WHOLE_ORDER.as_secs() / 60),
    }
}

async fn place_in_time(state: &AppState, order: &Order) -> anyhow::Result<NewIdentity> {
    let account = account(state, order).await?;
    let names: Vec<_> = order.settings.names.iter().cloned().map(Identifier::Dns).collect();
    let mut placed = account.new_order(&NewOrder::new(&names)).await.map_err(said)?;
    if placed.state().status == OrderStatus::Pending {
        answer(state, order, &mut placed).await?;
        let ready = placed.poll_ready(&POLL).await;
        if !matches!(ready, Ok(OrderStatus::Ready)) {
            return Err(refusal(&mut placed).await.unwrap_or_else(|| match ready {
                Ok(status) => anyhow!("the ACME server says that the order is {status:?}"),
                Err(error) => said(error),
            }));
        }
    }
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(order.settings.names.clone())?;
    params.distinguished_name = DistinguishedName::new();
    placed.finalize_csr(params.serialize_request(&pair)?.der()).await.map_err(said)?;
    let chain = placed.poll_certificate(&POLL).await.map_err(said)?;
    let key = PrivateKeyDer::try_from(pair.serialize_der()).map_err(|error| anyhow!("a new key: {error}"))?;
    let checked = upload::check_issued(&chain, key, state.clock.now()).context("the certificate that was issued")?;
    Ok(identity_of(&checked))
}

/// What is stored of a certificate that was checked.
pub(crate) fn identity_of(checked: &Checked) -> NewIdentity {
    let details = &checked.details;
    NewIdentity {
        chain: checked.chain.iter().map(|der| crate::tls::pem(der)).collect(),
        key: checked.key.secret_der().to_vec(),
        subject: details.subject.clone(),
        names: details.names.clone(),
        not_before: details.not_before,
        not_after: details.not_after,
        sha256: details.sha256.clone(),
    }
}

async fn account(state: &AppState, order: &Order) -> anyhow::Result<Account> {
    let http = || async { anyhow::Ok(Box::new(Outgoing(outgoing::client(state).await?))) };
    if let Some(kept) = &order.account
        && let Ok(credentials) = serde_json::from_slice::<AccountCredentials>(kept)
    {
        let account = Account::builder_with_http(http().await?).from_credentials(credentials).await.map_err(said)?;
        update_contact(&account, &order.settings).await;
        return Ok(account);
    }
    let contact = contact_of(&order.settings);
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let directory = order.settings.directory.clone();
    let made = Account::builder_with_http(http().await?).create(&new, directory.clone(), None).await;
    let (account, credentials) = made.map_err(said)?;
    let kept = serde_json::to_vec(&credentials)?;
    acme::keep_account(&state.db, &state.secrets, state.own_act(), directory, &kept).await?;
    Ok(account)
}

fn contact_of(settings: &Settings) -> Option<String> {
    (!settings.contact.is_empty()).then(|| format!("mailto:{}", settings.contact))
}

/// The address may have changed since the account was made. Not worth failing an order for.
async fn update_contact(account: &Account, settings: &Settings) {
    let contact = contact_of(settings);
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    if let Err(error) = account.update_contacts(&contact).await {
        tracing::debug!(%error, "the ACME server did not take the contact");
    }
}

/// Stores the answers, waits until every node gives them, and says so.
async fn answer(state: &AppState, order: &Order, placed: &mut instant_acme::Order) -> anyhow::Result<()> {
    let (kind, word) = match order.settings.challenge {
        ChallengeKind::TlsAlpn01 => (ChallengeType::TlsAlpn01, "tls-alpn-01"),
        ChallengeKind::Http01 => (ChallengeType::Http01, "http-01"),
    };
    let mut challenges = Vec::new();
    let mut authorizations = placed.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(said)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let asked = authorization.challenge(kind.clone());
        let asked = asked.with_context(|| format!("the ACME server does not offer {word} for {name}"))?;
        let key_authorization = asked.key_authorization().as_str().to_owned();
        challenges.push(Challenge { name, token: asked.token.clone(), key_authorization });
    }
    if !acme::answer(&state.db, state.clock.now(), order.id, challenges).await? {
        bail!("the settings changed meanwhile");
    }
    crate::workers::certificate::present(state).await?;
    state.events.changed(&[crate::events::Topic::Certificates]);
    if state.db.engine() == Engine::Postgres {
        tokio::time::sleep(SPREAD).await;
    }
    let mut authorizations = placed.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(said)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        if let Some(mut asked) = authorization.challenge(kind.clone()) {
            asked.set_ready().await.map_err(said)?;
        }
    }
    Ok(())
}

/// Why the ACME server was not content with an answer.
async fn refusal(placed: &mut instant_acme::Order) -> Option<anyhow::Error> {
    let mut authorizations = placed.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.ok()?;
        let name = authorization.identifier().to_string();
        let found = authorization.refresh().await.ok()?;
        if let Some(error) = found.challenges.iter().find_map(|it| it.error.as_ref()) {
            return Some(anyhow!("{name}: {}", error.detail.clone().unwrap_or_else(|| error.to_string())));
        }
    }
    None
}

fn said(error: Error) -> anyhow::Error {
    match error {
        Error::Api(problem) => anyhow!("the ACME server says: {problem}"),
        Error::Json(error) => anyhow!("this is not the answer of an ACME server: {error}"),
        other => anyhow!("{other}"),
    }
}

/// Requests to the ACME server go the way of all requests to others.
struct Outgoing(outgoing::Client);

impl HttpClient for Outgoing {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(axum::body::Body::new(body), outgoing::LARGEST_ANSWER).await;
            let body = body.map_err(|error| Error::Other(error.into()))?;
            let answer = client.send(Request::from_parts(head, body)).await;
            let (parts, body) = answer.map_err(|error| Error::Other(Box::new(error)))?.into_parts();
            Ok(BytesResponse { parts, body: Box::new(body) })
        })
    }
}
