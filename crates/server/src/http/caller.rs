//! Who calls: the person behind a session cookie (with its CSRF token on writes) or behind an API token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, Method, header, request::Parts};
use subtle::ConstantTimeEq as _;
use vigie_kernel::{Act, Action, Actor, Cell, Clock, Code, Granted, Rng, Timestamp, UserId, policy};
use vigie_people::{
    api_tokens,
    preferences::Preferences,
    sessions::{self, Session},
    users::User,
};

use super::{AppState, ClientAddress, Problem};

/// The session's cookie. `__Host-`: over HTTPS only, for this host only, for every path (RFC 6265bis §4.1.3.2).
pub const COOKIE: &str = "__Host-vigie_session";
/// What writes of a session carry.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// On requests that a page makes by itself: they do not keep an idle session alive.
pub const BACKGROUND_HEADER: &str = "x-vigie-background";

/// How someone signed in.
#[derive(Debug, Clone)]
pub enum Means {
    /// In a browser.
    Session(Box<Session>),
    /// With an API token.
    Token {
        /// What it may do.
        scope: api_tokens::Scope,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
}

/// Who calls, signed in, with a password that needs no change.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The person.
    pub user: User,
    /// How they signed in.
    pub means: Means,
    /// For the audit trail.
    pub actor: Actor,
    /// Whether a second factor must be set up before anything else.
    pub must_enrol: bool,
    /// Whether the request only reads.
    pub reads: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
}

impl Caller {
    /// Asks the table of roles.
    pub fn require(&self, action: Action) -> Result<Granted, Problem> {
        if self.is_wallboard() && !(self.reads && action.is_on_wallboard()) {
            return Err(Problem::new(Code::WallboardOnly));
        }
        let role = self.user.role.ok_or_else(|| {
            Problem::new(Code::NotAllowed).detail("This account has no role yet; an administrator gives it one.")
        })?;
        policy::require(self.user.id, role, action).map_err(|_| Problem::new(Code::NotAllowed))
    }

    /// As [`Self::require`], for what belongs to no one customer: who may do it for some of them only is refused.
    pub fn require_all(&self, action: Action) -> Result<Granted, Problem> {
        let granted = self.require(action)?;
        if granted.cell() == Cell::All { Ok(granted) } else { Err(Problem::new(Code::NotAllowed)) }
    }

    /// Whose profile this is. Everyone may see and change their own, but not from a display that only updates.
    pub fn own(&self) -> Result<UserId, Problem> {
        if self.is_wallboard() { Err(Problem::new(Code::WallboardOnly)) } else { Ok(self.user.id) }
    }

    /// Whose password, factors and sessions these are. A token may not touch them: whoever found one must not become its
    /// owner.
    pub fn own_credentials(&self) -> Result<UserId, Problem> {
        if self.session().is_none() {
            return Err(Problem::new(Code::SessionRequired));
        }
        self.own()
    }

    /// Whether the session was idle for too long and only shows a wallboard.
    pub fn is_wallboard(&self) -> bool {
        self.session().is_some_and(|session| session.wallboard)
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Who, when and from which randomness, for a change.
    pub fn act(&self) -> Act {
        Act { actor: self.actor.clone(), at: self.clock.now(), rng: self.rng.clone() }
    }

    /// The session, when there is one.
    pub fn session(&self) -> Option<&Session> {
        match &self.means {
            Means::Session(session) => Some(session),
            Means::Token { .. } => None,
        }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let EnrollingCaller(caller) = EnrollingCaller::from_request_parts(parts, state).await?;
        if caller.must_enrol {
            return Err(Problem::new(Code::SecondFactorEnrolmentRequired));
        }
        Ok(caller)
    }
}

/// Who calls, also without the second factor that their role needs: for the operations that set one up.
#[derive(Debug, Clone)]
pub struct EnrollingCaller(pub Caller);

impl FromRequestParts<AppState> for EnrollingCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let NewcomerCaller(caller) = NewcomerCaller::from_request_parts(parts, state).await?;
        // A token was made by someone who had signed in, or on the server's machine: only browsers are held up.
        if caller.user.must_change_password && caller.session().is_some() {
            return Err(Problem::new(Code::PasswordChangeRequired));
        }
        Ok(Self(caller))
    }
}

/// Who calls, also with a password that must be changed first: for the few operations that changing it needs.
#[derive(Debug, Clone)]
pub struct NewcomerCaller(pub Caller);

impl FromRequestParts<AppState> for NewcomerCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, state).await?;
        let now = state.clock.now();
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        let person = |user: &User| Actor::person(user.id, &user.login, address.to_string());
        let preferences = state.preferences.get(now).await?;
        let (user, means) = if let Some(token) = bearer(&parts.headers) {
            let found = api_tokens::authenticate(&state.db, token, now).await?;
            let (user, scope, expires_at) = found.ok_or_else(|| Problem::new(Code::TokenInvalid))?;
            if scope == api_tokens::Scope::Read && !reads {
                return Err(Problem::new(Code::NotAllowed).detail("This token may only read."));
            }
            (user, Means::Token { scope, expires_at })
        } else {
            let token = cookie(&parts.headers, COOKIE).ok_or_else(|| Problem::new(Code::SignInRequired))?;
            let timeout = preferences.session_timeout_minutes;
            let found = sessions::authenticate(&state.db, token, now, timeout).await?;
            let session = found.ok_or_else(|| Problem::new(Code::SignInRequired))?;
            let actor = person(&session.user);
            let browser = parts.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
            sessions::notice(&state.db, state.act_of(actor), &session, &address.to_string(), browser).await?;
            if !reads && !has_csrf_token(&parts.headers, &session) {
                return Err(Problem::new(Code::CsrfMissing));
            }
            if session.wallboard || parts.headers.contains_key(BACKGROUND_HEADER) {
                sessions::keep_alive(&state.db, &session, now).await?;
            } else {
                sessions::touch(&state.db, &session, now).await?;
            }
            (session.user.clone(), Means::Session(Box::new(session)))
        };
        super::layers::note_actor(&user.login);
        let must_enrol = match &means {
            Means::Session(session) => must_enrol(&user, session.means, &preferences),
            Means::Token { .. } => false,
        };
        Ok(Self(Caller {
            actor: person(&user),
            user,
            means,
            must_enrol,
            reads,
            clock: state.clock.clone(),
            rng: state.rng.clone(),
        }))
    }
}

/// Whether someone's role asks for a second factor that they do not have. Who came from an OpenID provider has proven there
/// what it asks for.
pub(super) fn must_enrol(user: &User, means: sessions::Means, preferences: &Preferences) -> bool {
    !user.second_factor
        && means == sessions::Means::Password
        && user.role.is_some_and(|role| preferences.second_factor_roles.contains(&role))
}

/// The `Set-Cookie` of a session. It ends with the browser; the server ends it when it is idle.
pub(super) fn set_cookie(token: &str) -> String {
    format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// The `Set-Cookie` that takes the session's away.
pub(super) fn clear_cookie() -> String {
    format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
}

fn has_csrf_token(headers: &HeaderMap, session: &Session) -> bool {
    headers.get(CSRF_HEADER).is_some_and(|it| it.as_bytes().ct_eq(session.csrf_token.as_bytes()).into())
}

/// The token of `Authorization: Bearer …`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
