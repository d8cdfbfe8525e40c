//! Systems and their links, over real connections: the agent's end is the protocol's own machine.

use std::{net::SocketAddr, time::Duration};

use ed25519_dalek::SigningKey;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use vigie_kernel::{Clock as _, SystemId, Timestamp};
use vigie_mux::{
    Ends, Incoming, Limits, Messages, Opener,
    bytes::config,
    read_head, start,
    tokio_tungstenite::{
        client_async_with_config,
        tungstenite::{Error, client::IntoClientRequest as _},
    },
    write_head,
};
use vigie_server::{
    http::{Plane, router},
    server_on_both_engines,
    testing::{Client, TestServer},
};
use vigie_wire::{
    link::{
        FORMAT, Fault, PATH,
        agent::{Agent, Event, Spool},
        alert::AlertRule,
        frame,
        message::{About, FromAgent, NoteBody, RefusalCode, Standing, Switches},
        opening::{SIGNATURE_HEADER, SUBPROTOCOL, SYSTEM_HEADER, TIME_HEADER, enrolment_text, sign_opening},
        stream::{Answer, Wanted},
    },
    sync::{public_key, sign},
};

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub(crate) fn about(name: &str) -> About {
    About { name: name.into(), profile: "linux".into(), version: "12.1".into(), ..About::default() }
}

pub(crate) fn enrolment(number: u8, token: &str, name: &str) -> Value {
    let public = public_key(&key(number));
    json!({
        "format": FORMAT, "token": token, "public_key": public,
        "proof": sign(&key(number), &enrolment_text(&public, token)), "about": about(name),
        "service_user": { "name": "vigie", "password": "made by the system" },
    })
}

