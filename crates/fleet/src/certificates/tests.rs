//! Who gets certificates, and by which authority, on both engines.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use vigie_db::on_both_engines;
use vigie_kernel::Action;
use vigie_wire::link::message::About;

use super::*;
use crate::{
    links,
    tests::{Place, about, act, at, may, node},
};

struct Estate {
    place: Place,
    /// A system of each of two customers.
    systems: [SystemId; 2],
}

fn asked(name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    STANDARD.encode(CertificateParams::new(vec![name.to_owned()]).unwrap().serialize_request(&key).unwrap().der())
}

fn wanted(key: &str, device: Option<&str>) -> Wanted {
    Wanted { key: key.into(), device: device.map(str::to_owned), request: asked("sip.example.org") }
}

fn switches(own: bool, devices: bool) -> Switches {
    Switches { automatic_certificates: own, device_certificates: devices, ..Switches::default() }
}

impl Estate {
    async fn new(db: &Database) -> Self {
        let place = Place::new(db).await;
        let mut systems = Vec::new();
        for (key, name) in [(1, "Bakery"), (2, "Butcher")] {
            let customer = place.customer(name).await;
            let token = place.token(1, Some(customer), None).await;
            systems.push(place.enrol(key, &token, 0).await.unwrap().system);
        }
        Self { place, systems: systems.try_into().unwrap() }
    }

    /// Greets with these switches; the epoch.
    async fn greet(&self, which: usize, switches: Switches) -> u64 {
        let about = About { switches, ..about("pbx") };
        let greeted = links::greeted(&self.place.db, self.systems[which], node(1), about, 7, at(0)).await;
        greeted.unwrap().epoch
    }

    async fn issue(&self, which: usize, epoch: u64, minutes: i64, wanted: Wanted) -> Result<Issued, IssueError> {
        let Place { db, secrets, .. } = &self.place;
        issue(db, secrets, act(minutes), self.systems[which], epoch, wanted, |it| it == "vigie.example.org").await
    }

    async fn refused(&self, which: usize, epoch: u64, minutes: i64, wanted: Wanted) -> CertificateRefusal {
        match self.issue(which, epoch, minutes, wanted).await {
            Err(IssueError::Refused(code)) => code,
            other => panic!("{other:?}"),
        }
    }

    async fn known(&self, which: usize) -> SystemCertificates {
        of_system(&self.place.db, may(Action::DashboardSee), self.systems[which]).await.unwrap().unwrap()
    }
}

/// Whether an authority issued a certificate.
fn is_of(certificate: &str, authority: &str) -> bool {
    let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let (certificate, authority) = (der(certificate), der(authority));
    let (_, certificate) = x509_parser::parse_x509_certificate(&certificate).unwrap();
    let (_, authority) = x509_parser::parse_x509_certificate(&authority).unwrap();
    certificate.verify_signature(Some(authority.public_key())).is_ok()
}

on_both_engines! {
    async fn each_customer_has_an_authority_of_its_own_that_goes_on(test: TestDatabase) {
        let it = Estate::new(&test.db).await;
        let (one, two) = (it.greet(0, switches(true, false)).await, it.greet(1, switches(true, false)).await);
        assert_eq!(it.known(0).await.authority, None);
        let first = it.issue(0, one, 1, wanted("sip", None)).await.unwrap();
        let again = it.issue(0, one, 2, wanted("sip", None)).await.unwrap();
        let other = it.issue(1, two, 1, wanted("sip", None)).await.unwrap();
        assert_eq!(first.authority, again.authority);
        assert_ne!(first.certificate, again.certificate);
        assert!(is_of(&first.certificate, &first.authority) && is_of(&other.certificate, &other.authority));
        assert!(!is_of(&first.certificate, &other.authority), "no customer can pass for another");
        let known = it.known(0).await;
        assert_eq!(known.authority.unwrap().certificate, first.authority);
        let [issued] = &known.issued[..] else { panic!("{:?}", known.issued) };
        assert_eq!((issued.key.as_str(), issued.issued_at, &issued.names[..]), ("sip", at(2), &["sip.example.org".to_owned()][..]));
        // Nine years later what it issues would nearly outlive it.
        let late = 9 * 365 * 24 * 60;
        let next = it.issue(0, one, late, wanted("sip", None)).await.unwrap();
        assert_ne!(next.authority, first.authority);
        assert!(is_of(&next.certificate, &next.authority));
        assert_eq!(it.known(0).await.authority.unwrap().certificate, next.authority);
    }

    async fn only_what_the_owner_switched_on_is_issued_and_only_over_the_newest_link(test: TestDatabase) {
        let it = Estate::new(&test.db).await;
        let off = it.greet(0, switches(false, false)).await;
        assert_eq!(it.refused(0, off, 1, wanted("sip", None)).await, CertificateRefusal::SwitchedOff);
        // What a hostile agent says of the second switch counts with the first only.
        let second = it.greet(0, switches(false, true)).await;
        assert_eq!(it.refused(0, second, 1, wanted("phones", Some("k175"))).await, CertificateRefusal::SwitchedOff);
        let own = it.greet(0, switches(true, false)).await;
        assert_eq!(it.refused(0, own, 1, wanted("phones", Some("k175"))).await, CertificateRefusal::DevicesSwitchedOff);
        let both = it.greet(0, switches(true, true)).await;
        it.issue(0, both, 1, wanted("phones", Some("k175"))).await.unwrap();
        assert!(matches!(it.issue(0, own, 1, wanted("sip", None)).await, Err(IssueError::Link(LinkError::Replaced))));
        assert_eq!(it.refused(0, both, 1, wanted("phones", Some("k175"))).await, CertificateRefusal::TooOften);
        for (bad, code) in [
            (wanted("No Key", None), CertificateRefusal::Invalid),
            (wanted("phones", Some("../k175")), CertificateRefusal::Invalid),
            (Wanted { request: "AAAA".into(), ..wanted("sip", None) }, CertificateRefusal::Invalid),
            (Wanted { request: asked("vigie.example.org"), ..wanted("sip", None) }, CertificateRefusal::Name),
        ] {
            assert_eq!(it.refused(0, both, 2, bad).await, code);
        }
        let known = it.known(0).await;
        assert!(known.issued.is_empty() && known.authority.is_some(), "devices are counted, not listed");
        let place = &it.place;
        crate::systems::remove(&place.db, may(Action::CustomersDelete), act(3), it.systems[0]).await.unwrap();
        assert!(matches!(it.issue(0, both, 4, wanted("sip", None)).await, Err(IssueError::Link(LinkError::Removed))));
    }

    async fn what_is_wanted_anew_is_remembered_until_the_system_hears_it(test: TestDatabase) {
        let it = Estate::new(&test.db).await;
        let (db, id) = (&it.place.db, it.systems[0]);
        assert_eq!(anew_since(db, id).await.unwrap(), None);
        assert!(want_anew(db, may(Action::CustomersEdit), act(5), id).await.unwrap());
        assert_eq!(anew_since(db, id).await.unwrap(), Some(at(5)));
        assert_eq!(it.known(0).await.anew_since, Some(at(5)));
        crate::systems::remove(db, may(Action::CustomersDelete), act(6), id).await.unwrap();
        assert!(!want_anew(db, may(Action::CustomersEdit), act(7), id).await.unwrap());
        assert!(of_system(db, may(Action::DashboardSee), id).await.unwrap().is_none());
    }
}
