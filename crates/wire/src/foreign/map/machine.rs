//! The machine as a whole: system, operating system, firmware, board. Several objects of the document tell of each.

use vigie_kernel::Timestamp;

use super::{
    super::values::{MEBIBYTE, Order},
    Reader, Row,
};
use crate::{
    Sections,
    inventory::{Bios, Board, OperatingSystem, Runtime, System},
    matching,
};

pub(super) fn map(reader: &Reader<'_, '_>, sections: &mut Sections) {
    let parts = Parts {
        hardware: reader.object("hardware", "system"),
        bios: reader.object("bios", "bios"),
        system: reader.object("operatingsystem", "operating_system"),
        processor: reader.rows("cpus", "processors").and_then(|mut rows| rows.next()),
    };
    sections.system = Some(system(&parts)).filter(|it| *it != System::default());
    // A partial document may tell of the processor without telling of the system.
    let told = |it: &OperatingSystem| it.name.is_some() || it.version.is_some() || it.kernel.is_some();
    sections.operating_system = Some(operating_system(&parts)).filter(told);
    sections.bios = parts.bios.as_ref().map(bios).filter(|it| *it != Bios::default());
    sections.boards = parts.bios.as_ref().map(board).filter(|it| *it != Board::default()).map(|it| vec![it]);
    let started_at: Option<Timestamp> = parts.system.as_ref().and_then(|it| it.moment("boot_time"));
    sections.runtime = started_at.map(|it| Runtime { started_at: Some(it), ..Runtime::default() });
}

struct Parts<'t, 'a> {
    hardware: Option<Row<'t, 'a>>,
    bios: Option<Row<'t, 'a>>,
    system: Option<Row<'t, 'a>>,
    processor: Option<Row<'t, 'a>>,
}

impl<'a> Parts<'_, 'a> {
    fn hardware<T>(&self, read: impl FnOnce(&Row<'_, 'a>) -> Option<T>) -> Option<T> {
        self.hardware.as_ref().and_then(read)
    }

    fn bios<T>(&self, read: impl FnOnce(&Row<'_, 'a>) -> Option<T>) -> Option<T> {
        self.bios.as_ref().and_then(read)
    }

    fn system<T>(&self, read: impl FnOnce(&Row<'_, 'a>) -> Option<T>) -> Option<T> {
        self.system.as_ref().and_then(read)
    }
}

fn system(parts: &Parts<'_, '_>) -> System {
    let full_name = parts.hardware(|it| it.text("name"));
    let (name, domain_of_name) = match full_name.as_deref().and_then(|it| it.split_once('.')) {
        // An agent may be told to report the full name; an address is none.
        Some((name, domain))
            if !name.is_empty() && full_name.as_deref().is_some_and(|it| it.parse::<std::net::IpAddr>().is_err()) =>
        {
            (Some(name.to_owned()), Some(domain.to_owned()))
        }
        _ => (full_name, None),
    };
    let fqdn = parts.system(|it| it.text("fqdn"));
    let domain_of_fqdn = || fqdn.as_deref().and_then(|it| it.split_once('.')).map(|(_, domain)| domain.to_owned());
    let workgroup = parts.hardware(|it| it.text("workgroup"));
    // Windows agents repeat the work group where there is no domain.
    let domain =
        parts.system(|it| it.text("dns_domain")).filter(|it| it.contains('.') || workgroup.as_ref() != Some(it));
    let virtualization = parts.hardware(|it| it.word("vmsystem")).and_then(|it| virtualization(&it));
    let told_chassis = parts.hardware(|it| it.word("chassis_type")).or_else(|| parts.bios(|it| it.word("type")));
    System {
        name,
        domain: domain.or_else(domain_of_fqdn).or(domain_of_name),
        workgroup,
        manufacturer: parts.bios(|it| it.meaningful("smanufacturer")),
        model: parts.bios(|it| it.meaningful("smodel")),
        family: None,
        serial: parts.bios(|it| it.meaningful("ssn")),
        uuid: parts.hardware(|it| it.meaningful("uuid")).map(|it| match matching::normal_uuid(&it) {
            Some(uuid) => uuid.to_string(),
            None => it,
        }),
        chassis: match (&virtualization, told_chassis) {
            (Some(_), _) => Some("virtual".to_owned()),
            (None, told) => told.as_deref().and_then(chassis).map(str::to_owned),
        },
        asset_tag: parts.bios(|it| it.meaningful("assettag")),
        sku: parts.bios(|it| it.meaningful("skunumber")),
        virtualization,
        machine_id: None,
        memory_bytes: parts.hardware(|it| it.bytes("memory", MEBIBYTE)).filter(|it| *it > 0),
        swap_bytes: parts.hardware(|it| it.bytes("swap", MEBIBYTE)),
        dns_servers: parts.hardware.as_ref().map(|it| it.texts("dns", &['/', ',', ' '])).unwrap_or_default(),
        time_zone: parts.system(|it| it.object("timezone")?.text("name")),
    }
}

