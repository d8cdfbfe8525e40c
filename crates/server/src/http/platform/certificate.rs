//! `GET /api/v1/certificate`: by what the server proves who it is.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code, Timestamp};
use vigie_people::certificates::{
    self, Mode, WARN_DAYS,
    acme::{self, ChallengeKind},
};

use crate::{
    http::{AppState, Caller, Json, Problem},
    tls::{Details, RENEW_BEFORE_DAYS, covers, upload::UploadError},
    workers::certificate::renews_itself,
};

/// What people should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CertificateWarning {
    /// It ends within 90 days, and cannot renew itself.
    Ends,
    /// It has ended.
    Ended,
    /// It could not be got automatically the last time.
    RenewalFailed,
}

impl CertificateWarning {
    /// Of a certificate that cannot renew itself.
    pub(super) fn of(days_left: i64) -> Option<Self> {
        match days_left {
            ..0 => Some(Self::Ended),
            0..=WARN_DAYS => Some(Self::Ends),
            _ => None,
        }
    }
}

/// A certificate of the chain.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CertificateLink {
    /// Whose it is.
    subject: String,
    /// Who issued it.
    issuer: String,
    /// Until when.
    not_after: Timestamp,
    /// SHA-256 of its DER form, hexadecimal.
    sha256: String,
}

/// The server's certificate authority.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Authority {
    /// Whose it is.
    subject: String,
    /// Until when.
    not_after: Timestamp,
    /// SHA-256 of its DER form, hexadecimal.
    sha256: String,
    /// What people should know; null: nothing.
    warning: Option<CertificateWarning>,
}

/// How agents are concerned.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CertificateAgents {
    /// Whether they use the operators' listener, and so meet the certificate above. Agents that were installed with this server's
    /// own authority as the only one they trust then refuse a certificate of another, until their file of authorities has its
    /// root too. On a listener of their own they always meet a certificate of the own authority.
    share_listener: bool,
}

/// What came of getting the certificate automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AcmeStatus {
    /// An order is about to be placed.
    Waiting,
    /// An order is being worked on.
    Ordering,
    /// A certificate was issued; the next is ordered in time.
    Good,
    /// The last order failed; it is tried again.
    Failed,
}

/// Getting the certificate automatically (ACME, RFC 8555).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Acme {
    /// Address of the ACME server's directory.
    directory: String,
    /// Whom it may write to; empty: nobody.
    contact: String,
    /// Names that the certificate is for.
    names: Vec<String>,
    /// How it finds out that the names lead here.
    challenge: ChallengeKind,
    /// What came of it.
    status: AcmeStatus,
    /// Why the last order failed.
    error: Option<String>,
    /// When it was last tried.
    attempted_at: Option<Timestamp>,
    /// When the next order is placed, unless something changes.
    next_attempt_at: Option<Timestamp>,
    /// When a certificate was last issued.
    issued_at: Option<Timestamp>,
}

/// The server's certificate.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Certificate {
    /// Where it comes from.
    mode: Mode,
    /// Whose it is.
    subject: String,
    /// Who issued it.
    issuer: String,
    /// Names and addresses that it is for.
    names: Vec<String>,
    /// From when on.
    not_before: Timestamp,
    /// Until when.
    not_after: Timestamp,
    /// Whole days until then; negative when it has passed.
    days_left: i64,
    /// Whether it is replaced in time without anyone's doing.
    renews_itself: bool,
    /// What people should know; null: nothing.
    warning: Option<CertificateWarning>,
    /// Hosts by which this server is called, and which the certificate is not for: browsers and agents that use them refuse it.
    uncovered_names: Vec<String>,
    /// SHA-256 of its DER form, hexadecimal.
    sha256: String,
    /// When it was put there; null: by the server itself.
    installed_at: Option<Timestamp>,
    /// The certificate itself, then each one's issuer, as far as they are known here.
    chain: Vec<CertificateLink>,
    /// The server's own authority: issues the certificate where no other is chosen, and what agents trust.
    ca: Authority,
    /// How agents are concerned.
    agents: CertificateAgents,
    /// Getting it automatically; null: that is off.
    acme: Option<Acme>,
    /// Whether the listener `acme_listen`, which `http-01` needs, is there.
    acme_listener: bool,
}

