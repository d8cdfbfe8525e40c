//! Reads what the real agents of FusionInventory, OCS and GLPI say of the machine that the tests run on, compares it with
//! what the machine itself says, and gives them the intake's answers. Each test does nothing where its agent is not
//! installed (Debian packages `fusioninventory-agent` and `ocsinventory-agent`; GLPI's agent from its maker).

#![cfg(feature = "foreign")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
};

use vigie_wire::{
    Section, Sections,
    foreign::{DEFAULT_LIMIT, ForeignInventory, Headers, Kind, Message, inflate, read, reply},
    inventory::Software,
};

/// Is in every agent's environment, and so in what FusionInventory's agent sends.
const SECRET: &str = "pass-phrase-that-nobody-else-has";

fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").env("PROBE", SECRET).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn take(document: &[u8]) -> ForeignInventory {
    let inflated = inflate(document, DEFAULT_LIMIT, &mut |_| true).unwrap();
    match read(&inflated, &Headers::default()).unwrap() {
        Message::Inventory(inventory) => *inventory,
        other => panic!("{other:?}"),
    }
}

fn fusion_inventory() -> Option<ForeignInventory> {
    Some(take(&run("fusioninventory-inventory", &[])?))
}

fn ocs() -> Option<ForeignInventory> {
    let folder = std::env::temp_dir().join(format!("vigie-ocs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let done = run("ocsinventory-agent", &["--force", "--local", folder.to_str().unwrap()]);
    let file = std::fs::read_dir(&folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        (path.extension()? == "ocs").then_some(path)
    });
    let inventory = done.and(file).map(|path| take(&std::fs::read(path).unwrap()));
    std::fs::remove_dir_all(&folder).unwrap();
    inventory
}

/// Name, version and architecture of what dpkg has installed.
fn installed() -> BTreeSet<(String, String, String)> {
    let format = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n";
    let list = String::from_utf8(run("dpkg-query", &["-W", "-f", format]).unwrap()).unwrap();
    let lines = list.lines().filter_map(|line| {
        let [status, name, version, architecture] = line.split(' ').collect::<Vec<_>>()[..] else { return None };
        (status == "installed").then(|| (name.into(), version.into(), architecture.into()))
    });
    lines.collect()
}

fn packages(inventory: &ForeignInventory) -> BTreeSet<(String, String, String)> {
    let dpkg = |it: &&Software| it.source.as_deref() == Some("dpkg");
    let software = inventory.sections.software.iter().flatten().filter(dpkg).cloned();
    software.map(|it| (it.name.unwrap(), it.version.unwrap(), it.architecture.unwrap())).collect()
}

/// What every agent must have right.
fn agrees_with_the_machine(inventory: &ForeignInventory) {
    assert_eq!(packages(inventory), installed());
    let sections = &inventory.sections;
    let release = std::fs::read_to_string("/etc/os-release").unwrap();
    let told = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    let system = sections.operating_system.as_ref().unwrap();
    assert_eq!(system.name, told("PRETTY_NAME"));
    assert_eq!(system.distribution, told("ID"));
    assert_eq!(system.family.as_deref(), Some("linux"));
    assert_eq!(system.architecture.as_deref(), Some(std::env::consts::ARCH));
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(sections.system.as_ref().unwrap().name.as_deref(), hostname.trim().split('.').next());
    let interfaces = sections.networks.as_ref().unwrap();
    for interface in interfaces {
        let name = interface.name.as_deref().unwrap();
        let file = Path::new("/sys/class/net").join(name).join("address");
        if let Ok(mac) = std::fs::read_to_string(file) {
            let mac = Some(mac.trim()).filter(|it| *it != "00:00:00:00:00:00");
            assert_eq!(interface.mac.as_deref(), mac, "{name}");
        }
        assert_eq!(interfaces.iter().filter(|it| it.name == interface.name).count(), 1, "{name} is listed once");
    }
    assert!(sections.volumes.as_ref().unwrap().iter().any(|it| it.mount_point.as_deref() == Some("/")));
}

#[test]
fn the_fusion_inventory_agent_is_read() {
    let Some(inventory) = fusion_inventory() else { return };
    assert_eq!(inventory.kind, Kind::FusionInventory);
    assert!(inventory.agent_version.is_some());
    assert!(!inventory.partial);
    agrees_with_the_machine(&inventory);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(inventory.sections.operating_system.unwrap().kernel.as_deref(), Some(kernel.trim()));
    assert!(inventory.collected_at.is_some(), "the document says its zone");
}

#[test]
fn the_ocs_agent_is_read_and_agrees_with_the_other_one() {
    let Some(ocs) = ocs() else { return };
    assert_eq!(ocs.kind, Kind::Ocs);
    agrees_with_the_machine(&ocs);
    let Some(other) = fusion_inventory() else { return };
    let addresses = |it: &ForeignInventory| -> BTreeSet<(Option<String>, String)> {
        let interfaces = it.sections.networks.clone().unwrap();
        interfaces.into_iter().flat_map(|it| it.addresses.into_iter().map(move |a| (it.name.clone(), a))).collect()
    };
    assert!(addresses(&ocs).is_subset(&addresses(&other)), "{:?} {:?}", addresses(&ocs), addresses(&other));
    let size = |it: &ForeignInventory| it.sections.volumes.clone().unwrap()[0].size_bytes;
    assert_eq!(size(&ocs), size(&other));
    let memory = |it: &ForeignInventory| it.sections.system.as_ref().unwrap().memory_bytes;
    assert_eq!(memory(&ocs), memory(&other));
}

#[test]
fn nothing_of_the_environment_or_of_processes_is_kept() {
    let Some(document) = run("fusioninventory-inventory", &[]) else { return };
    assert!(document.windows(SECRET.len()).any(|it| it == SECRET.as_bytes()), "the agent sends its environment");
    assert!(!format!("{:?}", take(&document)).contains(SECRET));
}

/// A server that takes whatever comes and answers as the intake does, and a folder for an agent's state.
struct Server {
    url: String,
    told: mpsc::Receiver<Message>,
    state: PathBuf,
}

impl Server {
    fn start(open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, told) = mpsc::channel();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                serve(connection.unwrap(), open, &sender);
            }
        });
        let state = std::env::temp_dir().join(format!("vigie-agent-state-{}", address.port()));
        std::fs::create_dir_all(&state).unwrap();
        Self { url: format!("http://{address}/"), told, state }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.state);
    }
}

