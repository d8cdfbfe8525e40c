//! How many TLS 1.3 handshakes one core makes when nothing else is done: rustls on both ends, in memory, with a P-256
//! certificate as the server's own. Prints one line of JSON. The limit beside which fresh links are measured.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection,
    pki_types::{PrivateKeyDer, ServerName},
};

const TIME: Duration = Duration::from_secs(3);

fn configurations() -> anyhow::Result<(Arc<ServerConfig>, Arc<ClientConfig>)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let certificate = made.cert.der().clone();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key)?;
    let mut client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    client.resumption = rustls::client::Resumption::disabled();
    Ok((Arc::new(server), Arc::new(client)))
}

/// Moves what one end wants to say to the other.
fn pass(said: &mut Vec<u8>, hear: &mut dyn FnMut(&mut &[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut rest = &said[..];
    while !rest.is_empty() {
        hear(&mut rest)?;
    }
    said.clear();
    Ok(())
}

fn handshake(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> anyhow::Result<()> {
    let mut server = ServerConnection::new(server.clone())?;
    let mut client = ClientConnection::new(client.clone(), ServerName::try_from("localhost")?)?;
    let mut said = Vec::with_capacity(8 << 10);
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        while client.wants_write() {
            client.write_tls(&mut said)?;
        }
        pass(&mut said, &mut |rest| {
            server.read_tls(rest)?;
            server.process_new_packets().map(drop).map_err(io::Error::other)
        })?;
        while server.wants_write() {
            server.write_tls(&mut said)?;
        }
        pass(&mut said, &mut |rest| {
            client.read_tls(rest)?;
            client.process_new_packets().map(drop).map_err(io::Error::other)
        })?;
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (server, client) = configurations()?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < TIME {
        handshake(&server, &client)?;
        count += 1;
    }
    println!(r#"{{"handshakes_a_second":{}}}"#, f64::from(count) / began.elapsed().as_secs_f64());
    Ok(())
}
