//! The certificate, and what a new machine downloads.

use http::StatusCode;
use sha2::{Digest as _, Sha256};
use vigie_server::server_on_both_engines;

server_on_both_engines! {
    async fn an_administrator_sees_the_certificate(server: TestServer) {
        let shown = server.with_token().await.get("/api/v1/certificate").await.json();
        let names = shown["names"].as_array().unwrap();
        for name in ["localhost", "127.0.0.1", "::1"] {
            assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
        }
        assert!((1094..=1096).contains(&shown["days_left"].as_i64().unwrap()));
        assert_eq!(shown["ca"]["sha256"], server.state.identity.ca().sha256);
    }

    async fn a_new_machine_pins_the_authority_and_downloads_the_rest(server: TestServer) {
        let folder = server.state.config.data_dir.join("distribution");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("vigie-agent_0.1.0_amd64.deb"), b"a package").unwrap();
        std::fs::write(folder.join("notes.txt"), b"not a package").unwrap();
        let shown = server.with_token().await.get("/api/v1/distribution").await.json();
        let files = shown["files"].as_array().unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!((&files[0]["platform"], &files[0]["size"]), (&"linux-deb".into(), &9.into()));
        let stranger = server.stranger();
        let ca = stranger.get("/install/ca.pem").await;
        assert_eq!(ca.text(), server.state.identity.ca_pem());
        let digest = hex::encode(Sha256::digest(&ca.body));
        assert_eq!(shown["ca_sha256"], digest);
        let command = shown["install_command"].as_str().unwrap();
        assert!(command.contains(&format!("echo '{digest}  vigie-ca.pem' | sha256sum -c")), "{command}");
        assert!(command.contains("https://127.0.0.1:7080/install/agent.sh") && command.ends_with(" CLIENT_SECRET"));
        let package = stranger.get("/install/vigie-agent_0.1.0_amd64.deb").await;
        assert_eq!((package.status, package.body.as_slice()), (StatusCode::OK, &b"a package"[..]));
        assert_eq!(package.headers["content-length"], "9");
        for path in ["notes.txt", "none.deb", "..%2Fsealing.key", "%2e%2e%2fvigie.deb", "..%2fdistribution%2fx.deb"] {
            let answer = stranger.get(&format!("/install/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
