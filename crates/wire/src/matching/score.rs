//! How likely two machines are one.

use serde::{Deserialize, Serialize};

use super::{Identifiers, swapped, valid_machine_id, valid_serial, valid_uuid};
use crate::sync::Identity;

/// Whether two reports are by one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameMachine {
    /// At least one identifier of the hardware or the installed system is the same.
    Same,
    /// Everything that both of them have differs.
    Different,
    /// They have nothing in common that identifies a machine.
    Unknown,
}

/// Whether two reports under one agent id are by one machine: by serial number, UUID (in either byte order) and identity
/// of the installed system, as far as both have valid ones. A new main board keeps the serial number or the installed
/// system, a new installation keeps the hardware, a renamed machine keeps all. A copied disk takes the installed system's
/// identity with it: where serial number and UUID are both known and both differ, that does not count.
pub fn same_machine(a: &Identity, b: &Identity) -> SameMachine {
    fn both<T>(a: Option<&String>, b: Option<&String>, valid: impl Fn(&str) -> Option<T>) -> Option<(T, T)> {
        Some((valid(a?)?, valid(b?)?))
    }
    let serial = both(a.serial.as_ref(), b.serial.as_ref(), valid_serial).map(|(a, b)| a == b);
    let uuid = both(a.uuid.as_ref(), b.uuid.as_ref(), valid_uuid).map(|(a, b)| a == b || swapped(a) == b);
    let system = both(a.machine_id.as_ref(), b.machine_id.as_ref(), valid_machine_id).map(|(a, b)| a == b);
    let compared = match (serial, uuid) {
        (Some(false), Some(false)) => [serial, uuid, None],
        _ => [serial, uuid, system],
    };
    if compared.contains(&Some(true)) {
        SameMachine::Same
    } else if compared.contains(&Some(false)) {
        SameMachine::Different
    } else {
        SameMachine::Unknown
    }
}

/// Why two machines may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// `same-serial`, `same-uuid`, `same-uuid-swapped`, `same-machine-id`, `same-mac`, `same-name`, `same-model`.
    pub code: String,
    /// The value that both have.
    pub value: String,
}

/// A score from which two machines are probably one: two medium reasons, or a medium one and weak ones.
pub const LIKELY: u32 = 60;

/// Whether a score says that two machines are probably one.
pub const fn likely(score: u32) -> bool {
    score >= LIKELY
}

/// Medium reasons: an identifier of the hardware or of the installed system.
const SERIAL_OF_ONE_MAKER: u32 = 50;
const SERIAL: u32 = 40;
const SERIAL_OF_ANOTHER_MAKER: u32 = 10;
const UUID: u32 = 45;
const UUID_SWAPPED: u32 = 40;
const MACHINE_ID: u32 = 45;
/// Weak reasons: what travels, is given twice, or is chosen by people.
const MAC: u32 = 20;
const WEAK_MAC: u32 = 5;
const MOST_OF_MACS: u32 = 30;
const NAME_AND_DOMAIN: u32 = 15;
const NAME: u32 = 10;
const NAME_IN_ANOTHER_DOMAIN: u32 = 5;
const MODEL: u32 = 2;