/// The names that `systemd-detect-virt(1)` has, which the native agent uses too.
fn virtualization(told: &str) -> Option<String> {
    let name = match told {
        "" | "physical" | "none" => return None,
        "virtualbox" => "oracle",
        "hyper-v" | "virtual machine" | "hyperv" | "virtualpc" => "microsoft",
        "aix_lpar" => "lpar",
        "solariszone" => "zone",
        other => other,
    };
    Some(name.replace(' ', "-"))
}

/// SMBIOS's words for a chassis (DSP0134 §7.4.1), and what the agents make of them.
fn chassis(told: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| told.contains(word));
    Some(match told {
        "" | "unknown" => return None,
        _ if has(&["laptop", "notebook", "portable"]) => "laptop",
        _ if has(&["tablet", "convertible", "detachable", "hand held"]) => "tablet",
        _ if has(&["all in one", "all-in-one"]) => "all-in-one",
        _ if has(&["blade"]) => "blade",
        _ if has(&["lunch box", "mini pc", "stick pc"]) => "mini",
        _ if has(&["server", "rack mount", "multi-system"]) => "server",
        _ if has(&["desktop", "tower", "pizza box", "space-saving", "sealed-case"]) => "desktop",
        _ if has(&["vm", "virtual"]) => "virtual",
        _ => "other",
    })
}

fn operating_system(parts: &Parts<'_, '_>) -> OperatingSystem {
    let told = |name: &str| parts.system(|it| it.text(name));
    // OCS agents tell of the system in HARDWARE only. The others repeat there what they tell in OPERATINGSYSTEM, with
    // the kernel's version for the system's.
    let legacy = |name: &str| parts.hardware(|it| it.text(name));
    let name =
        told("full_name").or_else(|| told("name")).or_else(|| legacy_name(legacy("osname"), legacy("oscomments")));
    let alone = parts.system.is_none();
    let kernel = told("kernel_version");
    let family = family(told("kernel_name").as_deref(), name.as_deref());
    let windows = family == Some("windows");
    let version = told("version").or_else(|| legacy("osversion").filter(|_| alone));
    let version = version.or_else(|| kernel.clone().filter(|_| windows));
    // `31 (Workstation Edition)`; on macOS the build: `10.13.5 (17F77)`.
    let (version, remark) = match version.as_deref().and_then(|it| it.strip_suffix(')')?.split_once(" (")) {
        Some((version, remark)) => (Some(version.to_owned()), Some(remark.to_owned())),
        None => (version, None),
    };
    let build = match family {
        // With the update's revision where a service pack once stood: `22631.3155`.
        Some("windows") => {
            let numbers =
                |it: &String| it.contains('.') && it.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
            let number = kernel.as_deref().or(version.as_deref()).and_then(|it| it.split('.').nth(2));
            told("service_pack").filter(numbers).or_else(|| number.map(str::to_owned))
        }
        Some("macos") => remark,
        _ => None,
    };
    OperatingSystem {
        family: family.map(str::to_owned),
        distribution: name.as_deref().and_then(distribution),
        edition: name.as_deref().filter(|_| windows).and_then(OperatingSystem::edition_of_windows),
        build,
        architecture: architecture(parts),
        install_date: parts
            .system(|it| it.day("install_date", Order::DayFirst))
            .or_else(|| parts.hardware(|it| it.day("installdate", Order::DayFirst))),
        name,
        version,
        kernel,
        licence_state: None,
        language: None,
    }
}

/// `Debian GNU/Linux 12` with the comment `Debian GNU/Linux 12 (bookworm)`: the longer one, if it is one.
fn legacy_name(name: Option<String>, comment: Option<String>) -> Option<String> {
    match (name, comment) {
        (Some(name), Some(comment)) if comment.starts_with(&name) => Some(comment),
        (name, _) => name,
    }
}

