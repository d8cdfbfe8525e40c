//! Certificates that the server issues to systems, over their links and in the API.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use vigie_kernel::Clock as _;
use vigie_server::server_on_both_engines;
use vigie_wire::link::{
    agent::Event,
    certificate::{CertificateRefusal, CertificateState, Issued, Wanted},
    message::{About, NoteBody, Standing, Switches},
};

use crate::links::{End, Place, about};

fn asked(name: &str) -> Wanted {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let request = params.serialize_request(&KeyPair::generate().unwrap()).unwrap();
    Wanted { key: "sip".into(), device: None, request: STANDARD.encode(request.der()) }
}

/// What the server answers.
async fn answer(end: &mut End, number: u64, wanted: Wanted) -> Result<Issued, CertificateRefusal> {
    end.agent.want_certificate(number, wanted);
    loop {
        match end.next().await {
            Some(Event::Certificate { number: of, answer }) if of == number => return answer,
            Some(Event::SignIn { number, .. }) => end.agent.standing(number, Standing::SignedIn),
            Some(_) => {}
            None => panic!("the link is over"),
        }
    }
}

server_on_both_engines! {
    async fn a_system_gets_what_its_owner_switched_on_and_says_how_it_stands(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let path = format!("/api/v1/systems/{id}/certificates");
        let mut end = place.open(id, 1).await;
        assert_eq!(answer(&mut end, 1, asked("sip.example.org")).await, Err(CertificateRefusal::SwitchedOff));
        let switches = Switches { automatic_certificates: true, ..Switches::default() };
        let state = CertificateState { key: "sip".into(), title: "SIP".into(), wanted: 1, ..CertificateState::default() };
        // The note and the question in one go: what the owner allowed a moment ago counts already.
        let on = About { switches, certificates: vec![state], ..about("srv-1") };
        end.spool.add(place.server.clock.now(), NoteBody::About(on));
        end.agent.pump(&end.spool);
        let issued = answer(&mut end, 2, asked("sip.example.org")).await.unwrap();
        assert_eq!(answer(&mut end, 3, asked("localhost")).await, Err(CertificateRefusal::TooOften));
        let own = place.server.state.identity.server().names.iter().find(|it| it.parse::<std::net::IpAddr>().is_err() && *it != "localhost").cloned();
        let own = own.expect("the server has a name");
        assert_eq!(answer(&mut end, 4, Wanted { key: "other".into(), ..asked(&own) }).await, Err(CertificateRefusal::Name));
        let shown = place.admin.get(&path).await.json();
        assert_eq!(shown["authority"]["certificate"], Value::from(issued.authority));
        assert_eq!((&shown["issued"][0]["names"], &shown["entries"][0]["title"]), (&json!(["sip.example.org"]), &json!("SIP")));
        assert_eq!(shown["anew_since"], Value::Null);
        assert!(!shown.to_string().contains("PRIVATE"));
    }

    async fn certificates_are_wanted_anew_at_once_or_when_the_system_comes(server: TestServer) {
        let place = Place::new(server).await;
        let id = place.system(1).await;
        let renewal = format!("/api/v1/systems/{id}/certificates/renewal");
        assert_eq!(place.admin.post(&renewal, json!(null)).await.status, StatusCode::NO_CONTENT);
        let first = place.server.clock.now();
        let mut end = place.open(id, 1).await;
        let anew = async |end: &mut End| loop {
            match end.next().await {
                Some(Event::CertificatesAnew { at }) => return at,
                Some(Event::SignIn { number, .. }) => end.agent.standing(number, Standing::SignedIn),
                other => assert!(other.is_some(), "the link is over"),
            }
        };
        assert_eq!(anew(&mut end).await, first);
        place.server.wait(std::time::Duration::from_mins(1));
        assert_eq!(place.admin.post(&renewal, json!(null)).await.status, StatusCode::NO_CONTENT);
        assert_eq!(anew(&mut end).await, place.server.clock.now());
        let trail = place.admin.get("/api/v1/audit?limit=20").await.text();
        assert_eq!(trail.matches("system.certificates-renew").count(), 2, "{trail}");
    }
}
