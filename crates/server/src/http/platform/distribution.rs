//! `GET /api/v1/distribution`: the agents' packages, and the line that installs one.

use std::path::{Path, PathBuf};

use axum::extract::State;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use vigie_kernel::Action;
use vigie_people::agent_configuration;

use super::agent_configuration::in_use;
use crate::{
    files::digest,
    http::{AppState, Caller, Json, Problem},
};

/// What a package is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Platform {
    /// Debian, Ubuntu.
    LinuxDeb,
    /// Any Linux.
    LinuxTarball,
    /// Windows 8 and later.
    WindowsMsi,
}

impl Platform {
    fn of(name: &str) -> Option<Self> {
        let ends = |suffix: &str| name.len() > suffix.len() && name.ends_with(suffix);
        if ends(".deb") {
            Some(Self::LinuxDeb)
        } else if ends(".tar.zst") {
            Some(Self::LinuxTarball)
        } else if ends(".msi") {
            Some(Self::WindowsMsi)
        } else {
            None
        }
    }
}

/// A package to download at `/install/<name>`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Package {
    /// File name.
    name: String,
    /// Bytes.
    size: u64,
    /// SHA-256, hexadecimal.
    sha256: String,
    /// What it is for.
    platform: Platform,
}

/// What can be installed, and how.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Distribution {
    /// The packages.
    files: Vec<Package>,
    /// The line that installs an agent on a Linux machine; `CLIENT_SECRET` stands for the secret, which
    /// `POST /agent-configuration/secret` shows.
    install_command: String,
    /// The line that installs the agent on a Windows machine: for a command prompt of an administrator, in the folder with the
    /// package and `ca.pem`; `CLIENT_SECRET` stands for the secret here too. None while there is no package for Windows.
    install_command_windows: Option<String>,
    /// SHA-256 of this server's file `/install/ca.pem`, which holds what agents trust, hexadecimal.
    ca_sha256: String,
}

/// The agents' packages and how to install them
#[utoipa::path(
    get,
    path = "/api/v1/distribution",
    operation_id = "distribution_get",
    tag = "agent-configuration",
    responses((status = 200, description = "The packages and the line.", body = Distribution)),
)]
pub(super) async fn distribution(State(state): State<AppState>, caller: Caller) -> Result<Json<Distribution>, Problem> {
    caller.require(Action::AgentsManage)?;
    let folder = folder(&state);
    let files = tokio::task::spawn_blocking(move || packages(&folder)).await.map_err(Problem::internal)??;
    let used = in_use(&state, &agent_configuration::all(state.db.reads()).await?);
    let sha256 = |pem: &str| hex::encode(Sha256::digest(pem.as_bytes()));
    let install_command = match &used.ca {
        Some(pem) => install_command(&used.url, &used.client_id, &sha256(pem)),
        None => install_command_by_system(&used.url, &used.client_id),
    };
    // The one of the highest version comes last by name, as long as its numbers have as many digits.
    let msi = files.iter().rfind(|it| it.platform == Platform::WindowsMsi);
    let install_command_windows =
        msi.map(|msi| install_command_windows(&used.url, &used.client_id, used.ca.is_some(), &msi.name));
    Ok(Json(Distribution { files, install_command, install_command_windows, ca_sha256: sha256(&state.agents_trust()) }))
}

/// Nothing is believed before the authority's certificate is the right one; everything after it goes over a connection
/// that it vouches for.
fn install_command(url: &str, client_id: &str, ca_sha256: &str) -> String {
    format!(
        "curl -fsSk {url}/install/ca.pem -o vigie-ca.pem && \
         echo '{ca_sha256}  vigie-ca.pem' | sha256sum -c --quiet && \
         curl -fsS --cacert vigie-ca.pem {url}/install/agent.sh -o vigie-agent.sh && \
         sudo sh vigie-agent.sh --server {url} --ca vigie-ca.pem --client-id {client_id} --client-secret CLIENT_SECRET"
    )
}

/// The line for another portal whose certificate the machine trusts by itself.
fn install_command_by_system(url: &str, client_id: &str) -> String {
    format!(
        "curl -fsS {url}/install/agent.sh -o vigie-agent.sh && \
         sudo sh vigie-agent.sh --server {url} --client-id {client_id} --client-secret CLIENT_SECRET"
    )
}

/// Run where the package was downloaded to, and the authority's certificate where one is needed.
fn install_command_windows(url: &str, client_id: &str, with_ca: bool, package: &str) -> String {
    let ca = if with_ca { r#" CAFILE="%CD%\ca.pem""# } else { "" };
    format!(
        "msiexec /qn /l*v install.log /i {package} PORTALURL1={url} CLIENTID={client_id} CLIENTSECRET=\"CLIENT_SECRET\"{ca}"
    )
}

/// Where packages are put.
pub(crate) fn folder(state: &AppState) -> PathBuf {
    state.config.data_dir.join("distribution")
}

/// The packages in a folder by name. What is no package there is not offered.
fn packages(folder: &Path) -> std::io::Result<Vec<Package>> {
    let mut packages = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(packages),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let Some(platform) = offered(&name) else { continue };
        let found = std::fs::metadata(entry.path())?;
        if found.is_file() {
            let sha256 = digest(&entry.path(), found.len(), found.modified()?)?;
            packages.push(Package { name, size: found.len(), sha256, platform });
        }
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

/// What a file of this name is, if it may be downloaded.
pub(super) fn offered(name: &str) -> Option<Platform> {
    let letters = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_' | b'+' | b'~');
    let plain = !name.starts_with('.') && name.len() <= 200 && name.bytes().all(letters);
    plain.then(|| Platform::of(name)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_for_windows_names_what_the_package_asks_for() {
        let line =
            install_command_windows("https://vigie.example:7443", "office-agent", true, "InventoryAgent-0.1.0.msi");
        for part in ["/i InventoryAgent-0.1.0.msi ", "PORTALURL1=https://vigie.example:7443 ", "CLIENTID=office-agent "]
        {
            assert!(line.contains(part), "{line}");
        }
        assert!(line.ends_with(r#"CLIENTSECRET="CLIENT_SECRET" CAFILE="%CD%\ca.pem""#), "{line}");
    }

    #[test]
    fn only_packages_with_plain_names_are_offered() {
        assert_eq!(offered("vigie-agent_0.1.0_amd64.deb"), Some(Platform::LinuxDeb));
        assert_eq!(offered("vigie-agent-0.1.0-x86_64.tar.zst"), Some(Platform::LinuxTarball));
        assert_eq!(offered("InventoryAgent-0.1.0.msi"), Some(Platform::WindowsMsi));
        for name in ["../vigie.deb", "a/b.deb", ".deb", ".hidden.deb", "sealing.key", "a b.deb", "\0.deb"] {
            assert_eq!(offered(name), None, "{name:?}");
        }
    }

    #[test]
    fn packages_are_listed_with_their_digest_which_follows_the_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(packages(&folder.path().join("none")).unwrap().is_empty());
        let path = folder.path().join("a.deb");
        std::fs::write(&path, b"one").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"x").unwrap();
        let listed = packages(folder.path()).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].size, listed[0].sha256.as_str()), (3, hex::encode(Sha256::digest(b"one")).as_str()));
        std::fs::write(&path, b"other").unwrap();
        assert_eq!(packages(folder.path()).unwrap()[0].sha256, hex::encode(Sha256::digest(b"other")));
    }
}