/// One request of one connection.
fn serve(mut connection: TcpStream, open: bool, told: &mpsc::Sender<Message>) {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    let (head, length) = loop {
        let read = connection.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length: usize = header(&head, "content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
            if request.len() >= end + 4 + length {
                break (head, length);
            }
        }
        if read == 0 {
            return;
        }
    };
    let body = &request[request.len() - length..];
    let headers = Headers { glpi_agent_id: header(&head, "glpi-agent-id"), user_agent: header(&head, "user-agent") };
    let reply = if head.starts_with("get") {
        reply::configuration()
    } else {
        let inflated = inflate(body, DEFAULT_LIMIT, &mut |_| true).unwrap();
        let message = read(&inflated, &headers).unwrap();
        let reply = match &message {
            Message::Prolog(prolog) if open => reply::prolog(prolog),
            Message::Prolog(prolog) => reply::prolog_closed(prolog, "closed"),
            Message::Contact(contact) => reply::contact(contact),
            Message::Inventory(inventory) => reply::inventory(message.dialect(), &inventory.device_id),
            Message::Other(other) => reply::unsupported(other.dialect, &other.query),
        };
        told.send(message).unwrap();
        reply
    };
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        reply.status,
        reply.content_type,
        reply.body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&reply.body).unwrap();
}

