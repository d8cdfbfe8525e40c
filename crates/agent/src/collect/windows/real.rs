//! This machine.

use std::{cell::RefCell, path::Path};

use super::{Adapter, Class, Machine, Member, Memory, Refusal, Row, calls, registry, wmi::Asker};
use crate::files;

/// This machine. What it holds while an inventory is taken goes with it.
pub struct Real(RefCell<Asker>);

impl Default for Real {
    fn default() -> Self {
        Self(RefCell::new(Asker::new()))
    }
}

impl Machine for Real {
    fn objects(&self, class: &Class) -> Result<Vec<Row>, Refusal> {
        self.0.borrow_mut().objects(class)
    }

    fn key(&self, path: &str) -> Result<Option<Row>, String> {
        registry::key(path)
    }

    fn keys(&self, path: &str) -> Result<Vec<String>, String> {
        registry::keys(path)
    }

    fn key_written(&self, path: &str) -> Option<String> {
        registry::key_written(path)
    }

    fn members(&self, group: &str) -> Result<Vec<Member>, String> {
        calls::members(group)
    }

    fn memory(&self) -> Option<Memory> {
        calls::memory()
    }

    fn firmware(&self) -> Vec<u8> {
        calls::firmware()
    }

    fn adapters(&self) -> Result<Vec<Adapter>, String> {
        calls::adapters()
    }

    fn file(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        files::read_bounded(Path::new(path), limit).ok()
    }
}

#[cfg(test)]
mod tests {
    use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};

    use super::*;
    use crate::collect::{
        Collection, Options,
        windows::{collect, host_name},
    };

    fn taken() -> Collection {
        collect(&Real::default(), &Options::default())
    }

    /// A program in the list of those that are installed, until it is dropped.
    struct Installed<'a>(&'a Key, String);

    impl<'a> Installed<'a> {
        fn new(root: &'a Key, list: &str, name: &str) -> Self {
            let path = format!(r"{list}\Microsoft\Windows\CurrentVersion\Uninstall\{name}");
            let key = root.create(&path).unwrap();
            key.set_string("DisplayName", name).unwrap();
            key.set_string("DisplayVersion", "1.2.3").unwrap();
            key.set_string("Publisher", "Éditions d'Essai").unwrap();
            key.set_string("InstallDate", "20240131").unwrap();
            key.set_u32("EstimatedSize", 2048).unwrap();
            Self(root, path)
        }
    }

    impl Drop for Installed<'_> {
        fn drop(&mut self) {
            let _ = self.0.remove_tree(&self.1);
        }
    }

    #[test]
    fn programs_of_both_views_and_of_a_user_are_found() {
        let _wide = Installed::new(LOCAL_MACHINE, "SOFTWARE", "Vigie test of 64 bits");
        let _narrow = Installed::new(LOCAL_MACHINE, r"SOFTWARE\WOW6432Node", "Vigie test of 32 bits");
        let _own = Installed::new(CURRENT_USER, "Software", "Vigie test of a user");
        let software = taken().sections.software.unwrap();
        let found = |name: &str| software.iter().find(|it| it.name.as_deref() == Some(name)).unwrap();
        let wide = found("Vigie test of 64 bits");
        assert_eq!((wide.architecture.as_deref(), wide.version.as_deref()), (Some("x86_64"), Some("1.2.3")));
        assert_eq!((wide.publisher.as_deref(), wide.size_bytes), (Some("Éditions d'Essai"), Some(2 << 20)));
        assert_eq!((wide.install_date.as_deref(), &wide.user), (Some("2024-01-31"), &None));
        assert_eq!(found("Vigie test of 32 bits").architecture.as_deref(), Some("i586"));
        assert!(found("Vigie test of a user").user.is_some());
    }

    #[test]
    fn this_machine_says_what_it_is() {
        let collection = taken();
        assert_eq!(collection.problems, Vec::<String>::new());
        let sections = collection.sections;
        let system = sections.system.unwrap();
        assert!(system.name.is_some() && system.name == host_name(&Real::default()));
        assert!(system.machine_id.is_some_and(|id| id.len() == 36));
        assert!(system.memory_bytes.is_some_and(|bytes| bytes > 64 << 20));
        let windows = sections.operating_system.unwrap();
        assert_eq!((windows.family.as_deref(), windows.architecture.as_deref()), (Some("windows"), Some("x86_64")));
        assert!(windows.name.is_some_and(|name| name.contains("Windows")) && windows.kernel.is_some());
        let processors = sections.processors.unwrap();
        assert!(processors.iter().all(|it| it.name.is_some() && it.threads.is_some_and(|threads| threads > 0)));
        assert!(sections.networks.unwrap().iter().any(|it| !it.addresses.is_empty()));
        let volumes = sections.volumes.unwrap();
        assert!(volumes.iter().any(|it| it.mount_point.as_deref() == Some("C:") && it.size_bytes.is_some()));
        assert!(!sections.services.unwrap().is_empty());
        assert!(sections.runtime.unwrap().memory_available_bytes.is_some());
    }

    #[test]
    fn two_inventories_in_a_row_have_equal_digests() {
        let (first, second) = (taken().sections, taken().sections);
        let differing: Vec<_> = first
            .digests()
            .into_iter()
            .filter(|(section, digest)| second.digest(*section) != Some(*digest))
            .map(|(section, _)| section.as_str())
            .collect();
        assert_eq!(differing, Vec::<&str>::new());
    }

    #[test]
    fn what_is_not_there_is_told_as_such() {
        let machine = Real::default();
        let nothing = Class::of_cimv2("Vigie_Nothing", "Name");
        let nowhere = Class { namespace: "ROOT\\Vigie\\Nowhere", ..nothing };
        for class in [nothing, nowhere] {
            // Wine has nothing to tell where Windows says that there is no such class.
            let answer = machine.objects(&class);
            assert!(answer == Err(Refusal::Missing) || answer == Ok(Vec::new()), "{answer:?}");
        }
        assert_eq!(machine.key(r"HKLM\SOFTWARE\Vigie\Nowhere"), Ok(None));
        assert_eq!(machine.keys(r"HKLM\SOFTWARE\Vigie\Nowhere"), Ok(Vec::new()));
        assert!(machine.key("HKXX\\SOFTWARE").is_err());
    }
}