/// Everything about the certificate in use.
pub(super) async fn view(state: &AppState) -> Result<Certificate, Problem> {
    let now = state.clock.now();
    let found = acme::get(&state.db).await?;
    // After the order's state was read: what that says was issued is in use when this is told. Another node may have changed
    // it a moment ago. What cannot be used is in the log; what is in use is shown.
    if let Err(error) = crate::workers::certificate::present(state).await {
        tracing::error!(error = format!("{error:#}"), "the certificate of the database cannot be used");
    }
    let (server, ca, other) = (state.identity.server(), state.identity.ca(), state.identity.other());
    let days_left = server.days_left(now);
    let renews_itself = renews_itself(state).await?;
    let acme = found.map(|(settings, it)| Acme {
        directory: settings.directory,
        contact: settings.contact,
        names: settings.names,
        challenge: settings.challenge,
        status: match &it {
            it if it.ordering_until.is_some_and(|until| now < until) => AcmeStatus::Ordering,
            it if it.error.is_some() => AcmeStatus::Failed,
            it if it.renew_at.is_some() => AcmeStatus::Good,
            _ => AcmeStatus::Waiting,
        },
        error: it.error,
        attempted_at: it.attempted_at,
        next_attempt_at: it.next_attempt_at,
        issued_at: it.issued_at,
    });
    let failed = acme.as_ref().is_some_and(|it| it.error.is_some());
    let warning = match (days_left < 0, renews_itself) {
        (true, _) => Some(CertificateWarning::Ended),
        (false, _) if failed => Some(CertificateWarning::RenewalFailed),
        (false, false) => CertificateWarning::of(days_left),
        (false, true) => None,
    };
    let link = |it: Details| CertificateLink {
        subject: it.subject,
        issuer: it.issuer,
        not_after: it.not_after,
        sha256: it.sha256,
    };
    Ok(Certificate {
        mode: other.as_ref().map_or(Mode::Own, |it| it.mode),
        days_left,
        renews_itself,
        warning,
        uncovered_names: uncovered(state, &server.names),
        subject: server.subject,
        issuer: server.issuer,
        names: server.names,
        not_before: server.not_before,
        not_after: server.not_after,
        sha256: server.sha256,
        installed_at: other.map(|it| it.installed_at),
        chain: state.identity.chain().into_iter().map(|it| link(it.details)).collect(),
        ca: Authority {
            warning: CertificateWarning::of(ca.days_left(now)),
            subject: ca.subject,
            not_after: ca.not_after,
            sha256: ca.sha256,
        },
        agents: CertificateAgents { share_listener: state.is_shared() },
        acme,
        acme_listener: state.config.acme_listen.is_some(),
    })
}

/// The host of the address that agents are told, and the names that were configured, as far as they are not covered. Agents on a
/// listener of their own do not meet this certificate.
fn uncovered(state: &AppState, names: &[String]) -> Vec<String> {
    let url = state.agents_url().parse::<http::Uri>().ok();
    let host = url.as_ref().and_then(http::Uri::host).map(|it| it.trim_matches(['[', ']']).to_lowercase());
    let mut wanted: Vec<String> = host.into_iter().filter(|_| state.is_shared()).collect();
    wanted.extend(state.config.names.iter().map(|it| it.to_lowercase()));
    wanted.retain(|it| !covers(names, it));
    wanted.sort();
    wanted.dedup();
    wanted
}

/// What is wrong with what was brought.
pub(super) fn upload_problem(error: &UploadError) -> Problem {
    let code = match error {
        UploadError::TooLarge => Code::TooLarge,
        UploadError::Malformed(_) => Code::CertificateMalformed,
        UploadError::PasswordWrong => Code::CertificatePasswordWrong,
        UploadError::KeyEncrypted => Code::CertificateKeyEncrypted,
        UploadError::KeyUnsupported => Code::CertificateKeyUnsupported,
        UploadError::KeyMismatch => Code::CertificateKeyMismatch,
        UploadError::ChainBroken(_) => Code::CertificateChainBroken,
        UploadError::Expired { .. } => Code::CertificateExpired,
        UploadError::NotYetValid { .. } => Code::CertificateNotYetValid,
        UploadError::NotForServers(_) => Code::CertificateNotForServers,
        UploadError::Weak { .. } => Code::CertificateWeak,
    };
    Problem::new(code).detail(error)
}

/// The identity cannot be changed by hand.
pub(super) fn change_problem(error: certificates::ChangeError) -> Problem {
    match error {
        certificates::ChangeError::Automatic => Problem::new(Code::CertificateAutomatic),
        certificates::ChangeError::Db(error) => error.into(),
    }
}

/// Presents the change on this node, tells the others, and answers with what is in use now.
pub(super) async fn changed(state: &AppState) -> Result<Json<Certificate>, Problem> {
    crate::workers::certificate::present(state).await.map_err(|error| Problem::internal(format!("{error:#}")))?;
    state.events.changed(&[crate::events::Topic::Certificates]);
    Ok(Json(view(state).await?))
}

/// The server's certificate
#[utoipa::path(
    get,
    path = "/api/v1/certificate",
    operation_id = "certificate_get",
    tag = "platform",
    responses((status = 200, description = "The certificate in use.", body = Certificate)),
)]
pub(super) async fn certificate(State(state): State<AppState>, caller: Caller) -> Result<Json<Certificate>, Problem> {
    caller.require(Action::PreferencesManage)?;
    Ok(Json(view(&state).await?))
}

// People are warned no later than the server would renew its own.
const _: () = assert!(WARN_DAYS >= RENEW_BEFORE_DAYS);