fn header<'t>(head: &'t str, name: &str) -> Option<&'t str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Runs an agent against a server: its messages, and what it wrote. None when it is not installed.
fn talk(program: &str, arguments: &[&str], server: &Server) -> Option<(Vec<Message>, String)> {
    let state = server.state.to_str().unwrap();
    let fill = |argument: &&str| argument.replace("URL", &server.url).replace("STATE", state);
    let output = Command::new(program).args(arguments.iter().map(fill)).env("no_proxy", "*").output().ok()?;
    let log = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    Some((server.told.try_iter().collect(), log))
}

const FUSION_INVENTORY: &[&str] = &["--server", "URL", "--force", "--logger", "stderr", "--tasks", "inventory"];
/// `--local=0` takes back what Debian's configuration says.
const OCS: &[&str] = &["--server", "URL", "--local=0", "--basevardir", "STATE", "--nosoftware"];

/// One test, because the agents keep one state on the machine.
#[test]
fn the_real_agents_accept_the_answers_and_stop_when_told_so() {
    for (program, arguments, kind) in
        [("fusioninventory-agent", FUSION_INVENTORY, Kind::FusionInventory), ("ocsinventory-agent", OCS, Kind::Ocs)]
    {
        let Some((messages, log)) = talk(program, arguments, &Server::start(true)) else { continue };
        // OCS's part for SNMP complains where a module is missing that Debian only recommends.
        let faults = log.lines().filter(|line| line.contains("[error]") && !line.contains("[snmpscan]"));
        assert_eq!(faults.count(), 0, "{log}");
        let [Message::Prolog(prolog), Message::Inventory(inventory)] = &messages[..] else {
            panic!("{messages:?} {log}")
        };
        assert_eq!((prolog.kind, inventory.kind), (kind, kind));
        assert!(!prolog.wants_json);
        assert_eq!(prolog.device_id, inventory.device_id);
        assert!(inventory.agent_version.is_some());
    }
    let unforced: Vec<&str> = FUSION_INVENTORY.iter().copied().filter(|it| *it != "--force").collect();
    for (program, arguments) in [("fusioninventory-agent", &unforced[..]), ("ocsinventory-agent", OCS)] {
        let Some((messages, log)) = talk(program, arguments, &Server::start(false)) else { continue };
        assert!(matches!(messages[..], [Message::Prolog(_)]), "{messages:?} {log}");
    }
}

const GLPI: &[&str] =
    &["--server", "URL", "--vardir", "STATE", "--tasks", "inventory", "--logger", "stderr", "--force"];

#[test]
fn the_real_glpi_agent_goes_from_prolog_to_partial_inventories() {
    let server = Server::start(true);
    let Some((messages, log)) = talk("glpi-agent", GLPI, &server) else { return };
    assert!(!log.contains("[error]"), "{log}");
    let [Message::Prolog(prolog), Message::Contact(contact), Message::Inventory(full)] = &messages[..] else {
        panic!("{messages:?} {log}")
    };
    assert!(prolog.wants_json);
    assert_eq!((prolog.kind, full.kind), (Kind::Glpi, Kind::Glpi));
    assert!(contact.agent_id.is_some() && contact.agent_id == prolog.agent_id && contact.agent_id == full.agent_id);
    assert!(!full.partial);
    agrees_with_the_machine(full);

    let unforced: Vec<&str> = GLPI.iter().copied().filter(|it| *it != "--force").collect();
    let (messages, log) = talk("glpi-agent", &unforced, &server).unwrap();
    let [Message::Contact(_), Message::Inventory(partial)] = &messages[..] else { panic!("{messages:?} {log}") };
    assert!(partial.partial, "{log}");
    assert!(partial.sections.software.is_none(), "it did not change, so it is not sent");
    let held = full.onto(None);
    let after = partial.onto(Some(held.clone()));
    let changed: Vec<_> = Section::ALL.iter().filter(|it| Sections::changes(**it, &held, &after).is_some()).collect();
    assert!(changed.iter().all(|it| **it == Section::Volumes), "nothing but free space changed: {changed:?}");
}
