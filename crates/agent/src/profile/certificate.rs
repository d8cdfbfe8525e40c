//! Where certificates go that the server issues: to files, for the system itself or for each of its devices, and what is
//! told of it afterwards.

use std::{
    collections::HashSet,
    fmt,
    path::{Path, PathBuf},
};

use vigie_wire::link::certificate::{MOST_NAMES, is_key, is_name};

use super::{
    Platform,
    keys::{Keys, Text},
    parse::{is_absolute, people},
};
use crate::toml_fault::Faults;

/// Stands for the system's name, for the address by which it reaches the server, and for a device.
const NAME: &str = "{name}";
const ADDRESS: &str = "{address}";
const DEVICE: &str = "{device}";

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Names it: small letters, digits and hyphens.
    pub key: String,
    /// For people.
    pub title: String,
    /// The program that says the devices that it is for, one in each line; none: it is for the system itself.
    pub devices: Option<Vec<String>>,
    /// What the certificate is for, as the profile says: names, addresses, and what stands for them.
    names: Vec<String>,
    /// `{device}` in their paths stands for each device.
    files: Files,
    /// The user whose files they are; none: the agent's.
    pub owner: Option<String>,
    /// The group that reads the private key too.
    pub group: Option<String>,
    /// The program that is run after files were replaced.
    pub reload: Option<Vec<String>>,
}

/// The files of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub private_key: PathBuf,
    /// The certificate of the authority that issued it, PEM.
    pub authority: Option<PathBuf>,
}

impl Certificate {
    /// The files, of a device or of the system itself.
    pub fn files(&self, device: Option<&str>) -> Files {
        let Some(device) = device else { return self.files.clone() };
        let path = |it: &PathBuf| PathBuf::from(it.to_string_lossy().replace(DEVICE, device));
        Files {
            certificate: path(&self.files.certificate),
            private_key: path(&self.files.private_key),
            authority: self.files.authority.as_ref().map(path),
        }
    }

    /// What the certificate is for, on a system of this name and address. What is no name is left out, and each is named
    /// once. In names a device's `:` is `-`: many are known by the address of their interface.
    pub fn names(&self, name: &str, address: &str, device: Option<&str>) -> Vec<String> {
        let usual = if device.is_some() { vec![DEVICE.to_owned()] } else { vec![NAME.to_owned(), ADDRESS.to_owned()] };
        let wanted = if self.names.is_empty() { &usual } else { &self.names };
        let mut seen = HashSet::new();
        let filled = wanted.iter().map(|it| {
            let text = it.replace(NAME, name).replace(ADDRESS, address);
            device.map_or(text.clone(), |device| text.replace(DEVICE, &device.replace(':', "-")))
        });
        filled.filter(|it| is_name(it) && seen.insert(it.to_lowercase())).collect()
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (certificate, key) = (self.files.certificate.display(), self.files.private_key.display());
        write!(f, "{} ({}) in {certificate} with {key}", self.key, self.title)?;
        if let Some(devices) = &self.devices {
            write!(f, ", for each device that `{}` says", devices.join(" "))?;
        }
        if let Some(reload) = &self.reload {
            write!(f, ", then `{}`", reload.join(" "))?;
        }
        Ok(())
    }
}

/// Reads the entries.
pub(super) fn certificates(
    tables: Vec<Keys<'_, '_>>,
    platform: Option<Platform>,
    faults: &mut Faults<'_>,
) -> Vec<Certificate> {
    let (mut keys, mut paths) = (HashSet::new(), HashSet::new());
    let entries = tables.into_iter().filter_map(|table| {
        let (at, key_path) = (table.place("key"), table.path("key"));
        let files_at = (table.place("certificate"), table.path("certificate"));
        let entry = certificate(table, platform, faults)?;
        if !keys.insert(entry.key.clone()) {
            faults.add(at, key_path, "another certificate has this key");
        }
        let Files { certificate, private_key, authority } = &entry.files;
        let own = [Some(certificate), Some(private_key), authority.as_ref()];
        if !own.into_iter().flatten().all(|it| paths.insert(it.clone())) {
            faults.add(files_at.0, files_at.1, "each file is for one thing: a path is named twice");
        }
        Some(entry)
    });
    entries.collect()
}

