//! Writes what each target begins with to `corpus/`, made from the documents of the tests.

use std::{io::Write as _, path::Path, time::Duration};

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use vigie_kernel::Timestamp;
use vigie_wire::{
    delta,
    foreign::{Headers, Message, read},
    link::{
        HEARTBEAT,
        agent::{Agent, Spool},
        message::{About, NoteBody},
        server::{Event, Server},
    },
    sync::{self, Synchronisation},
};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../../crates/wire/tests/foreign/", $name)).as_slice())
    };
}

const JSON: &[(&str, &[u8])] = &[
    fixture!("laptop-glpi.json"),
    fixture!("laptop-glpi-partial.json"),
    fixture!("windows-glpi.json"),
    fixture!("contact.json"),
];
const XML: &[(&str, &[u8])] =
    &[fixture!("laptop-fusioninventory.xml"), fixture!("laptop-ocs.xml"), fixture!("prolog.xml")];

/// The shape of a signature: what is signed with it does not matter here.
const SIGNATURE: &str = "untrusted comment: signature\n\
    RURDtJj0gAgfLoDZs9WB26znc+GeTkBd2i5txrmDGQc/Hl2sDTI7P2PzqDLDyrOiGAscQCko35Om4hyiOK+Uwu/N0WP0dNXE3w4=\n\
    trusted comment: vigie-agent 99.0.0 linux-x86_64\n\
    Q070oRzd+wClzP9f48kXdDyqG/2Y49T25aXiSMwhfcTs8G5xfGceEqM5IoMQVQyviSSHH5GhU+Y/UW7Yb0YXDg==\n";

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(corpus.join(target))?;
        std::fs::write(corpus.join(target).join(name), bytes)
    };
    let scratch = tempfile::tempfile()?;
    let mut archive = vigie_fuzz::archive::Writer::new(Vec::new(), scratch, br#"{"product":"vigie"}"#)?;
    for (path, content) in
        [("database/vigie.db", &b"rows"[..]), ("files/tls/ca.pem", b"certificate"), ("files/empty", b"")]
    {
        archive.add(path, 0o600, content.len() as u64, content)?;
    }
    let packed = archive.finish()?.0;
    write("backup", "small.tar", &zstd::decode_all(packed.as_slice())?)?;
    write("backup", "small.tar.zst", &packed)?;
    for (name, bytes) in [
        ("comma.csv", &b"\0Name,Serial\n\"a, b\",S1\n"[..]),
        ("semicolon.csv", b"\0sep=;\nNom;Lieu\r\n\xC9cran;\"deux\nlignes\"\r\n"),
        ("utf16.csv", b"\0\xFF\xFEa\0,\0b\0\n\01\0,\02\0"),
        ("sheet", b"\x01<a><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row><c><f>A1</f><v>45351.5</v></c></row></sheetData></a>"),
        ("strings", b"\x02<sst><si><r><t>Na</t></r><r><t>me</t></r><rPh><t>x</t></rPh></si><si><t>a_x000D_</t></si></sst>"),
        ("styles", b"\x03<a><numFmts><numFmt numFmtId=\"164\" formatCode=\"d mmm\"/></numFmts><cellXfs><xf numFmtId=\"164\"/></cellXfs></a>"),
    ] {
        write("imports", name, bytes)?;
    }
    write("join", "hello", br#"{"kind":"hello","format":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA==","share":"Qg=="}"#)?;
    write("join", "proof", br#"{"kind":"proof","share":"QQ==","proof":"AA=="}"#)?;
    write("release", "name", b"vigie-agent-0.2.0-linux-x86_64.zst")?;
    write("release", "signature", SIGNATURE.as_bytes())?;
    write("link", "agent", &conversation(true))?;
    write("link", "server", &conversation(false))?;
    for (name, document) in JSON {
        write("foreign_json", name, document)?;
    }
    for (name, document) in XML {
        write("foreign_xml", name, document)?;
    }
    for (name, document) in JSON.iter().chain(XML) {
        for level in [0, 1, 6, 9] {
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(level));
            zlib.write_all(document)?;
            write("inflate", &format!("{name}.{level}.zlib"), &zlib.finish()?)?;
        }
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(document)?;
        write("inflate", &format!("{name}.gz"), &gzip.finish()?)?;
        if let Ok(Message::Inventory(inventory)) = read(document, &Headers::default()) {
            let message = Synchronisation {
                format: sync::FORMAT,
                sequence: 1_700_000_000_000,
                identity: inventory.identity(),
                tag: inventory.tag.clone(),
                sections: inventory.sections,
                ..Synchronisation::default()
            };
            write("native_sync", &format!("{name}.zst"), &sync::pack(&message)?)?;
            write("native_sync", name, &serde_json::to_vec(&message)?)?;
            let mut base = message.sections.clone();
            base.software.iter_mut().for_each(|list| drop(list.pop()));
            let mut edited = Synchronisation { base: Some("base".to_owned()), ..message };
            edited.edits = delta::narrow(&mut edited.sections, &base);
            write("native_sync", &format!("{name}.edits"), &serde_json::to_vec(&edited)?)?;
        }
    }
    for (name, bytes) in certificates() {
        write("certificates", name, &bytes)?;
    }
    println!("{}", corpus.display());
    Ok(())
}

/// A server's certificate with its chain and key, in the forms that people have.
fn certificates() -> Vec<(&'static str, Vec<u8>)> {
    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let pair = || KeyPair::generate().expect("a key");
    let (root_key, key) = (pair(), pair());
    let mut root_params = CertificateParams::default();
    root_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = root_params.self_signed(&root_key).expect("a root");
    let mut params = CertificateParams::new(vec!["hub.example.com".to_owned()]).expect("a name");
    params.distinguished_name = rcgen::DistinguishedName::new();
    let leaf = params.signed_by(&key, &Issuer::new(root_params, root_key)).expect("a certificate");
    let read = |der: &[u8]| Certificate::from_der(der).expect("it is one");
    let private = PrivateKey::from_der(&key.serialize_der()).expect("it is one");
    let mut store = KeyStore::new();
    let chain = PrivateKeyChain::new("1", private, [read(leaf.der()), read(root.der())]);
    store.add_entry("one", KeyStoreEntry::PrivateKeyChain(chain));
    let file = store.writer("s3cret").encryption_iterations(1).mac_iterations(1).write().expect("a file");
    let text = format!("{}{}{}", leaf.pem(), root.pem(), key.serialize_pem());
    vec![("one.p12", file), ("one.pem", text.into_bytes()), ("one.der", leaf.der().to_vec())]
}

/// What one end of a link says to the other in a short while, after the byte that says how it is cut.
fn conversation(agents: bool) -> Vec<u8> {
    let now = Duration::ZERO;
    let mut spool = Spool::new(7);
    spool.add(Timestamp::from_millis(0), NoteBody::About(About::default()));
    let (mut agent, mut server) = (Agent::open(About::default(), &spool, now), Server::open(now));
    let mut said = vec![64];
    for _ in 0..4 {
        let (up, down) = (agent.take_output(), server.take_output());
        said.extend(if agents { &up } else { &down });
        server.received(&up, now);
        agent.received(&down, &mut spool, now);
        while let Some(event) = server.next_event() {
            match event {
                Event::Hello { .. } => server.welcome(0, Timestamp::from_millis(0)),
                Event::Heartbeat { number } => server.alive(number, Timestamp::from_millis(0)),
                Event::Note(note) => server.stored(note.sequence),
                Event::Lost(_)
                | Event::Standing { .. }
                | Event::SignInAgain
                | Event::Synchronise(_)
                | Event::WantToken { .. }
                | Event::WantCertificate { .. }
                | Event::Ordered { .. }
                | Event::Ended(_) => {}
            }
        }
        agent.tick(now + HEARTBEAT);
    }
    said
}
