//! Local accounts and groups, and who is signed in. Of `/etc/shadow` only the locks are looked at.

use std::collections::{BTreeMap, BTreeSet};

use vigie_wire::{
    Sections,
    inventory::{LocalGroup, LocalUser, LoggedOnUser},
};

use super::{
    Context, Root,
    text::{has_ending, shell_value},
};

/// Most of an account file that is read, bytes.
const MAX_FILE: u64 = 16 << 20;
/// Most accounts, groups and members.
const MAX_ITEMS: usize = 10_000;
/// Groups whose members may become root.
const ADMINISTRATORS: &[&str] = &["sudo", "wheel", "admin"];

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let root = context.root;
    let groups = root.text_if_there("/etc/group", MAX_FILE)?.unwrap_or_default();
    let groups: Vec<Vec<&str>> = rows(&groups, 4);
    if let Some(accounts) = root.text_if_there("/etc/passwd", MAX_FILE)? {
        let locked = locked(root);
        let administrators = groups.iter().filter(|group| group.first().is_some_and(|it| ADMINISTRATORS.contains(it)));
        let administrators: Vec<&Vec<&str>> = administrators.collect();
        let mut users: Vec<LocalUser> =
            rows(&accounts, 7).iter().filter_map(|row| user(row, locked.as_ref(), &administrators)).collect();
        users.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        sections.local_users = Some(users);
    }
    if !groups.is_empty() {
        let mut groups: Vec<LocalGroup> = groups.iter().filter_map(|row| group(row)).collect();
        groups.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        sections.local_groups = Some(groups);
    }
    sections.logged_on_users = signed_in(root);
    Ok(())
}

fn rows(text: &str, columns: usize) -> Vec<Vec<&str>> {
    let rows = text.lines().map(|line| line.splitn(columns, ':').collect::<Vec<_>>());
    rows.filter(|row| row.len() == columns && row.first().is_some_and(|name| !name.is_empty()))
        .take(MAX_ITEMS)
        .collect()
}

/// Whether each account's password is locked (`!` or `*` in its place, shadow(5)); none when that may not be read.
fn locked(root: &Root) -> Option<BTreeMap<String, bool>> {
    let shadow = root.text("/etc/shadow", MAX_FILE).ok()?;
    let rows = shadow.lines().filter_map(|line| {
        let (name, rest) = line.split_once(':')?;
        Some((name.to_owned(), rest.starts_with(['!', '*'])))
    });
    Some(rows.collect())
}

fn user(row: &[&str], locked: Option<&BTreeMap<String, bool>>, administrators: &[&Vec<&str>]) -> Option<LocalUser> {
    let &[name, password, id, group, gecos, home, shell] = row else { return None };
    let no_shell = ["nologin", "false"].iter().any(|program| shell.rsplit('/').next() == Some(program));
    // `x` sends to the shadow file.
    let locked = if password == "x" {
        locked.and_then(|it| it.get(name).copied())
    } else {
        Some(password.starts_with(['!', '*']))
    };
    let administers = id == "0"
        || administrators.iter().any(|admins| {
            let members = admins.get(3).copied().unwrap_or_default();
            members.split(',').any(|member| member.trim() == name) || admins.get(2) == Some(&group)
        });
    let text = |value: &str| (!value.trim().is_empty()).then(|| value.trim().to_owned());
    Some(LocalUser {
        name: text(name),
        id: text(id),
        full_name: text(gecos.split(',').next().unwrap_or_default()),
        home: text(home),
        shell: text(shell),
        disabled: if no_shell { Some(true) } else { locked },
        administrator: Some(administers),
    })
}

fn group(row: &[&str]) -> Option<LocalGroup> {
    let &[name, _, id, members] = row else { return None };
    let members = members.split(',').map(str::trim).filter(|member| !member.is_empty());
    let members: BTreeSet<&str> = members.take(MAX_ITEMS).collect();
    Some(LocalGroup {
        name: Some(name.to_owned()),
        id: Some(id.to_owned()),
        members: members.into_iter().map(str::to_owned).collect(),
    })
}

