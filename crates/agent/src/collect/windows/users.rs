//! The people who have a profile on this machine. What is theirs alone stands in a hive that is there only while they
//! are signed in: so that it does not come and go with them, it is remembered from the last time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigie_wire::inventory::{Software, VirtualMachine};

use super::{Context, Row, machines, software};
use crate::files;

const PROFILES: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";
/// Longest file of what is remembered, bytes.
const MAX_FILE: u64 = 16 << 20;

/// What one person has installed for themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Own {
    /// Programs.
    pub(crate) software: Vec<Software>,
    /// Linux in Windows.
    pub(crate) machines: Vec<VirtualMachine>,
}

/// Whether an identifier is that of a person, of this machine, a domain, or the cloud, and not that of a service.
fn is_person(sid: &str) -> bool {
    (sid.starts_with("S-1-5-21-") || sid.starts_with("S-1-12-1-")) && !sid.contains('_')
}

/// The profiles by their owner's identifier.
pub(crate) fn profiles(context: &Context<'_>) -> Result<Vec<(String, Row)>, String> {
    let mut profiles = context.keys_with_values(PROFILES)?;
    profiles.retain(|(sid, _)| is_person(sid));
    Ok(profiles)
}

/// Those whose hive is there.
pub(crate) fn signed_in(context: &Context<'_>) -> Result<Vec<String>, String> {
    let mut sids = context.machine.keys("HKU")?;
    sids.retain(|sid| is_person(sid));
    Ok(sids)
}

/// The folder of a profile, and what its owner is called: the folder's name, which is the one that they signed in with
/// at first.
pub(crate) fn folder(profile: &Row) -> Option<String> {
    profile.text("ProfileImagePath").filter(|path| !path.starts_with('%'))
}

/// What each person has for themselves, as it is or as it was when they were last signed in.
pub(crate) fn own(context: &Context<'_>) -> Result<Vec<Own>, String> {
    let path = context.options.cache.as_ref().map(|folder| folder.join("cache-users.json"));
    let remembered: BTreeMap<String, Own> = path
        .as_ref()
        .and_then(|path| files::read_bounded(path, MAX_FILE).ok())
        .and_then(|content| serde_json::from_slice(&content).ok())
        .unwrap_or_default();
    let present = signed_in(context)?;
    let mut found = BTreeMap::new();
    for (sid, profile) in profiles(context)? {
        let folder = folder(&profile).unwrap_or_else(|| sid.clone());
        let name = folder.rsplit('\\').next().unwrap_or(&folder);
        let read = || {
            let (software, machines) = (software::of_user(context, &sid, name)?, machines::of_user(context, &sid)?);
            Ok::<_, String>(Own { software, machines })
        };
        let own = if present.contains(&sid) { Some(read()) } else { None };
        match own {
            Some(Ok(own)) => {
                found.insert(sid, own);
            }
            // The service may read all of them; whoever asks for an inventory by hand may read their own.
            not_read => {
                if let Some(Err(why)) = not_read {
                    log::debug!("{why}");
                }
                if let Some(own) = remembered.get(&sid) {
                    found.insert(sid.clone(), own.clone());
                }
            }
        }
    }
    // Only what belongs to people who are away is lost when it cannot be kept: `inventory --local` is for every user.
    if let Some(path) = path.filter(|_| found != remembered) {
        let written = serde_json::to_vec(&found)
            .map_err(std::io::Error::other)
            .and_then(|content| files::write_atomic(&path, &content));
        if let Err(error) = written {
            log::debug!("{}: {error}", path.display());
        }
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn what_somebody_has_stays_while_they_are_away() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { cache: Some(folder.path().to_owned()) };
        let sid = "S-1-5-21-1-2-3-1001";
        let programs = format!(r"HKU\{sid}\Software\Microsoft\Windows\CurrentVersion\Uninstall");
        let mut told = Told::new(
            &json!({}),
            &json!({
                (format!("{}\\{sid}", super::PROFILES)): {"ProfileImagePath": r"C:\Users\ada"},
                (format!("{}\\S-1-5-18", super::PROFILES)): {"ProfileImagePath": r"%systemroot%\system32\config\systemprofile"},
                (format!("{programs}\\Slack")): {"DisplayName": "Slack", "DisplayVersion": "4.36.136"},
                (format!(r"HKU\{sid}_Classes\x")): {},
                (format!(r"HKU\{sid}\Software\Microsoft\Windows\CurrentVersion\Lxss\{{0f6e2a51-7d8f-4b0c-9b3e-0a1b2c3d4e5f}}")): {
                    "DistributionName": "Ubuntu", "State": 1, "Version": 2,
                },
            }),
        );
        let at_work = collect(&told, &options).sections;
        assert_eq!(at_work.software.as_ref().unwrap()[0].user.as_deref(), Some("ada"));
        assert_eq!(at_work.virtual_machines.as_ref().unwrap()[0].kind.as_deref(), Some("wsl"));
        told.keys.retain(|path, _| !path.starts_with("HKU"));
        let away = collect(&told, &options).sections;
        assert_eq!((&away.software, &away.virtual_machines), (&at_work.software, &at_work.virtual_machines));
        // Without the profile nothing is theirs any more.
        told.keys.clear();
        assert_eq!(collect(&told, &options).sections.software.unwrap(), []);
    }
}
