//! Wrong link passwords, by the address that they came from: after five in a row it is not heard for five minutes.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// Wrong ones until an address is locked.
const MOST: u32 = 5;
/// How long they count, from the last one.
const LOCKED: Duration = Duration::from_mins(5);
/// Addresses that are remembered; while there are more, those that are not known are locked too.
const ADDRESSES: usize = 1024;

/// See the module. Times are of any clock that only goes forward.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    by: HashMap<IpAddr, (u32, Duration)>,
}

impl Wrong {
    /// Whether an address is not heard now.
    pub(super) fn is_locked(&mut self, from: IpAddr, now: Duration) -> bool {
        self.by.retain(|_, (_, last)| now.saturating_sub(*last) < LOCKED);
        match self.by.get(&whole(from)) {
            Some((count, _)) => *count >= MOST,
            None => self.by.len() >= ADDRESSES,
        }
    }

    /// A wrong one came.
    pub(super) fn add(&mut self, from: IpAddr, now: Duration) {
        let (count, last) = self.by.entry(whole(from)).or_default();
        (*count, *last) = (count.saturating_add(1), now);
    }

    /// A right one came.
    pub(super) fn forget(&mut self, from: IpAddr) {
        self.by.remove(&whole(from));
    }
}

/// An IPv6 /64 is one place.
fn whole(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_ones_lock_an_address_for_a_while_and_a_right_one_begins_anew() {
        let mut wrong = Wrong::default();
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        let second = Duration::from_secs;
        for count in 0..5 {
            assert!(!wrong.is_locked(at("2001:db8::1"), second(count)), "{count}");
            wrong.add(at("2001:db8::1"), second(count));
        }
        assert!(wrong.is_locked(at("2001:db8::2:3"), second(5)), "the same network");
        assert!(!wrong.is_locked(at("2001:db8:0:1::1"), second(5)) && !wrong.is_locked(at("192.0.2.1"), second(5)));
        assert!(wrong.is_locked(at("2001:db8::1"), second(303)) && !wrong.is_locked(at("2001:db8::1"), second(304)));
        for _ in 0..4 {
            wrong.add(at("::ffff:192.0.2.1"), second(400));
        }
        wrong.forget(at("192.0.2.1"));
        wrong.add(at("192.0.2.1"), second(400));
        assert!(!wrong.is_locked(at("192.0.2.1"), second(400)));
    }

    #[test]
    fn many_addresses_take_no_more_memory_than_some() {
        let mut wrong = Wrong::default();
        for number in 0..5000_u32 {
            let from = IpAddr::from(number.to_be_bytes());
            if !wrong.is_locked(from, Duration::ZERO) {
                wrong.add(from, Duration::ZERO);
            }
        }
        assert_eq!(wrong.by.len(), ADDRESSES);
        assert!(wrong.is_locked(IpAddr::from([203, 0, 113, 1]), Duration::ZERO));
        assert!(!wrong.is_locked(IpAddr::from([203, 0, 113, 1]), LOCKED));
    }
}
