//! What the rest of the house relies on when it uses the simulated fleet.

use std::collections::{BTreeMap, BTreeSet};

use vigie_wire::{Section, clean::Remarks};

use super::*;

#[test]
fn a_seed_names_one_fleet_and_another_seed_another() {
    let (a, b, c) = (Fleet::new(7), Fleet::new(7), Fleet::new(8));
    for index in [0, 3, 999] {
        assert_eq!(a.machine(index).sections(3), b.machine(index).sections(3));
        assert_ne!(a.machine(index).sections(1), c.machine(index).sections(1));
        assert_eq!(a.machine(index).signing_key(), b.machine(index).signing_key());
        assert_ne!(a.machine(index).signing_key(), c.machine(index).signing_key());
    }
}

#[test]
fn no_two_machines_share_an_identity() {
    let fleet = Fleet::new(1);
    let mut seen = BTreeSet::new();
    for index in 0..4000 {
        let machine = fleet.machine(index);
        let identity = machine.identity();
        let maker = machine.sections(1).system.unwrap().manufacturer.unwrap();
        assert!(seen.insert(format!("name {:?}", identity.name)));
        assert!(seen.insert(format!("serial {maker} {:?}", identity.serial)));
        assert!(seen.insert(format!("uuid {:?}", identity.uuid)));
        assert!(seen.insert(format!("id {:?}", identity.machine_id)));
        assert!(seen.insert(format!("key {:?}", machine.signing_key().verifying_key().to_bytes())));
        for interface in machine.sections(1).networks.unwrap() {
            assert!(interface.mac.is_none_or(|mac| seen.insert(mac)), "a hardware address twice");
        }
    }
}

#[test]
fn an_inventory_is_as_large_as_a_real_one() {
    let fleet = Fleet::new(2);
    let mut sizes = Vec::new();
    for index in 0..300 {
        let sections = fleet.machine(index).sections(1);
        let packages = sections.software.as_ref().unwrap().len();
        assert!((550..=940).contains(&packages), "machine {index} has {packages} packages");
        sizes.push(serde_json::to_vec(&sections).unwrap().len());
    }
    let outside = sizes.iter().filter(|size| !(170_000..=300_000).contains(*size)).count();
    assert!(
        outside <= 3,
        "{outside} of 300 are not between 170 and 300 KB: {:?} to {:?}",
        sizes.iter().min(),
        sizes.iter().max()
    );
}

#[test]
fn machines_of_a_release_share_most_packages_but_are_not_alike() {
    let fleet = Fleet::new(3);
    let mut lists: BTreeMap<_, Vec<BTreeSet<_>>> = BTreeMap::new();
    let mut whole = BTreeSet::new();
    for index in 0..1500 {
        let machine = fleet.machine(index);
        let sections = machine.sections(1);
        let os = sections.operating_system.as_ref().unwrap().name.clone().unwrap();
        let list: BTreeSet<_> =
            sections.software.unwrap().into_iter().map(|s| (s.name.unwrap(), s.version.unwrap())).collect();
        whole.insert(list.clone());
        lists.entry((os, machine.role.name.to_owned())).or_default().push(list);
    }
    assert!(whole.len() > 1400, "only {} different lists of 1,500", whole.len());
    assert!(lists.len() > 40, "roles and releases");
    for machines in lists.values().filter(|machines| machines.len() > 5) {
        let shared = machines[0].intersection(&machines[1]).count();
        assert!(shared * 2 > machines[0].len(), "two machines of one role share {shared} of {}", machines[0].len());
    }
}

#[test]
fn well_known_programs_stand_at_several_versions() {
    let fleet = Fleet::new(4);
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for index in 0..600 {
        for software in fleet.machine(index).sections(1).software.unwrap() {
            versions.entry(software.name.unwrap()).or_default().insert(software.version.unwrap());
        }
    }
    for name in ["openssl", "bash", "curl", "firefox-esr", "Google Chrome", "Microsoft Edge"] {
        assert!(versions.get(name).is_some_and(|found| found.len() >= 3), "{name}: {:?}", versions.get(name));
    }
    let titles = versions.len();
    assert!((2_000..12_000).contains(&titles), "{titles} titles");
}

#[test]
fn every_release_is_met() {
    let fleet = Fleet::new(5);
    let found: BTreeSet<_> = (0..1500).map(|index| fleet.machine(index).distribution.release.name).collect();
    assert_eq!(found.len(), RELEASES.len());
    assert_eq!(RELEASES.iter().map(|release| release.share).sum::<u64>(), 1000);
}

#[test]
fn later_rounds_change_little_of_some_machines() {
    let fleet = Fleet::new(6);
    let (mut unchanged, mut changed) = (0, BTreeMap::new());
    for index in 0..400 {
        let machine = fleet.machine(index);
        let (before, after) = (machine.sections(4), machine.sections(5));
        let differing: Vec<_> = after.digests().into_iter().filter(|(s, d)| before.digest(*s) != Some(*d)).collect();
        assert_eq!(differing.is_empty(), !machine.changes_in(5), "machine {index}");
        if differing.is_empty() {
            unchanged += 1;
        }
        for (section, _) in differing {
            *changed.entry(section).or_insert(0) += 1;
            let change = vigie_wire::Sections::changes(section, &before, &after).unwrap();
            assert!(change.added.len() + change.removed.len() + change.changed.len() <= 30, "{change:?}");
        }
    }
    assert!((260..340).contains(&unchanged), "{unchanged} of 400 unchanged");
    assert!(changed[&Section::Software] > 40 && changed[&Section::Volumes] > 2, "{changed:?}");
}

#[test]
fn shares_of_changes_are_kept_round_by_round() {
    let fleet = Fleet::with_options(9, Options { changes: vec![0.0, 1.0], ..Options::default() });
    for index in 0..60 {
        let machine = fleet.machine(index);
        let rounds: Vec<_> = (1..=3).map(|round| machine.sections(round).digests()).collect();
        assert_eq!(rounds[0], rounds[1], "machine {index}");
        assert_ne!(rounds[1], rounds[2], "machine {index}");
    }
}

#[test]
fn clones_have_one_key_and_two_identities() {
    let fleet = Fleet::with_options(10, Options { clones: 0.2, ..Options::default() });
    let clones: Vec<_> = (0..500).filter(|index| fleet.machine(*index).key_owner() != *index).collect();
    assert!((60..140).contains(&clones.len()), "{}", clones.len());
    let (copy, original) = (fleet.machine(clones[0]), fleet.machine(clones[0] - 1));
    assert_eq!(copy.signing_key(), original.signing_key());
    assert_ne!(copy.identity().serial, original.identity().serial);
    assert_ne!(copy.identity().uuid, original.identity().uuid);
}

#[test]
fn placeholders_stand_where_makers_left_them() {
    let fleet = Fleet::with_options(11, Options { bogus: 0.5, ..Options::default() });
    let serials: Vec<_> = (0..200).filter_map(|index| fleet.machine(index).identity().serial).collect();
    let bogus = serials.iter().filter(|serial| serial.as_str() == "To Be Filled By O.E.M.").count();
    assert!(bogus > 5, "{bogus}");
}

#[test]
fn cleaning_finds_nothing_to_do() {
    let fleet = Fleet::new(12);
    for index in 0..200 {
        let sections = fleet.machine(index).sections(2);
        let (mut cleaned, mut remarks) = (sections.clone(), Remarks::default());
        cleaned.clean(&mut remarks);
        assert!(remarks.0.is_empty(), "{:?}", remarks.0);
        assert_eq!(cleaned, sections, "machine {index}");
    }
}
