//! `GET /api/v1/about`: what this is, for everyone.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_people::openid;

use crate::http::{AppState, Authority, Json, Problem};

/// What this server is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct About {
    /// What its administrator calls it.
    name: String,
    /// Its version.
    version: &'static str,
    /// What is to be read before signing in: HTML without attributes, made safe.
    banner: Option<Banner>,
    /// Licence terms to accept at the first sign-in: HTML without attributes, made safe.
    licence: Option<String>,
    /// Signing in at an OpenID provider, where it is set up.
    single_sign_on: Option<SingleSignOn>,
    /// Whether passkeys work at the address that was asked: at one of the server's names.
    passkeys: bool,
    /// The console's language where neither the user nor the browser says.
    locale_default: &'static str,
    /// Whether consoles tell the server of their errors.
    client_logging: bool,
}

/// Signing in at an OpenID provider: `GET /api/v1/openid/start`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SingleSignOn {
    /// What the button says after *Sign in with*.
    label: String,
}

/// What is to be read before signing in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Banner {
    /// Title; may be empty.
    title: String,
    /// Text; may be empty.
    text: String,
}

/// What this server is
#[utoipa::path(
    get,
    path = "/api/v1/about",
    operation_id = "about",
    tag = "platform",
    security(()),
    responses((status = 200, description = "Name and version.", body = About)),
)]
pub(super) async fn about(State(state): State<AppState>, authority: Option<Authority>) -> Result<Json<About>, Problem> {
    let preferences = state.preferences.get(state.clock.now()).await?;
    let page = &preferences.sign_in_page;
    let banner = (page.banner_shown && !(page.banner_title.is_empty() && page.banner_text.is_empty()))
        .then(|| Banner { title: page.banner_title.clone(), text: page.banner_text.clone() });
    let single_sign_on = openid::load(&state.db).await?.map(|it| SingleSignOn { label: it.label });
    Ok(Json(About {
        single_sign_on,
        passkeys: authority.is_some_and(|it| it.relying_party("").is_ok()),
        name: preferences.server_name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        banner,
        licence: Some(page.licence_text.clone()).filter(|it| !it.is_empty()),
        locale_default: "en",
        client_logging: preferences.client_logging,
    }))
}
