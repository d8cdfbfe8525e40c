//! The machine itself: identity, firmware, operating system, and what changes at every moment.

use vigie_kernel::Timestamp;

record! {
    /// The machine as a whole.
    System key() {
        /// Host name, without the domain.
        name: Option<String>,
        /// DNS domain.
        domain: Option<String>,
        /// Windows work group or Active Directory domain.
        workgroup: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Product name.
        model: Option<String>,
        /// Product family or version.
        family: Option<String>,
        /// Serial number of the system.
        serial: Option<String>,
        /// UUID as the firmware tells it.
        uuid: Option<String>,
        /// Kind of chassis: `desktop`, `laptop`, `server`, `tablet`, `all-in-one`, `mini`, `blade`, `virtual`, `other`.
        chassis: Option<String>,
        /// Asset tag in the firmware.
        asset_tag: Option<String>,
        /// Stock keeping unit.
        sku: Option<String>,
        /// Kind of virtual machine or container this is: `kvm`, `vmware`, `hyperv`, `docker`, …; absent on hardware.
        virtualization: Option<String>,
        /// Identity that the installed system gave itself (`/etc/machine-id`, `MachineGuid`).
        machine_id: Option<String>,
        /// Memory, bytes.
        memory_bytes: Option<u64>,
        /// Swap space, bytes.
        swap_bytes: Option<u64>,
        /// Name servers.
        dns_servers: Vec<String>,
        /// Time zone name.
        time_zone: Option<String>,
    }
}

record! {
    /// BIOS or UEFI firmware.
    Bios key() {
        /// Who made the firmware.
        vendor: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Its date, `YYYY-MM-DD`.
        date: Option<String>,
        /// `uefi` or `bios`.
        mode: Option<String>,
        /// Whether secure boot is on.
        secure_boot: Option<bool>,
    }
}

record! {
    /// The operating system.
    OperatingSystem key() {
        /// `linux`, `windows`, `macos`, `bsd`, `other`.
        family: Option<String>,
        /// Name for people: `Debian GNU/Linux 12 (bookworm)`.
        name: Option<String>,
        /// Distribution or product, `debian`, `windows`.
        distribution: Option<String>,
        /// Edition.
        edition: Option<String>,
        /// Version.
        version: Option<String>,
        /// Build.
        build: Option<String>,
        /// Kernel version.
        kernel: Option<String>,
        /// `x86_64`, `aarch64`, …
        architecture: Option<String>,
        /// Installed on, `YYYY-MM-DD`.
        install_date: Option<String>,
        /// Licence state: `licensed`, `grace`, `unlicensed`, …
        licence_state: Option<String>,
        /// Language.
        language: Option<String>,
    }
}

impl OperatingSystem {
    /// The edition in a name of Windows: `Microsoft Windows Server 2019 Standard` → `Standard`.
    pub fn edition_of_windows(name: &str) -> Option<String> {
        let (_, rest) = name.split_once("Windows")?;
        let is_version = |word: &&str| {
            let word = word.trim_start_matches('®');
            word.is_empty()
                || word.starts_with(|c: char| c.is_ascii_digit())
                || ["Server", "R2", "XP", "Vista"].contains(&word)
        };
        let words: Vec<&str> = rest.split_whitespace().skip_while(is_version).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

record! {
    /// What changes at every moment. It travels with every synchronisation and is never a change by itself.
    Runtime key() {
        /// Started at.
        started_at: Option<Timestamp>,
        /// Memory free for programs, bytes.
        memory_available_bytes: Option<u64>,
        /// Processes.
        processes: Option<u64>,
        /// Load of the last 15 minutes, hundredths.
        load_hundredths: Option<u64>,
    }
}
