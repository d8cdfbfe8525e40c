//! The own authority, and what people bring.

use std::{fs, process::Command, sync::Arc, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use vigie_kernel::Timestamp;
use vigie_people::certificates::{Identity as Stored, Mode, Presented};

use super::{
    Identity,
    own::{LIFE, set_life},
    provider,
    upload::{self, Checked, Upload, UploadError},
};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const DAY: Duration = Duration::from_hours(24);

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

#[test]
fn it_is_issued_once_and_again_for_a_new_name_or_near_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tls");
    let first = Identity::open(&path, names(&["hub", "127.0.0.1"]), NOW).unwrap();
    assert_eq!(first.server().names, names(&["hub", "127.0.0.1"]));
    assert_eq!(first.server().issuer, first.ca().subject);
    assert!((1094..=1096).contains(&first.server().days_left(NOW)));
    assert!(first.ca().days_left(NOW) > 3640);
    let same = Identity::open(&path, names(&["hub"]), NOW).unwrap();
    assert_eq!(same.server(), first.server(), "it is for that name already");
    let more = Identity::open(&path, names(&["hub", "new.example.com"]), NOW).unwrap();
    assert_ne!(more.server().sha256, first.server().sha256);
    assert_eq!(more.ca(), first.ca(), "clients go on trusting it");
    let later = NOW.plus(LIFE).minus(DAY * 89);
    assert!(!more.renew(NOW).unwrap());
    assert!(more.renew(later).unwrap());
    assert!(more.server().days_left(later) > 1000, "the new one is in use");
}

