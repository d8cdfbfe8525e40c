//! What is installed and who uses it: software, updates, protection, databases, users and groups.

use super::{
    super::values::{MEBIBYTE, Order},
    Reader, Row,
};
use crate::{
    Sections,
    inventory::{
        Antivirus, DatabaseServer, Firewall, LocalGroup, LocalUser, LoggedOnUser, RemoteAccess, Software, Update,
    },
};

pub(super) fn map(reader: &Reader<'_, '_>, sections: &mut Sections) {
    if let Some(rows) = reader.rows("softwares", "software") {
        let mut software = Vec::new();
        let mut updates = Vec::new();
        for row in rows {
            match update(&row) {
                Some(update) => updates.push(update),
                None => software.extend(Some(program(&row)).filter(|it| it.name.is_some())),
            }
        }
        // By a stable order, an inventory in which nothing changed is equal whatever order the agent took.
        software.sort_unstable_by(|a, b| {
            (&a.source, &a.name, &a.architecture, &a.version, &a.user).cmp(&(
                &b.source,
                &b.name,
                &b.architecture,
                &b.version,
                &b.user,
            ))
        });
        // Only Windows agents list updates among the software.
        let windows = sections.operating_system.as_ref().is_some_and(|it| it.family.as_deref() == Some("windows"));
        sections.updates = (windows || !updates.is_empty()).then_some(updates);
        sections.software = Some(software);
    }
    sections.antivirus = reader.list("antivirus", "antivirus", antivirus);
    sections.firewalls = reader.list("firewalls", "firewalls", firewall);
    sections.databases = reader.list("databases_services", "databases", database);
    sections.remote_access = reader.list("remote_mgmt", "remote_access", remote_access);
    sections.local_users = reader.list("local_users", "local_users", local_user);
    sections.local_groups = reader.list("local_groups", "local_groups", local_group);
    sections.logged_on_users = logged_on_users(reader);
}

fn program(row: &Row<'_, '_>) -> Software {
    let source = row.word("from").map(|it| match it.as_str() {
        "deb" => "dpkg".to_owned(),
        "uwp" => "store".to_owned(),
        _ => it,
    });
    let mut name = row.first(&["name", "guid"]);
    let mut architecture = row.text("arch");
    // OCS takes over from dpkg the architecture that it adds to names where several are installed: `libc6:amd64`.
    if source.as_deref() == Some("dpkg")
        && let Some((package, suffix)) = name.as_deref().and_then(|it| it.rsplit_once(':'))
        && !suffix.is_empty()
        && suffix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        architecture.get_or_insert_with(|| suffix.to_owned());
        name = Some(package.to_owned());
    }
    Software {
        name,
        version: row.text("version"),
        // OCS writes a package's home page there.
        publisher: row.text("publisher").filter(|it| !it.starts_with("http://") && !it.starts_with("https://")),
        source,
        architecture,
        install_date: row.day("install_date", Order::DayFirst),
        size_bytes: row.bytes("filesize", 1).filter(|it| *it > 0),
        user: row.first(&["username", "userid"]),
    }
}

/// Windows agents list its updates among the software, as `KB5034441` with a release type.
fn update(row: &Row<'_, '_>) -> Option<Update> {
    let release = row.word("release_type").or_else(|| row.word("system_category"))?;
    if !["update", "hotfix", "service pack"].iter().any(|it| release.contains(it)) {
        return None;
    }
    let name = row.text("name")?;
    let at = name.find("KB")?;
    let digits = name[at + 2..].bytes().take_while(u8::is_ascii_digit).count();
    if digits < 6 {
        return None;
    }
    Some(Update {
        name: Some(name[at..at + 2 + digits].to_owned()),
        version: row.text("version"),
        installed_version: None,
        source: Some("windows-update".to_owned()),
        state: Some("installed".to_owned()),
        security: release.contains("security").then_some(true),
        install_date: row.day("install_date", Order::DayFirst),
    })
}

fn antivirus(row: &Row<'_, '_>) -> Antivirus {
    Antivirus {
        name: row.text("name"),
        publisher: row.text("company"),
        version: row.text("version"),
        enabled: row.flag("enabled"),
        up_to_date: row.flag("uptodate"),
        definitions: row.text("base_version"),
        definitions_date: row.day("base_creation", Order::DayFirst),
    }
}

fn firewall(row: &Row<'_, '_>) -> Firewall {
    Firewall { name: row.first(&["description", "name"]), profile: row.word("profile"), enabled: row.flag("status") }
}

fn database(row: &Row<'_, '_>) -> DatabaseServer {
    DatabaseServer {
        name: row.text("name"),
        kind: row.word("type"),
        version: row.text("version"),
        port: row.count("port"),
        size_bytes: row.bytes("size", MEBIBYTE),
        databases: row.objects("databases").filter_map(|it| it.text("name")).collect(),
    }
}

fn remote_access(row: &Row<'_, '_>) -> RemoteAccess {
    RemoteAccess { kind: row.word("type"), id: row.text("id"), version: row.text("version") }
}

fn local_user(row: &Row<'_, '_>) -> LocalUser {
    LocalUser {
        name: row.first(&["login", "name"]),
        id: row.text("id"),
        full_name: row.text("name").map(|it| it.trim_end_matches(',').to_owned()),
        home: row.text("home"),
        shell: row.text("shell"),
        disabled: None,
        administrator: None,
    }
}

fn local_group(row: &Row<'_, '_>) -> LocalGroup {
    LocalGroup { name: row.text("name"), id: row.text("id"), members: row.texts("members", &[',']) }
}

fn logged_on_users(reader: &Reader<'_, '_>) -> Option<Vec<LoggedOnUser>> {
    let told = reader
        .list("users", "logged_on_users", |row| LoggedOnUser { name: row.text("login"), domain: row.text("domain") });
    let mut users = told.or_else(|| {
        // OCS on Windows: who is signed in stands with the hardware.
        let hardware = reader.object("hardware", "logged_on_users")?;
        let domain = hardware.text("userdomain");
        let names = hardware.texts("userid", &['/']);
        let users = names.into_iter().map(|name| LoggedOnUser { name: Some(name), domain: domain.clone() });
        Some(users.collect::<Vec<_>>()).filter(|it| !it.is_empty())
    })?;
    users.sort_by(|a, b| (&a.domain, &a.name).cmp(&(&b.domain, &b.name)));
    users.dedup();
    Some(users)
}
