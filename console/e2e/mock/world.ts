/** What the mock knows and what happens in it: machines, the queue, people, exports. */
import type { MockImport } from "./routes-imports.ts";
import type * as T from "../../src/api/types.ts";
import { Alerts } from "./alerts.ts";
import { Certificates } from "./certificates.ts";
import { ago, catalogue, makeFleet, softwareMachine, versionOn, type Machine } from "./fleet.ts";
import type { Call } from "./answers.ts";
import { Refusal } from "./list.ts";
import { Factors } from "./routes-factors.ts";
import { fullName } from "../../src/lib/people.ts";
import { People, type Customer } from "./people.ts";
import { isAssigned } from "./policy.ts";
import { Association } from "./routes-association.ts";
import { Rollouts } from "./routes-rollouts.ts";
import { KeyPrograms } from "./routes-key-software.ts";
import { ageFromOf, isOf, memoryOf, Reports, Views } from "./routes-reports.ts";
import { Subscriptions } from "./routes-subscriptions.ts";
import { Systems } from "./systems.ts";
import type { Configured } from "./routes-agents.ts";

/** Who is at the console, and how many others there are. */
export interface Start {
  role?: T.Role | null;
  users?: number;
  /** How many customers' systems there are. */
  systems?: number;
}

/** One of these exists for each browser test, told apart by a cookie. */
export class World {
  readonly fleet;
  signedIn = false;
  mustChange = false;
  factors = new Factors();
  failures = 0;
  readonly people: People;
  readonly systems: Systems;
  readonly alerts: Alerts;
  readonly subscriptions: Subscriptions;
  readonly rollouts: Rollouts;
  readonly programs: KeyPrograms;
  readonly reports: Reports;
  readonly views = new Views();
  readonly association = new Association();
  /** Whether the session was idle for too long and only shows a wallboard. */
  wallboard = false;
  avatarNumber = 0;
  choices: Pick<T.Me, "locale" | "color_scheme" | "density"> = {
    locale: null,
    color_scheme: "auto",
    density: "comfortable",
  };
  tokens: T.ApiToken[] = [];
  exports: T.Export[] = [];
  imports: MockImport[] = [];
  exportStarted = new Map<string, number>();
  configuration: { current?: Configured; next?: Configured; revision: number } = { revision: 0 };
  clients: T.ApiClient[] = [
    {
      id: "cli_1",
      client_id: "office-agent",
      scope: "agents",
      status: "active",
      built_in: true,
      customer: null,
      last_used_at: ago(40),
      created_at: ago(9_000_000),
    },
    {
      id: "cli_2",
      client_id: "quimper-agents",
      scope: "agents",
      status: "inactive",
      built_in: false,
      customer: { id: "cus_10", name: "Transports Kerven" },
      last_used_at: null,
      created_at: ago(400_000),
    },
  ];
  preferences: T.Preferences = {
    server_name: "Vigie Démo",
    stale_after_days: 14,
    foreign_intake: true,
    session_timeout_minutes: 30,
    remembered_passwords: 5,
    longest_password: 128,
    retention: {
      synchronisations_days: 90,
      history_days: 400,
      deleted_customers_days: 30,
      deleted_equipment_days: 30,
      pending_days: 60,
      audit_days: 180,
      cleared_alerts_days: 180,
    },
    unreachable_after_seconds: 120,
    mail: { host: "", port: 587, security: "starttls", user: "", from: "", has_password: false },
    sign_in_page: { banner_shown: true, banner_title: "", banner_text: "", licence_text: "" },
    second_factor_roles: [],
    syslog: { address: "", transport: "tcp" },
    certificate_check: "standard",
    log_level: "information",
    logs_days: 30,
    client_logging: false,
    backups: { every_days: 0, keep: 7 },
    dashboard_links: [],
    customer_codes_may_change: false,
  };
  certificates = new Certificates();
  backups: T.Backup[] = [];
  backupStarted = 0;
  logsOpen = false;
  clientErrors: unknown[] = [];
  licenceAccepted = "";
  attachments = new Map<string, T.Attachment[]>();
  operations = new Map<string, T.Operation[]>();
  locks = new Map<string, T.FieldLock[]>();
  detail = new Map<string, Partial<T.Equipment>>();
  notices: T.Notice[];
  listeners = new Set<(topics: string[]) => void>();
  created = 0;
  /** Customers that can be restored, with the systems that they had. */
  deleted: { customer: Customer; systems: T.CustomerSystem[]; at: string }[] = [];

