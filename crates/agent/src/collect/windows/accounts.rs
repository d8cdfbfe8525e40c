//! Local accounts and groups, and who is signed in.

use std::collections::BTreeSet;

use vigie_wire::{
    Sections,
    inventory::{LocalGroup, LocalUser, LoggedOnUser},
};

use super::{Class, Context, Member, Row, users};

const USER: Class =
    Class { condition: "LocalAccount = TRUE", ..Class::of_cimv2("Win32_UserAccount", "Name, SID, FullName, Disabled") };
const GROUP: Class = Class { condition: "LocalAccount = TRUE", ..Class::of_cimv2("Win32_Group", "Name, SID") };
const PRODUCT: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions";
/// The group of administrators, whatever its name in the system's language.
const ADMINISTRATORS: &str = "S-1-5-32-544";

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    // The accounts of a domain controller are the domain's.
    if context.key(PRODUCT)?.text("ProductType").as_deref() == Some("LanmanNT") {
        return Ok(());
    }
    let host = super::host_name(context.machine).unwrap_or_default();
    let mut administrators = BTreeSet::new();
    let mut groups = Vec::new();
    for row in context.objects(&GROUP)? {
        let Some(name) = row.text("Name") else { continue };
        let members = context.machine.members(&name)?;
        let id = row.text("SID");
        if id.as_deref() == Some(ADMINISTRATORS) {
            administrators.extend(members.iter().map(|it| it.sid.clone()));
        }
        let members: BTreeSet<String> = members.iter().map(|it| called(it, &host)).collect();
        groups.push(LocalGroup { name: Some(name), id, members: members.into_iter().collect() });
    }
    let profiles = users::profiles(context)?;
    let mut users: Vec<LocalUser> =
        context.objects(&USER)?.iter().map(|row| user(row, &profiles, &administrators)).collect();
    users.sort_unstable_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    groups.sort_unstable_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    sections.local_users = Some(users);
    sections.local_groups = Some(groups);
    Ok(())
}

/// With the domain in front where it is another than this machine; an account that is no more has only its identifier.
fn called(member: &Member, host: &str) -> String {
    match member.name.split_once('\\') {
        Some((domain, name)) if domain.eq_ignore_ascii_case(host) => name.to_owned(),
        _ if member.name.is_empty() => member.sid.clone(),
        _ => member.name.clone(),
    }
}

fn user(row: &Row, profiles: &[(String, Row)], administrators: &BTreeSet<String>) -> LocalUser {
    let id = row.text("SID");
    let profile = profiles.iter().find(|(sid, _)| Some(sid) == id.as_ref());
    LocalUser {
        name: row.text("Name"),
        full_name: row.text("FullName"),
        home: profile.and_then(|(_, profile)| users::folder(profile)),
        shell: None,
        disabled: row.flag("Disabled"),
        administrator: id.as_ref().map(|id| administrators.contains(id)),
        id,
    }
}

/// Who has a session, at the machine or from afar: sessions of people leave their mark in the hive of their owner.
pub(crate) fn signed_in(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut people = BTreeSet::new();
    for sid in users::signed_in(context)? {
        let session = context.key(&format!(r"HKU\{sid}\Volatile Environment"))?;
        if let Some(name) = session.text("USERNAME") {
            people.insert((session.text("USERDOMAIN"), name));
        }
    }
    let people = people.into_iter().map(|(domain, name)| LoggedOnUser { name: Some(name), domain });
    sections.logged_on_users = Some(people.collect());
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Member, collect, machine::tests::Told};
    use crate::collect::Options;

    fn told() -> Told {
        let mut told = Told::new(
            &json!({
                "Win32_UserAccount": [
                    {"Name": "eve", "SID": "S-1-5-21-1-2-3-1002", "FullName": "", "Disabled": true},
                    {"Name": "ada", "SID": "S-1-5-21-1-2-3-1001", "FullName": "Ada L.", "Disabled": false},
                ],
                "Win32_Group": [{"Name": "Administrateurs", "SID": "S-1-5-32-544"}, {"Name": "Invités", "SID": "S-1-5-32-546"}],
            }),
            &json!({
                (super::super::system::TCPIP): {"Hostname": "PC-042"},
                r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1-2-3-1001": {
                    "ProfileImagePath": r"C:\Users\ada",
                },
                r"HKU\S-1-5-21-1-2-3-1001\Volatile Environment": {"USERNAME": "ada", "USERDOMAIN": "CORP"},
                r"HKU\S-1-5-21-1-2-3-1002\Software": {},
                r"HKU\S-1-5-18\Volatile Environment": {"USERNAME": "SYSTEM"},
            }),
        );
        let member = |name: &str, sid: &str| Member { name: name.to_owned(), sid: sid.to_owned() };
        told.members = [(
            "Administrateurs".to_owned(),
            vec![
                member(r"PC-042\ada", "S-1-5-21-1-2-3-1001"),
                member(r"CORP\Domain Admins", "S-1-5-21-9-9-9-512"),
                member("", "S-1-5-21-7-7-7-1234"),
            ],
        )]
        .into();
        told
    }

    #[test]
    fn accounts_have_their_rights() {
        let sections = collect(&told(), &Options::default()).sections;
        let users = sections.local_users.unwrap();
        let words: Vec<_> =
            users.iter().map(|it| (it.name.as_deref().unwrap(), it.disabled, it.administrator)).collect();
        assert_eq!(words, [("ada", Some(false), Some(true)), ("eve", Some(true), Some(false))]);
        assert_eq!((users[0].home.as_deref(), users[0].full_name.as_deref()), (Some(r"C:\Users\ada"), Some("Ada L.")));
        let groups = sections.local_groups.unwrap();
        assert_eq!(groups[0].members, [r"CORP\Domain Admins", "S-1-5-21-7-7-7-1234", "ada"]);
        assert_eq!(groups[1].members, Vec::<String>::new());
        let people = sections.logged_on_users.unwrap();
        assert_eq!(people.len(), 1);
        assert_eq!((people[0].name.as_deref(), people[0].domain.as_deref()), (Some("ada"), Some("CORP")));
    }

    #[test]
    fn a_domain_controller_does_not_tell_of_its_domain() {
        let mut told = told();
        told.keys.insert(
            super::PRODUCT.to_owned(),
            crate::collect::windows::row::tests::row(&json!({"ProductType": "LanmanNT"})),
        );
        let sections = collect(&told, &Options::default()).sections;
        assert!(sections.local_users.is_none() && sections.local_groups.is_none());
    }
}
