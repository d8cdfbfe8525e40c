//! What can be reached, and how well.

use std::time::Duration;

use regex_lite::Regex;
use tokio::{net::TcpStream, time::timeout};

use super::Means;
use crate::{
    alerts::state::{Is, Seen},
    program::LONGEST,
};

/// How long a connection may take, with finding the address.
const CONNECTING: Duration = Duration::from_secs(5);
/// Longer than `ping` takes by itself.
const PINGING: Duration = Duration::from_secs(15);

pub(super) async fn tcp(host: &str, port: u16) -> Seen {
    match timeout(CONNECTING, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Seen::one(Is::Fine, "takes connections"),
        Ok(Err(error)) => Seen::one(Is::Bad, format!("no connection: {error}")),
        Err(_) => Seen::one(Is::Bad, format!("no connection within {} s", CONNECTING.as_secs())),
    }
}

/// Twenty packets in four seconds.
pub(super) async fn ping(host: &str, means: &Means) -> Seen {
    let argv = ["ping", "-q", "-n", "-c", "20", "-i", "0.2", "-W", "1", host];
    match means.run(&argv, LONGEST, PINGING).await {
        Ok(said) => read(&said.text()).unwrap_or_else(|| Seen::untold(said.how())),
        Err(words) => Seen::untold(words),
    }
}

/// The end of what ping(8) says, of iputils and others.
fn read(text: &str) -> Option<Seen> {
    let number = |pattern: &str| {
        let found = Regex::new(pattern).ok()?.captures(text)?.get(1)?;
        found.as_str().parse::<f64>().ok()
    };
    let loss = number(r"([0-9.]+)% packet loss")?;
    let jitter = number(r"mdev = [0-9.]+/[0-9.]+/[0-9.]+/([0-9.]+)");
    let rest = jitter.map_or_else(String::new, |jitter| format!(", jitter {jitter} ms"));
    let summary = format!("{loss} % of the packets lost{rest}");
    Some(Seen::one(Is::Quality(loss, jitter), summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ping_is_understood() {
        let some = "20 packets transmitted, 17 received, 15% packet loss, time 3812ms\n\
                    rtt min/avg/max/mdev = 0.037/0.046/0.061/0.005 ms\n";
        assert_eq!(read(some).unwrap().findings[0].is, Is::Quality(15.0, Some(0.005)));
        let none = "20 packets transmitted, 0 received, +3 errors, 100% packet loss, time 9000ms\n\n";
        assert_eq!(read(none).unwrap().findings[0].is, Is::Quality(100.0, None));
        assert_eq!(read("ping: nowhere.invalid: Name or service not known"), None);
    }

    #[tokio::test]
    async fn a_port_takes_connections_or_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(tcp("127.0.0.1", port).await.findings[0].is, Is::Fine);
        drop(listener);
        let seen = tcp("127.0.0.1", port).await;
        assert!(seen.findings[0].is == Is::Bad && seen.findings[0].summary.contains("refused"), "{seen:?}");
    }
}