  constructor(
    readonly count: number,
    start: Start = {},
  ) {
    this.people = new People(start.role === undefined ? "administrator" : start.role, start.users ?? 3);
    this.fleet = makeFleet(count);
    this.systems = new Systems(this.people.customers, start.systems ?? (count === 0 ? 0 : undefined));
    this.alerts = new Alerts(this.systems.all);
    this.subscriptions = new Subscriptions(count > 0);
    this.rollouts = new Rollouts(count);
    this.programs = new KeyPrograms(count > 0);
    this.reports = new Reports(count > 0);
    this.notices =
      count === 0
        ? []
        : [
            { id: "not_1", kind: "pending-equipment", count: 12, at: ago(320), read_at: null, data: {} },
            {
              id: "not_2",
              kind: "clone",
              count: 1,
              at: ago(4200),
              read_at: null,
              data: { name: "vm-web-01", equipment_id: this.fleet.machines[0]?.id },
            },
            {
              id: "not_3",
              kind: "certificate",
              count: 1,
              at: ago(90_000),
              read_at: ago(80_000),
              data: { event: "ends", which: "identity", name: "CN=vigie.exemple.fr", days_left: 20 },
            },
          ];
  }

  changed(...topics: string[]) {
    for (const listener of this.listeners) listener(topics);
  }

  session(): T.Session {
    return {
      user: this.me,
      csrf_token: "csrf-mock",
      must_change_password: this.mustChange,
      must_enrol_factor: this.mustEnrol,
      wallboard_only: this.wallboard,
    };
  }

  get mustEnrol(): boolean {
    return !this.factors.any && this.preferences.second_factor_roles.includes(this.people.me.role ?? "administrator");
  }

  get me(): T.Me {
    const { id, login, role, first_name, last_name, phone, mobile, email, avatar, wallboard } = this.people.me;
    const session_timeout_minutes = this.people.me.session_timeout_minutes ?? this.preferences.session_timeout_minutes;
    const who = { id, login, role, first_name, last_name, phone, mobile, email, avatar, wallboard };
    return { ...who, ...this.choices, session_timeout_minutes };
  }

  customerItem(id: string): T.Customer {
    return this.itemOf(this.people.customer(id));
  }

  /** A customer as the API tells of it, also one that was deleted. */
  itemOf(customer: Customer): T.Customer {
    const { id } = customer;
    const seeing = this.people.users.filter((one) => isAssigned(one.role) && this.people.sees(one, customer));
    const users = seeing.map((one) => ({ id: one.id, name: fullName(one) || one.login }));
    const reseller = this.people.reseller(customer.reseller_id);
    return {
      id,
      name: customer.name,
      reseller: { id: reseller.id, name: reseller.name },
      provider: reseller.provider,
      is_default: id === "cus_1",
      code: customer.code,
      phone: customer.phone,
      email: customer.email,
      technical_email: customer.technical_email,
      address: customer.address,
      notes: customer.notes,
      tags: customer.tags,
      assigned: { users: users.slice(0, 10), count: users.length },
      deleted_at: null,
      kept_until: null,
      equipment: this.fleet.machines.filter((machine) => machine.customer.id === id).length,
      network: this.systems.network(id),
      alerts: this.alerts.of(id),
    };
  }

