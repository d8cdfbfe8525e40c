/// <reference types="node" />
/** Every value that the API's document names has a word in both languages. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { alertStates, kinds } from "../lib/alerts.ts";
import { auditActions } from "../pages/administration/audit-actions.ts";
import { intervals } from "../pages/administration/subscriptions/words.ts";
import en from "./en/index.ts";
import fr from "./fr/index.ts";

interface Schema {
  enum?: string[];
  description?: string;
  properties?: Record<string, Schema>;
}

const root = join(import.meta.dirname, "../../..");
const document = JSON.parse(readFileSync(join(root, "openapi/vigie.json"), "utf8")) as {
  components: { schemas: Record<string, Schema> };
};
const schemas = document.components.schemas;

function word(words: unknown, path: string): unknown {
  const [part, ...rest] = path.split(".");
  const inner = (words as Record<string, unknown> | undefined)?.[part!];
  if (rest.length === 0) return inner;
  const found = word(inner, rest.join("."));
  // A code that goes on where another ends has its point in its name.
  return found ?? (words as Record<string, unknown> | undefined)?.[path];
}

function missing(group: string, values: string[]): string[] {
  return values.flatMap((value) =>
    [en, fr].flatMap((words, index) =>
      typeof word(words, `${group}.${value}`) === "string" ||
      word(words, `${group}.${value}.action`) ||
      word(words, `${group}.${value}.name`)
        ? []
        : [`${index === 0 ? "en" : "fr"} ${group}.${value}`],
    ),
  );
}

/** The values that a description lists between backquotes. */
const listed = (schema: string, property: string) =>
  [...(schemas[schema]!.properties![property]!.description ?? "").matchAll(/`([\w-]+)`/g)].map((match) => match[1]!);

/** Where the words of an enumeration are; those that no page shows have none. */
const enumerations: Record<string, string | null> = {
  AcmeChallengeKind: "administration.certificate.acme.challenges",
  AcmeStatus: "administration.certificate.acme.statuses",
  Action: "people.actions",
  AlertDeliveryState: "notify.states",
  AlertSeverity: "alerts.severities",
  AlertType: "alerts.types",
  AgentKind: "equipment.agentKinds",
  NoticeKind: "notify.notices",
  AssociationWhyNot: "pending.rules.whyNot",
  ApiClientStatus: "administration.api.statuses",
  CertificateCheck: "administration.preferences.certificateChecks",
  CertificateMode: "administration.certificate.modes",
  CertificateWarning: "administration.certificate.warnings",
  BackupEngine: "platform.engines",
  ColorScheme: "shell.schemes",
  Connectivity: "systems.connectivity",
  Density: "shell.densities",
  Format: "common.export",
  Health: "platform.states",
  List: "common.export.lists",
  LogLevel: "platform.levels",
  LogPart: "platform.parts",
  KeySoftwareState: "software.key.states",
  MailSecurity: "notify.mail.securities",
  MailTrouble: "notify.mail.troubles",
  MaintenanceRepeats: "alerts.maintenance.repeatsOf",
  MoveState: "administration.move.states",
  Hindrance: "common.may",
  ImportDates: "imports.dates",
  ImportDelimiter: "imports.delimiters",
  ImportEncoding: "imports.encodings",
  ImportFormat: "imports.formats",
  ImportMatch: "imports.matches",
  ImportState: "imports.states",
  Outside: "notify.hours.outsides",
  Outcome: "equipment.sync.outcomes",
  PartName: "platform.parts",
  PendingState: "pending.states",
  PolicyCell: "people.policy.cells",
  Platform: "administration.distribution.platforms",
  OpenIdTrouble: "factors.provider.troubles",
  ReleaseSigned: "updates.signed",
  ReportRepeats: "reports.repeats",
  SummaryGroupBy: "reports.by",
  Role: "shell.roles",
  RolloutAgentState: "updates.agentStates",
  RolloutState: "updates.states",
  SyslogTransport: "administration.preferences.syslogTransports",
  Section: "inventory.sections",
  SynchronisationRefusal: "systems.synchronised.refusals",
  SystemPlace: "systems.places",
  Severity: "platform.severities",
  Silence: "alerts.silences",
  UserBulkAction: "people.bulk",
  TokenScope: "administration.profile.scopes",
  TrustedKind: "administration.certificate.trusted.kinds",
  CustomerAttention: "customers.attention",
  CustomerColour: "dashboard.colours",
  // Languages bear their own names; topics, bulk actions and what consoles and agents send are never read.
  ClientErrorKind: null,
  Locale: null,
  SavedViewPage: null,
  PortalState: null,
  Topic: null,
  UpdateEnd: null,
  UserOrigin: null,
  AuditFault: "administration.audit.faults",
  EquipmentBulkAction: null,
  PendingBulkAction: null,
};