fn family(kernel: Option<&str>, name: Option<&str>) -> Option<&'static str> {
    let kernel = kernel.unwrap_or_default().to_ascii_lowercase();
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let in_name = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match kernel.as_str() {
        "linux" => Some("linux"),
        "mswin32" | "windows" => Some("windows"),
        "darwin" => Some("macos"),
        kernel if kernel.ends_with("bsd") || kernel == "dragonfly" => Some("bsd"),
        _ if name.is_empty() && kernel.is_empty() => None,
        _ if in_name(&["windows"]) => Some("windows"),
        _ if in_name(&["macos", "mac os", "os x"]) => Some("macos"),
        _ if in_name(&["bsd"]) => Some("bsd"),
        _ if in_name(&["linux", "gnu"]) || distribution(&name).is_some() => Some("linux"),
        _ => Some("other"),
    }
}

/// The `ID` that os-release(5) has for a system of this name.
fn distribution(name: &str) -> Option<String> {
    const IDS: [(&str, &str); 22] = [
        ("windows", "windows"),
        ("debian", "debian"),
        ("ubuntu", "ubuntu"),
        ("linux mint", "linuxmint"),
        ("red hat enterprise", "rhel"),
        ("rhel", "rhel"),
        ("centos", "centos"),
        ("rocky", "rocky"),
        ("almalinux", "almalinux"),
        ("oracle linux", "ol"),
        ("amazon linux", "amzn"),
        ("fedora", "fedora"),
        ("suse linux enterprise", "sles"),
        ("opensuse leap", "opensuse-leap"),
        ("opensuse tumbleweed", "opensuse-tumbleweed"),
        ("opensuse", "opensuse"),
        ("arch linux", "arch"),
        ("manjaro", "manjaro"),
        ("alpine", "alpine"),
        ("gentoo", "gentoo"),
        ("raspbian", "raspbian"),
        ("nixos", "nixos"),
    ];
    let name = name.to_lowercase();
    if ["macos", "mac os", "os x"].iter().any(|word| name.contains(word)) {
        return Some("macos".to_owned());
    }
    IDS.iter().find(|(word, _)| name.contains(word)).map(|(_, id)| (*id).to_owned())
}

/// The operating system's architecture; processors report what they could run instead.
fn architecture(parts: &Parts<'_, '_>) -> Option<String> {
    let told = parts.system(|it| it.text("arch")).or_else(|| parts.hardware(|it| it.text("archname")));
    // OCS: `x86_64/00-00-00 00:30:50`, architecture and time since start.
    let described = || {
        let described = parts.hardware(|it| it.text("description"))?;
        let (architecture, _) = described.split_once('/')?;
        let machine = ["x86_64", "aarch64", "i386", "i486", "i586", "i686", "armv7l", "ppc64le", "s390x", "riscv64"];
        machine.contains(&architecture).then(|| architecture.to_owned())
    };
    let of_processor = || parts.processor.as_ref().and_then(|it| it.text("arch"));
    told.or_else(described).or_else(of_processor).map(|it| normal_architecture(&it))
}

/// `64-bit` and the like as the kernel would write it.
pub(super) fn normal_architecture(told: &str) -> String {
    let lower = told.to_lowercase();
    if lower.contains("arm") && lower.contains("64") {
        return "aarch64".to_owned();
    }
    match lower.as_str() {
        "amd64" | "x64" | "x86_64" | "x86-64" => "x86_64".to_owned(),
        it if it.starts_with("64") => "x86_64".to_owned(),
        it if it.starts_with("32") || it == "x86" => "i686".to_owned(),
        // Perl's name of its platform.
        it if it.starts_with("x86_64-") => "x86_64".to_owned(),
        it if it.starts_with("aarch64") => "aarch64".to_owned(),
        it => it.to_owned(),
    }
}

fn bios(bios: &Row<'_, '_>) -> Bios {
    Bios {
        vendor: bios.meaningful("bmanufacturer"),
        version: bios.meaningful("bversion"),
        date: bios.day("bdate", Order::MonthFirst),
        mode: None,
        secure_boot: match bios.word("secure_boot").as_deref() {
            Some("enabled") => Some(true),
            Some("disabled") => Some(false),
            _ => None,
        },
    }
}

fn board(bios: &Row<'_, '_>) -> Board {
    Board {
        manufacturer: bios.meaningful("mmanufacturer"),
        model: bios.meaningful("mmodel"),
        version: None,
        serial: bios.meaningful("msn"),
    }
}
