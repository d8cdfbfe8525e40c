//! What this system lets the primary of its network do: order how the service user is. Which primary that is, the system
//! learns once, when it joins or with the first order; from then on it obeys no other, whatever the server says.

use serde::{Deserialize, Serialize};
use vigie_kernel::{Rng, Timestamp};
use vigie_wire::link::order::{Order, OrderRefusal};

use super::{
    account::{ATTEMPTS, Account, FILE, LENGTH},
    folder::Folder,
};

/// The file in the system's folder.
pub(crate) const NETWORK: &str = "network.json";
/// Longest name of a service user, characters.
pub(crate) const LONGEST_NAME: usize = 64;

/// What this system knows of its network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Network {
    /// Whether orders of the primary are obeyed at all.
    pub(crate) obeys: bool,
    /// The primary's public key, base64; none: the first that orders something becomes it.
    pub(crate) primary: Option<String>,
    /// The last order that was obeyed: by which key, and of when.
    pub(crate) last: Option<(String, Timestamp)>,
}

impl Default for Network {
    fn default() -> Self {
        Self { obeys: true, primary: None, last: None }
    }
}

impl Network {
    pub(crate) fn read(folder: &Folder) -> Result<Self, String> {
        Ok(folder.read(NETWORK)?.unwrap_or_default())
    }

    /// The moment of this system's next own order: later than the last, whatever the clock says.
    pub(crate) fn next(&self, own: &str, now: Timestamp) -> Timestamp {
        let last = self.last.as_ref().filter(|(key, _)| key == own);
        last.map_or(now, |(_, at)| now.max(Timestamp::from_millis(at.millis() + 1)))
    }

