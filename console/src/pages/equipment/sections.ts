/** How the inventory's sections are shown: in which order, which fields first, what a number means. */
import type { Format } from "../../lib/format.ts";

export const sectionOrder = [
  "system",
  "operating_system",
  "bios",
  "boards",
  "processors",
  "memory_slots",
  "disks",
  "volumes",
  "graphics",
  "monitors",
  "networks",
  "software",
  "updates",
  "services",
  "local_users",
  "local_groups",
  "logged_on_users",
  "printers",
  "usb_devices",
  "pci_devices",
  "batteries",
  "antivirus",
  "firewalls",
  "virtual_machines",
  "databases",
  "remote_access",
  "runtime",
];

/** The columns of each list section, most telling first; what is not named here follows. */
export const sectionColumns: Record<string, string[]> = {
  boards: ["manufacturer", "model", "version", "serial"],
  processors: ["name", "cores", "threads", "speed_mhz", "architecture", "socket"],
  memory_slots: ["slot", "capacity_bytes", "kind", "form_factor", "speed_mts", "manufacturer", "part_number", "serial"],
  disks: ["name", "model", "kind", "size_bytes", "interface", "serial", "firmware"],
  volumes: ["mount_point", "size_bytes", "free_bytes", "file_system", "device", "label", "encrypted", "encryption"],
  graphics: ["name", "manufacturer", "memory_bytes", "resolution", "driver", "slot"],
  monitors: ["name", "manufacturer", "model", "serial", "resolution", "diagonal_tenths_inch", "year", "port"],
  networks: [
    "name",
    "addresses",
    "mac",
    "kind",
    "status",
    "speed_mbps",
    "gateway",
    "dhcp_server",
    "driver",
    "mtu",
    "wifi_ssid",
  ],
  software: ["name", "version", "publisher", "source", "architecture", "install_date", "size_bytes", "user"],
  updates: ["name", "version", "installed_version", "state", "security", "source", "install_date"],
  services: ["name", "state", "start", "description", "account", "command"],
  local_users: ["name", "full_name", "id", "administrator", "disabled", "home", "shell"],
  local_groups: ["name", "id", "members"],
  logged_on_users: ["name", "domain"],
  printers: ["name", "driver", "port", "state", "default", "network", "location"],
  usb_devices: ["name", "manufacturer", "vendor_id", "product_id", "serial", "class"],
  pci_devices: ["slot", "name", "manufacturer", "class", "driver", "vendor_id", "product_id"],
  batteries: ["name", "manufacturer", "chemistry", "design_capacity_mwh", "full_capacity_mwh", "cycles", "serial"],
  antivirus: ["name", "publisher", "version", "enabled", "up_to_date", "definitions", "definitions_date"],
  firewalls: ["name", "profile", "enabled"],
  virtual_machines: ["name", "kind", "state", "image", "memory_bytes", "processors", "uuid", "mac"],
  databases: ["name", "kind", "version", "port", "size_bytes", "databases"],
  remote_access: ["kind", "id", "version"],
};

const mono = new Set([
  "serial",
  "uuid",
  "mac",
  "addresses",
  "gateway",
  "dhcp_server",
  "dns_servers",
  "machine_id",
  "wwn",
  "slot",
  "vendor_id",
  "product_id",
  "device",
  "mount_point",
  "command",
  "home",
  "shell",
  "part_number",
  "id",
]);
/** Sizes that makers count in powers of 1,000. */
const decimalSizes = new Set(["disks.size_bytes", "volumes.size_bytes", "volumes.free_bytes"]);
const numeric =
  /_(bytes|mhz|mts|mbps|mwh|hundredths|inch)$|^(cores|threads|cycles|processors|port|mtu|year|processes)$/;

export const isMono = (field: string) => mono.has(field);
export const isNumeric = (field: string) => numeric.test(field);

export interface Words {
  yes: string;
  no: string;
  /** A known word of a field (`ssd`, `running`), or the value itself. */
  value: (field: string, value: string) => string;
}

/** One value in words. Whatever an agent sent is text here, nothing else. */
export function showValue(section: string, field: string, value: unknown, format: Format, words: Words): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (Array.isArray(value)) return value.map((one) => showValue(section, field, one, format, words)).join(", ");
  if (typeof value === "number") {
    if (field.endsWith("_bytes")) {
      return decimalSizes.has(`${section}.${field}`) ? format.diskSize(value) : format.bytes(value);
    }
    if (field.endsWith("_mhz")) return `${format.number(value)}\u00a0MHz`;
    if (field.endsWith("_mts")) return `${format.number(value)}\u00a0MT/s`;
    if (field.endsWith("_mbps")) return `${format.number(value)}\u00a0Mb/s`;
    if (field.endsWith("_mwh")) return `${format.number(value / 1000)}\u00a0Wh`;
    if (field === "load_hundredths") return format.number(value / 100);
    if (field === "diagonal_tenths_inch") return `${format.number(value / 10)}\u00a0″`;
    if (field === "year" || field === "port") return String(value);
    return format.number(value);
  }
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  if (field.endsWith("_date") || field === "date") return format.date(text);
  if (field.endsWith("_at")) return format.dateTime(text);
  return words.value(field, text);
}

/** The columns of a list: those that are known and used, then any others that came. */
export function columnsOf(section: string, rows: Record<string, unknown>[]): string[] {
  const used = new Set<string>();
  for (const row of rows) {
    for (const [field, value] of Object.entries(row)) {
      if (value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0))
        used.add(field);
    }
  }
  const known = (sectionColumns[section] ?? []).filter((field) => used.has(field));
  return [...known, ...[...used].filter((field) => !known.includes(field))];
}