/// Enrols a system.
pub(crate) async fn enrol(client: &Client, number: u8, token: &str, name: &str) -> SystemId {
    let answer = client.post("/api/v1/link/enrolment", enrolment(number, token, name)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["system_id"].as_str().unwrap().parse().unwrap()
}

/// A server that listens.
pub(crate) struct Place {
    pub(crate) server: TestServer,
    pub(crate) admin: Client,
    address: SocketAddr,
    reseller: Value,
}

impl Place {
    pub(crate) async fn new(server: TestServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = router(server.state.clone(), Plane::All).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let admin = server.with_token().await;
        let reseller = admin.get("/api/v1/resellers").await.json()["items"][0]["id"].clone();
        Self { server, admin, address, reseller }
    }

    async fn token(&self, what: Value) -> String {
        let made = self.admin.post("/api/v1/enrolment-tokens", what).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json()["token"].as_str().unwrap().to_owned()
    }

    /// A system that enrolled for the reseller.
    pub(crate) async fn system(&self, number: u8) -> SystemId {
        let token = self.token(json!({ "reseller_id": self.reseller })).await;
        enrol(&self.server.stranger(), number, &token, &format!("srv-{number}")).await
    }

    async fn knock(&self, id: SystemId, number: u8, at: Timestamp) -> Result<End, Error> {
        self.knock_with(id, number, at, Spool::new(7)).await
    }

    async fn knock_with(&self, id: SystemId, number: u8, at: Timestamp, spool: Spool) -> Result<End, Error> {
        let mut request = format!("ws://{}{PATH}", self.address).into_client_request().unwrap();
        let headers = [
            (SYSTEM_HEADER, id.to_string()),
            (TIME_HEADER, at.to_string()),
            (SIGNATURE_HEADER, sign_opening(&key(number), id, at)),
            ("sec-websocket-protocol", SUBPROTOCOL.to_owned()),
        ];
        for (name, value) in headers {
            request.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (socket, _) = client_async_with_config(request, stream, Some(config())).await?;
        let Ends { messages: stream, opener, incoming, moving } = start(socket, true, Limits::TAKING);
        tokio::spawn(moving);
        let agent = Agent::open(about(&format!("srv-{number}")), &spool, Duration::ZERO);
        Ok(End { agent, stream, incoming, spool, rules: Vec::new(), _opener: opener })
    }

    async fn refused(&self, id: SystemId, number: u8, at: Timestamp) -> (StatusCode, String) {
        match self.knock(id, number, at).await {
            Err(Error::Http(answer)) => {
                let body: Value =
                    serde_json::from_slice(answer.body().as_deref().unwrap_or_default()).unwrap_or_default();
                (answer.status(), body["code"].as_str().unwrap_or_default().to_owned())
            }
            other => panic!("{:?}", other.err()),
        }
    }

    /// Opens the link and is welcomed.
    pub(crate) async fn open(&self, id: SystemId, number: u8) -> End {
        let mut end = self.knock(id, number, self.server.clock.now()).await.unwrap();
        assert!(matches!(end.next().await, Some(Event::Welcome { .. })));
        end
    }

    pub(crate) async fn shown(&self, id: SystemId) -> Value {
        let answer = self.admin.get(&format!("/api/v1/systems/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    /// Waits until a system is shown like that.
    pub(crate) async fn until(&self, id: SystemId, member: &str, value: &str) {
        self.until_so(id, |shown| shown[member] == value).await;
    }

    pub(crate) async fn until_so(&self, id: SystemId, so: impl Fn(&Value) -> bool) {
        for _ in 0..2000 {
            if so(&self.shown(id).await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it is not so: {}", self.shown(id).await);
    }
}

/// A system's end of a link.
pub(crate) struct End {
    pub(crate) agent: Agent,
    stream: Messages,
    incoming: Incoming,
    pub(crate) spool: Spool,
    /// What it was told of conditions.
    pub(crate) rules: Vec<Vec<AlertRule>>,
    _opener: Opener,
}

impl End {
    pub(crate) async fn say(&mut self) {
        let said = self.agent.take_output();
        self.stream.write_all(&said).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Says what is to be said and hears until something happens.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.agent.next_event() {
                match event {
                    Event::AlertRules(rules) => self.rules.push(rules),
                    event => return Some(event),
                }
                continue;
            }
            self.say().await;
            let mut piece = [0; 512];
            let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read(&mut piece)).await.unwrap();
            match read {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.agent.received(&piece[..count], &mut self.spool, Duration::ZERO),
            }
        }
    }

    /// Answers the next sign-in; what it was with.
    pub(crate) async fn stand(&mut self, standing: Standing) -> (String, bool) {
        let Some(Event::SignIn { number, user, is_try }) = self.next().await else { panic!("no sign-in") };
        self.agent.standing(number, standing);
        self.say().await;
        (user.password, is_try)
    }
}

server_on_both_engines! {
    async fn a_system_enrols_connects_changes_and_goes(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let shown = place.shown(id).await;
        assert_eq!((&shown["connectivity"], &shown["last_seen_at"], &shown["place"]), (&json!("waiting"), &Value::Null, &json!("primary")));
        assert_eq!(shown["switches"], json!(Switches::default()), "every switch is off");
        let mut end = place.open(id, 1).await;
        assert_eq!(place.shown(id).await["connectivity"], "connected");
        assert_eq!(end.stand(Standing::SignedIn).await, ("made by the system".to_owned(), false));
        let switches = Switches { remote_access: true, ..Switches::default() };
        end.spool.add(place.server.clock.now(), NoteBody::About(About { switches, ..about("renamed") }));
        end.agent.pump(&end.spool);
        assert_eq!(end.next().await, Some(Event::Stored { sequence: 1 }));
        let shown = place.shown(id).await;
        assert_eq!((&shown["name"], &shown["switches"]["remote_access"]), (&json!("renamed"), &json!(true)));
        // Beside the customer that was made for it.
        let customer = place.admin.get(&format!("/api/v1/customers/{}", shown["customer"]["id"].as_str().unwrap())).await.json();
        assert_eq!((&customer["name"], &customer["network"]["system_name"]), (&json!("srv-1"), &json!("renamed")));
        assert_eq!(customer["network"]["connectivity"], "connected");
        place.server.wait(Duration::from_mins(2));
        let spool = end.spool.clone();
        drop(end);
        place.until(id, "connectivity", "unreachable").await;
        let shown = place.shown(id).await;
        assert_eq!(shown["last_seen_at"], shown["connectivity_since"]);
        let mut end = place.knock_with(id, 1, place.server.clock.now(), spool).await.unwrap();
        assert!(matches!(end.next().await, Some(Event::Welcome { .. })), "it knows what is stored");
        assert_eq!(place.shown(id).await["connectivity"], "connected");
    }

    async fn strangers_get_no_connection_and_a_system_without_a_link_shows_who_knocks(server: TestServer) {
        let place = Place::new(server).await;
        let (id, now) = (place.system(1).await, place.server.clock.now());
        let unknown = "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        assert_eq!(place.refused(unknown, 1, now).await, (StatusCode::UNAUTHORIZED, "system-unknown".into()));
        assert_eq!(place.refused(id, 2, now).await, (StatusCode::UNAUTHORIZED, "signature-invalid".into()));
        place.until(id, "connectivity", "invalid_system").await;
        let early = Timestamp::from_millis(now.millis() - 601_000);
        assert_eq!(place.refused(id, 1, early).await, (StatusCode::CONFLICT, "clock-skew".into()));
        place.until(id, "connectivity", "connection_failed").await;
        let end = place.open(id, 1).await;
        assert_eq!(place.refused(id, 2, now).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(place.shown(id).await["connectivity"], "connected", "nobody else changes that");
        drop(end);
        // Signed rightly, and no WebSocket.
        let signed = place.server.stranger().with(SYSTEM_HEADER, &id.to_string()).with(TIME_HEADER, &now.to_string());
        let signed = signed.with(SIGNATURE_HEADER, &sign_opening(&key(1), id, now));
        let answer = signed.get(PATH).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UPGRADE_REQUIRED, "upgrade-required"));
        let stranger = place.server.stranger();
        for bad in [json!({}), enrolment(3, "vge_guessed", "x")] {
            assert!(stranger.post("/api/v1/link/enrolment", bad).await.status.is_client_error());
        }
    }

    async fn an_agent_of_another_version_is_told_so_and_an_older_one_is_shown(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let mut end = place.knock(id, 1, place.server.clock.now()).await.unwrap();
        let mut hello = Vec::new();
        frame::write(&FromAgent::Hello { format: 0, about: about("old"), spool: 1, oldest: 1 }, &mut hello).unwrap();
        end.stream.write_all(&hello).await.unwrap();
        end.stream.flush().await.unwrap();
        let mut said = Vec::new();
        end.stream.read_to_end(&mut said).await.unwrap();
        assert!(String::from_utf8_lossy(&said).contains("this server speaks version 1 of the link"));
        place.until(id, "connectivity", "legacy").await;
    }

    async fn a_removed_system_is_cut_and_refused_until_it_enrols_again(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let mut end = place.open(id, 1).await;
        assert_eq!(place.admin.delete(&format!("/api/v1/systems/{id}")).await.status, StatusCode::NO_CONTENT);
        loop {
            match end.next().await {
                Some(Event::Ended(Fault::Refused { code, .. })) => break assert_eq!(code, RefusalCode::Removed),
                Some(_) => {}
                None => panic!("cut without a word"),
            }
        }
        let now = place.server.clock.now();
        assert_eq!(place.refused(id, 1, now).await, (StatusCode::FORBIDDEN, "system-removed".into()));
        assert_eq!(place.admin.get(&format!("/api/v1/systems/{id}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(place.system(1).await, id, "enrolled again, with another token");
        place.open(id, 1).await;
        let actions = place.admin.get("/api/v1/audit?limit=200").await.text();
        for action in ["enrolment-token.create", "system.enrol", "system.remove", "customer.create"] {
            assert!(actions.contains(action), "{action}");
        }
    }

    async fn a_connection_is_tested_as_it_is_known_or_with_what_was_just_typed(server: TestServer) {
        let place = Place::new(server).await;
        let customer = place.admin.post("/api/v1/customers", json!({ "name": "Bakery" })).await.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/customers/{customer}/test-connection");
        let test = async |body: Option<Value>| match body {
            Some(body) => place.admin.post(&path, body).await,
            None => place.admin.send(Method::POST, &path, None, axum::body::Body::empty()).await,
        };
        let told = |answer: vigie_server::testing::Answer| {
            let told = answer.json();
            (told["connectivity"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned(), told["is_fresh"] == true)
        };
        assert_eq!(told(test(None).await), ("waiting".into(), true));
        let token = place.token(json!({ "customer_id": customer })).await;
        let id = enrol(&place.server.stranger(), 1, &token, "srv").await;
        assert_eq!(told(test(None).await), ("waiting".into(), false));
        let mut end = place.open(id, 1).await;
        end.stand(Standing::SignedIn).await;
        let user = json!({ "service_user": { "name": "vigie", "password": "typed" } });
        let (tested, tried) = tokio::join!(test(Some(user.clone())), end.stand(Standing::PasswordExpired));
        assert_eq!(told(tested), ("password_expired".into(), true));
        assert_eq!(tried, ("typed".to_owned(), true));
        assert_eq!(place.shown(id).await["connectivity"], "connected", "it was only tried");
        let path = format!("/api/v1/customers/{customer}/service-user");
        assert_eq!(place.admin.get(&path).await.json(), json!({ "name": "vigie", "is_entered": false }));
        assert_eq!(place.admin.put(&path, user["service_user"].clone()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(end.stand(Standing::AuthorisationFailed).await, ("typed".to_owned(), false));
        place.until(id, "connectivity", "authorisation_failed").await;
        assert_eq!(place.admin.get(&path).await.json(), json!({ "name": "vigie", "is_entered": true }));
        assert!(!place.admin.get("/api/v1/audit?limit=200").await.text().contains("typed"), "no password in the trail");
        for bad in [json!({ "name": "", "password": "x" }), json!({ "name": "x", "password": "" })] {
            assert_eq!(place.admin.put(&path, bad).await.code(), "value-invalid");
        }
        drop(end);
        place.until(id, "connectivity", "unreachable").await;
        assert_eq!(told(test(None).await), ("unreachable".into(), false));
    }

    async fn a_server_that_stops_says_so_and_one_that_starts_again_remembers_who_was_there(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let mut end = place.open(id, 1).await;
        end.stand(Standing::SignedIn).await;
        place.server.state.stopping.cancel();
        loop {
            match end.next().await {
                Some(Event::Ended(Fault::Refused { code, .. })) => break assert_eq!(code, RefusalCode::Busy),
                Some(_) => {}
                None => panic!("cut without a word"),
            }
        }
        place.server.state.link_sessions.close();
        place.server.state.link_sessions.wait().await;
        assert_eq!(place.shown(id).await["connectivity"], "unreachable");
        let refused = place.refused(id, 1, place.server.clock.now()).await;
        assert_eq!(refused, (StatusCode::SERVICE_UNAVAILABLE, "busy".into()));
    }

    async fn a_tunnel_listens_for_as_long_as_the_command_line_stays(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let ask = |listen: &str| {
            let ask = json!({ "ask": "tunnel", "system": id, "host": "127.0.0.1", "port": 22, "listen": listen });
            format!("{ask}\n")
        };
        let socket = vigie_server::admin::listen(&place.server.state).unwrap();
        tokio::spawn(socket.serve(place.server.state.clone()));
        let path = place.server.state.config.data_dir.join("admin.sock");
        let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(ask("127.0.0.1:0").as_bytes()).await.unwrap();
        let line = lines.next_line().await.unwrap().unwrap();
        let address = serde_json::from_str::<Result<String, String>>(&line).unwrap().unwrap();
        // Not connected: the connection ends, and the command line hears why.
        let mut came = Vec::new();
        TcpStream::connect(&address).await.unwrap().read_to_end(&mut came).await.unwrap();
        assert!(came.is_empty());
        assert_eq!(lines.next_line().await.unwrap().unwrap(), r#""the system is not connected""#);
        let mut end = place.open(id, 1).await;
        let sshd = tokio::spawn(async move {
            let mut stream = end.incoming.next().await.unwrap();
            let wanted: Wanted = serde_json::from_slice(&read_head(&mut stream).await.unwrap()).unwrap();
            assert_eq!(wanted, Wanted::Tunnel { host: "127.0.0.1".into(), port: 22 });
            write_head(&mut stream, &serde_json::to_vec(&Answer::Open).unwrap()).await.unwrap();
            let mut asked = Vec::new();
            stream.read_to_end(&mut asked).await.unwrap();
            stream.write_all(&asked).await.unwrap();
            stream.shutdown().await.unwrap();
            end
        });
        let mut client = TcpStream::connect(&address).await.unwrap();
        let sent: Vec<u8> = (0..3_000_000_u32).map(|it| it.to_le_bytes()[1]).collect();
        let (mut reading, mut writing) = client.split();
        let mut came = Vec::new();
        let send = async {
            writing.write_all(&sent).await.unwrap();
            writing.shutdown().await.unwrap();
        };
        let ((), read) = tokio::join!(send, reading.read_to_end(&mut came));
        read.unwrap();
        assert!(came == sent, "{} bytes came back of {}", came.len(), sent.len());
        sshd.await.unwrap();
        drop((lines, write));
        for attempt in 0.. {
            if TcpStream::connect(&address).await.is_err() {
                break;
            }
            assert!(attempt < 500, "it still listens");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let trail = place.admin.get("/api/v1/audit?action=tunnel.open").await.text();
        assert!(trail.contains("127.0.0.1:22"), "{trail}");
    }
}
