//! A whole server inside a test: its own data directory, its own database on either engine, a clock that the test moves.
//! Requests go through the real router, without a network.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot begin fails")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, body::Body, extract::ConnectInfo};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;
use vigie_db::{Engine, Options, testing::TestDatabase};
use vigie_kernel::{SystemRng, Timestamp, time::ManualClock};
use vigie_people::passwords::Hasher;

use crate::{
    admin::{self, Ask},
    boot::{self, Surroundings, Vigie},
    config::{Config, Settings},
    http::{AppState, Plane, caller, router},
    logs::Logs,
};

/// When tests begin: 2026-09-21T14:13:20Z.
pub const BEGINNING: Timestamp = Timestamp::from_millis(1_790_000_000_000);
/// A password that follows the rules.
pub const PASSWORD: &str = "a better Password 1";

/// A server of one test. Keep it until the test's end.
#[derive(Debug)]
pub struct TestServer {
    /// Its parts.
    pub state: AppState,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// The administrator's one-time password; empty on a further node.
    pub one_time_password: String,
    router: Router,
    _vigie: Vigie,
    _folder: tempfile::TempDir,
}

impl TestServer {
    /// A new server on an engine.
    pub async fn new(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => match TestDatabase::new(engine).await.options {
                Options::Postgres(url) => Some(url),
                Options::Sqlite(_) => unreachable!("asked for PostgreSQL"),
            },
        };
        vigie_db::testing::mark(engine);
        Self::open(tempfile::tempdir().expect("a temporary folder"), database).await
    }

    /// Another node of the same service: it shares the database and the keys. PostgreSQL only.
    pub async fn another_node(&self) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (from, to) = (&self.state.config.data_dir, folder.path().join("data"));
        std::fs::create_dir_all(to.join("tls")).expect("a data directory");
        for file in ["sealing.key", "tls/ca.pem", "tls/ca.key"] {
            std::fs::copy(from.join(file), to.join(file)).expect("keys are copied");
        }
        match &self.state.config.database {
            Options::Postgres(url) => Self::open(folder, Some(url.clone())).await,
            Options::Sqlite(_) => unreachable!("a SQLite database belongs to one server"),
        }
    }

    async fn open(folder: tempfile::TempDir, database: Option<String>) -> Self {
        let settings = Settings {
            data_dir: Some(folder.path().join("data")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 7080))),
            database,
            ..Settings::default()
        };
        let config = Config::complete(settings).expect("the test's configuration is good");
        let clock = Arc::new(ManualClock::new(BEGINNING));
        let (rng, hasher) = (Arc::new(SystemRng), Hasher::cheap());
        let surroundings = Surroundings { clock: clock.clone(), rng, hasher, logs: Logs::default() };
        let vigie = boot::open(config, surroundings).await.expect("the test server starts");
        let state = vigie.state.clone();
        let one_time_password = vigie.one_time_password.clone().unwrap_or_default();
        let source = SocketAddr::from(([192, 0, 2, 1], 40_000));
        let router = router(state.clone(), Plane::All).layer(Extension(ConnectInfo(source)));
        Self { state, clock, one_time_password, router, _vigie: vigie, _folder: folder }
    }

    /// A caller with no credentials.
    pub fn stranger(&self) -> Client {
        Client { router: self.router.clone(), headers: HeaderMap::new() }
    }

    /// The same stranger elsewhere.
    pub fn stranger_from(&self, address: [u8; 4]) -> Client {
        let source = SocketAddr::from((address, 40_000));
        let router = router(self.state.clone(), Plane::All).layer(Extension(ConnectInfo(source)));
        Client { router, headers: HeaderMap::new() }
    }

    /// A caller with an API token of the administrator.
    pub async fn with_token(&self) -> Client {
        let ask = Ask::Token { user: "admin".to_owned(), name: "test".to_owned() };
        let token = admin::answer(&self.state, ask).await.expect("the administrator gets a token");
        self.stranger().with(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// The administrator in a browser, with the password changed to [`PASSWORD`].
    pub async fn signed_in(&self) -> Client {
        let newcomer = self.sign_in("admin", &self.one_time_password).await.expect("the one-time password works");
        let change = serde_json::json!({ "current_password": self.one_time_password, "new_password": PASSWORD });
        let changed = newcomer.put("/api/v1/users/me/password", change).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{changed:?}");
        self.sign_in("admin", PASSWORD).await.expect("the new password works")
    }

    /// Signs in as a browser does.
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<Client, Answer> {
        self.stranger().sign_in(login, password).await
    }

    /// Moves the clock.
    pub fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }
}

/// Someone who sends requests.
#[derive(Debug, Clone)]
pub struct Client {
    router: Router,
    headers: HeaderMap,
}

/// What was answered.
#[derive(Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.text())
    }
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of the problem document; empty when it is none.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        self.headers.insert(name, value.parse().expect("a header's value"));
        self
    }

    /// The same with all that another sends beside its address.
    #[must_use]
    pub fn with_headers_of(mut self, other: &Self) -> Self {
        self.headers.clone_from(&other.headers);
        self
    }

    /// The same without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Signs in as a browser does: keeps the cookie and the CSRF token.
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<Self, Answer> {
        let answer = self.post("/api/v1/session", serde_json::json!({ "login": login, "password": password })).await;
        if answer.status != StatusCode::OK {
            return Err(answer);
        }
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("a cookie is text");
        let cookie = cookie.split(';').next().expect("a cookie has a value").to_owned();
        let csrf = answer.json()["csrf_token"].as_str().expect("a session has a CSRF token").to_owned();
        Ok(self.clone().with("cookie", &cookie).with(caller::CSRF_HEADER, &csrf))
    }

    /// Sends a request.
    pub async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router always answers");
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 256 << 20).await.expect("the answer's body").to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    /// Sends JSON.
    pub async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send(method, path, Some("application/json"), body.to_string()).await
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Body::empty()).await
    }
}

/// Writes a test of the whole server once and runs it on SQLite and on PostgreSQL:
///
/// ```ignore
/// server_on_both_engines! {
///     async fn someone_does_something(server: TestServer) { … }
/// }
/// ```
#[macro_export]
macro_rules! server_on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident: TestServer) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($server: $crate::testing::TestServer) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::testing::TestServer::new(vigie_db::Engine::Sqlite).await).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::testing::TestServer::new(vigie_db::Engine::Postgres).await).await;
            }
        }
    )+};
}
