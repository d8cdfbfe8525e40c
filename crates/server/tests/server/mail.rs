//! E-mails that a real Postfix takes and delivers.

use std::{
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use http::StatusCode;
use serde_json::{Value, json};
use vigie_server::{
    mail::{self, MailError, Message},
    server_on_both_engines,
    testing::Client,
};

use crate::certificate::{Bought, bought};

/// The user that Postfix lets in, and the password.
const USER: &str = "vigie@localhost";
const PASSWORD: &str = "the mail password 7";

/// A Postfix of one test: everything it has is in a folder, and all mail for `example.org` ends in folders below it.
pub(crate) struct Postfix {
    folder: tempfile::TempDir,
    /// STARTTLS, offered and for signing in demanded.
    pub(crate) submission: u16,
    /// TLS from the beginning.
    submissions: u16,
    /// In the clear only.
    relay: u16,
    identity: Bought,
}

/// A command of Postfix, which only root may give.
fn as_root(program: &str) -> Command {
    let program = Path::new("/usr/sbin").join(program);
    assert!(program.exists(), "{} is missing; `cargo xtask test` installs it", program.display());
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg("-n").arg(program);
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

impl Postfix {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        // Postfix's programs run as a user of their own.
        let open = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        open(at, 0o755);
        for name in ["etc", "etc/sasl", "spool", "data", "mail"] {
            std::fs::create_dir(at.join(name)).unwrap();
        }
        for name in ["data", "mail"] {
            open(&at.join(name), 0o777);
        }
        let identity = bought("localhost", 2099);
        std::fs::write(at.join("etc/cert.pem"), format!("{}{}", identity.key, identity.certificates)).unwrap();
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [submission, submissions, relay] = [0, 1, 2].map(|it: usize| listeners[it].local_addr().unwrap().port());
        drop(listeners);
        let owner = at.metadata().unwrap().uid();
        // Mail is never delivered as root.
        let owner = if owner == 0 { 65_534 } else { owner };
        let (path, group) = (at.display(), at.metadata().unwrap().gid().max(1));
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {path}/spool\ndata_directory = {path}/data\n\
             maillog_file_prefixes = {path}\nmaillog_file = {path}/log\n\
             myhostname = mx.example.org\nmydestination =\ninet_interfaces = loopback-only\n\
             alias_maps =\nalias_database =\nlocal_recipient_maps =\nmynetworks = 127.0.0.0/8\n\
             virtual_mailbox_domains = example.org\nvirtual_mailbox_base = {path}/mail\n\
             virtual_mailbox_maps = inline:{{ ada@example.org=ada/, technik@example.org=technik/, alerts@example.org=alerts/ }}\n\
             virtual_minimum_uid = 1\nvirtual_uid_maps = static:{owner}\nvirtual_gid_maps = static:{group}\n\
             smtpd_tls_chain_files = {path}/etc/cert.pem\nsmtpd_recipient_restrictions = reject_unauth_destination\n\
             smtpd_sasl_type = cyrus\nsmtpd_sasl_path = smtpd\n\
             smtpd_sasl_local_domain = localhost\n"
        );
        std::fs::write(at.join("etc/main.cf"), main).unwrap();
        let inner = ["pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr"];
        let more =
            ["rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce"];
        let last = ["virtual unix - n n - - virtual", "error unix - - n - - error", "anvil unix - - n - 1 anvil"];
        let log =
            "postlog unix-dgram n - n - 1 postlogd\ntlsmgr unix - - n 1000? 1 tlsmgr\nscache unix - - n - 1 scache";
        let demands = "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject";
        let master = format!(
            "127.0.0.1:{submission} inet n - n - - smtpd -o smtpd_tls_security_level=may {demands}\n\
             127.0.0.1:{submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {demands}\n\
             127.0.0.1:{relay} inet n - n - - smtpd -o smtpd_tls_security_level=none\n{}\n{}\n{}\n{log}\n",
            inner.join("\n"),
            more.join("\n"),
            last.join("\n"),
        );
        std::fs::write(at.join("etc/master.cf"), master).unwrap();
        let sasl = format!(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {path}/etc/sasldb\n"
        );
        std::fs::write(at.join("etc/sasl/smtpd.conf"), sasl).unwrap();
        let words =
            format!("printf %s '{PASSWORD}' | /usr/sbin/saslpasswd2 -p -c -f {path}/etc/sasldb -u localhost vigie");
        run(Command::new("sh").args(["-c", &words]));
        open(&at.join("etc/sasldb"), 0o644);
        let postfix = Self { folder, submission, submissions, relay, identity };
        let started = postfix.command().arg("start").output().unwrap();
        assert!(started.status.success(), "Postfix does not start: {}", postfix.log());
        postfix
    }

    fn command(&self) -> Command {
        let mut command = as_root("postfix");
        command.arg("-c").arg(self.folder.path().join("etc"));
        command
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Stops it; what is sent now does not arrive.
    pub(crate) fn stop(&self) {
        run(self.command().arg("stop"));
    }

    /// Trusts it and has the server send by it, with the user's password.
    pub(crate) async fn set_up(&self, admin: &Client) {
        self.trusted_by(admin).await;
        let set = Self::settings("starttls", self.submission, &json!({ "user": USER, "password": PASSWORD }));
        let answer = admin.patch("/api/v1/preferences", set).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    async fn trusted_by(&self, admin: &Client) {
        let root = json!({ "pem": self.identity.root });
        let answer = admin.post("/api/v1/trusted-certificates", root).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    fn settings(security: &str, port: u16, more: &Value) -> Value {
        let mut mail = json!({ "host": "localhost", "port": port, "security": security, "from": "vigie@example.org" });
        mail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "mail": mail })
    }

    fn delivered(&self, to: &str) -> Vec<PathBuf> {
        let folder = self.folder.path().join("mail").join(to).join("new");
        let mut found: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|it| it.unwrap().path()).collect();
        found.sort();
        found
    }

    /// The first `count` messages in someone's folder, as they are on disk.
    pub(crate) async fn read(&self, to: &str, count: usize) -> Vec<String> {
        for _ in 0..600 {
            let found = self.delivered(to);
            if found.len() >= count {
                let read = |it: &PathBuf| String::from_utf8(std::fs::read(it).unwrap()).unwrap();
                return found.iter().map(read).collect();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{to} has {} messages, not {count}; Postfix says:\n{}", self.delivered(to).len(), self.log());
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = self.command().arg("abort").output();
    }
}

fn message(to: &str, subject: &str) -> Message {
    Message {
        to: to.to_owned(),
        subject: subject.to_owned(),
        text: "Une ligne très longue, é€😀.\n.\nfin".to_owned(),
        html: None,
        attachment: None,
    }
}

server_on_both_engines! {
    async fn a_mail_server_that_is_trusted_takes_it_protected_and_with_a_password(server: TestServer) {
        let admin = server.with_token().await;
        let postfix = Postfix::start();
        let test = async |admin: &Client| {
            admin.post("/api/v1/preferences/mail/test", json!({ "to": "ada@example.org" })).await
        };
        assert_eq!(test(&admin).await.code(), "mail-off");
        assert_eq!(mail::send(&server.state, &message("ada@example.org", "x")).await, Err(MailError::Off));
        let set = Postfix::settings("starttls", postfix.submission, &json!({ "user": USER, "password": PASSWORD }));
        let answer = admin.patch("/api/v1/preferences", set).await;
        assert_eq!(answer.json()["mail"]["has_password"], true);
        assert!(!answer.text().contains(PASSWORD));
        let untrusted = test(&admin).await.json();
        assert_eq!((&untrusted["ok"], &untrusted["trouble"]), (&json!(false), &json!("unavailable")));
        assert!(untrusted["detail"].as_str().unwrap().contains("UnknownIssuer"), "{untrusted}");
        postfix.trusted_by(&admin).await;
        assert_eq!(test(&admin).await.json(), json!({ "ok": true, "trouble": null, "detail": null }), "{}", postfix.log());
        // The password stays with the server and user that it is for.
        let tls = |more: Value| Postfix::settings("tls", postfix.submissions, &more);
        let kept = admin.patch("/api/v1/preferences", tls(json!({ "user": USER }))).await.json();
        assert_eq!(kept["mail"]["has_password"], true);
        mail::send(&server.state, &message("ada@example.org", "Été — two")).await.unwrap();
        let received = postfix.read("ada", 2).await;
        let second = received.iter().find(|it| it.contains("quoted-printable") && !it.contains("essai")).unwrap();
        assert!(second.contains("Auto-Submitted: auto-generated") && second.contains("To: ada@example.org"), "{second}");
        assert!(second.contains("with ESMTPSA"), "protected and signed in: {second}");
        let gone = admin.patch("/api/v1/preferences", tls(json!({ "user": "other" }))).await.json();
        assert_eq!(gone["mail"]["has_password"], false);
        let wrong = tls(json!({ "user": USER, "password": "wrong" }));
        admin.patch("/api/v1/preferences", wrong).await;
        let refused = mail::send(&server.state, &message("ada@example.org", "x")).await.unwrap_err();
        assert!(refused.is_worth_a_retry() && refused.to_string().contains("535"), "{refused}");
        let trail = admin.get("/api/v1/audit?action=preferences.change").await.text();
        assert!(trail.contains("submission") || trail.contains("starttls"));
        assert!(!trail.contains(PASSWORD) && !trail.contains("\"wrong\""), "{trail}");
    }

    async fn what_is_refused_for_good_is_told_from_what_is_worth_a_retry(server: TestServer) {
        let admin = server.with_token().await;
        let postfix = Postfix::start();
        let unprotected = Postfix::settings("none", postfix.relay, &json!({}));
        assert_eq!(admin.patch("/api/v1/preferences", unprotected).await.status, StatusCode::OK);
        let mut mailer = mail::Mailer::open(&server.state).await.unwrap();
        let refused = mailer.send(&message("nobody@example.org", "x")).await.unwrap_err();
        assert!(!refused.is_worth_a_retry() && refused.to_string().contains("550"), "{refused}");
        let elsewhere = mailer.send(&message("a@example.com", "x")).await.unwrap_err();
        assert!(!elsewhere.is_worth_a_retry(), "{elsewhere}");
        mailer.send(&message("ada@example.org", "after those")).await.unwrap();
        mailer.send(&message("technik@example.org", "and another")).await.unwrap();
        mailer.close().await;
        assert!(postfix.read("ada", 1).await[0].contains("Subject: after those"));
        assert!(postfix.read("technik", 1).await[0].contains("Subject: and another"));
        // STARTTLS was asked for: where it is not offered nothing goes in the clear.
        let stripped = Postfix::settings("starttls", postfix.relay, &json!({}));
        admin.patch("/api/v1/preferences", stripped).await;
        let error = mail::send(&server.state, &message("ada@example.org", "x")).await.unwrap_err();
        assert!(error.to_string().contains("does not offer STARTTLS"), "{error}");
        postfix.stop();
        let gone = mail::send(&server.state, &message("ada@example.org", "x")).await.unwrap_err();
        assert!(gone.is_worth_a_retry(), "{gone}");
        let set = |host: &str, user: &str| json!({ "mail": { "host": host, "port": 25, "security": "none", "user": user, "from": "a@b.example" } });
        let plain = admin.patch("/api/v1/preferences", set("192.0.2.1", "vigie")).await;
        assert_eq!(plain.json()["errors"][0]["field"], "mail.security");
    }
}
