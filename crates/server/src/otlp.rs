//! Traces for OpenTelemetry: a span for each request, sent by OTLP over HTTP (protobuf). Off until an address is set.
//! Spans are gathered and sent on a thread of their own; where nobody takes them they are dropped, and requests do not
//! notice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, Response};
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Span;
use tracing_subscriber::{Layer as _, filter::filter_fn};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::{config::Config, logging::More, tls::host_name};

/// The target of the spans that are sent; the log does not show them.
pub(crate) const TARGET: &str = "vigie::trace";
/// How long one sending may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer that are read.
const ANSWER: u64 = 64 << 10;

/// What is still to be sent.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends what is gathered. The server stops.
    pub(crate) fn finish(self) {
        // Whatever is not taken now is lost.
        let _ = self.0.shutdown_with_timeout(PATIENCE / 2);
    }
}

/// The layer that makes spans of requests into traces; none where they are off.
pub(crate) fn layer(config: &Config) -> anyhow::Result<Option<(More, Traces)>> {
    let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new(endpoint)?)
        .with_endpoint(endpoint)
        .with_timeout(PATIENCE)
        .build()
        .context("otlp_endpoint")?;
    let name = config.node_name.clone().or_else(host_name).unwrap_or_else(|| "localhost".to_owned());
    let resource = Resource::builder_empty().with_attributes([
        KeyValue::new("service.name", "vigie"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", name),
    ]);
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("vigie")).with_location(false);
    let layer = layer.with_threads(false).with_tracked_inactivity(false);
    let own = layer.with_filter(filter_fn(|it| it.target() == TARGET)).boxed();
    Ok(Some((own, Traces(provider))))
}

/// The span of a request, by OpenTelemetry's names for HTTP servers. Costs next to nothing where traces are off.
pub(crate) fn request(method: &Method, route: &str, id: &str) -> Span {
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method.as_str(),
        http.route = route,
        vigie.request_id = id,
        http.response.status_code = tracing::field::Empty,
        otel.status_code = tracing::field::Empty,
    )
}

/// How it was answered.
pub(crate) fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// Sends what the library made. It is called on the library's own thread, where blocking is allowed.
#[derive(Debug)]
struct Client {
    agent: ureq::Agent,
    failing: AtomicBool,
}

impl Client {
    fn new(endpoint: &str) -> anyhow::Result<Self> {
        let mut builder = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("vigie/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(PATIENCE));
        if endpoint.starts_with("https://") {
            let found = rustls_native_certs::load_native_certs();
            anyhow::ensure!(!found.certs.is_empty(), "otlp_endpoint: this machine trusts no certificate authority");
            let roots = found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            let tls = TlsConfig::builder()
                .provider(TlsProvider::Rustls)
                .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .root_certs(RootCerts::Specific(Arc::new(roots)))
                .build();
            builder = builder.tls_config(tls);
        }
        Ok(Self { agent: ureq::Agent::new_with_config(builder.build()), failing: AtomicBool::new(false) })
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, body) = request.into_parts();
        let answer = self.agent.run(Request::from_parts(head, body.to_vec()))?;
        let (head, mut body) = answer.into_parts();
        let body = body.with_config().limit(ANSWER).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        let failed = match &sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        // Said once, not every few seconds.
        if self.failing.swap(failed.is_some(), Ordering::Relaxed) != failed.is_some() {
            if let Some(error) = failed {
                tracing::warn!(error, "traces cannot be sent");
            } else {
                tracing::info!("traces can be sent again");
            }
        }
        Ok(sent?)
    }
}
