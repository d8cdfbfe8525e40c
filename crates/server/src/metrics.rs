//! Counters for Prometheus (`OpenMetrics` text). Labels come from fixed lists, never from a caller's words, so that their
//! number is bounded.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::Method;
use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

type Labels<const N: usize> = [(&'static str, String); N];

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Since then.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// All counters. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    durations: Family<Labels<1>, Histogram, fn() -> Histogram>,
    sign_ins: Family<Labels<1>, Counter>,
    intakes: Family<Labels<2>, Counter>,
    intake_bytes: Family<Labels<1>, Counter>,
    inflight: Gauge<u64, AtomicU64>,
    connections: Gauge<i64>,
    connections_refused: Counter,
    write_queue: Gauge<u64, AtomicU64>,
    links: Gauge<u64, AtomicU64>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(…)")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn buckets() -> Histogram {
    // 1 ms to 16 s.
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("vigie");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let durations = Family::new_with_constructor(buckets as fn() -> Histogram);
        let help = "Time from a request's head to its answer's head";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, durations.clone());
        let sign_ins = Family::default();
        registry.register("sign_ins", "Attempts to sign in, by result", sign_ins.clone());
        let intakes = Family::default();
        registry.register("intakes", "Inventories delivered, by kind of agent and result", intakes.clone());
        let intake_bytes = Family::default();
        let help = "Inventories delivered, as received";
        registry.register_with_unit("intake", help, Unit::Bytes, intake_bytes.clone());
        let inflight = Gauge::default();
        let help = "Unpacked inventories being worked on";
        registry.register_with_unit("intake_inflight", help, Unit::Bytes, inflight.clone());
        let connections = Gauge::default();
        registry.register("connections", "Open connections", connections.clone());
        let connections_refused = Counter::default();
        registry.register("connections_refused", "Connections over a limit", connections_refused.clone());
        let write_queue = Gauge::default();
        registry.register("database_write_queue", "Changes that wait for the database", write_queue.clone());
        let links = Gauge::default();
        registry.register("links", "Systems whose link this node holds", links.clone());
        Self(Arc::new(Inner {
            registry,
            requests,
            durations,
            sign_ins,
            intakes,
            intake_bytes,
            inflight,
            connections,
            connections_refused,
            write_queue,
            links,
        }))
    }

    /// A request was answered.
    pub fn request(&self, method: &Method, route: &str, status: u16, took: Duration) {
        // A method outside the usual ones is a caller's word.
        let method = match *method {
            Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE => method.as_str(),
            _ => "other",
        };
        let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        self.0.requests.get_or_create(&labels).inc();
        self.0.durations.get_or_create(&[("route", route.to_owned())]).observe(took.as_secs_f64());
    }

    /// Someone tried to sign in: `ok`, `failed`, `locked`.
    pub fn sign_in(&self, result: &'static str) {
        self.0.sign_ins.get_or_create(&[("result", result.to_owned())]).inc();
    }

    /// An inventory was delivered. `kind` is the kind of agent, `result` an outcome or a problem's code.
    pub fn intake(&self, kind: &'static str, result: &'static str, bytes: usize) {
        self.0.intakes.get_or_create(&[("agent", kind.to_owned()), ("result", result.to_owned())]).inc();
        self.0.intake_bytes.get_or_create(&[("agent", kind.to_owned())]).inc_by(bytes as u64);
    }

    /// How many bytes of unpacked inventories are being worked on.
    pub fn set_inflight(&self, bytes: u64) {
        self.0.inflight.set(bytes);
    }

    /// A connection was opened (1) or closed (-1).
    pub(crate) fn connection(&self, change: i64) {
        self.0.connections.inc_by(change);
    }

    /// How many are open.
    pub(crate) fn connections(&self) -> i64 {
        self.0.connections.get()
    }

    /// A connection was over a limit.
    pub(crate) fn connection_refused(&self) {
        self.0.connections_refused.inc();
    }

    /// How many systems' links this node holds.
    pub(crate) fn set_links(&self, held: u64) {
        self.0.links.set(held);
    }

    /// How many changes wait for the database.
    pub(crate) fn set_write_queue(&self, waiting: u64) {
        self.0.write_queue.set(waiting);
    }

    /// All of it as `OpenMetrics` text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.0.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.request(&Method::GET, "/api/v1/customers", 200, Duration::from_millis(3));
        metrics.request(&Method::from_bytes(b"BREW").unwrap(), "-", 404, Duration::ZERO);
        metrics.sign_in("failed");
        metrics.intake("vigie", "full", 1000);
        let text = metrics.text();
        for line in [
            r#"vigie_http_requests_total{method="GET",route="/api/v1/customers",status="200"} 1"#,
            r#"vigie_http_requests_total{method="other",route="-",status="404"} 1"#,
            r#"vigie_http_request_duration_seconds_bucket{le="0.004",route="/api/v1/customers"} 1"#,
            r#"vigie_sign_ins_total{result="failed"} 1"#,
            r#"vigie_intakes_total{agent="vigie",result="full"} 1"#,
            r#"vigie_intake_bytes_total{agent="vigie"} 1000"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
