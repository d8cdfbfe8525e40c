//! Connections to real TLS servers on this machine.

use std::net::SocketAddr;

use axum::{Router, http::header, response::IntoResponse as _, routing::get};
use axum_server::tls_rustls::RustlsConfig;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use vigie_kernel::{SystemClock, Timestamp, TrustedCertificateId};
use vigie_people::certificates::trusted::Kind;

use super::*;

fn params(name: &str, authority: bool) -> CertificateParams {
    let names = if authority { Vec::new() } else { vec![name.to_owned(), "127.0.0.1".to_owned()] };
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    if authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

/// A server with this chain; ends with the test.
fn serve(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> SocketAddr {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let away = || async { ([(header::LOCATION, "http://192.0.2.1/")], http::StatusCode::FOUND).into_response() };
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/large", get(|| async { "x".repeat(LARGEST_ANSWER + 1) }))
        .route("/away", get(away));
    let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(Arc::new(config))).unwrap();
    tokio::spawn(server.serve(router.into_make_service()));
    address
}

fn listed(kind: Kind, der: &CertificateDer<'_>) -> Trusted {
    let at = Timestamp::from_millis(0);
    Trusted {
        id: TrustedCertificateId::new(at, &vigie_kernel::SystemRng),
        kind,
        subject: String::new(),
        issuer: String::new(),
        not_before: at,
        not_after: at,
        sha256: Vec::new(),
        der: der.to_vec(),
        added_at: at,
    }
}

async fn ask(check: CertificateCheck, listed: &[Trusted], url: String) -> Result<Bytes, OutgoingError> {
    let client = Client::new(config(check, Vec::new(), listed, Arc::new(SystemClock)).unwrap()).unwrap();
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    Ok(client.send(request).await?.into_body())
}

use CertificateCheck::{Standard, Strict};

#[tokio::test]
async fn a_chain_is_trusted_by_its_root_and_completed_by_a_listed_intermediate() {
    let (root_key, middle_key, key) =
        (KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let root_params = params("Root", true);
    let root = root_params.self_signed(&root_key).unwrap();
    let middle_params = params("Middle", true);
    let middle = middle_params.signed_by(&middle_key, &Issuer::new(root_params, root_key)).unwrap();
    let leaf = params("localhost", false).signed_by(&key, &Issuer::new(middle_params, middle_key)).unwrap();
    let whole = serve(vec![leaf.der().clone(), middle.der().clone()], &key);
    let short = serve(vec![leaf.der().clone()], &key);
    let (root, middle) = (listed(Kind::Root, root.der()), listed(Kind::Intermediate, middle.der()));
    let one = std::slice::from_ref(&root);
    for check in [Standard, Strict] {
        assert_eq!(ask(check, one, format!("https://{whole}/")).await.unwrap(), "here");
        let incomplete = ask(check, one, format!("https://{short}/")).await.unwrap_err().to_string();
        assert!(incomplete.contains("UnknownIssuer"), "{incomplete}");
        let both = [root.clone(), middle.clone()];
        assert_eq!(ask(check, &both, format!("https://localhost:{}/", short.port())).await.unwrap(), "here");
    }
    let other_name = ask(Standard, one, format!("https://127.0.0.2:{}/", whole.port())).await;
    assert!(other_name.is_err());
    let alone = std::slice::from_ref(&middle);
    assert!(ask(Standard, alone, format!("https://{whole}/")).await.is_err(), "its root is not trusted");
    assert!(ask(Standard, &[], format!("https://{whole}/")).await.is_err());
    let large = ask(Standard, one, format!("https://{whole}/large")).await;
    assert!(matches!(large, Err(OutgoingError::TooLarge)));
    let away = ask(Standard, one, format!("https://{whole}/away")).await.unwrap_err().to_string();
    assert!(away.contains("begin with https://"), "{away}");
}

#[tokio::test]
async fn a_systems_own_certificate_is_trusted_as_it_is_unless_the_check_is_strict() {
    for authority in [false, true] {
        let key = KeyPair::generate().unwrap();
        let mut own = params("localhost", false);
        if authority {
            own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let own = own.self_signed(&key).unwrap();
        let address = serve(vec![own.der().clone()], &key);
        let url = format!("https://{address}/");
        let listed = [listed(if authority { Kind::Root } else { Kind::System }, own.der())];
        assert!(ask(Standard, &[], url.clone()).await.is_err());
        assert_eq!(ask(Standard, &listed, url.clone()).await.unwrap(), "here");
        let strict = ask(Strict, &listed, url).await.unwrap_err().to_string();
        assert!(strict.contains("self-signed"), "{strict}");
        let elsewhere = ask(Standard, &listed, format!("https://127.0.0.2:{}/", address.port())).await;
        assert!(elsewhere.is_err(), "another name");
    }
}

#[tokio::test]
async fn a_certificate_out_of_date_is_refused_by_the_servers_clock() {
    let key = KeyPair::generate().unwrap();
    let own = params("localhost", false).self_signed(&key).unwrap();
    let address = serve(vec![own.der().clone()], &key);
    let clock = vigie_kernel::time::ManualClock::new(Timestamp::from_millis(100_000_000_000));
    let listed = [listed(Kind::System, own.der())];
    let client = Client::new(config(Standard, Vec::new(), &listed, Arc::new(clock)).unwrap()).unwrap();
    let request = http::Request::get(format!("https://{address}/")).body(Bytes::new()).unwrap();
    let refused = client.send(request).await.unwrap_err().to_string();
    assert!(refused.contains("NotValidYet"), "{refused}");
}

#[test]
fn connections_go_over_https_or_to_this_machine() {
    let may = |url: &str| permitted(&url.parse().unwrap()).is_ok();
    for url in ["https://ca.example.com/directory", "http://localhost:4000/", "http://127.0.0.9/", "http://[::1]:80/"] {
        assert!(may(url), "{url}");
    }
    for url in ["http://ca.example.com/", "http://192.0.2.1/", "http://localhost.example.com/", "file:///etc/passwd"] {
        assert!(!may(url), "{url}");
    }
}