#[cfg(unix)]
#[test]
fn keys_are_for_the_owner_only_and_half_an_authority_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tls");
    Identity::open(&path, names(&["hub"]), NOW).unwrap();
    for key in ["ca.key", "server.key"] {
        assert_eq!(fs::metadata(path.join(key)).unwrap().permissions().mode() & 0o777, 0o600, "{key}");
    }
    // A start that was cut off between the two files does not keep the next one from starting.
    fs::write(path.join("server.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    Identity::open(&path, names(&["hub"]), NOW).unwrap();
    fs::remove_file(path.join("ca.key")).unwrap();
    assert!(Identity::open(&path, names(&["hub"]), NOW).unwrap_err().to_string().contains("ca.key"));
}

#[test]
fn rustls_trusts_it_by_its_authority_for_its_names_only() {
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::{ServerName, UnixTime};
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::open(folder.path(), names(&["hub", "127.0.0.1", "::1"]), NOW).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(identity.ca_pem().as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
    let leaf = identity.chain()[0].der.clone();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(NOW.seconds().unsigned_abs()));
    let check = |name: &str| {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier.verify_server_cert(&leaf, &[], &name, &[], at).is_ok()
    };
    assert!(check("hub") && check("127.0.0.1") && check("::1"));
    assert!(!check("other"));
}

/// An authority, an intermediate one, and a server's certificate under it.
struct Chain {
    root: String,
    intermediate: String,
    leaf: String,
    key: KeyPair,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    set_life(&mut params, NOW, DAY * 365);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.subject_alt_names.clear();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn chain(change: impl FnOnce(&mut CertificateParams)) -> Chain {
    let (root_key, middle_key, key) =
        (KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let root_params = authority("Test root");
    let root = root_params.self_signed(&root_key).unwrap().pem();
    let root_issuer = Issuer::new(root_params, root_key);
    let middle_params = authority("Test intermediate");
    let intermediate = middle_params.signed_by(&middle_key, &root_issuer).unwrap().pem();
    let mut leaf_params = params("vigie.example.com");
    leaf_params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut leaf_params);
    let leaf = leaf_params.signed_by(&key, &Issuer::new(middle_params, middle_key)).unwrap().pem();
    Chain { root, intermediate, leaf, key }
}

fn pem(certificates: &[&str], key: &str) -> Result<Checked, UploadError> {
    upload::check(&Upload::Pem { certificates: certificates.concat(), key: key.to_owned() }, NOW)
}

#[test]
fn a_chain_is_put_in_order_and_its_key_found() {
    let it = chain(|_| {});
    let key = it.key.serialize_pem();
    let checked = pem(&[&it.root, &it.leaf, &it.intermediate, &it.leaf], &key).unwrap();
    let subjects: Vec<_> = checked.chain.iter().map(|der| super::Details::of(der).unwrap().subject).collect();
    assert_eq!(subjects, ["CN=vigie.example.com", "CN=Test intermediate", "CN=Test root"]);
    assert_eq!(checked.details.names, ["vigie.example.com"]);
    let together = format!("{}{key}", it.leaf);
    assert_eq!(pem(&[&together], "").unwrap().chain.len(), 1, "the key may stand among the certificates");
}

#[test]
fn what_does_not_belong_together_is_refused_by_name() {
    let (it, other) = (chain(|_| {}), chain(|_| {}));
    let (key, other_key) = (it.key.serialize_pem(), other.key.serialize_pem());
    assert_eq!(pem(&[&it.leaf, &it.intermediate], &other_key).unwrap_err(), UploadError::KeyMismatch);
    let stray = pem(&[&it.leaf, &other.intermediate], &key).unwrap_err();
    assert!(matches!(stray, UploadError::ChainBroken(_)), "the names fit, the signature does not: {stray}");
    assert!(matches!(pem(&[&it.leaf, &it.root], &key), Err(UploadError::ChainBroken(_))));
    assert!(matches!(pem(&["nothing"], &key), Err(UploadError::Malformed(_))));
    assert!(matches!(pem(&[&it.leaf], "nothing"), Err(UploadError::Malformed(_))));
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(pem(&[&it.leaf], encrypted).unwrap_err(), UploadError::KeyEncrypted);
    assert_eq!(pem(&[&it.leaf, &"x".repeat(upload::LONGEST)], &key).unwrap_err(), UploadError::TooLarge);
    let damaged = it.leaf.replace("MII", "MIJ");
    assert!(matches!(pem(&[&damaged], &key), Err(UploadError::Malformed(_))));
}

#[test]
fn a_certificate_must_be_in_date_for_servers_and_not_weak() {
    let refused = |change: fn(&mut CertificateParams)| {
        let it = chain(change);
        pem(&[&it.leaf, &it.intermediate], &it.key.serialize_pem()).unwrap_err()
    };
    let past = |it: &mut CertificateParams| set_life(it, NOW.minus(DAY * 10), DAY * 5);
    assert!(matches!(refused(past), UploadError::Expired { .. }));
    let future = |it: &mut CertificateParams| set_life(it, NOW.plus(DAY * 10), DAY * 50);
    assert!(matches!(refused(future), UploadError::NotYetValid { .. }));
    let client = |it: &mut CertificateParams| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert!(matches!(refused(client), UploadError::NotForServers(_)));
    assert!(matches!(refused(|it| it.subject_alt_names.clear()), UploadError::NotForServers(_)));
    assert!(matches!(
        refused(|it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        UploadError::NotForServers(_)
    ));
}

/// Debian's `openssl`: what people have.
fn openssl(folder: &std::path::Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn files_of_openssl_are_read_old_and_new() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let it = chain(|_| {});
    fs::write(at.join("leaf.pem"), &it.leaf).unwrap();
    fs::write(at.join("more.pem"), it.intermediate.clone() + &it.root).unwrap();
    fs::write(at.join("key.pem"), it.key.serialize_pem()).unwrap();
    let export = "pkcs12 -export -inkey key.pem -in leaf.pem -certfile more.pem -passout pass:s3cret";
    let file = |more: &str| openssl(at, &format!("{export}{more}"));
    let read = |content: Vec<u8>, password: &str| {
        upload::check(&Upload::Pkcs12 { content, password: password.to_owned() }, NOW)
    };
    for more in [
        "",
        " -legacy -macalg sha1",
        " -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES",
        " -keypbe AES-128-CBC -macalg sha512",
    ] {
        let checked = read(file(more), "s3cret").unwrap_or_else(|error| panic!("{more}: {error}"));
        assert_eq!((checked.chain.len(), checked.details.names.as_slice()), (3, &names(&["vigie.example.com"])[..]));
        assert_eq!(read(file(more), "wrong").unwrap_err(), UploadError::PasswordWrong, "{more}");
    }
    assert!(matches!(read(b"nothing".to_vec(), ""), Err(UploadError::Malformed(_))));
    let mut cut = file("");
    cut.truncate(cut.len() / 2);
    assert!(matches!(read(cut, "s3cret"), Err(UploadError::Malformed(_))));
    let unkeyed = openssl(at, "pkcs12 -export -nokeys -in leaf.pem -passout pass:s3cret");
    assert!(matches!(read(unkeyed, "s3cret"), Err(UploadError::Malformed(_))));
}

#[test]
fn keys_of_every_usual_form_fit_and_weak_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let issue = |name: &str, key: &str, digest: &str| {
        openssl(at, &key.replace("KEY", &format!("-out {name}.key")));
        let request = "-x509 -new -subj /CN=hub -days 3000 -addext subjectAltName=DNS:hub -addext basicConstraints=critical,CA:FALSE";
        openssl(at, &format!("req {request} -key {name}.key -{digest} -out {name}.pem"));
        (
            fs::read_to_string(at.join(format!("{name}.pem"))).unwrap(),
            fs::read_to_string(at.join(format!("{name}.key"))).unwrap(),
        )
    };
    // openssl takes the machine's clock: what it makes below is valid tomorrow.
    let now = vigie_kernel::Clock::now(&vigie_kernel::SystemClock).plus(DAY);
    let check = |(certificates, key): (String, String)| upload::check(&Upload::Pem { certificates, key }, now);
    for (name, key, word) in [
        ("rsa1", "genrsa KEY -traditional 2048", "BEGIN RSA PRIVATE KEY"),
        ("rsa8", "genrsa KEY 2048", "BEGIN PRIVATE KEY"),
        ("sec1", "ecparam -name prime256v1 -genkey -noout KEY", "BEGIN EC PRIVATE KEY"),
        ("p384", "ecparam -name secp384r1 -genkey -noout KEY", "BEGIN EC PRIVATE KEY"),
    ] {
        let made = issue(name, key, "sha256");
        assert!(made.1.contains(word), "{name}");
        check(made).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(matches!(check(issue("small", "genrsa KEY 1024", "sha256")), Err(UploadError::Weak { .. })));
    let p521 = issue("p521", "ecparam -name secp521r1 -genkey -noout KEY", "sha256");
    assert_eq!(check(p521).unwrap_err(), UploadError::KeyUnsupported);
    // A self-signed signature proves nothing; one of an authority over SHA-1 can be forged.
    issue("root", "genrsa KEY 2048", "sha256");
    openssl(at, "req -new -subj /CN=old -key rsa8.key -out old.csr");
    openssl(at, "x509 -req -in old.csr -CA root.pem -CAkey root.key -CAcreateserial -sha1 -days 30 -out old.pem");
    let old = (fs::read_to_string(at.join("old.pem")).unwrap(), fs::read_to_string(at.join("rsa8.key")).unwrap());
    assert!(check(old).unwrap_err().to_string().contains("SHA-1"));
}

#[test]
fn another_identity_is_presented_at_once_and_the_own_one_again() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::open(folder.path(), names(&["hub"]), NOW).unwrap();
    let own = identity.server();
    let it = chain(|_| {});
    let stored = Stored {
        mode: Mode::Replaced,
        chain: [&*it.leaf, &it.intermediate, &it.root].concat(),
        key: it.key.serialize_der(),
        installed_at: NOW,
    };
    let presented = || Presented { identity: Some(stored.clone()), ..Presented::default() };
    assert!(identity.present(presented(), NOW).unwrap());
    assert!(!identity.present(presented(), NOW).unwrap(), "nothing changed");
    assert_eq!((identity.server().subject.as_str(), identity.chain().len()), ("CN=vigie.example.com", 3));
    let root = CertificateDer::from_pem_slice(it.root.as_bytes()).unwrap();
    assert!(identity.agents_pem(true).ends_with(&super::pem(&root)), "what new agents must trust too");
    assert_eq!(identity.agents_pem(false), identity.ca_pem(), "they have their own listener");
    assert!(identity.present(Presented::default(), NOW).unwrap());
    assert_eq!(identity.server(), own);
    let later = NOW.plus(DAY);
    let asked = || Presented { own_renewed_at: Some(later), ..Presented::default() };
    assert!(identity.present(asked(), later).unwrap());
    assert!(!identity.present(asked(), later.plus(DAY)).unwrap(), "once is enough");
    assert_ne!(identity.server().sha256, own.sha256);
    let damaged = Stored { chain: it.intermediate, ..stored };
    assert!(identity.present(Presented { identity: Some(damaged), ..asked() }, later).is_err());
    assert_eq!(identity.chain().len(), 2, "what is in use stays");
}

proptest::proptest! {
    #[test]
    fn damaged_uploads_are_refused_and_never_more(at in 0_usize..2000, to: u8, cut in 0_usize..2000, password: String) {
        use std::sync::LazyLock;
        static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let it = chain(|_| {});
            let certificate = CertificateDer::from_pem_slice(it.leaf.as_bytes()).unwrap();
            let key = p12_keystore::PrivateKey::from_der(&it.key.serialize_der()).unwrap();
            let certificate = p12_keystore::Certificate::from_der(&certificate).unwrap();
            let mut store = p12_keystore::KeyStore::new();
            let chain = p12_keystore::PrivateKeyChain::new("1", key, [certificate]);
            store.add_entry("one", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
            let content = store.writer("s3cret").encryption_iterations(1).mac_iterations(1).write().unwrap();
            let undamaged = Upload::Pkcs12 { content: content.clone(), password: "s3cret".to_owned() };
            assert_eq!(upload::check(&undamaged, NOW).unwrap().chain.len(), 1);
            content
        });
        let mut content = FILE.clone();
        let at = at % content.len();
        content[at] = to;
        content.truncate(content.len() - cut.min(content.len()));
        let _ = upload::certificates(&content);
        let _ = upload::check(&Upload::Pkcs12 { content: content.clone(), password: "s3cret".to_owned() }, NOW);
        let _ = upload::check(&Upload::Pkcs12 { content, password }, NOW);
    }
}
