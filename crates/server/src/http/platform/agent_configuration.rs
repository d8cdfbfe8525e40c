//! `/api/v1/agent-configuration`: what agents are configured with, and the next configuration that is announced to them.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_assets::moves;
use vigie_kernel::{Action, Code, Timestamp};
use vigie_people::agent_configuration::{self, ChangeError, Configuration, Configurations, NewConfiguration};

use super::certificate::upload_problem;
use crate::{
    http::{AppState, Caller, Json, Problem, ProblemDocument},
    tls::{
        Details, covers,
        details::{self, is_authority},
        upload::{self, UploadError},
    },
};

/// Within this an agent that runs has synchronised: one whose data does not change stays silent for seven days, and looks
/// once an hour.
const LONGEST_SILENCE: Duration = Duration::from_hours(7 * 24 + 1);
/// Stands for a secret.
const MASKED: &str = "••••••••••••";

/// The connection that agents use.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentConnection {
    /// What it is called: `agent-api`.
    name: &'static str,
    /// The portal's address.
    url: String,
    /// Client id.
    client_id: String,
    /// Stands for the client secret, which `POST …/secret` shows.
    client_secret_masked: &'static str,
    /// SHA-256 of the certificate of the authority that agents are given to trust, hexadecimal; null: none, they trust what
    /// they trusted before.
    ca_sha256: Option<String>,
    /// Whether the address is none of this server's names: agents then belong to that portal, not to this one.
    elsewhere: bool,
    /// Since when, where it was announced before; null: it is this server's own.
    current_since: Option<Timestamp>,
}

/// The connection that is announced to agents.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NextAgentConnection {
    /// Grows with each configuration that is announced.
    revision: i64,
    /// The portal's address.
    url: String,
    /// Client id.
    client_id: String,
    /// Stands for the client secret, which `POST …/next/secret` shows.
    client_secret_masked: &'static str,
    /// SHA-256 of the certificate of the only authority that agents trust there (the first, where there are several),
    /// hexadecimal; null: what they trust already.
    ca_sha256: Option<String>,
    /// Whether the address is none of this server's names.
    elsewhere: bool,
}

/// How far agents have come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentMoveProgress {
    /// The configuration that this is about.
    revision: i64,
    /// Since when agents are told.
    announced_at: Timestamp,
    /// By when all agents that run will have heard.
    heard_by: Timestamp,
    /// Of the agents left behind, how many were told.
    told: u64,
    /// Of those, how many tested it and failed; each goes on as before and tries again.
    failed: u64,
    /// Of the agents left behind, how many were not heard of for longer than one that runs is silent.
    silent: u64,
}

/// What agents are configured with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentConfiguration {
    /// The connection in use.
    current: AgentConnection,
    /// The connection that is announced to agents; null: none.
    next: Option<NextAgentConnection>,
    /// How many agents use what is announced. Counted are Vigie's own agents whose key is not revoked and whose equipment is
    /// neither retired nor deleted.
    moved: u64,
    /// How many do not yet.
    left_behind: u64,
    /// How far they have come; null: nothing was ever announced. After a configuration became the one in use, this is about the
    /// agents that have not moved to it yet: they go on being told.
    progress: Option<AgentMoveProgress>,
    /// Where GLPI, FusionInventory and OCS agents deliver.
    foreign_url: String,
    /// Whether they may.
    foreign_intake: bool,
}

/// Whether a portal's address is none of this server's.
fn is_elsewhere(state: &AppState, url: &str) -> bool {
    let host = |url: &str| {
        let uri = url.parse::<http::Uri>().ok()?;
        Some(uri.host()?.trim_matches(['[', ']']).to_lowercase())
    };
    let Some(wanted) = host(url) else { return true };
    let own = host(&state.agents_url()).is_some_and(|own| own == wanted);
    !own && !covers(&state.identity.server().names, &wanted) && !covers(&state.config.names, &wanted)
}

fn first_sha256(ca: Option<&str>) -> Option<String> {
    let first = upload::certificates(ca?.as_bytes()).ok()?.into_iter().next()?;
    Details::of(&first).ok().map(|it| it.sha256)
}

/// What new agents are to be installed with.
pub(super) struct InUse {
    /// Address of the portal.
    pub(super) url: String,
    /// Client id.
    pub(super) client_id: String,
    /// What to trust there, PEM; none: what the machine trusts.
    pub(super) ca: Option<String>,
    /// Whether it is another portal than this one.
    pub(super) elsewhere: bool,
}