const described: [schema: string, property: string, group: string][] = [
  ["EquipmentItem", "type", "equipment.types"],
  ["EquipmentItem", "status", "equipment.statuses"],
  ["AgentItem", "status", "equipment.sync.statuses"],
  ["Reason", "code", "equipment.reasons"],
  ["Remark", "reason", "inventory.remarks"],
  ["ImportWarning", "code", "imports.warnings"],
  ["ImportKept", "reason", "imports.reasons"],
  ["AuditActor", "kind", "administration.audit.kinds"],
  ["Part", "reason", "platform.reasons"],
  ["Bios", "mode", "inventory.values"],
  ["Disk", "kind", "inventory.values"],
  ["NetworkInterface", "kind", "inventory.values"],
  ["NetworkInterface", "status", "inventory.values"],
  ["OperatingSystem", "family", "inventory.values"],
  ["OperatingSystem", "licence_state", "inventory.values"],
  ["Service", "start", "inventory.values"],
  ["Service", "state", "inventory.values"],
  ["System", "chassis", "inventory.values"],
  ["Update", "state", "inventory.values"],
  ["VirtualMachine", "state", "inventory.values"],
];

describe("what the API can answer", () => {
  it("is known: every enumeration of the document", () => {
    const known = Object.keys(schemas).filter((name) => schemas[name]!.enum);
    expect(known.sort()).toEqual(Object.keys(enumerations).sort());
  });

  it.each(Object.entries(enumerations).filter(([, group]) => group !== null))("has words: %s", (name, group) => {
    expect(missing(group!, schemas[name]!.enum!)).toEqual([]);
  });

  it.each(described)("has words: %s.%s", (schema, property, group) => {
    const values = listed(schema, property);
    expect(values.length).toBeGreaterThan(1);
    expect(missing(group, values)).toEqual([]);
  });

  it("has words: why a connection is in a state, and what to do about it", () => {
    const states = schemas["Connectivity"]!.enum!;
    expect(states).toHaveLength(20);
    const silent = states.flatMap((state) =>
      [en, fr].flatMap(({ systems }) => {
        const { name, why, system, console } = systems.connectivity[state as keyof typeof systems.connectivity];
        const wellSaid = name && why && (state === "connected" || system || console);
        return wellSaid ? [] : [state];
      }),
    );
    expect(silent).toEqual([]);
  });

  it("has words: what each kind of condition looks at, and what to do about its alerts", () => {
    const parts = kinds.flatMap((kind) => ["name", "what", "todo"].map((part) => `${kind}.${part}`));
    expect(missing("alerts.kinds", [...parts, "other.what", "other.todo"])).toEqual([]);
    expect(missing("alerts.states", ["open", ...alertStates])).toEqual([]);
    for (const silence of schemas["Silence"]!.enum!)
      expect(missing("alerts.silences", [`${silence}.name`, `${silence}.text`])).toEqual([]);
    // The help's sections bear the kinds' names: the details of an alert lead to them.
    for (const [language, { alerts }] of Object.entries({ en, fr })) {
      const help = readFileSync(join(root, `docs/user/${language}/alerts.md`), "utf8");
      expect(kinds.filter((kind) => !help.includes(`### ${alerts.kinds[kind].name}\n`))).toEqual([]);
    }
  });

  it("has words: channels, and the pauses between messages", () => {
    const channels = (schemas["AlertChannel"] as { oneOf?: Schema[] }).oneOf!.map(
      (one) => one.properties!["kind"]!.enum![0]!,
    );
    expect(channels).toHaveLength(3);
    expect(missing("notify.channels", channels)).toEqual([]);
    expect(missing("notify.intervals", intervals.map(String))).toEqual([]);
  });

  it("has words: what a system's owner may switch", () => {
    const switches = Object.keys(schemas["SystemSwitches"]!.properties!);
    expect(switches).toHaveLength(7);
    for (const part of ["name", "text"])
      expect(
        missing(
          "systems.switches",
          switches.map((one) => `${one}.${part}`),
        ),
      ).toEqual([]);
  });

  it("has words: problems that a person can meet", () => {
    const agents = /^(client-unknown|client-inactive|agent-|signature-|sequence-|base-|inventory-|foreign-|update-)/;
    const table = readFileSync(join(root, "docs/problems.md"), "utf8");
    const codes = [...table.matchAll(/^\| `([\w-]+)`/gm)].map((match) => match[1]!);
    expect(codes.length).toBeGreaterThan(20);
    expect(
      missing(
        "problems",
        codes.filter((code) => !agents.test(code)),
      ),
    ).toEqual([]);
  });

  it("has words: what the server writes into the audit", () => {
    const crates = join(root, "crates");
    const sources = (folder: string): string[] =>
      !existsSync(folder)
        ? []
        : readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
            const path = join(folder, entry.name);
            if (entry.isDirectory()) return entry.name === "tests" ? [] : sources(path);
            return entry.name.endsWith(".rs") && entry.name !== "tests.rs" ? [readFileSync(path, "utf8")] : [];
          });
    const files = ["assets", "db", "fleet", "people", "server"].flatMap((crate) => sources(join(crates, crate, "src")));
    const actions = files
      .map((text) => text.split("#[cfg(test)]\nmod tests {")[0]!)
      .filter((text) => /AuditEntry|audit::|\baudit\(|\bsay(_of)?\(/.test(text))
      .flatMap((text) => [...text.matchAll(/"([a-z-]+(?:\.[a-z-]+)+)"/g)].map((match) => match[1]!))
      // Names of files, of columns and of members are no actions.
      .filter((action) => !/^[a-z]\.|^(channel|filter)\.|\.(sock|toml|pem|address)$/.test(action));
    expect(actions.length).toBeGreaterThan(40);
    expect([...auditActions].sort()).toEqual([...new Set(actions)].sort());
    expect(missing("administration.audit.actions", [...auditActions])).toEqual([]);
  });
});
