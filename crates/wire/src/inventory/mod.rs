//! The inventory model: one shape for what every kind of agent reports. A field that a machine does not have is absent,
//! never invented. Sizes are in bytes, speeds in the unit that the field's name says, dates are days as `YYYY-MM-DD`.

use vigie_kernel::Timestamp;

/// Declares a record whose fields may all be absent, how it is cleaned, and which fields tell one item of a list from
/// another when two inventories are compared.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident key($($key:ident),*) {
            $($(#[$field_doc:meta])* $field:ident: $ty:ty,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "crate::inventory::absent")]
                pub $field: $ty,
            )+
        }

        impl crate::clean::Clean for $name {
            fn clean(&mut self, path: &str, remarks: &mut crate::clean::Remarks) {
                $(self.$field.clean(&crate::inventory::format_path(path, stringify!($field), &self.$field), remarks);)+
            }
        }

        impl crate::diff::Keyed for $name {
            fn key(&self) -> String {
                #[allow(unused_mut)]
                let mut key = String::new();
                $(
                    crate::inventory::KeyPart::append(&self.$key, &mut key);
                    key.push(crate::inventory::KEY_SEPARATOR);
                )*
                key
            }
        }
    };
}

mod hardware;
mod machine;
mod software;

pub use hardware::{
    Battery, Board, Disk, Graphics, MemorySlot, Monitor, NetworkInterface, PciDevice, Printer, Processor, UsbDevice,
    Volume,
};
pub use machine::{Bios, OperatingSystem, Runtime, System};
pub use software::{
    Antivirus, DatabaseServer, Firewall, LocalGroup, LocalUser, LoggedOnUser, RemoteAccess, Service, Software, Update,
    VirtualMachine,
};

/// Stands after each part of a natural key. Cleaned texts have no control characters.
const KEY_SEPARATOR: char = '\u{1f}';

/// Building the path of every clean value would cost more than cleaning it: only values that could be remarked get one.
fn format_path<T: MayBeRemarked>(path: &str, field: &str, value: &T) -> String {
    if value.may_be_remarked() { format!("{path}.{field}") } else { String::new() }
}

trait MayBeRemarked {
    fn may_be_remarked(&self) -> bool;
}

impl MayBeRemarked for Option<String> {
    fn may_be_remarked(&self) -> bool {
        self.as_ref().is_some_and(|text| text.len() > crate::clean::MAX_TEXT)
    }
}
impl MayBeRemarked for Option<u64> {
    fn may_be_remarked(&self) -> bool {
        self.is_some_and(|number| number > 1 << 53)
    }
}
macro_rules! never_remarked {
    ($($ty:ty),+) => {$(impl MayBeRemarked for $ty {
        fn may_be_remarked(&self) -> bool { false }
    })+};
}
never_remarked!(Option<i64>, Option<u32>, Option<bool>, Option<Timestamp>);
impl<T> MayBeRemarked for Vec<T> {
    fn may_be_remarked(&self) -> bool {
        !self.is_empty()
    }
}

/// Whether a field has nothing to say and is left out of the text.
pub(crate) fn absent<T: Absent>(value: &T) -> bool {
    value.absent()
}

pub(crate) trait Absent {
    fn absent(&self) -> bool;
}
impl<T> Absent for Option<T> {
    fn absent(&self) -> bool {
        self.is_none()
    }
}
impl<T> Absent for Vec<T> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

pub(crate) trait KeyPart {
    fn append(&self, key: &mut String);
}
impl KeyPart for Option<String> {
    fn append(&self, key: &mut String) {
        key.push_str(self.as_deref().unwrap_or_default());
    }
}
impl KeyPart for Option<u64> {
    fn append(&self, key: &mut String) {
        if let Some(number) = self {
            key.push_str(&number.to_string());
        }
    }
}
