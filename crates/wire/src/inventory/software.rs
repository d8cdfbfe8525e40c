//! What is installed and runs on the machine, and who uses it.

record! {
    /// An installed program or package.
    Software key(source, name, architecture, user) {
        /// Name.
        name: Option<String>,
        /// Version, as the source writes it.
        version: Option<String>,
        /// Publisher, maintainer or vendor.
        publisher: Option<String>,
        /// Where it is known from: `dpkg`, `rpm`, `flatpak`, `snap`, `registry`, `msi`, `store`, …
        source: Option<String>,
        /// Architecture.
        architecture: Option<String>,
        /// Installed on, `YYYY-MM-DD`.
        install_date: Option<String>,
        /// Size, bytes.
        size_bytes: Option<u64>,
        /// User whose program it is; absent for all users.
        user: Option<String>,
    }
}

impl Software {
    /// The name that stands in a natural key of this kind of items.
    pub fn name_in_key(key: &str) -> Option<&str> {
        key.split(crate::inventory::KEY_SEPARATOR).nth(1)
    }
}

record! {
    /// An update that waits, or (Windows) is installed.
    Update key(source, name) {
        /// Package or update.
        name: Option<String>,
        /// Version that waits.
        version: Option<String>,
        /// Version that is installed.
        installed_version: Option<String>,
        /// `apt`, `dnf`, `windows-update`.
        source: Option<String>,
        /// `waiting` or `installed`.
        state: Option<String>,
        /// Whether it is a security update.
        security: Option<bool>,
        /// Installed on, `YYYY-MM-DD`.
        install_date: Option<String>,
    }
}

record! {
    /// A service.
    Service key(name) {
        /// Name.
        name: Option<String>,
        /// Description.
        description: Option<String>,
        /// `enabled`, `disabled`, `static`, `masked`, `automatic`, `manual`.
        start: Option<String>,
        /// `running`, `stopped`, `failed`.
        state: Option<String>,
        /// Account it runs as.
        account: Option<String>,
        /// What it runs.
        command: Option<String>,
    }
}

record! {
    /// A local user account.
    LocalUser key(name) {
        /// Sign-in name.
        name: Option<String>,
        /// Number or SID.
        id: Option<String>,
        /// Full name.
        full_name: Option<String>,
        /// Home folder.
        home: Option<String>,
        /// Shell.
        shell: Option<String>,
        /// Whether it cannot be used to sign in.
        disabled: Option<bool>,
        /// Whether it may administer the machine.
        administrator: Option<bool>,
    }
}

record! {
    /// A local group.
    LocalGroup key(name) {
        /// Name.
        name: Option<String>,
        /// Number or SID.
        id: Option<String>,
        /// Members.
        members: Vec<String>,
    }
}

record! {
    /// Someone who is signed in.
    LoggedOnUser key(name, domain) {
        /// Sign-in name.
        name: Option<String>,
        /// Domain.
        domain: Option<String>,
    }
}

record! {
    /// An antivirus product.
    Antivirus key(name) {
        /// Name.
        name: Option<String>,
        /// Publisher.
        publisher: Option<String>,
        /// Version.
        version: Option<String>,
        /// Whether it is on.
        enabled: Option<bool>,
        /// Whether its definitions are up to date.
        up_to_date: Option<bool>,
        /// Version of its definitions.
        definitions: Option<String>,
        /// Day of its definitions, `YYYY-MM-DD`.
        definitions_date: Option<String>,
    }
}

record! {
    /// A firewall, or one profile of it.
    Firewall key(name, profile) {
        /// Name.
        name: Option<String>,
        /// Profile.
        profile: Option<String>,
        /// Whether it is on.
        enabled: Option<bool>,
    }
}

record! {
    /// A virtual machine or container that runs on this machine.
    VirtualMachine key(uuid, name) {
        /// Name.
        name: Option<String>,
        /// UUID or container id.
        uuid: Option<String>,
        /// `kvm`, `docker`, `podman`, `lxc`, `vmware`, `hyperv`, …
        kind: Option<String>,
        /// `running`, `stopped`, `paused`, …
        state: Option<String>,
        /// Image.
        image: Option<String>,
        /// Memory, bytes.
        memory_bytes: Option<u64>,
        /// Virtual processors.
        processors: Option<u64>,
        /// Hardware address.
        mac: Option<String>,
    }
}

record! {
    /// A database server.
    DatabaseServer key(kind, name, port) {
        /// Name.
        name: Option<String>,
        /// `postgresql`, `mysql`, …
        kind: Option<String>,
        /// Version.
        version: Option<String>,
        /// Port.
        port: Option<u64>,
        /// Size, bytes.
        size_bytes: Option<u64>,
        /// Names of its databases.
        databases: Vec<String>,
    }
}

record! {
    /// A remote-support program and the id under which it is reached.
    RemoteAccess key(kind, id) {
        /// `teamviewer`, `anydesk`, …
        kind: Option<String>,
        /// Id.
        id: Option<String>,
        /// Version.
        version: Option<String>,
    }
}
