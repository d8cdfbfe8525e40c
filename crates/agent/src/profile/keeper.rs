//! Keeps what the server is told of the profile: reads the manifest when it changes and the version every ten minutes.

use std::{path::PathBuf, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::{Described, LONGEST, Profile, parse, read_version};
use crate::{
    collect::PLATFORM,
    files,
    system::folder::{Folder, PROFILE, Stamp},
};

/// How often the manifest is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often the version is read: every so many looks.
const VERSION: u32 = 120;

/// Works for ever. `told` gets the first description when it is known.
pub(crate) async fn keep(path: PathBuf, folder: PathBuf, told: watch::Sender<Option<Described>>) {
    let folder = Folder::at(&folder);
    let mut seen = None;
    let mut profile = None;
    let mut looks = 0_u32;
    loop {
        let stamp = Stamp::of(&path);
        let is_other = looks == 0 || stamp != seen;
        if is_other {
            seen = stamp;
            match read(&path) {
                Ok((text, read)) => {
                    if folder.text(PROFILE).ok().flatten().as_ref() != Some(&text)
                        && let Err(error) = folder.write_bytes(PROFILE, text.as_bytes())
                    {
                        log::warn!("the profile is not kept: {error}");
                    }
                    log::info!("profile {} from {}", read.name, path.display());
                    profile = Some(read);
                }
                Err(faults) => {
                    for words in faults {
                        log::error!("profile {}: {words}", path.display());
                    }
                    if profile.is_none() {
                        profile = kept(&folder);
                    }
                }
            }
        }
        if is_other || looks.is_multiple_of(VERSION) {
            let described = describe(profile.as_ref()).await;
            told.send_if_modified(|before| {
                let is_new = before.as_ref() != Some(&described);
                *before = Some(described);
                is_new
            });
        }
        looks = looks.wrapping_add(1);
        sleep(LOOK).await;
    }
}

fn read(path: &std::path::Path) -> Result<(String, Profile), Vec<String>> {
    let content = files::read_bounded(path, LONGEST).map_err(|error| vec![error.to_string()])?;
    let text = String::from_utf8(content).map_err(|_| vec!["this is not UTF-8".to_owned()])?;
    let profile = parse(&text).map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if profile.platform.as_str() != PLATFORM {
        return Err(vec![format!("it is for {}, and this is {PLATFORM}", profile.platform.as_str())]);
    }
    Ok((text, profile))
}

/// The last one without errors.
fn kept(folder: &Folder) -> Option<Profile> {
    let profile = parse(&folder.text(PROFILE).ok()??).ok()?;
    log::warn!("the profile {} from before is used", profile.name);
    Some(profile)
}

async fn describe(profile: Option<&Profile>) -> Described {
    let Some(profile) = profile else { return Described::default() };
    let version = match &profile.version {
        Some(version) => read_version(version).await.unwrap_or_else(|words| {
            log::warn!("the version of {} is not known: {words}", profile.name);
            String::new()
        }),
        None => String::new(),
    };
    Described {
        name: profile.name.clone(),
        version,
        conditions: profile.conditions.clone(),
        applications: profile.applications.clone(),
        certificates: profile.certificates.clone(),
    }
}
