//! The sources that a Windows machine has, and what stands in their place in tests.

use std::net::IpAddr;

use super::row::Row;

/// Objects of WMI: a class of a namespace, the properties wanted, and which of its objects.
#[derive(Debug, Clone, Copy)]
pub struct Class {
    /// `ROOT\CIMV2`.
    pub namespace: &'static str,
    /// `Win32_OperatingSystem`.
    pub name: &'static str,
    /// The properties to ask for, separated by commas: some cost seconds, so none is asked for that is not used.
    pub properties: &'static str,
    /// What follows `WHERE`; empty for all objects.
    pub condition: &'static str,
}

impl Class {
    /// All objects of a class of `ROOT\CIMV2`.
    pub(crate) const fn of_cimv2(name: &'static str, properties: &'static str) -> Self {
        Self { namespace: "ROOT\\CIMV2", name, properties, condition: "" }
    }
}

/// Why there are no objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// This machine, or this version of Windows, has no such class.
    Missing,
    /// It is there, but refuses to tell: may not be read, is broken.
    Refused(String),
    /// It did not answer in time, and may do so the next time.
    Silent(String),
}

/// A network adapter as the IP helper tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adapter {
    /// `{4D36E972-…}`: the same as in the registry.
    pub id: String,
    /// `Ethernet 2`, as a person named it.
    pub name: String,
    /// What its driver calls it.
    pub description: String,
    /// Hardware address.
    pub hardware: Vec<u8>,
    /// IANA's number of its type.
    pub kind: u32,
    /// RFC 2863's number of its state.
    pub status: u32,
    /// Bits a second; `u64::MAX` where it does not know.
    pub speed: u64,
    /// Largest packet.
    pub mtu: u32,
    /// Addresses with the length of their prefix.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Gateways, the preferred one first.
    pub gateways: Vec<IpAddr>,
    /// Name servers.
    pub dns_servers: Vec<IpAddr>,
    /// The DHCP server that gave the addresses.
    pub dhcp_server: Option<IpAddr>,
}

/// The machine's memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// What the operating system can use.
    pub total: u64,
    /// What programs can get of it now.
    pub available: u64,
    /// Page files.
    pub swap: u64,
}

/// Who belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `DOMAIN\name`; empty when the account is no more.
    pub name: String,
    /// Its identifier.
    pub sid: String,
}

/// Where everything is read from.
pub trait Machine {
    /// The objects of a class.
    fn objects(&self, class: &Class) -> Result<Vec<Row>, Refusal>;
    /// The values of a registry key, `HKLM\…` or `HKU\…`; none when there is no such key.
    fn key(&self, path: &str) -> Result<Option<Row>, String>;
    /// The names of a registry key's keys, sorted; nothing when there is no such key.
    fn keys(&self, path: &str) -> Result<Vec<String>, String>;
    /// The day on which a registry key was last written, `YYYY-MM-DD`.
    fn key_written(&self, path: &str) -> Option<String>;
    /// The members of a local group.
    fn members(&self, group: &str) -> Result<Vec<Member>, String>;
    /// The memory.
    fn memory(&self) -> Option<Memory>;
    /// The firmware's SMBIOS tables; empty when it has none.
    fn firmware(&self) -> Vec<u8>;
    /// The network adapters.
    fn adapters(&self) -> Result<Vec<Adapter>, String>;
    /// A file's bytes, at most `limit` of them.
    fn file(&self, path: &str, limit: u64) -> Option<Vec<u8>>;
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value as Json;

    use super::*;
    use crate::collect::windows::row::tests::row;

    /// A machine that tells what a test wrote down.
    #[derive(Default)]
    pub(crate) struct Told {
        pub(crate) classes: BTreeMap<String, Result<Vec<Row>, Refusal>>,
        pub(crate) keys: BTreeMap<String, Row>,
        pub(crate) unreadable: Option<&'static str>,
        pub(crate) members: BTreeMap<String, Vec<Member>>,
        pub(crate) memory: Option<Memory>,
        pub(crate) firmware: Vec<u8>,
        pub(crate) adapters: Vec<Adapter>,
        pub(crate) files: BTreeMap<&'static str, Vec<u8>>,
    }

    impl Told {
        /// Objects, and keys, by name; as JSON.
        pub(crate) fn new(classes: &Json, keys: &Json) -> Self {
            let rows = |list: &Json| list.as_array().unwrap().iter().map(row).collect();
            let objects = |json: &Json| json.as_object().unwrap().clone();
            Self {
                classes: objects(classes).iter().map(|(name, list)| (name.clone(), Ok(rows(list)))).collect(),
                keys: objects(keys).iter().map(|(path, values)| (path.clone(), row(values))).collect(),
                ..Self::default()
            }
        }
    }

    impl Machine for Told {
        fn objects(&self, class: &Class) -> Result<Vec<Row>, Refusal> {
            self.classes.get(class.name).cloned().unwrap_or(Err(Refusal::Missing))
        }

        fn key(&self, path: &str) -> Result<Option<Row>, String> {
            if self.unreadable == Some(path) {
                return Err(format!("{path}: access denied"));
            }
            let found = self.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(path));
            Ok(found.map(|(_, row)| row.clone()))
        }

        fn keys(&self, path: &str) -> Result<Vec<String>, String> {
            if self.unreadable == Some(path) {
                return Err(format!("{path}: access denied"));
            }
            let folder = format!("{path}\\").to_ascii_lowercase();
            let below = self.keys.keys().filter(|it| it.to_ascii_lowercase().starts_with(&folder));
            let mut names: Vec<String> =
                below.filter_map(|it| it[folder.len()..].split('\\').next()).map(str::to_owned).collect();
            names.sort_unstable();
            names.dedup();
            Ok(names)
        }

        fn key_written(&self, path: &str) -> Option<String> {
            self.keys.contains_key(path).then(|| "2024-05-06".to_owned())
        }

        fn members(&self, group: &str) -> Result<Vec<Member>, String> {
            Ok(self.members.get(group).cloned().unwrap_or_default())
        }

        fn memory(&self) -> Option<Memory> {
            self.memory
        }

        fn firmware(&self) -> Vec<u8> {
            self.firmware.clone()
        }

        fn adapters(&self) -> Result<Vec<Adapter>, String> {
            Ok(self.adapters.clone())
        }

        fn file(&self, path: &str, _: u64) -> Option<Vec<u8>> {
            self.files.get(path).cloned()
        }
    }
}