/// How likely the two are one machine, and why, the best reason first. 0 is no reason at all. What both have and differs
/// (serial and UUID) makes weak reasons half as good: a name that is used again, a dock that moved.
pub fn score(candidate: &Identifiers, other: &Identifiers) -> (u32, Vec<Reason>) {
    let mut found: Vec<(u32, Reason)> = Vec::new();
    let mut reason = |points: u32, code: &str, value: &str| {
        found.push((points, Reason { code: code.to_owned(), value: value.to_owned() }));
    };
    let makers = candidate.manufacturer.as_ref().zip(other.manufacturer.as_ref());
    let serials = candidate.serial.as_ref().zip(other.serial.as_ref());
    if let Some((serial, _)) = serials.filter(|(a, b)| a == b) {
        let points = match makers {
            Some((a, b)) if a == b => SERIAL_OF_ONE_MAKER,
            Some(_) => SERIAL_OF_ANOTHER_MAKER,
            None => SERIAL,
        };
        reason(points, "same-serial", serial);
    }
    let uuids = candidate.uuid.as_ref().zip(other.uuid.as_ref());
    match uuids {
        Some((a, b)) if a == b => reason(UUID, "same-uuid", &a.to_string()),
        Some((a, b)) if swapped(*a) == *b => reason(UUID_SWAPPED, "same-uuid-swapped", &b.to_string()),
        _ => {}
    }
    if let Some((id, _)) = candidate.machine_id.as_ref().zip(other.machine_id.as_ref()).filter(|(a, b)| a == b) {
        reason(MACHINE_ID, "same-machine-id", id);
    }
    let known_otherwise = found.iter().any(|(points, _)| *points >= SERIAL);
    let contradicted = !known_otherwise && (serials.is_some_and(|(a, b)| a != b) || uuids.is_some());
    let weak = |points: u32| if contradicted { points / 2 } else { points };
    let mut reason = |points: u32, code: &str, value: &str| {
        found.push((weak(points), Reason { code: code.to_owned(), value: value.to_owned() }));
    };
    let mut left = MOST_OF_MACS;
    let everything = |it: &Identifiers| it.macs.iter().chain(&it.weak_macs).cloned().collect::<Vec<_>>();
    let others = everything(other);
    for mac in everything(candidate).iter().filter(|mac| others.contains(mac)) {
        let physical = candidate.macs.contains(mac) && other.macs.contains(mac);
        let points = if physical { MAC } else { WEAK_MAC }.min(left);
        if points == 0 {
            break;
        }
        left -= points;
        reason(points, "same-mac", mac);
    }
    if let Some((name, _)) = candidate.name.as_ref().zip(other.name.as_ref()).filter(|(a, b)| is_same_name(a, b)) {
        let points = match candidate.domain.as_ref().zip(other.domain.as_ref()) {
            Some((a, b)) if a == b => NAME_AND_DOMAIN,
            Some(_) => NAME_IN_ANOTHER_DOMAIN,
            None => NAME,
        };
        reason(points, "same-name", name);
    }
    if let Some((model, _)) = candidate.model.as_ref().zip(other.model.as_ref()).filter(|(a, b)| a == b)
        && makers.is_none_or(|(a, b)| a == b)
    {
        reason(MODEL, "same-model", model);
    }
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    // The model alone, which half of a fleet has, is no reason.
    if found.iter().all(|(_, reason)| reason.code == "same-model") {
        return (0, Vec::new());
    }
    (found.iter().map(|(points, _)| points).sum(), found.into_iter().map(|(_, reason)| reason).collect())
}

