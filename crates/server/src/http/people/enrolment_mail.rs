//! `POST /api/v1/customers/enrolment-mail`: sends what is needed to connect a system.

use std::time::Duration;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use vigie_fleet::tokens::{self, CreateError, NewEnrolmentToken};
use vigie_kernel::{Action, Code, CustomerId, Granted, Timestamp};
use vigie_people::{
    hierarchy::{self, Customer},
    users::Locale,
};

use crate::{
    http::{AppState, Caller, Json, Problem, ProblemDocument},
    mail::{self, MailError, Mailer, Message},
};

/// Most customers that are written to at once.
const MOST_AT_ONCE: usize = 200;
/// How long the token of an e-mail is good.
const GOOD_FOR: Duration = Duration::from_hours(24 * 14);

/// To whom, and in which language.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EnrolmentMail {
    /// The customers: each is written to at the address of who looks after its systems.
    #[schema(max_items = 200)]
    ids: Vec<CustomerId>,
    /// Language of the e-mail; absent: the caller's, else English.
    #[serde(default)]
    language: Option<Locale>,
}

/// A customer by its name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedCustomer {
    /// Id.
    id: CustomerId,
    /// Name.
    name: String,
}

/// A customer that was not written to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnsentCustomer {
    /// Id.
    id: CustomerId,
    /// Name.
    name: String,
    /// Why, in the mail server's words.
    detail: String,
}

/// What became of the e-mails.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct EnrolmentMailSent {
    /// Customers that were written to.
    sent: Vec<NamedCustomer>,
    /// Customers for which no address is known.
    without_address: Vec<NamedCustomer>,
    /// Customers for which the mail server did not take the e-mail.
    failed: Vec<UnsentCustomer>,
}

fn named(customer: &Customer) -> NamedCustomer {
    NamedCustomer { id: customer.id, name: customer.name.clone() }
}

