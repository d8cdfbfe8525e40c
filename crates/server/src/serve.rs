//! Listening, and stopping: what was begun is finished, at most [`GRACE`] long.

use std::{io, net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{Router, routing::get};
use axum_server::{
    Handle, Server,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use crate::{
    admin,
    boot::{self, Surroundings},
    config::Config,
    http::{self, AppState, Listening, Plane, state::url_of},
    limits::Limits,
    tls::Presents,
    workers,
};

/// How long requests may take to finish when the server stops.
const GRACE: Duration = Duration::from_secs(20);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a request's head may take to arrive; a connection that waits for its next request ends after this too.
const HEAD: Duration = Duration::from_mins(1);
/// Connections that wait to be accepted: many agents call at once after a power cut.
const BACKLOG: u32 = 4096;

/// Serves until SIGTERM or SIGINT.
pub async fn run(config: Config, surroundings: Surroundings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // A port in use is said before anything else happens.
    let listeners = Listeners::bind(&config)?;
    let vigie = boot::open(config, surroundings).await?;
    let state = vigie.state.clone();
    let _ = state.listening.set(listeners.addresses()?);
    let socket = admin::record_url(&state).and_then(|()| admin::listen(&state));
    // Whatever happens next: it is shown this once.
    announce(&state, vigie.one_time_password.as_deref());
    let socket = socket?;

    let handle = Handle::new();
    let mut serving = JoinSet::new();
    listeners.serve(&state, &handle, &mut serving)?;
    let workers = workers::start(&state);
    let admin = tokio::spawn(socket.serve(state.clone()));

    tokio::select! {
        _ = terminate.recv() => tracing::info!("stopping: SIGTERM"),
        _ = interrupt.recv() => tracing::info!("stopping: SIGINT"),
        Some(ended) = serving.join_next() => {
            ended?.context("a listener ended")?;
            anyhow::bail!("a listener ended");
        }
    }
    state.stopping.cancel();
    state.events.stop();
    handle.graceful_shutdown(Some(GRACE));
    while serving.join_next().await.is_some() {}
    workers.close();
    state.link_sessions.close();
    if tokio::time::timeout(GRACE, state.link_sessions.wait()).await.is_err() {
        tracing::warn!("some systems' links were cut off");
    }
    if tokio::time::timeout(GRACE, workers.wait()).await.is_err() {
        tracing::warn!("some background work was cut off");
    }
    admin.abort();
    admin::remove(&state);
    state.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Every connection is an open file: as many as this process may have. Less than wanted is no reason not to start.
pub(crate) fn allow_open_files() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let raised =
        getrlimit(Resource::RLIMIT_NOFILE).and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// For whoever started it: on standard output, where nothing else is written.
fn announce(state: &AppState, one_time_password: Option<&str>) {
    use std::io::Write as _;
    let mut out = io::stdout().lock();
    let Some(listening) = state.listening.get() else { return };
    // A closed standard output is no reason not to serve.
    let _ = writeln!(out, "Vigie listens on {}", url_of(listening.main));
    if let Some(agents) = listening.agents {
        let _ = writeln!(out, "Agents: {}", url_of(agents));
    }
    if let Some(acme) = listening.acme {
        let _ = writeln!(out, "ACME: http://{acme}");
    }
    if let Some(password) = one_time_password {
        let _ =
            writeln!(out, "Administrator: {}  One-time password: {password}", vigie_people::first_start::ADMINISTRATOR);
    }
    let _ = out.flush();
    tracing::info!(address = %listening.main, version = env!("CARGO_PKG_VERSION"), "listening");
}

struct Listeners {
    main: TcpListener,
    agents: Option<TcpListener>,
    metrics: Option<TcpListener>,
    acme: Option<TcpListener>,
}

impl Listeners {
    fn bind(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            main: bind(config.listen)?,
            agents: config.agents_listen.map(bind).transpose()?,
            metrics: config.metrics_listen.map(bind).transpose()?,
            acme: config.acme_listen.map(bind).transpose()?,
        })
    }

    fn addresses(&self) -> io::Result<Listening> {
        let agents = self.agents.as_ref().map(TcpListener::local_addr).transpose()?;
        let acme = self.acme.as_ref().map(TcpListener::local_addr).transpose()?;
        Ok(Listening { main: self.main.local_addr()?, agents, acme })
    }

    fn serve(
        self,
        state: &AppState,
        handle: &Handle<SocketAddr>,
        serving: &mut JoinSet<io::Result<()>>,
    ) -> anyhow::Result<()> {
        let config = &state.config;
        let limits = Limits::new(config.connections, config.connections_per_address, state.metrics.clone());
        let plane = if self.agents.is_some() { Plane::Operators } else { Plane::All };
        let secured = |listener, plane, presents| {
            let tls = RustlsConfig::from_config(state.identity.config(presents)?.into());
            let acceptor = RustlsAcceptor::new(tls).handshake_timeout(HANDSHAKE).acceptor(limits.clone());
            let mut server = Server::from_listener(listener).acceptor(acceptor).handle(handle.clone());
            let builder = server.http_builder();
            builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 << 10);
            builder
                .http2()
                .timer(TokioTimer::new())
                .max_concurrent_streams(128)
                .max_header_list_size(64 << 10)
                .keep_alive_interval(Duration::from_secs(30))
                .keep_alive_timeout(Duration::from_secs(20));
            let router = http::router(state.clone(), plane);
            anyhow::Ok(server.serve(router.into_make_service_with_connect_info::<SocketAddr>()))
        };
        serving.spawn(secured(self.main, plane, Presents::Chosen)?);
        if let Some(listener) = self.agents {
            // Agents trust the own authority, whatever people's browsers are shown.
            serving.spawn(secured(listener, Plane::Agents, Presents::Own)?);
        }
        if let Some(listener) = self.metrics {
            let server: Server<SocketAddr> = Server::from_listener(listener).handle(handle.clone());
            serving.spawn(server.serve(metrics(state.clone()).into_make_service()));
        }
        if let Some(listener) = self.acme {
            let mut server = Server::from_listener(listener).acceptor(limits.clone()).handle(handle.clone());
            // One small question a connection.
            server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HANDSHAKE).keep_alive(false);
            serving.spawn(server.serve(http::platform::acme_answers::router(state.clone()).into_make_service()));
        }
        Ok(())
    }
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().with_context(|| format!("cannot listen on {address}"))
}

fn metrics(state: AppState) -> Router {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = move || {
        state.metrics.set_write_queue(state.db.waiting() as u64);
        state.metrics.set_links(state.links.count() as u64);
        std::future::ready(([(::http::header::CONTENT_TYPE, OPEN_METRICS)], state.metrics.text()))
    };
    Router::new().route("/metrics", get(text))
}
