/** The machines of the mock: many, different, and the same at every run. */
import type { EquipmentItem, Named, OsView, PendingItem, SoftwareMachine } from "../../src/api/types.ts";
import { catalogue, type Title } from "./catalogue.ts";
import { random } from "./random.ts";

/** The mock's present: fixed, so that pictures do not change from day to day. */
export const now = Date.parse(process.env.VIGIE_MOCK_NOW ?? "") || Date.now();
export const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const day = 86_400;

/** The first is the default customer, by the name that a server gives it. */
export const customers: Named[] = [
  "Default customer",
  "Atelier Perrin",
  "Boulangeries Maison Aubert",
  "Cabinet Lefèvre & Associés",
  "Clinique vétérinaire des Quatre-Vents",
  "Communauté de communes du Val-de-Loire et des Coteaux du Layon",
  "Groupe Sélène",
  "Imprimerie Rougier",
  "Lycée Jean-Moulin",
  "Transports Kerven",
].map((name, index) => ({ id: `cus_${index + 1}`, name }));

const systems = {
  debian: { family: "linux", name: "Debian GNU/Linux 12 (bookworm)", version: "12.11" },
  ubuntu: { family: "linux", name: "Ubuntu 24.04.3 LTS", version: "24.04" },
  rocky: { family: "linux", name: "Rocky Linux 9.6 (Blue Onyx)", version: "9.6" },
  windows11: { family: "windows", name: "Microsoft Windows 11 Professionnel", version: "23H2" },
  windows10: { family: "windows", name: "Microsoft Windows 10 Professionnel", version: "22H2" },
  server2022: { family: "windows", name: "Microsoft Windows Server 2022 Standard", version: "21H2" },
} satisfies Record<string, OsView>;

const hardware: Record<string, [string, string][]> = {
  workstation: [
    ["Dell Inc.", "OptiPlex 7010"],
    ["HP", "ProDesk 400 G9"],
    ["LENOVO", "ThinkCentre M70q Gen 4"],
    ["FUJITSU", "ESPRIMO D7012"],
  ],
  laptop: [
    ["LENOVO", "ThinkPad T14 Gen 4"],
    ["Dell Inc.", "Latitude 5440"],
    ["HP", "EliteBook 840 14 inch G10 Notebook PC"],
    ["ASUSTeK COMPUTER INC.", "ExpertBook B1402CBA"],
  ],
  server: [
    ["Dell Inc.", "PowerEdge R450"],
    ["HPE", "ProLiant DL380 Gen10 Plus"],
    ["Supermicro", "SYS-510P-M"],
  ],
  "virtual-machine": [
    ["QEMU", "Standard PC (Q35 + ICH9, 2009)"],
    ["VMware, Inc.", "VMware7,1"],
  ],
};
const prefix: Record<string, string[]> = {
  workstation: ["pc-accueil", "pc-compta", "pc-atelier", "poste"],
  laptop: ["lt-martin", "lt-commercial", "portable", "nb"],
  server: ["srv-ad", "srv-fichiers", "hyp", "srv-sage"],
  "virtual-machine": ["vm-web", "vm-db", "vm-app", "vm-mail"],
};
const people = ["Camille Martin", "Yann Le Goff", "Inès Benali", "Hugo Girard", "Sophie Delacroix-Montesquieu", "", ""];
const places = ["Siège", "Nantes — 2e étage", "Agence de Quimper", "Salle serveurs", "", ""];

/** An equipment whose inventory can be made again from its seed. */
/** What is made of its number is added where it is answered. */
export interface Machine extends Omit<EquipmentItem, "memory_bytes" | "age_from"> {
  seed: number;
}

function machine(index: number): Machine {
  const r = random(index * 7919 + 13);
  const type = r.weighted([
    ["workstation", 44],
    ["laptop", 34],
    ["server", 7],
    ["virtual-machine", 15],
  ] as const);
  const server = type === "server" || type === "virtual-machine";
  const os = server
    ? r.pick([systems.debian, systems.ubuntu, systems.rocky, systems.server2022])
    : r.weighted([
        [systems.windows11, 60],
        [systems.windows10, 22],
        [systems.debian, 10],
        [systems.ubuntu, 8],
      ] as const);
  const [manufacturer, model] = r.pick(hardware[type]!);
  const customer = customers[r.int(customers.length)]!;
  const byHand = r.chance(0.03);
  const silent = r.chance(0.04);
  const contact = silent ? (15 + r.int(60)) * day : r.int(3 * 3600);
  return {
    seed: index,
    id: `eqp_${String(index).padStart(6, "0")}`,
    name: `${r.pick(prefix[type]!)}-${String(index % 1000).padStart(3, "0")}`,
    type,
    status: r.weighted([
      ["in-use", 88],
      ["in-stock", 6],
      ["in-repair", 3],
      ["retired", 3],
    ] as const),
    customer,
    manufacturer,
    model,
    serial: type === "virtual-machine" ? "" : r.hex(7).toUpperCase(),
    uuid: `${r.hex(8)}-${r.hex(4)}-4${r.hex(3)}-a${r.hex(3)}-${r.hex(12)}`,
    os: byHand ? null : os,
    location: r.pick(places),
    person: server ? "" : r.pick(people),
    asset_number: r.chance(0.5) ? `A-${String(10_000 + index)}` : "",
    last_inventory_at: byHand ? null : ago(contact + r.int(2 * day)),
    last_contact_at: byHand ? null : ago(contact),
    stale: !byHand && silent,
    disk_nearly_full: r.chance(0.03),
    clone: r.chance(0.002),
    agent: byHand
      ? null
      : {
          id: `agt_${index}`,
          ...r.weighted([
            [{ kind: "vigie", version: "0.1.0", proven: true }, 90],
            [{ kind: "glpi", version: "1.11", proven: false }, 6],
            [{ kind: "fusioninventory", version: "2.6", proven: false }, 2],
            [{ kind: "ocs", version: "2.10.0", proven: false }, 2],
          ] as const),
        },
    deleted_at: null,
    revision: 1,
  };
}