/// Who is signed in: systemd's sessions, or utmp(5) where there is no systemd; none where neither tells.
fn signed_in(root: &Root) -> Option<Vec<LoggedOnUser>> {
    let mut names = BTreeSet::new();
    if root.exists("/run/systemd/sessions") {
        for session in root.names("/run/systemd/sessions").iter().filter(|name| !has_ending(name, ".ref")) {
            let text = root.value(&format!("/run/systemd/sessions/{session}")).unwrap_or_default();
            let told = |key| shell_value(&text, key);
            // The sign-in screen and services have sessions too.
            if told("CLASS").is_none_or(|class| class.starts_with("user"))
                && told("STATE").as_deref() != Some("closing")
            {
                names.extend(told("USER"));
            }
        }
    } else {
        let records = root.read("/run/utmp", MAX_FILE).ok()?;
        names.extend(records.chunks_exact(UTMP_RECORD).filter_map(utmp_user));
    }
    Some(names.into_iter().map(|name| LoggedOnUser { name: Some(name), domain: None }).collect())
}

/// Length of glibc's record on 64-bit machines.
const UTMP_RECORD: usize = 384;
const USER_PROCESS: [u8; 2] = [7, 0];

fn utmp_user(record: &[u8]) -> Option<String> {
    record.starts_with(&USER_PROCESS).then_some(())?;
    let name = record.get(44..76)?.split(|byte| *byte == 0).next()?;
    std::str::from_utf8(name).ok().filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    #[test]
    fn accounts_have_their_rights_and_locks_but_never_a_hash() {
        let sections = fixture(&[
            (
                "etc/passwd",
                "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nada:x:1000:1000:Ada \
                 L.,,,:/home/ada:/bin/bash\nbob:x:1001:27::/home/bob:/bin/sh\nbroken line\n",
            ),
            ("etc/shadow", "root:*:19000:0\ndaemon:*:19000:0\nada:$y$j9T$HASH:19000:0\nbob:!$y$j9T$HASH:19000:0\n"),
            ("etc/group", "root:x:0:\nsudo:x:27:ada\nada:x:1000:\n"),
        ])
        .collect()
        .sections;
        let users = sections.local_users.as_ref().unwrap();
        let told: Vec<_> =
            users.iter().map(|it| (it.name.as_deref().unwrap(), it.disabled, it.administrator)).collect();
        assert_eq!(
            told,
            [
                ("ada", Some(false), Some(true)),
                ("bob", Some(true), Some(true)),
                ("daemon", Some(true), Some(false)),
                ("root", Some(true), Some(true)),
            ]
        );
        assert_eq!(users[0].full_name.as_deref(), Some("Ada L."));
        let groups = sections.local_groups.as_ref().unwrap();
        assert_eq!(groups[2].members, ["ada"]);
        assert!(!serde_json::to_string(&sections).unwrap().contains("HASH"));
    }

    #[test]
    fn sessions_of_people_are_told_once() {
        let users = fixture(&[
            ("run/systemd/sessions/2", "UID=1000\nUSER=ada\nSTATE=active\nCLASS=user\n"),
            ("run/systemd/sessions/3", "UID=1000\nUSER=ada\nSTATE=online\nCLASS=user\n"),
            ("run/systemd/sessions/c1", "UID=110\nUSER=gdm\nSTATE=online\nCLASS=greeter\n"),
        ])
        .collect()
        .sections
        .logged_on_users
        .unwrap();
        assert_eq!(users, [LoggedOnUser { name: Some("ada".into()), domain: None }]);
    }

    #[test]
    fn without_systemd_utmp_tells() {
        let mut records = vec![0u8; UTMP_RECORD * 2];
        records[0] = 7;
        records[44..47].copy_from_slice(b"eve");
        records[UTMP_RECORD] = 8;
        records[UTMP_RECORD + 44..UTMP_RECORD + 47].copy_from_slice(b"old");
        let tree = fixture(&[("run/x", "")]);
        std::fs::write(tree.path("run/utmp"), records).unwrap();
        let users = tree.collect().sections.logged_on_users.unwrap();
        assert_eq!(users, [LoggedOnUser { name: Some("eve".into()), domain: None }]);
    }
}
