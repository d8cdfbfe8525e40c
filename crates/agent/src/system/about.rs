//! What the system says of itself.

use std::{net::IpAddr, time::Duration};

use vigie_wire::link::{
    certificate::CertificateState,
    message::{About, Switches},
};

use super::host;
use crate::{
    collect::PLATFORM,
    profile::{Condition, Described},
};

/// By how much the moment of the machine's start may move while its clock is set, before it is another start.
const SAME_START: Duration = Duration::from_mins(5);

/// What the system is now. `way`: this machine's address on the way to the server, and whether that is through the
/// primary. What cannot be known now is as it was.
pub(crate) fn about(
    before: &About,
    profile: Option<&Described>,
    switches: Switches,
    certificates: Vec<CertificateState>,
    way: Option<(IpAddr, bool)>,
) -> About {
    let started_at = host::started_at().or(before.started_at);
    let is_same = before
        .started_at
        .zip(started_at)
        .is_some_and(|(one, other)| one.since(other).max(other.since(one)) < SAME_START);
    let mut about = About {
        name: host::name(),
        profile: profile.map_or_else(|| before.profile.clone(), |it| it.name.clone()),
        version: profile.map_or_else(|| before.version.clone(), |it| it.version.clone()),
        agent_version: crate::VERSION.to_owned(),
        platform: PLATFORM.to_owned(),
        address: way.map_or_else(|| before.address.clone(), |(address, _)| address.to_string()),
        via_primary: way.map_or(before.via_primary, |(_, via_primary)| via_primary),
        conditions: profile.map_or_else(
            || before.conditions.clone(),
            |profile| profile.conditions.iter().map(Condition::told).collect(),
        ),
        certificates,
        applications: profile.map_or_else(|| before.applications.clone(), |it| it.applications.to_vec()),
        started_at: if is_same { before.started_at } else { started_at },
        switches,
    };
    about.clean();
    about
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_no_other_start_and_an_address_stays_until_there_is_another() {
        let none = Some(Described::default());
        let none = none.as_ref();
        let first =
            about(&About::default(), none, Switches::default(), Vec::new(), Some(("192.0.2.7".parse().unwrap(), true)));
        assert_eq!((first.address.as_str(), first.platform.as_str()), ("192.0.2.7", PLATFORM));
        let moved = About { started_at: first.started_at.map(|it| it.plus(Duration::from_secs(9))), ..first.clone() };
        let switches = Switches { remote_access: true, ..Switches::default() };
        let second = about(&moved, none, switches, Vec::new(), None);
        assert_eq!((second.started_at, second.address.as_str()), (moved.started_at, "192.0.2.7"));
        assert!(
            second.via_primary
                && !about(&second, none, switches, Vec::new(), Some((std::net::Ipv4Addr::LOCALHOST.into(), false)))
                    .via_primary
        );
        let long_ago =
            About { started_at: first.started_at.map(|it| it.minus(Duration::from_hours(9))), ..first.clone() };
        assert_eq!(about(&long_ago, none, Switches::default(), Vec::new(), None).started_at, first.started_at);
    }
}