function three(): Machine[] {
  const machines = [machine(1), machine(2), machine(3)];
  const [a, b, c] = machines as [Machine, Machine, Machine];
  Object.assign(a, {
    name: "srv-compta",
    type: "server",
    manufacturer: "Dell Inc.",
    model: "PowerEdge R450",
    serial: "7H2KQX3",
    os: systems.debian,
    customer: customers[1],
    location: "Salle serveurs",
    person: "",
    status: "in-use",
    stale: false,
    disk_nearly_full: true,
    clone: false,
    last_inventory_at: ago(1900),
    last_contact_at: ago(1900),
    agent: { id: "agt_1", kind: "vigie", version: "0.1.0", proven: true },
  });
  Object.assign(b, {
    name: "lt-martin",
    type: "laptop",
    manufacturer: "LENOVO",
    model: "ThinkPad T14 Gen 4",
    serial: "PF4T8XWZ",
    os: systems.windows11,
    customer: customers[3],
    person: "Camille Martin",
    status: "in-use",
    stale: true,
    disk_nearly_full: false,
    clone: false,
    last_inventory_at: ago(19 * day),
    last_contact_at: ago(19 * day),
    agent: { id: "agt_2", kind: "glpi", version: "1.11", proven: false },
  });
  Object.assign(c, {
    name: "vm-web-01",
    type: "virtual-machine",
    manufacturer: "QEMU",
    model: "Standard PC (Q35 + ICH9, 2009)",
    serial: "",
    os: systems.ubuntu,
    customer: customers[5],
    person: "",
    status: "in-use",
    stale: false,
    disk_nearly_full: false,
    clone: false,
    last_inventory_at: ago(260),
    last_contact_at: ago(260),
    agent: { id: "agt_3", kind: "vigie", version: "0.1.0", proven: true },
  });
  return machines;
}

function pendingItem(index: number, machines: Machine[]): PendingItem {
  const from = machine(500_000 + index);
  const r = random(index + 77);
  const known = machines.length > 0 ? machines[index % machines.length]! : null;
  const flag = index % 6;
  return {
    id: `pen_${String(index).padStart(5, "0")}`,
    name: from.name,
    uuid: from.uuid,
    serial: from.serial,
    manufacturer: from.manufacturer,
    model: from.model,
    type: from.type,
    source_address: r.chance(0.8) ? `203.0.113.${1 + r.int(250)}` : `2001:db8:${r.hex(4)}::${r.hex(4)}`,
    os: from.os ?? systems.debian,
    customer: r.chance(0.5) ? from.customer : null,
    tag: r.chance(0.3) ? "agence-quimper" : null,
    received_at: ago(60 + index * 340 + r.int(200)),
    first_received_at: ago(60 + index * 340 + 7200 + r.int(86_400)),
    state: index % 17 === 16 ? "ignored" : "pending",
    agent:
      flag === 3
        ? { id: `pag_${index}`, kind: "glpi", version: "1.11", proven: false }
        : { id: `pag_${index}`, kind: "vigie", version: "0.1.0", proven: true },
    enrolled_again:
      flag === 1 && known
        ? {
            equipment: { id: known.id, name: known.name },
            reasons: [
              { code: "same-serial", value: known.serial ?? "7H2KQX3" },
              { code: "same-uuid", value: known.uuid },
            ],
          }
        : null,
    clone:
      flag === 2 && known
        ? { of_equipment: { id: known.id, name: known.name }, of_inventory_id: `inv_${known.seed}` }
        : null,
    incomplete: flag === 4,
    clock_skew_seconds: flag === 5 ? -10_920 : null,
    remarks:
      flag === 4 ? [{ field: "operating_system.install_date", reason: "impossible-date", value: "1970-00-01" }] : [],
  };
}

export interface Fleet {
  machines: Machine[];
  pending: PendingItem[];
}

export function makeFleet(count: number): Fleet {
  const machines = count === 3 ? three() : Array.from({ length: count }, (_, index) => machine(index + 1));
  const waiting = count === 0 ? 0 : count === 3 ? 5 : 1284;
  return { machines, pending: Array.from({ length: waiting }, (_, index) => pendingItem(index, machines)) };
}

/** Which version of a title a machine has; none when it does not have it. */
export function versionOn(target: Machine, title: Title, index: number): string | null {
  if (!target.os || target.os.family !== title.family) return null;
  const hash = Math.imul(target.seed + 1, 2654435761) ^ Math.imul(index + 1, 40503);
  const spread = ((hash >>> 0) % 1000) / 1000;
  if (spread >= title.share) return null;
  return title.versions[(hash >>> 10) % title.versions.length]!;
}

export function softwareMachine(target: Machine, title: Title, version: string): SoftwareMachine {
  return {
    equipment: { id: target.id, name: target.name },
    inventory_id: `inv_${target.seed}`,
    name: target.name,
    customer: target.customer,
    version,
    publisher: title.publisher,
    source: title.family === "linux" ? "dpkg" : "registry",
    os: target.os,
    received_at: target.last_inventory_at ?? ago(0),
    pending: false,
  };
}

export { catalogue };