/// What new agents are to be installed with, of these configurations.
pub(super) fn in_use(state: &AppState, all: &Configurations) -> InUse {
    let url = all.current.as_ref().map_or_else(|| state.agents_url(), |it| it.url.clone());
    let elsewhere = all.current.is_some() && is_elsewhere(state, &url);
    let given = all.current.as_ref().and_then(|it| it.ca.clone());
    let ca = if elsewhere { given } else { Some(state.agents_trust()) };
    InUse { url, client_id: all.client_id().to_owned(), ca, elsewhere }
}

async fn shown(state: &AppState, now: Timestamp) -> Result<AgentConfiguration, Problem> {
    let all = agent_configuration::all(state.db.reads()).await?;
    let used = in_use(state, &all);
    let (mut counts, mut progress) = (moves::Counts::default(), None);
    if let Some(announced) = all.announced() {
        counts = moves::counts(&state.db, announced.revision, now.minus(LONGEST_SILENCE)).await?;
        progress = Some(AgentMoveProgress {
            revision: announced.revision,
            announced_at: announced.announced_at,
            heard_by: announced.announced_at.plus(LONGEST_SILENCE),
            told: counts.told,
            failed: counts.failed,
            silent: counts.silent,
        });
    }
    let here = if used.elsewhere { state.agents_url() } else { used.url.clone() };
    Ok(AgentConfiguration {
        current: AgentConnection {
            name: "agent-api",
            client_secret_masked: MASKED,
            ca_sha256: if used.elsewhere { first_sha256(used.ca.as_deref()) } else { Some(state.identity.ca().sha256) },
            current_since: all.current.as_ref().and_then(|it| it.current_at),
            url: used.url,
            client_id: used.client_id,
            elsewhere: used.elsewhere,
        },
        next: all.next.map(|next| NextAgentConnection {
            revision: next.revision,
            elsewhere: is_elsewhere(state, &next.url),
            url: next.url,
            client_id: next.client_id,
            client_secret_masked: MASKED,
            ca_sha256: first_sha256(next.ca.as_deref()),
        }),
        moved: counts.moved,
        left_behind: counts.left_behind,
        progress,
        foreign_url: format!("{here}/inventory"),
        foreign_intake: state.preferences.get(now).await?.foreign_intake,
    })
}

/// What agents are configured with
///
/// The connection in use, the one that is announced to agents, how many of them have moved to it and how many are left behind.
#[utoipa::path(
    get,
    path = "/api/v1/agent-configuration",
    operation_id = "agent_configuration_get",
    tag = "agent-configuration",
    responses((status = 200, description = "The connections, their secrets masked.", body = AgentConfiguration)),
)]
pub(super) async fn agent_configuration(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<AgentConfiguration>, Problem> {
    caller.require(Action::AgentsManage)?;
    Ok(Json(shown(&state, caller.now()).await?))
}

/// A configuration to announce. `url`, `client_id` and `client_secret` are required.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAgentConfiguration {
    /// Address of the portal: `https://HOST` or `https://HOST:PORT`, nothing behind it.
    #[serde(default)]
    #[schema(required, max_length = 255)]
    url: Option<String>,
    /// An id that no API client has: 1 to 60 letters, digits, `-`, `_`, `.`.
    #[serde(default)]
    #[schema(required, max_length = 60)]
    client_id: Option<String>,
    /// The secret: 20 to 128 characters of ASCII without spaces, at least 10 of them different, without the client id in it.
    #[serde(default)]
    #[schema(required, min_length = 20, max_length = 128)]
    client_secret: Option<String>,
    /// Certificates of the only authorities that agents are to trust there, PEM, at most 64 KiB and 20 of them; absent: those
    /// that they trust already.
    #[serde(default)]
    #[schema(max_length = 65_536)]
    ca: Option<String>,
}

/// Certificates of authorities in one form, without whatever else the text holds.
fn authorities(pem: &str, now: Timestamp) -> Result<String, Problem> {
    let field = |error: &UploadError| upload_problem(error).field("ca", "invalid", error);
    let damaged = |_| field(&UploadError::Malformed("one of the certificates cannot be read".to_owned()));
    let mut found = String::new();
    for der in upload::certificates(pem.as_bytes()).map_err(|error| field(&error))? {
        let (parsed, said) = (details::parse(&der).map_err(damaged)?, Details::of(&der).map_err(damaged)?);
        upload::in_date(&said, now).map_err(|error| field(&error))?;
        if !is_authority(&parsed) {
            let words = format!("{}: is no authority's certificate, and can vouch for no other", said.subject);
            return Err(Problem::invalid("ca", words));
        }
        if let Some(why) = details::weakness(&parsed) {
            return Err(field(&UploadError::Weak { subject: said.subject, why }));
        }
        found.push_str(&crate::tls::pem(&der));
    }
    Ok(found)
}

fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::Invalid(wrong) => wrong
            .into_iter()
            .fold(Problem::new(Code::ValueInvalid), |problem, (field, why)| problem.field(field, "invalid", why)),
        ChangeError::Taken => Problem::new(Code::NameTaken).field("client_id", "taken", error),
        ChangeError::Exists => Problem::new(Code::ConfigurationAnnounced),
        ChangeError::None => Problem::not_found(),
        ChangeError::Db(error) => error.into(),
    }
}

/// Announce a new configuration to agents
///
/// Makes the API client (scope `agents`, active; only its status can be changed) and announces address, id and secret in the
/// answer to every synchronisation. An agent keeps them beside what it uses, tests them, and uses them once they work. The
/// address may be this server's under another name, or another Vigie server's, whose administrator makes the API client there.
/// There is one at a time: withdraw it, or make it the current one, before the next.
#[utoipa::path(
    put,
    path = "/api/v1/agent-configuration/next",
    operation_id = "agent_configuration_announce",
    tag = "agent-configuration",
    request_body = NewAgentConfiguration,
    responses(
        (status = 200, description = "Announced from now on.", body = AgentConfiguration),
        (status = 409, description = "`name-taken`: an API client has this id. `agent-configuration-exists`: one is announced already.",
            body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn agent_configuration_announce(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewAgentConfiguration>,
) -> Result<Json<AgentConfiguration>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let ca = new.ca.as_deref().map(str::trim).filter(|it| !it.is_empty());
    let ca = ca.map(|pem| authorities(pem, caller.now())).transpose()?;
    let new = NewConfiguration {
        url: new.url.unwrap_or_default(),
        client_id: new.client_id.unwrap_or_default(),
        client_secret: new.client_secret.unwrap_or_default(),
        ca,
    };
    agent_configuration::announce(&state.db, granted, &state.secrets, caller.act(), new).await.map_err(problem)?;
    Ok(Json(shown(&state, caller.now()).await?))
}

/// Withdraw the configuration that is announced
///
/// Agents that have not moved forget it at their next synchronisation. Those that have moved stay where they are; its API client
/// stays as it is.
#[utoipa::path(
    delete,
    path = "/api/v1/agent-configuration/next",
    operation_id = "agent_configuration_withdraw",
    tag = "agent-configuration",
    responses(
        (status = 204, description = "Withdrawn."),
        (status = 404, description = "`not-found`: none is announced.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn agent_configuration_withdraw(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    agent_configuration::withdraw(&state.db, granted, caller.act()).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether agents may be left behind.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentConfigurationPromotion {
    /// Whether it is made the current one although agents are left behind.
    #[serde(default)]
    left_behind: bool,
}

/// Make the announced configuration the current one
///
/// New agents are installed with it from then on. While agents are left behind this is refused with their number, unless
/// `left_behind` is true; they go on being told, as long as the API client that they use is active. The former API client stays
/// active until it is set inactive.
#[utoipa::path(
    post,
    path = "/api/v1/agent-configuration/promotion",
    operation_id = "agent_configuration_promote",
    tag = "agent-configuration",
    request_body = Option<AgentConfigurationPromotion>,
    responses(
        (status = 200, description = "It is the current one.", body = AgentConfiguration),
        (status = 404, description = "`not-found`: none is announced.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`agents-left-behind`, with `left_behind`, how many.",
            body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn agent_configuration_promote(
    State(state): State<AppState>,
    caller: Caller,
    promotion: Option<Json<Option<AgentConfigurationPromotion>>>,
) -> Result<Json<AgentConfiguration>, Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let now = caller.now();
    let next: Option<Configuration> = agent_configuration::all(state.db.reads()).await?.next;
    let revision = next.ok_or_else(Problem::not_found)?.revision;
    let left_behind = moves::counts(&state.db, revision, now.minus(LONGEST_SILENCE)).await?.left_behind;
    if left_behind > 0 && !promotion.and_then(|Json(it)| it).is_some_and(|it| it.left_behind) {
        return Err(Problem::new(Code::AgentsLeftBehind)
            .detail(format!("{left_behind} agents have not moved yet."))
            .with("left_behind", left_behind));
    }
    let act = caller.act();
    agent_configuration::promote(&state.db, granted, act, revision, left_behind).await.map_err(problem)?;
    Ok(Json(shown(&state, now).await?))
}
