//! Certificates that the server issues: where they go, what is told of it, and what is there when something goes wrong.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::KeyPair;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use vigie_wire::link::{
    certificate::{CertificateRefusal, CertificateState},
    message::NoteBody,
};

use crate::{
    agent::{Agent, Place, mode},
    server::{Server, TOKEN},
};

/// A system with a profile, its files in a folder of their own.
struct Pbx {
    server: Server,
    place: Place,
    files: tempfile::TempDir,
    profile: PathBuf,
    _agent: Agent,
}

impl Pbx {
    /// `rest`: what else the profile says; `FOLDER` stands for the folder.
    fn new(rest: &str) -> Self {
        let (server, place, files) = (Server::start(), Place::new(), tempfile::tempdir().unwrap());
        let text = text(files.path(), rest);
        let profile = place.file("profile.toml", &text);
        let mut run = place.run(&server);
        let agent = Agent::start(run.args(["--enrolment-token", TOKEN, "--profile"]).arg(&profile));
        server.linked();
        Self { server, place, files, profile, _agent: agent }
    }

    fn change(&self, rest: &str) {
        fs::write(&self.profile, text(self.files.path(), rest)).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    /// Waits until the system says this of one entry.
    fn stands(&self, key: &str, is: impl Fn(&CertificateState) -> bool) -> CertificateState {
        self.server.until(&format!("{key} stands so"), |kept| {
            kept.notes
                .iter()
                .rev()
                .find_map(|note| match &note.body {
                    NoteBody::About(about) => Some(about.certificates.iter().find(|it| it.key == key).cloned()),
                    _ => None,
                })?
                .filter(|it| is(it))
        })
    }

    fn listed(&self) -> Vec<String> {
        let names = fs::read_dir(self.files.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

fn text(folder: &Path, rest: &str) -> String {
    let head = "name = \"pbx\"\ntitle = \"PBX\"\nplatform = \"linux\"\n";
    format!("{head}{}", rest.replace("FOLDER", folder.to_str().unwrap()))
}

fn sip(reload: &str) -> String {
    format!(
        "[[certificate]]\nkey = \"sip\"\ntitle = \"SIP\"\nnames = [\"sip.example.org\", \"{{address}}\"]\n\
         certificate = \"FOLDER/cert.pem\"\nprivate_key = \"FOLDER/key.pem\"\nauthority = \"FOLDER/ca.pem\"\n\
         reload = [\"/bin/sh\", \"-c\", \"{reload}\"]\n"
    )
}

fn phones(list: &str) -> String {
    format!(
        "[[certificate]]\nkey = \"phones\"\ntitle = \"Phones\"\ndevices = [\"/bin/sh\", \"-c\", \"{list}\"]\n\
         certificate = \"FOLDER/{{device}}.pem\"\nprivate_key = \"FOLDER/{{device}}.key\"\n"
    )
}

/// Whether a key is the one of a certificate.
fn fit(certificate: &str, key: &str) -> bool {
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let (_, read) = x509_parser::parse_x509_certificate(&der).unwrap();
    let key = KeyPair::from_pem(key).unwrap();
    read.public_key().subject_public_key.data.as_ref() == key.public_key_raw()
}

#[test]
fn a_certificate_is_installed_once_it_is_switched_on_and_replaced_when_the_server_wants() {
    let pbx = Pbx::new(&sip("wc -l < FOLDER/key.pem >> FOLDER/reloads"));
    fs::write(pbx.file("cert.pem"), "the owner's").unwrap();
    pbx.server.until("the profile", |kept| {
        let said = |it: &NoteBody| matches!(it, NoteBody::About(about) if about.profile == "pbx");
        (kept.abouts.iter().any(|it| it.profile == "pbx") || kept.notes.iter().any(|it| said(&it.body))).then_some(())
    });
    assert!(pbx.server.kept().wanted.is_empty() && pbx.read("cert.pem") == "the owner's", "nobody allowed it");
    pbx.place.done(&["set", "automatic-certificates=on"]);
    let state = pbx.stands("sip", |it| it.installed == 1);
    assert_eq!((state.wanted, state.devices, state.trouble.as_str()), (1, false, ""));
    assert!(state.ends_at.is_some());
    let (certificate, key) = (pbx.read("cert.pem"), pbx.read("key.pem"));
    assert!(fit(&certificate, &key));
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let (_, read) = x509_parser::parse_x509_certificate(&der).unwrap();
    let names = read.subject_alternative_name().unwrap().unwrap().value.general_names.len();
    assert_eq!(names, 2, "the name and this system's address");
    assert_eq!((mode(&pbx.file("key.pem")), mode(&pbx.file("cert.pem"))), (0o600, 0o644));
    assert_eq!(pbx.read("cert.pem.before-vigie"), "the owner's");
    assert_eq!(pbx.read("reloads").lines().count(), 1);
    let wanted = pbx.server.kept().wanted[0].clone();
    assert_eq!((wanted.key.as_str(), wanted.device), ("sip", None));
    assert!(!wanted.request.is_empty() && !pbx.place.done(&["show"]).contains("PRIVATE"));
    assert!(pbx.place.done(&["show"]).contains("certificate sip"), "{}", pbx.place.done(&["show"]));
    pbx.server.anew();
    pbx.server.until("a second one", |kept| (kept.wanted.len() == 2).then_some(()));
    pbx.place.until("certificates.json", |text| {
        let now = pbx.read("cert.pem");
        now != certificate && !now.is_empty() && text.contains("sip") && pbx.read("reloads").lines().count() == 2
    });
    assert!(fit(&pbx.read("cert.pem"), &pbx.read("key.pem")));
    assert_eq!(
        pbx.listed(),
        ["ca.pem", "cert.pem", "cert.pem.before-vigie", "key.pem", "reloads"],
        "nothing is left over, and the owner's is kept once"
    );
    pbx.place.done(&["set", "automatic-certificates=off"]);
    pbx.server.until("nothing more", |kept| match &kept.notes.last()?.body {
        NoteBody::About(about) if about.certificates.is_empty() => Some(()),
        _ => None,
    });
    assert!(fit(&pbx.read("cert.pem"), &pbx.read("key.pem")), "what is installed stays");
}

#[test]
fn what_does_not_work_leaves_the_former_files_and_says_why() {
    let pbx = Pbx::new(&sip("echo it does not load >&2; false"));
    fs::write(pbx.file("cert.pem"), "the owner's").unwrap();
    fs::write(pbx.file("key.pem"), "the owner's key").unwrap();
    pbx.server.kept().certificate_refusal = Some(CertificateRefusal::Name);
    pbx.place.done(&["set", "automatic-certificates=on"]);
    let state = pbx.stands("sip", |it| it.trouble.contains("for one of the names"));
    assert_eq!((state.wanted, state.installed, state.ends_at), (1, 0, None));
    {
        let mut kept = pbx.server.kept();
        (kept.certificate_refusal, kept.issues_for_another) = (None, true);
    }
    pbx.change(&sip("false; echo it does not load"));
    pbx.stands("sip", |it| it.trouble.contains("for another key"));
    pbx.server.kept().issues_for_another = false;
    pbx.change(&sip("echo it does not load >&2; false"));
    let state = pbx.stands("sip", |it| it.trouble.contains("it does not load"));
    assert!(state.trouble.contains("the former files are there again"), "{}", state.trouble);
    assert_eq!((pbx.read("cert.pem"), pbx.read("key.pem")), ("the owner's".into(), "the owner's key".into()));
    assert_eq!(pbx.listed(), ["cert.pem", "key.pem"]);
    // Mended, it is tried again.
    pbx.change(&sip("true"));
    pbx.stands("sip", |it| it.installed == 1 && it.trouble.is_empty());
    assert!(fit(&pbx.read("cert.pem"), &pbx.read("key.pem")));
}

#[test]
fn devices_have_certificates_with_the_second_switch_and_names_that_are_no_paths() {
    let pbx = Pbx::new(&phones("echo 00:1b:4f desk; echo k175; echo k175"));
    pbx.place.done(&["set", "automatic-certificates=on"]);
    pbx.server.until("the first switch", |kept| match &kept.notes.last()?.body {
        NoteBody::About(about) if about.switches.automatic_certificates => Some(()),
        _ => None,
    });
    assert!(pbx.server.kept().wanted.is_empty());
    pbx.place.done(&["set", "device-certificates=on"]);
    let state = pbx.stands("phones", |it| it.installed == 2);
    assert_eq!((state.wanted, state.devices, state.trouble.as_str()), (2, true, ""));
    assert_eq!(pbx.listed(), ["00:1b:4f.key", "00:1b:4f.pem", "k175.key", "k175.pem"]);
    assert!(fit(&pbx.read("k175.pem"), &pbx.read("k175.key")));
    let mut devices: Vec<_> = pbx.server.kept().wanted.iter().filter_map(|it| it.device.clone()).collect();
    devices.sort();
    assert_eq!(devices, ["00:1b:4f", "k175"]);
    for (list, why) in
        [("echo ../../etc/shadow", "is no name of a device"), ("echo gone >&2; exit 3", "exit code 3: gone")]
    {
        pbx.change(&phones(list));
        let state = pbx.stands("phones", |it| it.trouble.contains(why));
        assert_eq!((state.wanted, state.installed), (0, 0), "{}", state.trouble);
    }
    assert_eq!(pbx.listed().len(), 4, "nothing was taken away and nothing is elsewhere");
}
