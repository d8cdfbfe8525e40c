//! Certificates that the server issues to a customer's system: a real Kamailio presents them, a real client trusts the
//! customer's authority and nobody else's.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{
    server::{Server, printed},
    systems::{Running, System, start},
};

/// A Kamailio with TLS; it begins with a certificate of its owner.
struct Kamailio {
    _running: Running,
    folder: tempfile::TempDir,
    port: u16,
}

impl Kamailio {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let mut own = Command::new("openssl");
        own.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        own.args(["-subj", "/CN=owner", "-keyout"]).arg(folder.path().join("key.pem"));
        printed(own.arg("-out").arg(folder.path().join("cert.pem")).stderr(Stdio::null()));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tls = format!("[server:default]\ncertificate = {at}/cert.pem\nprivate_key = {at}/key.pem\n");
        std::fs::write(folder.path().join("tls.cfg"), tls).unwrap();
        let config = format!(
            "#!KAMAILIO\ndebug=-1\nlog_stderror=yes\nfork=yes\nchildren=1\nenable_tls=yes\ndisable_core_dump=yes\n\
             listen=tls:127.0.0.1:{port}\nloadmodule \"tls.so\"\nloadmodule \"ctl.so\"\nloadmodule \"sl.so\"\n\
             modparam(\"tls\", \"config\", \"{at}/tls.cfg\")\nmodparam(\"ctl\", \"binrpc\", \"unix:{at}/ctl\")\n\
             request_route {{ sl_send_reply(\"404\", \"Nobody\"); }}\n"
        );
        std::fs::write(folder.path().join("kamailio.cfg"), config).unwrap();
        let mut kamailio = Command::new("/usr/sbin/kamailio");
        kamailio.arg("-f").arg(folder.path().join("kamailio.cfg")).args(["-DD", "-E", "-m", "16", "-M", "4", "-Y"]);
        Self { _running: start(kamailio.arg(folder.path()).stderr(Stdio::null())), folder, port }
    }

    /// What a client sees that trusts this authority and wants this name.
    fn seen(&self, authority: Option<&Path>, name: &str) -> Output {
        let mut client = Command::new("openssl");
        client.args(["s_client", "-verify_return_error", "-verify_hostname", name, "-connect"]);
        client.arg(format!("127.0.0.1:{}", self.port)).stdin(Stdio::null());
        match authority {
            Some(authority) => client.arg("-CAfile").arg(authority),
            None => client.arg("-no-CAfile"),
        };
        client.output().unwrap()
    }

    fn is_trusted(&self, authority: &Path, name: &str) -> bool {
        self.seen(Some(authority), name).status.success()
    }

    fn profile(&self, reload: &[&str]) -> String {
        let at = self.folder.path().display();
        format!(
            "name = \"kamailio\"\ntitle = \"Kamailio\"\nplatform = \"linux\"\n\n[[certificate]]\nkey = \"sip-tls\"\n\
             title = \"SIP over TLS\"\nnames = [\"sip.example.org\"]\ncertificate = \"{at}/cert.pem\"\n\
             private_key = \"{at}/key.pem\"\nauthority = \"{at}/ca.pem\"\nreload = {reload:?}\n"
        )
    }
}

fn serial(known: &Value) -> String {
    known["issued"][0]["serial"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_telephone_server_presents_what_the_server_issued_and_renewed() {
    let mut server = Server::start().await;
    let kamailio = Kamailio::new();
    let ctl = format!("unix:{}/ctl", kamailio.folder.path().display());
    let profile = kamailio.folder.path().join("profile.toml");
    std::fs::write(&profile, kamailio.profile(&["/usr/sbin/kamcmd", "-s", &ctl, "tls.reload"])).unwrap();
    let system = System::new(&mut server, &["--profile", profile.to_str().unwrap()]).await;
    let path = format!("/api/v1/systems/{}/certificates", system.id);
    let nothing = system.server.get(&path).await;
    assert_eq!((&nothing["authority"], nothing["entries"].as_array().unwrap().len()), (&Value::Null, 0));
    printed(&mut system.owner(&["set", "automatic-certificates=on"]));
    let installed = |it: &Value| it["entries"][0]["installed"] == 1 && it["entries"][0]["trouble"] == "";
    let first = system.until(&path, installed).await;
    // What whoever connects is given: by the server's API, and beside the certificate on the system.
    let authority = kamailio.folder.path().join("trusted.pem");
    std::fs::write(&authority, first["authority"]["certificate"].as_str().unwrap()).unwrap();
    assert_eq!(std::fs::read(&authority).unwrap(), std::fs::read(kamailio.folder.path().join("ca.pem")).unwrap());
    assert!(kamailio.is_trusted(&authority, "sip.example.org"));
    assert!(!kamailio.is_trusted(&authority, "other.example.org"), "it is for its name only");
    assert!(!kamailio.is_trusted(&system.server.ca(), "sip.example.org"), "the server's own authority is another");
    assert!(!kamailio.seen(None, "sip.example.org").status.success());
    let renewal = format!("{}{path}/renewal", system.server.url);
    let asked = system.server.http.post(renewal).bearer_auth(&system.server.token).send().await.unwrap();
    assert_eq!(asked.status(), 204);
    let second = system.until(&path, |it| installed(it) && serial(it) != serial(&first)).await;
    assert_eq!(second["authority"], first["authority"], "nothing has to be trusted anew");
    let presented = || {
        let seen = kamailio.seen(Some(&authority), "sip.example.org");
        String::from_utf8_lossy(&seen.stdout).into_owned()
    };
    let before = presented();
    assert!(before.contains("Verification: OK"), "{before}");
    let trail = system.server.get("/api/v1/audit?q=system.certificate&limit=50").await.to_string();
    assert!(trail.contains("system.certificate") && !trail.contains("PRIVATE"));
}
