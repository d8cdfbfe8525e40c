//! People as the API shows them.

use http::{HeaderMap, HeaderName, header};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Role, UserId};
use vigie_people::{
    sessions::{Begun, Means},
    users::{ColorScheme, Density, Locale, User},
};

use crate::http::{AppState, Json, Problem, caller};

/// The person who asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Me {
    /// Id.
    id: UserId,
    /// Sign-in name.
    login: String,
    /// Role; null: none yet, they may do nothing.
    role: Option<Role>,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: String,
    /// Telephone.
    phone: String,
    /// Mobile telephone.
    mobile: String,
    /// E-mail address.
    email: String,
    /// What tells the picture from others; null: none.
    avatar: Option<String>,
    /// Whether an idle session becomes a display that only updates.
    wallboard: bool,
    /// Language of the console; null: the browser's.
    locale: Option<Locale>,
    /// Colours.
    color_scheme: ColorScheme,
    /// Height of rows.
    density: Density,
    /// Minutes after which an idle session ends: the person's own, or the preference.
    session_timeout_minutes: u32,
}

impl Me {
    pub(super) fn of(user: &User, default_timeout: u32) -> Self {
        Self {
            id: user.id,
            login: user.login.clone(),
            role: user.role,
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            phone: user.phone.clone(),
            mobile: user.mobile.clone(),
            email: user.email.clone(),
            avatar: user.avatar.clone(),
            wallboard: user.wallboard,
            locale: user.locale,
            color_scheme: user.color_scheme,
            density: user.density,
            session_timeout_minutes: user.session_timeout_minutes.unwrap_or(default_timeout),
        }
    }
}

/// A signed-in browser.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Session {
    /// Who signed in.
    pub(super) user: Me,
    /// What writes carry in the header `X-CSRF-Token`.
    pub(super) csrf_token: String,
    /// Until the password is changed everything else answers `password-change-required`.
    pub(super) must_change_password: bool,
    /// Until a second factor is set up everything else answers `second-factor-enrolment-required`.
    pub(super) must_enrol_factor: bool,
    /// Whether it was idle for too long and only shows a wallboard: everything else answers `wallboard-only`.
    pub(super) wallboard_only: bool,
}

/// The answer to someone who has signed in: the session, and its cookie.
pub(super) type SignedIn = ([(HeaderName, String); 1], Json<Session>);

/// Answers someone who has signed in.
pub(super) async fn signed_in(
    state: &AppState,
    (user, begun): (User, Begun),
    means: Means,
) -> Result<SignedIn, Problem> {
    let preferences = state.preferences.get(state.clock.now()).await?;
    let session = Session {
        must_change_password: user.must_change_password,
        must_enrol_factor: caller::must_enrol(&user, means, &preferences),
        wallboard_only: false,
        user: Me::of(&user, preferences.session_timeout_minutes),
        csrf_token: begun.csrf_token,
    };
    Ok(([(header::SET_COOKIE, caller::set_cookie(&begun.token))], Json(session)))
}

/// What a browser says it is.
pub(super) fn browser(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
}

/// A list without pages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::http) struct Items<T> {
    /// All of them.
    pub(in crate::http) items: Vec<T>,
}