  /** Tags of the customers that the person at the console sees, the most used first. */
  tags(): T.CustomerTag[] {
    const counts = new Map<string, number>();
    for (const tag of this.people.seen().flatMap((one) => one.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    return [...counts].map(([name, customers]) => ({ name, customers })).sort((a, b) => b.customers - a.customers);
  }

  /** Who is assigned to a customer, by sign-in name, at most 200. */
  assigned(id: string): T.Assigned[] {
    const { people } = this;
    const customer = people.customer(id);
    const managed = new Set(people.managed().map((one) => one.id));
    return people.users
      .filter((one) => isAssigned(one.role) && people.sees(one, customer))
      .sort((a, b) => (a.login < b.login ? -1 : 1))
      .slice(0, 200)
      .map((one) => ({
        id: one.id,
        login: one.login,
        name: `${one.first_name} ${one.last_name}`.trim(),
        role: one.role!,
        by_hand: people.given.some(
          (given) => given.user === one.id && given.allow && given.node.kind === "customer" && given.node.id === id,
        ),
        reason: people.reasons(one, customer)[0] ?? null,
        manageable: managed.has(one.id) && people.mayGive({ kind: "customer", id }),
      }));
  }

  /** Whether the person at the console sees what belongs to a customer; what belongs to none is for who sees all. */
  inScope(customer: T.Named | null | undefined): boolean {
    if (!isAssigned(this.people.me.role)) return true;
    return this.people.seen().some((one) => one.id === customer?.id);
  }

  machine(id: string): Machine {
    const found = this.fleet.machines.find((machine) => machine.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  whole(machine: Machine): T.Equipment {
    const { seed: _seed, ...item } = machine;
    return {
      ...item,
      memory_bytes: memoryOf(machine),
      age_from: ageFromOf(machine),
      purchase_date: machine.agent ? "2023-09-04" : null,
      warranty_end: machine.agent ? "2026-09-03" : null,
      supplier: machine.agent ? "Inmac Wstore" : "",
      notes: "",
      custom_fields: {},
      locks: this.locks.get(machine.id) ?? [],
      remarks: machine.disk_nearly_full
        ? [{ field: "operating_system.install_date", reason: "impossible-date", value: "1970-00-01" }]
        : [],
      clock_skew_seconds: null,
      created_at: ago(8_000_000),
      updated_at: ago(50_000),
      inventory_id: machine.agent ? `inv_${machine.seed}` : null,
      fresh_inventory_requested_at: null,
      accept_key_until: null,
      merged_into: null,
      ...this.detail.get(machine.id),
    };
  }

  selected<R extends { id: string }>(call: Call, rows: (query: URLSearchParams) => R[]): R[] {
    const ids = call.body.ids as string[] | undefined;
    if (ids) return rows(new URLSearchParams({ deleted: "any", state: "any" })).filter((row) => ids.includes(row.id));
    const all = Object.entries((call.body.all ?? {}) as Record<string, string>);
    return rows(new URLSearchParams(all.map(([key, value]) => [key, String(value)])));
  }

  machinesFor(query: URLSearchParams): Machine[] {
    const is = (name: string, value: string | null | undefined) => !query.get(name) || query.get(name) === value;
    const deleted = query.get("deleted");
    const q = query.get("q")?.toLowerCase();
    return this.fleet.machines.filter(
      (machine) =>
        this.inScope(machine.customer) &&
        (deleted === "any" || (deleted === "true") === (machine.deleted_at !== null)) &&
        is("customer_id", machine.customer.id) &&
        is("type", machine.type) &&
        is("status", machine.status) &&
        (!query.get("os") || machine.os?.name === query.get("os") || machine.os?.family === query.get("os")) &&
        is("manufacturer", machine.manufacturer || "-") &&
        is("agent_version", machine.agent?.version) &&
        (query.get("stale") !== "true" || machine.stale) &&
        (query.get("disk_nearly_full") !== "true" || machine.disk_nearly_full) &&
        (query.get("clone") !== "true" || machine.clone) &&
        isOf(machine, query) &&
        this.#stands(query.get("key_software"), machine) &&
        (!query.get("agent") || (query.get("agent") === "with") === (machine.agent !== null)) &&
        (!q ||
          [machine.name, machine.serial, machine.uuid, machine.asset_number, machine.person].some((text) =>
            text?.toLowerCase().includes(q),
          )),
    );
  }

  #stands(wanted: string | null, machine: Machine): boolean {
    if (!wanted) return true;
    const [id, state] = wanted.split(":");
    const program = this.programs.all.find((one) => one.id === id);
    return program !== undefined && this.programs.of(program, machine)?.state === state;
  }

  pendingFor(query: URLSearchParams): T.PendingItem[] {
    const state = query.get("state") ?? "pending";
    const flag = query.get("flag");
    const customer = query.get("customer_id");
    return this.fleet.pending.filter(
      (item) =>
        this.inScope(item.customer) &&
        (state === "any" || item.state === state) &&
        (!customer || item.customer?.id === customer) &&
        (!flag || (flag === "enrolled-again" ? item.enrolled_again : flag === "clone" ? item.clone : item.incomplete)),
    );
  }

  named(id: unknown): T.Named | undefined {
    const found = this.people.customers.find((customer) => customer.id === id);
    return found && { id: found.id, name: found.name };
  }

  fromPending(item: T.PendingItem, body: Record<string, unknown>): Machine {
    this.created += 1;
    const machine: Machine = {
      seed: 900_000 + this.created,
      id: `eqp_n${this.created}`,
      name: item.name ?? "machine",
      type: item.type ?? "other",
      status: "in-use",
      customer: this.named(body.customer_id) ?? item.customer ?? this.named("cus_1")!,
      manufacturer: item.manufacturer,
      model: item.model,
      serial: item.serial,
      uuid: item.uuid,
      os: item.os,
      location: "",
      person: "",
      asset_number: "",
      last_inventory_at: item.received_at,
      last_contact_at: item.received_at,
      stale: false,
      disk_nearly_full: false,
      clone: item.clone !== null,
      agent: item.agent,
      deleted_at: null,
      revision: 1,
    };
    this.apply(machine, body);
    this.fleet.machines.push(machine);
    this.fleet.pending = this.fleet.pending.filter((other) => other.id !== item.id);
    this.operations.set(machine.id, [
      {
        id: `op_${machine.id}`,
        kind: "created",
        at: ago(0),
        by: "admin",
        reasons: [],
        undone_at: null,
        automatic: false,
        can_undo: true,
      },
    ]);
    return machine;
  }

  apply(machine: Machine, body: Record<string, unknown>) {
    const simple = [
      "name",
      "type",
      "status",
      "manufacturer",
      "model",
      "serial",
      "uuid",
      "location",
      "person",
      "asset_number",
    ] as const;
    for (const field of simple) {
      if (body[field] === undefined) continue;
      const agentKnows = machine.agent && ["name", "manufacturer", "model", "serial", "uuid", "type"].includes(field);
      if (agentKnows && machine[field] !== body[field]) {
        const locks = (this.locks.get(machine.id) ?? []).filter((lock) => lock.field !== field);
        locks.push({
          field,
          value: String(body[field]),
          agent_value: machine[field],
          locked_at: ago(0),
          locked_by: "admin",
        });
        this.locks.set(machine.id, locks);
      }
      Object.assign(machine, { [field]: body[field] });
    }
    if (body.customer_id) machine.customer = this.named(body.customer_id) ?? machine.customer;
    for (const field of (body.unlock as string[] | undefined) ?? []) {
      const lock = this.locks.get(machine.id)?.find((one) => one.field === field);
      if (lock) Object.assign(machine, { [field]: lock.agent_value });
      this.locks.set(
        machine.id,
        (this.locks.get(machine.id) ?? []).filter((one) => one.field !== field),
      );
    }
    const rest = Object.fromEntries(
      ["purchase_date", "warranty_end", "supplier", "notes", "custom_fields", "fresh_inventory_requested_at"]
        .filter((field) => body[field] !== undefined)
        .map((field) => [field, body[field]]),
    );
    this.detail.set(machine.id, { ...this.detail.get(machine.id), ...rest });
    machine.revision += 1;
  }

  item(id: string): T.PendingItem {
    const found = this.fleet.pending.find((item) => item.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  softwareRows(query: URLSearchParams): T.SoftwareMachine[] {
    const below = query.get("version_below");
    const title = catalogue.findIndex((one) => one.name === query.get("name"));
    if (title < 0) return [];
    const found = catalogue[title]!;
    const order = found.versions;
    return this.fleet.machines.flatMap((machine) => {
      if (query.get("customer_id") && machine.customer.id !== query.get("customer_id")) return [];
      const version = versionOn(machine, found, title);
      if (!version) return [];
      if (query.get("version") && query.get("version") !== version) return [];
      // The mock knows its few versions in order; anything else is compared as text.
      if (below && !(order.includes(below) ? order.indexOf(version) < order.indexOf(below) : version < below))
        return [];
      return [softwareMachine(machine, found, version)];
    });
  }

  titles: T.SoftwareTitle[] | undefined;
  softwareTitles(): T.SoftwareTitle[] {
    this.titles ??= catalogue
      .map((title, index) => {
        const versions = new Set<string>();
        let machines = 0;
        for (const machine of this.fleet.machines) {
          const version = versionOn(machine, title, index);
          if (version) {
            machines += 1;
            versions.add(version);
          }
        }
        return { name: title.name, publisher: title.publisher, versions: versions.size, machines };
      })
      .filter((title) => title.machines > 0);
    return this.titles;
  }

  counted(values: (string | null | undefined)[]): { key: string; count: number }[] {
    const counts = new Map<string, number>();
    for (const value of values) counts.set(value ?? "", (counts.get(value ?? "") ?? 0) + 1);
    return [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
  }

  exportNow(one: T.Export): T.Export {
    const started = this.exportStarted.get(one.id);
    if (one.state === "running" && started !== undefined) {
      const total = one.rows_total ?? 1;
      one.rows_done = Math.min(total, Math.round(((Date.now() - started) / 2500) * total));
      if (one.rows_done >= total) Object.assign(one, { state: "done", bytes: 120 * total + 900 });
    }
    return one;
  }

  searchMachine = (machine: Machine) => [
    machine.name,
    machine.serial,
    machine.uuid,
    machine.asset_number,
    machine.person,
  ];
}