    /// Whether an order is obeyed, by a system whose public key is `own`. Its own orders it always obeys: its owner gave
    /// them.
    fn judge(&self, order: &Order, own: &str) -> Result<Verdict, OrderRefusal> {
        let (name, password) = (&order.user.name, &order.user.password);
        let is_good = (1..=LONGEST_NAME).contains(&name.chars().count())
            && !name.chars().any(char::is_control)
            && LENGTH.contains(&password.chars().count());
        if !is_good || order.signer().is_none() {
            return Err(OrderRefusal::Invalid);
        }
        if order.public_key != own {
            if !self.obeys {
                return Err(OrderRefusal::SwitchedOff);
            }
            if self.primary.as_ref().is_some_and(|it| *it != order.public_key) {
                return Err(OrderRefusal::AnotherPrimary);
            }
        }
        match self.last.as_ref().filter(|(key, _)| *key == order.public_key) {
            Some((_, last)) if *last > order.at => Err(OrderRefusal::Older),
            Some((_, last)) if *last == order.at => Ok(Verdict::Obeyed),
            _ => Ok(Verdict::Obey),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Obey,
    /// It is said again: the answer was lost.
    Obeyed,
}

/// Obeys an order, or says why not. Takes time and memory: a password is hashed.
pub(crate) fn obey(
    folder: &Folder,
    order: &Order,
    own: &str,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<(), OrderRefusal> {
    let failed = |words: String| {
        log::error!("{words}: the primary's order is not obeyed");
        OrderRefusal::Failed
    };
    let mut network = Network::read(folder).map_err(failed)?;
    if network.judge(order, own)? == Verdict::Obeyed {
        return Ok(());
    }
    let mut account = Account::read(folder).map_err(failed)?.unwrap_or_else(Account::by_hand);
    account.set_password(&order.user.password, now, rng).map_err(failed)?;
    account.name.clone_from(&order.user.name);
    account.enabled = true;
    folder.write(FILE, &account).and_then(|()| folder.remove(ATTEMPTS)).map_err(failed)?;
    if order.public_key != own {
        network.primary = Some(order.public_key.clone());
    }
    network.last = Some((order.public_key.clone(), order.at));
    folder.write(NETWORK, &network).map_err(failed)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use vigie_kernel::random::SequenceRng;
    use vigie_wire::{link::message::ServiceUser, sync::public_key};

    use super::*;
    use crate::system::account::is_password;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn order(key: u8, at: i64, name: &str, password: &str) -> Order {
        let user = ServiceUser { name: name.into(), password: password.into() };
        let primary = "sy_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        Order::sign(&SigningKey::from_bytes(&[key; 32]), primary, Timestamp::from_millis(at), user)
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn folder(&self) -> Folder {
            Folder::at(self.0.path())
        }

        /// A system whose own key is number 9.
        fn obey(&self, order: &Order) -> Result<(), OrderRefusal> {
            let own = public_key(&SigningKey::from_bytes(&[9; 32]));
            obey(&self.folder(), order, &own, NOW, &SequenceRng::new(1))
        }

        fn has(&self, name: &str, password: &str) -> bool {
            let account = Account::read(&self.folder()).unwrap().unwrap();
            account.enabled && account.name == name && is_password(account.password.as_ref().unwrap(), password)
        }
    }

    #[test]
    fn an_order_enables_the_user_and_from_then_on_only_that_primary_is_obeyed() {
        let place = Place(tempfile::tempdir().unwrap());
        let off = Account {
            must_change: true,
            rights: super::super::account::Rights { upgrade: false, ..super::super::account::Rights::ALL },
            ..Account::by_hand()
        };
        place.folder().write(FILE, &off).unwrap();
        assert_eq!(place.obey(&order(1, 10, "vigie", "the first one")), Ok(()));
        assert!(place.has("vigie", "the first one"));
        let account = Account::read(&place.folder()).unwrap().unwrap();
        assert!(!account.must_change && !account.rights.upgrade, "what its owner took away stays away");
        assert_eq!(place.obey(&order(1, 10, "vigie", "the first one")), Ok(()), "said again");
        assert_eq!(place.obey(&order(2, 20, "vigie", "of another one")), Err(OrderRefusal::AnotherPrimary));
        assert_eq!(place.obey(&order(1, 9, "vigie", "an older one")), Err(OrderRefusal::Older));
        let unsigned = Order { public_key: order(1, 1, "", "").public_key, ..order(2, 30, "vigie", "of another one") };
        assert_eq!(place.obey(&unsigned), Err(OrderRefusal::Invalid));
        for (name, password) in [("", "long enough"), ("a\nb", "long enough"), ("vigie", "short")] {
            assert_eq!(place.obey(&order(1, 40, name, password)), Err(OrderRefusal::Invalid), "{name} {password}");
        }
        assert!(place.has("vigie", "the first one"));
        assert_eq!(place.obey(&order(1, 50, "other", "a later one")), Ok(()));
        assert!(place.has("other", "a later one"));
    }

    #[test]
    fn an_owner_may_refuse_all_orders_but_those_given_here() {
        let place = Place(tempfile::tempdir().unwrap());
        place.folder().write(NETWORK, &Network { obeys: false, ..Network::default() }).unwrap();
        assert_eq!(place.obey(&order(1, 10, "vigie", "from the primary")), Err(OrderRefusal::SwitchedOff));
        assert!(Account::read(&place.folder()).unwrap().is_none());
        assert_eq!(place.obey(&order(9, 10, "vigie", "by the owner")), Ok(()));
        assert!(place.has("vigie", "by the owner"));
        let network = Network::read(&place.folder()).unwrap();
        assert_eq!(network.primary, None, "it is not its own primary for good");
        let own = public_key(&SigningKey::from_bytes(&[9; 32]));
        let at = |millis| Timestamp::from_millis(millis);
        assert_eq!((network.next(&own, at(5)), network.next(&own, at(50))), (at(11), at(50)));
    }

    #[test]
    fn what_cannot_be_read_is_not_overwritten() {
        let place = Place(tempfile::tempdir().unwrap());
        place.folder().write_bytes(FILE, b"{").unwrap();
        assert_eq!(place.obey(&order(1, 10, "vigie", "from the primary")), Err(OrderRefusal::Failed));
        assert_eq!(place.folder().text(FILE).unwrap().as_deref(), Some("{"));
    }
}
