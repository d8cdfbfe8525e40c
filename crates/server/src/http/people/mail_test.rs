//! `POST /api/v1/preferences/mail/test`: whether the mail server takes e-mails.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_kernel::{Action, Code};

use crate::{
    http::{AppState, Caller, Json, Problem, ProblemDocument},
    mail::{self, MailError, Message},
};

/// To whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MailTest {
    /// E-mail address.
    #[schema(min_length = 3, max_length = 254)]
    to: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailTested {
    /// Whether the mail server took the message.
    ok: bool,
    /// What is wrong; null: nothing.
    trouble: Option<Trouble>,
    /// The same for people, with what the mail server said.
    detail: Option<String>,
}

/// What is wrong with the mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = MailTrouble)]
pub(super) enum Trouble {
    /// It refuses this message or its recipient for good.
    Refused,
    /// It cannot be reached, is not trusted, does not let this server in, or says *later*.
    Unavailable,
}

/// Test the mail server
///
/// Sends a short message, as the preferences say, and tells what the mail server answered.
#[utoipa::path(
    post,
    path = "/api/v1/preferences/mail/test",
    operation_id = "mail_test",
    tag = "preferences",
    request_body = MailTest,
    responses(
        (status = 200, description = "What came of it.", body = MailTested),
        (status = 409, description = "`mail-off`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn mail_test(
    State(state): State<AppState>,
    caller: Caller,
    Json(test): Json<MailTest>,
) -> Result<Json<MailTested>, Problem> {
    caller.require(Action::PreferencesManage)?;
    let name = state.preferences.get(state.clock.now()).await?.server_name.clone();
    let message = Message {
        to: test.to,
        subject: format!("{name}: test / essai"),
        text: format!(
            "This message says that {name} can send e-mails. Nothing needs to be done.\r\n\r\n\
             Ce message montre que {name} sait envoyer des courriels. Il n'y a rien à faire.\r\n"
        ),
        html: None,
        attachment: None,
    };
    let tested = |trouble, detail| MailTested { ok: false, trouble: Some(trouble), detail: Some(detail) };
    Ok(Json(match mail::send(&state, &message).await {
        Ok(()) => MailTested { ok: true, trouble: None, detail: None },
        Err(MailError::Off) => return Err(Problem::new(Code::MailOff)),
        Err(MailError::Refused(why)) => tested(Trouble::Refused, why),
        Err(MailError::Unavailable(why)) => tested(Trouble::Unavailable, why),
    }))
}