fn certificate(mut keys: Keys<'_, '_>, platform: Option<Platform>, faults: &mut Faults<'_>) -> Option<Certificate> {
    let key = keys.needed("key", faults);
    let key = key.and_then(|it| it.checked(is_key(it.words), "small letters, digits and hyphens, at most 40", faults));
    let title = keys.needed("title", faults).and_then(|it| people(&it, faults));
    let devices = keys.texts("devices", faults);
    let is_for_devices = devices.is_some();
    let certificate = keys.needed("certificate", faults).and_then(|it| file(&it, is_for_devices, faults));
    let private_key = keys.needed("private_key", faults).and_then(|it| file(&it, is_for_devices, faults));
    let authority = keys.text("authority", faults).and_then(|it| {
        // One authority is good for all devices.
        let is_each = it.words.contains(DEVICE);
        file(&it, is_for_devices && is_each, faults)
    });
    let at = keys.place("names");
    let names = keys.texts("names", faults).unwrap_or_default();
    let example = |it: &String| {
        let text = it.replace(NAME, "a").replace(ADDRESS, "a");
        is_name(&if is_for_devices { text.replace(DEVICE, "a") } else { text })
    };
    if names.len() > MOST_NAMES || !names.iter().all(example) {
        let stand = if is_for_devices { "{name}, {address} or {device}" } else { "{name} or {address}" };
        let words = format!("at most {MOST_NAMES} host names or addresses are needed; {stand} can stand in them");
        faults.add(at, keys.path("names"), words);
    }
    let owner = account(&mut keys, "owner", platform, faults);
    let group = account(&mut keys, "group", platform, faults);
    let reload = keys.texts("reload", faults);
    keys.end(faults);
    Some(Certificate {
        key: key?,
        title: title?,
        devices,
        names,
        files: Files { certificate: certificate?, private_key: private_key?, authority },
        owner,
        group,
        reload,
    })
}

/// A path from the top; of a device's file the device is a part.
fn file(it: &Text<'_>, is_for_devices: bool, faults: &mut Faults<'_>) -> Option<PathBuf> {
    let is_file = is_absolute(it.words) && Path::new(it.words).file_name().is_some() && !it.words.contains('\0');
    if !is_file {
        return it.wrong("the path of a file from the top is needed", faults);
    }
    match (is_for_devices, it.words.contains(DEVICE)) {
        (true, false) => it.wrong("{device} is needed in it: each device has a file of its own", faults),
        (false, true) => it.wrong("{device} is possible only with devices", faults),
        _ => Some(PathBuf::from(it.words)),
    }
}

fn account(
    keys: &mut Keys<'_, '_>,
    name: &'static str,
    platform: Option<Platform>,
    faults: &mut Faults<'_>,
) -> Option<String> {
    let it = keys.text(name, faults)?;
    if platform == Some(Platform::Windows) {
        return it.wrong("this is for Linux only: on Windows a file has the rights of its folder", faults);
    }
    it.checked(!it.words.trim().is_empty() && !it.words.contains('\0'), "a name is needed", faults)
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const HEAD: &str = "name = \"a\"\ntitle = \"A\"\nplatform = \"linux\"\n";
    const SIP: &str = "[[certificate]]\nkey = \"sip\"\ntitle = \"SIP\"\ncertificate = \"/etc/sip/cert.pem\"\nprivate_key = \"/etc/sip/key.pem\"\n";
    const PHONES: &str = "[[certificate]]\nkey = \"phones\"\ntitle = \"Phones\"\ndevices = [\"/bin/phones\"]\ncertificate = \"/srv/{device}/cert.pem\"\nprivate_key = \"/srv/{device}/key.pem\"\nauthority = \"/srv/ca.pem\"\n";

    fn told(rest: &str) -> Vec<String> {
        parse(&format!("{HEAD}{rest}")).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn entries_say_files_and_names() {
        let profile = parse(&format!("{HEAD}{SIP}names = [\"{{name}}.example.org\", \"sip.example.org\", \"{{address}}\", \"SIP.example.org\"]\n{PHONES}")).unwrap();
        let [sip, phones] = &profile.certificates[..] else { panic!() };
        assert_eq!(sip.names("pbx", "192.0.2.7", None), ["pbx.example.org", "sip.example.org", "192.0.2.7"]);
        assert_eq!(sip.names("", "", None), ["sip.example.org"], "what is not known is not named");
        let files = phones.files(Some("00:1b"));
        assert_eq!(files.private_key.to_str(), Some("/srv/00:1b/key.pem"));
        assert_eq!(files.authority.unwrap().to_str(), Some("/srv/ca.pem"));
        assert_eq!(phones.names("pbx", "192.0.2.7", Some("00:1b:4f")), ["00-1b-4f"]);
        assert!(profile.to_string().contains("phones (Phones) in /srv/{device}/cert.pem"), "{profile}");
    }

    #[test]
    fn what_cannot_work_is_told_with_its_place() {
        assert!(told(&SIP.replace("/etc/sip/key.pem", "key.pem"))[0].contains("key certificate.private_key: the path"));
        assert!(told(&SIP.replace("/etc/sip/key.pem", "/etc/sip/cert.pem"))[0].contains("a path is named twice"));
        assert!(told(&format!("{SIP}{SIP}"))[0].contains("another certificate has this key"));
        assert!(told(&PHONES.replace("/srv/{device}/key.pem", "/srv/key.pem"))[0].contains("{device} is needed"));
        assert!(told(&SIP.replace("/etc/sip/key", "/etc/{device}/key"))[0].contains("only with devices"));
        assert!(
            told(&format!("{SIP}names = [\"*.example.org\"]\n"))[0]
                .contains("certificate.names: at most 20 host names")
        );
        let windows = parse(&format!("{}{SIP}owner = \"x\"\n", HEAD.replace("linux", "windows"))).unwrap_err();
        assert!(windows[0].to_string().contains("for Linux only"));
    }
}
