/** A whole inventory of one of the mock's machines, made from its seed. */
import type { HistoryEntry, Inventory, InventoryRecord } from "../../src/api/types.ts";
import { ago, catalogue, versionOn, type Machine } from "./fleet.ts";
import { random } from "./random.ts";

const gib = 1024 ** 3;

export function inventoryOf(machine: Machine): Inventory {
  const r = random(machine.seed + 31);
  const linux = machine.os?.family === "linux";
  const memory = r.pick([8, 16, 32, 64]) * gib;
  const diskSize = r.pick([256, 512, 960, 1920]) * 1e9;
  const mac = () => Array.from({ length: 6 }, (_, index) => (index === 0 ? "a4" : r.hex(2))).join(":");
  const software: InventoryRecord[] = catalogue.flatMap((title, index) => {
    const version = versionOn(machine, title, index);
    if (!version) return [];
    return [
      {
        name: title.name,
        version,
        publisher: title.publisher ?? undefined,
        source: linux ? "dpkg" : "registry",
        architecture: linux ? "amd64" : "x86_64",
        install_date: linux ? undefined : "2025-03-14",
        size_bytes: 200_000 + r.int(90_000_000),
      },
    ];
  });
  if (linux) {
    for (let index = 0; index < 640; index += 1) {
      software.push({
        name: `lib${r.pick(["gtk", "perl", "python", "x", "gnome", "ssl", "xml", "qt"])}-${r.pick(["core", "common", "data", "utils", "dev", "runtime"])}${index}`,
        version: `${1 + r.int(9)}.${r.int(30)}.${r.int(20)}-${1 + r.int(4)}`,
        publisher: "Debian",
        source: "dpkg",
        architecture: r.chance(0.7) ? "amd64" : "all",
        size_bytes: 10_000 + r.int(5_000_000),
      });
    }
  }
  return {
    collected_at: machine.last_inventory_at ?? ago(0),
    received_at: machine.last_inventory_at ?? ago(0),
    incomplete: false,
    agent: machine.agent,
    sections: {
      system: {
        name: machine.name,
        domain: "interne.example",
        manufacturer: machine.manufacturer ?? undefined,
        model: machine.model ?? undefined,
        serial: machine.serial ?? undefined,
        uuid: machine.uuid ?? undefined,
        chassis: machine.type === "virtual-machine" ? "virtual" : machine.type,
        virtualization: machine.type === "virtual-machine" ? "kvm" : undefined,
        memory_bytes: memory,
        swap_bytes: 4 * gib,
        dns_servers: ["192.0.2.53", "2001:db8::53"],
        time_zone: "Europe/Paris",
      },
      operating_system: {
        ...machine.os,
        distribution: linux ? "debian" : "windows",
        edition: linux ? undefined : "Professionnel",
        kernel: linux ? "6.1.0-39-amd64" : "10.0.22631",
        build: linux ? undefined : "22631.5909",
        architecture: "x86_64",
        install_date: "2024-02-29",
        licence_state: linux ? undefined : "licensed",
        language: "fr-FR",
      },
      bios: {
        vendor: machine.manufacturer ?? "Dell Inc.",
        version: "1.18.2",
        date: "2024-11-06",
        mode: "uefi",
        secure_boot: !linux,
      },
      boards: [
        {
          manufacturer: machine.manufacturer ?? undefined,
          model: "0WMTYC",
          version: "A01",
          serial: ".7H2KQX3.CNFCP00.",
        },
      ],
      processors: [
        {
          socket: "0",
          name: linux ? "Intel(R) Xeon(R) Silver 4310 CPU @ 2.10GHz" : "13th Gen Intel(R) Core(TM) i5-1345U",
          manufacturer: "Intel",
          architecture: "x86_64",
          cores: 12,
          threads: 24,
          speed_mhz: 3300,
        },
      ],
      memory_slots: Array.from({ length: 4 }, (_, slot) =>
        slot < 2
          ? {
              slot: `DIMM_A${slot + 1}`,
              capacity_bytes: memory / 2,
              kind: "DDR4",
              form_factor: "DIMM",
              speed_mts: 3200,
              manufacturer: "Samsung",
              part_number: "M393A2K43DB3-CWE",
              serial: r.hex(8).toUpperCase(),
            }
          : { slot: `DIMM_A${slot + 1}` },
      ),
      disks: [
        {
          name: linux ? "/dev/nvme0n1" : "\\\\.\\PHYSICALDRIVE0",
          kind: "nvme",
          manufacturer: "Samsung",
          model: "SAMSUNG MZVL2512HCJQ-00BL7",
          serial: "S64KNX0T123456",
          firmware: "GXA7801Q",
          interface: "nvme",
          size_bytes: diskSize,
          removable: false,
        },
      ],
      volumes: linux
        ? [
            {
              device: "/dev/nvme0n1p2",
              mount_point: "/",
              file_system: "ext4",
              size_bytes: diskSize * 0.2,
              free_bytes: diskSize * 0.2 * (machine.disk_nearly_full ? 0.04 : 0.46),
              encrypted: true,
              encryption: "luks",
              system: true,
            },
            {
              device: "/dev/nvme0n1p1",
              mount_point: "/boot/efi",
              file_system: "vfat",
              size_bytes: 536_870_912,
              free_bytes: 530_000_000,
            },
            {
              device: "/dev/mapper/vg-srv",
              mount_point: "/srv",
              file_system: "xfs",
              size_bytes: diskSize * 0.7,
              free_bytes: diskSize * 0.31,
              encrypted: false,
            },
          ]
        : [
            {
              device: "C:",
              mount_point: "C:\\",
              file_system: "NTFS",
              label: "Système",
              size_bytes: diskSize * 0.95,
              free_bytes: diskSize * (machine.disk_nearly_full ? 0.03 : 0.4),
              encrypted: true,
              encryption: "bitlocker",
              system: true,
            },
          ],
      graphics: [
        {
          name: "Intel Iris Xe Graphics",
          manufacturer: "Intel",
          memory_bytes: 134_217_728,
          driver: "i915",
          resolution: "1920x1080",
          slot: "0000:00:02.0",
        },
      ],
      monitors: linux
        ? []
        : [
            {
              name: "DELL P2422H",
              manufacturer: "Dell Inc.",
              model: "P2422H",
              serial: "3KTX8H3",
              port: "DisplayPort",
              year: 2023,
              resolution: "1920x1080",
              diagonal_tenths_inch: 238,
            },
          ],
      networks: [
        {
          name: linux ? "eno1" : "Ethernet",
          mac: mac(),
          kind: "ethernet",
          driver: "igc",
          status: "up",
          speed_mbps: 1000,
          mtu: 1500,
          addresses: ["192.0.2.17/24", "2001:db8::17/64"],
          gateway: "192.0.2.1",
          dhcp_server: "192.0.2.2",
        },
        {
          name: linux ? "wlp2s0" : "Wi-Fi",
          mac: mac(),
          kind: "wifi",
          driver: "iwlwifi",
          status: "down",
          mtu: 1500,
          addresses: [],
          wifi_ssid: "Bureau",
        },
      ],
      software,
      updates: [
        {
          name: linux ? "openssl" : "KB5041585",
          version: linux ? "3.0.17-1~deb12u2" : undefined,
          installed_version: linux ? "3.0.14-1~deb12u2" : undefined,
          source: linux ? "apt" : "windows-update",
          state: "waiting",
          security: true,
        },
        {
          name: linux ? "curl" : "KB5042099",
          version: linux ? "7.88.1-10+deb12u14" : undefined,
          installed_version: linux ? "7.88.1-10+deb12u8" : undefined,
          source: linux ? "apt" : "windows-update",
          state: "waiting",
          security: false,
        },
      ],
      services: Array.from({ length: 60 }, (_, index) => ({
        name: linux
          ? `${r.pick(["ssh", "cron", "nginx", "getty@tty", "systemd-", "user@"])}${index}.service`
          : `Svc${index}`,
        description: r.pick([
          "OpenBSD Secure Shell server",
          "Planificateur de tâches",
          "Serveur web",
          "Gestion des sessions",
        ]),
        start: r.pick(["enabled", "disabled", "static"]),
        state: r.weighted([
          ["running", 60],
          ["stopped", 36],
          ["failed", 4],
        ] as const),
        account: "root",
      })),
      local_users: [
        { name: "root", id: "0", full_name: "root", home: "/root", shell: "/bin/bash", administrator: true },
        {
          name: "cmartin",
          id: "1000",
          full_name: "Camille Martin",
          home: "/home/cmartin",
          shell: "/bin/bash",
          administrator: false,
        },
        // Hostile words: they must come out as they are, as text.
        { name: "<img src=x onerror=alert(1)>", id: "1001", full_name: "javascript:alert(1)", disabled: true },
      ],
      local_groups: [{ name: "sudo", id: "27", members: ["cmartin"] }],
      logged_on_users: [{ name: "cmartin", domain: "INTERNE" }],
      usb_devices: [
        { vendor_id: "046d", product_id: "c52b", name: "Unifying Receiver", manufacturer: "Logitech", class: "HID" },
      ],
      pci_devices: [
        {
          slot: "0000:00:1f.6",
          name: "Ethernet Controller I225-LM",
          manufacturer: "Intel",
          vendor_id: "8086",
          product_id: "15f2",
          class: "Ethernet controller",
          driver: "igc",
        },
      ],
      batteries:
        machine.type === "laptop"
          ? [
              {
                name: "BAT0",
                manufacturer: "SMP",
                serial: "4711",
                chemistry: "li-ion",
                design_capacity_mwh: 52_500,
                full_capacity_mwh: 47_100,
                cycles: 213,
              },
            ]
          : [],
      antivirus: linux
        ? []
        : [
            {
              name: "Windows Defender",
              publisher: "Microsoft Corporation",
              version: "4.18.25080.5",
              enabled: true,
              up_to_date: true,
            },
          ],
      firewalls: [
        { name: linux ? "nftables" : "Pare-feu Windows", profile: linux ? undefined : "domain", enabled: true },
      ],
      virtual_machines:
        machine.type === "server"
          ? [
              {
                name: "vm-web-01",
                uuid: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
                kind: "kvm",
                state: "running",
                memory_bytes: 8 * gib,
                processors: 4,
                mac: mac(),
              },
            ]
          : [],
      runtime: {
        started_at: ago(12 * 86_400),
        memory_available_bytes: Math.round(memory * 0.42),
        processes: 311,
        load_hundredths: 27,
      },
    },
  };
}