/// Windows cuts the names that it knows machines by after 15 characters.
fn is_same_name(a: &str, b: &str) -> bool {
    let cut = |long: &str, short: &str| short.len() == 15 && long.len() > 15 && long.starts_with(short);
    a == b || cut(a, b) || cut(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(serial: &str, uuid: &str, machine_id: &str) -> Identity {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Identity { name: None, serial: text(serial), uuid: text(uuid), machine_id: text(machine_id) }
    }

    const UUID_A: &str = "564d4cbc-c6a9-1969-0000-0123456789ab";
    const UUID_A_SWAPPED: &str = "BC4C4D56-A9C6-6919-0000-0123456789AB";
    const UUID_B: &str = "11111111-2222-3333-4444-555555555555";
    const SYSTEM_A: &str = "0123456789abcdef0123456789abcdef";
    const SYSTEM_B: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn one_identifier_that_is_the_same_is_enough() {
        let machine = identity("PF2ABC12", UUID_A, SYSTEM_A);
        for (other, expected) in [
            (identity("PF2ABC12", UUID_A, SYSTEM_B), SameMachine::Same),
            (identity("pf2abc12 ", "", ""), SameMachine::Same),
            (identity("", UUID_A_SWAPPED, ""), SameMachine::Same),
            (identity("", UUID_B, SYSTEM_A), SameMachine::Same),
            (identity("PF2ABC12", UUID_B, SYSTEM_B), SameMachine::Same),
            (identity("OTHER-77", UUID_B, SYSTEM_B), SameMachine::Different),
            // A copied disk in other hardware.
            (identity("OTHER-77", UUID_B, SYSTEM_A), SameMachine::Different),
            (identity("", UUID_B, ""), SameMachine::Different),
            (identity("", "", ""), SameMachine::Unknown),
            // Bogus values are not compared: neither as equal nor as different.
            (identity("To be filled by O.E.M.", "03000200-0400-0500-0006-000700080009", ""), SameMachine::Unknown),
        ] {
            assert_eq!(same_machine(&machine, &other), expected, "{other:?}");
            assert_eq!(same_machine(&other, &machine), expected, "{other:?}");
        }
        let bogus = identity("Default string", "00000000-0000-0000-0000-000000000000", "");
        assert_eq!(same_machine(&bogus, &bogus.clone()), SameMachine::Unknown);
    }

    fn laptop() -> Identifiers {
        Identifiers {
            name: Some("pc-042".into()),
            domain: Some("example.net".into()),
            serial: Some("PF2ABC12".into()),
            uuid: valid_uuid(UUID_A),
            machine_id: Some(SYSTEM_A.into()),
            macs: vec!["8c:c6:81:00:00:01".into(), "54:05:db:00:00:02".into()],
            weak_macs: vec!["48:2a:e3:00:00:08".into()],
            manufacturer: Some("lenovo".into()),
            model: Some("20xw004tfr".into()),
        }
    }

    fn codes(reasons: &[Reason]) -> Vec<&str> {
        reasons.iter().map(|it| it.code.as_str()).collect()
    }

    #[test]
    fn reasons_are_told_best_first_with_the_value() {
        let (points, reasons) = score(&laptop(), &laptop());
        assert!(likely(points));
        assert_eq!(
            codes(&reasons),
            ["same-serial", "same-uuid", "same-machine-id", "same-mac", "same-name", "same-mac", "same-model"]
        );
        assert_eq!(reasons[0].value, "PF2ABC12");
        let swapped = Identifiers { uuid: valid_uuid(UUID_A_SWAPPED), ..Identifiers::default() };
        assert_eq!(codes(&score(&laptop(), &swapped).1), ["same-uuid-swapped"]);
    }

    #[test]
    fn strong_beats_medium_beats_weak() {
        let nothing = Identifiers::default();
        let points = |other: Identifiers| score(&laptop(), &other).0;
        let serial = Identifiers { serial: laptop().serial, manufacturer: laptop().manufacturer, ..nothing.clone() };
        let serial_and_uuid = Identifiers { uuid: laptop().uuid, ..serial.clone() };
        let uuid = Identifiers { uuid: laptop().uuid, ..nothing.clone() };
        let physical = Identifiers { macs: laptop().macs, ..nothing.clone() };
        let dock = Identifiers { weak_macs: laptop().weak_macs, ..nothing.clone() };
        let full_name = Identifiers { name: laptop().name, domain: laptop().domain, ..nothing.clone() };
        let name = Identifiers { name: laptop().name, ..nothing.clone() };
        let elsewhere = Identifiers { name: laptop().name, domain: Some("example.org".into()), ..nothing.clone() };
        let other_maker =
            Identifiers { serial: laptop().serial, manufacturer: Some("supermicro".into()), ..nothing.clone() };
        let order = [serial_and_uuid, serial, uuid, physical, full_name, name, dock.clone()].map(points);
        assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
        assert!(likely(order[0]) && !likely(order[1]) && !likely(order[2]), "one medium reason alone is not enough");
        assert!(points(elsewhere) < order[5]);
        assert!(points(other_maker) < order[3], "makers number their machines each for themselves");
        assert_eq!(points(dock), 5);
    }

    #[test]
    fn the_model_alone_is_no_reason() {
        let other =
            Identifiers { manufacturer: laptop().manufacturer, model: laptop().model, ..Identifiers::default() };
        assert_eq!(score(&laptop(), &other), (0, vec![]));
    }

    #[test]
    fn a_name_that_is_used_again_counts_less() {
        let reused = Identifiers {
            serial: Some("OTHER-77".into()),
            uuid: valid_uuid(UUID_B),
            name: laptop().name,
            domain: laptop().domain,
            macs: laptop().macs,
            ..Identifiers::default()
        };
        let unknown = Identifiers { serial: None, uuid: None, ..reused.clone() };
        assert!(score(&laptop(), &reused).0 < score(&laptop(), &unknown).0);
    }

    #[test]
    fn names_that_windows_cut_are_the_same() {
        let long = Identifiers { name: Some("accounting-desk-07".into()), ..Identifiers::default() };
        let cut = Identifiers { name: Some("accounting-desk".into()), ..Identifiers::default() };
        assert_eq!(codes(&score(&long, &cut).1), ["same-name"]);
        let short = Identifiers { name: Some("accounting".into()), ..Identifiers::default() };
        assert_eq!(score(&long, &short).0, 0);
    }
}