/// Send the enrolment e-mail
///
/// To each customer's technical contact: the address of this server, what to trust, and a token that enrols one system
/// within 14 days.
#[utoipa::path(
    post,
    path = "/api/v1/customers/enrolment-mail",
    operation_id = "enrolment_mail_send",
    tag = "customers",
    request_body = EnrolmentMail,
    responses(
        (status = 200, description = "What became of each.", body = EnrolmentMailSent),
        (status = 404, description = "`not-found`: one of them is none, or not yours.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`mail-off`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn enrolment_mail(
    State(state): State<AppState>,
    caller: Caller,
    Json(mut asked): Json<EnrolmentMail>,
) -> Result<Json<EnrolmentMailSent>, Problem> {
    let granted = caller.require(Action::EnrolmentMailSend)?;
    if asked.ids.is_empty() || asked.ids.len() > MOST_AT_ONCE {
        return Err(Problem::invalid("ids", format!("must be 1 to {MOST_AT_ONCE}")));
    }
    asked.ids.sort();
    asked.ids.dedup();
    let mut customers = Vec::with_capacity(asked.ids.len());
    for id in asked.ids {
        customers.push(hierarchy::customer(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?);
    }
    if !mail::is_on(&state).await? {
        return Err(Problem::new(Code::MailOff));
    }
    let mut answer = EnrolmentMailSent::default();
    let (with, without): (Vec<_>, Vec<_>) = customers.into_iter().partition(|it| !it.technical_email.is_empty());
    answer.without_address = without.iter().map(named).collect();
    let language = asked.language.or(caller.user.locale).unwrap_or(Locale::En);
    let mut mailer: Option<Mailer> = None;
    // Once the mail server is away, those that follow need not wait for it one after the other.
    let mut away: Option<MailError> = None;
    for customer in with {
        let sent = match &away {
            Some(error) => Err(error.clone()),
            None => send(&state, &caller, granted, &customer, language, &mut mailer).await?,
        };
        match sent {
            Ok(()) => answer.sent.push(named(&customer)),
            Err(error) => {
                let detail = error.to_string();
                answer.failed.push(UnsentCustomer { id: customer.id, name: customer.name, detail });
                if error.is_worth_a_retry() {
                    away = Some(error);
                }
            }
        }
    }
    if let Some(mailer) = mailer {
        mailer.close().await;
    }
    Ok(Json(answer))
}

async fn send(
    state: &AppState,
    caller: &Caller,
    granted: Granted,
    customer: &Customer,
    language: Locale,
    mailer: &mut Option<Mailer>,
) -> Result<Result<(), MailError>, Problem> {
    let open = match mailer {
        Some(open) => open,
        closed => match Mailer::open(state).await {
            Ok(open) => closed.insert(open),
            Err(error) => return Ok(Err(error)),
        },
    };
    let ends = caller.now().plus(GOOD_FOR);
    let new =
        NewEnrolmentToken { reseller_id: None, customer_id: Some(customer.id), uses: Some(1), expires_at: Some(ends) };
    let made = tokens::create(&state.db, granted, caller.act(), customer.reseller.id, new).await;
    let (token, secret) = made.map_err(|error| match error {
        CreateError::Db(error) => error.into(),
        // It went away meanwhile; everything else was checked.
        _ => Problem::not_found(),
    })?;
    let name = state.preferences.get(caller.now()).await?.server_name.clone();
    let message = written(state, customer, language, &name, &secret, ends);
    let sent = open.send(&message).await;
    match &sent {
        Ok(()) => tokens::mailed(&state.db, caller.act(), customer.id, &customer.name, &message.to).await?,
        // Nobody has it.
        Err(_) => drop(tokens::revoke(&state.db, granted, caller.act(), token.id).await?),
    }
    Ok(sent)
}

fn written(
    state: &AppState,
    customer: &Customer,
    language: Locale,
    server_name: &str,
    token: &str,
    ends: Timestamp,
) -> Message {
    let (url, pem) = (state.agents_url(), state.agents_trust());
    let digest = hex::encode(Sha256::digest(pem.as_bytes()));
    let (name, ends) = (&customer.name, ends.to_string());
    let day = ends.split('T').next().unwrap_or_default();
    let commands = format!(
        "    curl -fsSk {url}/install/ca.pem -o vigie-ca.pem\n    echo '{digest}  vigie-ca.pem' | sha256sum -c\n\n\
         {{then}}\n\n    sudo vigie-agent system run --server {url} --ca vigie-ca.pem \\\n        \
         --enrolment-token {token} \\\n        --profile /usr/share/vigie-agent/profiles/linux.toml\n"
    );
    let (subject, text) = match language {
        Locale::Fr => (
            format!("{server_name} : raccorder un système de {name}"),
            format!(
                "Bonjour,\n\nCe message contient ce qu'il faut pour raccorder un système de {name} à {server_name}, à l'adresse\n\
                 {url}\n\nSur le système, où l'agent vigie-agent est installé, prenez d'abord le certificat auquel il se fiera,\n\
                 et vérifiez que c'est le bon :\n\n{}\n\
                 Le jeton vaut pour un seul système et jusqu'au {day}. Qui l'a peut raccorder un système à votre place :\n\
                 ne le transmettez à personne d'autre. Au premier raccordement tout est désactivé ; c'est vous qui décidez,\n\
                 sur le système, de ce que le serveur peut y faire (vigie-agent system set).\n",
                commands.replace("{then}", "Puis raccordez-le :")
            ),
        ),
        Locale::En => (
            format!("{server_name}: connect a system of {name}"),
            format!(
                "Hello,\n\nThis message holds what is needed to connect a system of {name} to {server_name}, at the address\n\
                 {url}\n\nOn the system, where the agent vigie-agent is installed, first get the certificate that it is to trust,\n\
                 and check that it is the right one:\n\n{}\n\
                 The token is good for one system, until {day}. Who has it can connect a system in your place: give it to\n\
                 nobody else. When it is first connected everything is switched off; you decide, on the system, what the\n\
                 server may do there (vigie-agent system set).\n",
                commands.replace("{then}", "Then connect it:")
            ),
        ),
    };
    Message { to: customer.technical_email.clone(), subject, text, html: None, attachment: None }
}