export function historyOf(machine: Machine): HistoryEntry[] {
  if (!machine.last_inventory_at) return [];
  const at = (days: number) => ago(days * 86_400 + 4000);
  const entry = (days: number, sections: HistoryEntry["sections"]): HistoryEntry => ({
    id: `his_${machine.seed}_${days}`,
    at: at(days),
    collected_at: at(days),
    sections,
  });
  const openssl = (version: string) => ({ name: "openssl", version, source: "dpkg", architecture: "amd64" });
  return [
    entry(1, [
      {
        section: "software",
        added: [{ name: "tcpdump", version: "4.99.3-1", source: "dpkg", architecture: "amd64", publisher: "Debian" }],
        removed: [{ name: "telnet", version: "0.17+2.4-2", source: "dpkg", architecture: "all" }],
        changed: [
          { before: openssl("3.0.14-1~deb12u2"), after: openssl("3.0.15-1~deb12u1") },
          {
            before: { name: "curl", version: "7.88.1-10+deb12u5" },
            after: { name: "curl", version: "7.88.1-10+deb12u8" },
          },
        ],
      },
      {
        section: "volumes",
        changed: [
          {
            before: { mount_point: "/", free_bytes: 61e9, size_bytes: 102e9 },
            after: { mount_point: "/", free_bytes: 47e9, size_bytes: 102e9 },
          },
        ],
      },
    ]),
    entry(6, [
      {
        section: "networks",
        changed: [
          {
            before: { name: "eno1", addresses: ["192.0.2.40/24"], status: "up" },
            after: { name: "eno1", addresses: ["192.0.2.17/24", "2001:db8::17/64"], status: "up" },
          },
        ],
      },
    ]),
    entry(23, [
      {
        section: "memory_slots",
        changed: [
          { before: { slot: "DIMM_A2" }, after: { slot: "DIMM_A2", capacity_bytes: 17_179_869_184, kind: "DDR4" } },
        ],
      },
      { section: "local_users", added: [{ name: "cmartin", id: "1000", full_name: "Camille Martin" }] },
    ]),
    entry(48, [
      { section: "system", added: [{ name: machine.name, manufacturer: machine.manufacturer, model: machine.model }] },
    ]),
  ];
}
