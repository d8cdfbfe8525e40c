/** The HTTP API in memory: enough of it, and true enough, for the console's pages to be built and tested without a server. */
import type * as T from "../../src/api/types.ts";
import { ago, catalogue, customers, makeFleet, softwareMachine, versionOn, type Machine } from "./fleet.ts";
import { historyOf, inventoryOf } from "./inventory.ts";
import { page, Refusal } from "./list.ts";

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  cookie: string;
  csrf: string | null;
}
export interface Answer {
  status: number;
  body?: unknown;
  cookie?: string;
  file?: { name: string; text: string };
}
type Handler = (call: Call, ...parts: string[]) => unknown;

/** One of these exists for each browser test, told apart by a cookie. */
export class MockApi {
  readonly fleet;
  signedIn = false;
  mustChange = false;
  password = "vigie-2026";
  failures = 0;
  me: T.Me = { id: "usr_1", login: "admin", role: "administrator", locale: null, color_scheme: "auto", density: "comfortable", session_timeout_minutes: 30 };
  tokens: T.ApiToken[] = [];
  exports: T.Export[] = [];
  exportStarted = new Map<string, number>();
  clients: T.ApiClient[] = [
    { id: "cli_1", client_id: "office-agent", scope: "agents", status: "active", built_in: true, customer: null, last_used_at: ago(40), created_at: ago(9_000_000) },
    { id: "cli_2", client_id: "quimper-agents", scope: "agents", status: "inactive", built_in: false, customer: customers[9]!, last_used_at: null, created_at: ago(400_000) },
  ];
  preferences: T.Preferences = {
    server_name: "Vigie Démo",
    stale_after_days: 14,
    foreign_intake: true,
    session_timeout_minutes: 30,
    remembered_passwords: 5,
    retention: { synchronisations_days: 90, history_days: 400, deleted_equipment_days: 30, pending_days: 60 },
  };
  attachments = new Map<string, T.Attachment[]>();
  operations = new Map<string, T.Operation[]>();
  locks = new Map<string, T.FieldLock[]>();
  detail = new Map<string, Partial<T.Equipment>>();
  notices: T.Notice[];
  listeners = new Set<(topics: string[]) => void>();
  private created = 0;

  constructor(readonly count: number) {
    this.fleet = makeFleet(count);
    this.notices =
      count === 0
        ? []
        : [
            { id: "not_1", kind: "pending-equipment", count: 12, at: ago(320), read_at: null, data: {} },
            { id: "not_2", kind: "clone", count: 1, at: ago(4200), read_at: null, data: { name: "vm-web-01", equipment_id: this.fleet.machines[0]?.id } },
            { id: "not_3", kind: "certificate", count: 1, at: ago(90_000), read_at: ago(80_000), data: { days_left: 20 } },
          ];
  }

  changed(...topics: string[]) {
    for (const listener of this.listeners) listener(topics);
  }

  handle(call: Call): Answer {
    try {
      for (const [method, pattern, handler] of this.routes) {
        if (method !== call.method) continue;
        const match = pattern.exec(call.path);
        if (!match) continue;
        const open = call.path === "/about" || call.path === "/session";
        if (!open && !this.signedIn) throw new Refusal(401, "sign-in-required", "Sign in, or send a token.");
        if (!open && this.mustChange && call.path !== "/users/me/password") {
          throw new Refusal(403, "password-change-required", "Change the password first.");
        }
        if (!open && method !== "GET" && call.csrf !== "csrf-mock") throw new Refusal(403, "csrf-missing", "The header X-CSRF-Token is missing.");
        const result = handler(call, ...match.slice(1).map(decodeURIComponent));
        if (result === undefined) return { status: 204 };
        if (result instanceof Created) return { status: result.status, body: result.body };
        if (result instanceof FileAnswer) return { status: 200, file: { name: result.name, text: result.text } };
        return { status: 200, body: result };
      }
      throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return {
        status: error.status,
        body: { type: `about:blank`, title: error.message, status: error.status, code: error.code, errors: error.errors },
      };
    }
  }

  private session(): T.Session {
    return { user: this.me, csrf_token: "csrf-mock", must_change_password: this.mustChange };
  }

  private machine(id: string): Machine {
    const found = this.fleet.machines.find((machine) => machine.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  private whole(machine: Machine): T.Equipment {
    const { seed: _seed, ...item } = machine;
    return {
      ...item,
      purchase_date: machine.agent ? "2023-09-04" : null,
      warranty_end: machine.agent ? "2026-09-03" : null,
      supplier: machine.agent ? "Inmac Wstore" : null,
      notes: null,
      custom_fields: {},
      locks: this.locks.get(machine.id) ?? [],
      remarks: machine.disk_nearly_full ? [{ field: "operating_system.install_date", reason: "impossible-date", value: "1970-00-01" }] : [],
      clock_skew_seconds: null,
      created_at: ago(8_000_000),
      updated_at: ago(50_000),
      inventory_id: machine.agent ? `inv_${machine.seed}` : null,
      fresh_inventory_requested_at: null,
      similar: [],
      ...this.detail.get(machine.id),
    };
  }

  private selected<R extends { id: string }>(call: Call, rows: (query: URLSearchParams) => R[]): R[] {
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
        (deleted === "any" || (deleted === "true") === (machine.deleted_at !== null)) &&
        is("customer_id", machine.customer.id) &&
        is("type", machine.type) &&
        is("status", machine.status) &&
        (!query.get("os") || machine.os?.name === query.get("os") || machine.os?.family === query.get("os")) &&
        is("manufacturer", machine.manufacturer) &&
        is("agent_version", machine.agent?.version) &&
        (query.get("stale") !== "true" || machine.stale) &&
        (query.get("disk_nearly_full") !== "true" || machine.disk_nearly_full) &&
        (query.get("clone") !== "true" || machine.clone) &&
        (!query.get("agent") || (query.get("agent") === "with") === (machine.agent !== null)) &&
        (!q || [machine.name, machine.serial, machine.uuid, machine.asset_number, machine.person].some((text) => text?.toLowerCase().includes(q))),
    );
  }

  pendingFor(query: URLSearchParams): T.PendingItem[] {
    const state = query.get("state") ?? "pending";
    const flag = query.get("flag");
    const customer = query.get("customer_id");
    return this.fleet.pending.filter(
      (item) =>
        (state === "any" || item.state === state) &&
        (!customer || item.customer?.id === customer) &&
        (!flag || (flag === "enrolled-again" ? item.enrolled_again : flag === "clone" ? item.clone : item.incomplete)),
    );
  }

  private fromPending(item: T.PendingItem, body: Record<string, unknown>): Machine {
    this.created += 1;
    const machine: Machine = {
      seed: 900_000 + this.created,
      id: `eqp_n${this.created}`,
      name: item.name ?? "machine",
      type: item.type ?? "other",
      status: "in-use",
      customer: customers.find((customer) => customer.id === body.customer_id) ?? item.customer ?? customers[0]!,
      manufacturer: item.manufacturer,
      model: item.model,
      serial: item.serial,
      uuid: item.uuid,
      os: item.os,
      location: null,
      person: null,
      asset_number: null,
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
    this.operations.set(machine.id, [{ id: `op_${machine.id}`, kind: "created", at: ago(0), by: "admin", reasons: [], undone_at: null, can_undo: true }]);
    return machine;
  }

  private apply(machine: Machine, body: Record<string, unknown>) {
    const simple = ["name", "type", "status", "manufacturer", "model", "serial", "uuid", "location", "person", "asset_number"] as const;
    for (const field of simple) {
      if (body[field] === undefined) continue;
      const agentKnows = machine.agent && ["name", "manufacturer", "model", "serial", "uuid", "type"].includes(field);
      if (agentKnows && machine[field] !== body[field]) {
        const locks = (this.locks.get(machine.id) ?? []).filter((lock) => lock.field !== field);
        locks.push({ field, value: String(body[field]), agent_value: machine[field], locked_at: ago(0), locked_by: "admin" });
        this.locks.set(machine.id, locks);
      }
      Object.assign(machine, { [field]: body[field] });
    }
    if (body.customer_id) machine.customer = customers.find((customer) => customer.id === body.customer_id) ?? machine.customer;
    for (const field of (body.unlock as string[] | undefined) ?? []) {
      const lock = this.locks.get(machine.id)?.find((one) => one.field === field);
      if (lock) Object.assign(machine, { [field]: lock.agent_value });
      this.locks.set(machine.id, (this.locks.get(machine.id) ?? []).filter((one) => one.field !== field));
    }
    const rest = Object.fromEntries(
      ["purchase_date", "warranty_end", "supplier", "notes", "custom_fields", "fresh_inventory_requested_at"].filter((field) => body[field] !== undefined).map((field) => [field, body[field]]),
    );
    this.detail.set(machine.id, { ...this.detail.get(machine.id), ...rest });
    machine.revision += 1;
  }

  private item(id: string): T.PendingItem {
    const found = this.fleet.pending.find((item) => item.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  private softwareRows(query: URLSearchParams): T.SoftwareMachine[] {
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
      if (below && !(order.includes(below) ? order.indexOf(version) < order.indexOf(below) : version < below)) return [];
      return [softwareMachine(machine, found, version)];
    });
  }

  private titles: T.SoftwareTitle[] | null = null;
  private softwareTitles(): T.SoftwareTitle[] {
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

  private counted(values: (string | null | undefined)[]): T.Count[] {
    const counts = new Map<string | null, number>();
    for (const value of values) counts.set(value ?? null, (counts.get(value ?? null) ?? 0) + 1);
    return [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
  }

  private exportNow(one: T.Export): T.Export {
    const started = this.exportStarted.get(one.id);
    if (one.state === "running" && started !== undefined) {
      const total = one.rows_total ?? 1;
      one.rows_done = Math.min(total, Math.round(((Date.now() - started) / 2500) * total));
      if (one.rows_done >= total) Object.assign(one, { state: "done", bytes: 120 * total + 900 });
    }
    return one;
  }

  private searchMachine = (machine: Machine) => [machine.name, machine.serial, machine.uuid, machine.asset_number, machine.person];

  private routes: [string, RegExp, Handler][] = [
    ["GET", /^\/about$/, () => ({ name: this.preferences.server_name, version: "0.1.0", locale_default: "fr" })],
    ["GET", /^\/session$/, () => { if (!this.signedIn) throw new Refusal(401, "sign-in-required", "Sign in, or send a token."); return this.session(); }],
    ["POST", /^\/session$/, ({ body }) => {
      if (this.failures >= 3 || body.login !== "admin" || body.password !== this.password) {
        this.failures += 1;
        throw new Refusal(401, "sign-in-failed", "The name or the password is not right, or this sign-in is locked for some minutes.");
      }
      this.failures = 0;
      this.signedIn = true;
      return this.session();
    }],
    ["DELETE", /^\/session$/, () => { this.signedIn = false; }],
    ["GET", /^\/users\/me$/, () => this.me],
    ["PATCH", /^\/users\/me$/, ({ body }) => Object.assign(this.me, body)],
    ["PUT", /^\/users\/me\/password$/, ({ body }) => {
      if (body.current_password !== this.password) throw new Refusal(422, "password-wrong", "The present password is not right.");
      if (String(body.new_password).length < 9) throw new Refusal(422, "password-weak", "The new password does not follow the rules.");
      if (body.new_password === this.password) throw new Refusal(422, "password-reused", "The new password was used before.");
      this.password = String(body.new_password);
      this.mustChange = false;
      this.signedIn = false;
    }],
    ["GET", /^\/users\/me\/sessions$/, () => ({ items: [
      { id: "ses_1", created_at: ago(4000), last_seen_at: ago(4), source_address: "192.0.2.8", user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", current: true },
      { id: "ses_2", created_at: ago(90_000), last_seen_at: ago(1300), source_address: "2001:db8::8", user_agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", current: false },
    ] })],
    ["DELETE", /^\/users\/me\/sessions\/([^/]+)$/, () => undefined],
    ["GET", /^\/users\/me\/tokens$/, () => ({ items: this.tokens })],
    ["POST", /^\/users\/me\/tokens$/, ({ body }) => {
      const token = { id: `tok_${this.tokens.length + 1}`, name: String(body.name), scope: String(body.scope ?? "all"), created_at: ago(0), last_used_at: null, expires_at: (body.expires_at as string) ?? null };
      this.tokens.push(token);
      return new Created({ ...token, token: "vgt_6t0QnYw3dKfHk2ZJr8sVbXmL5pEaUc9D" });
    }],
    ["DELETE", /^\/users\/me\/tokens\/([^/]+)$/, (_, id) => { this.tokens = this.tokens.filter((token) => token.id !== id); }],
    ["GET", /^\/customers$/, ({ query }) => page(customers.map((customer, index) => ({ ...customer, reseller: { id: "res_1", name: "Revendeur" }, provider: { id: "pro_1", name: "Fournisseur" }, is_default: index === 0, equipment: this.count > 1000 ? 10_000 : index % 2 })), query, { search: (row) => [row.name] })],

    ["GET", /^\/pending-equipment$/, ({ query }) => page(this.pendingFor(query).map((item) => item), query, { search: (row) => [row.name, row.serial, row.uuid, row.source_address], sortable: ["name", "received_at", "os", "source_address"], defaultSort: "-received_at" })],
    ["POST", /^\/pending-equipment\/bulk$/, (call) => {
      const items = this.selected(call, (query) => this.pendingFor(query));
      const action = call.body.action as string;
      for (const item of items) {
        if (action === "create") this.fromPending(item, call.body);
        else if (action === "ignore") item.state = "ignored";
        else if (action === "unignore") item.state = "pending";
        else if (action === "delete" || action === "accept") this.fleet.pending = this.fleet.pending.filter((other) => other !== item);
      }
      this.changed("pending", "equipment");
      return { done: items.length, failed: [] };
    }],
    ["GET", /^\/pending-equipment\/([^/]+)$/, (_, id) => this.item(id!)],
    ["GET", /^\/pending-equipment\/([^/]+)\/inventory$/, (_, id) => {
      const item = this.item(id!);
      return inventoryOf({ ...item, seed: Number(item.id.slice(4)), last_inventory_at: item.received_at, disk_nearly_full: false } as unknown as Machine);
    }],
    ["GET", /^\/pending-equipment\/([^/]+)\/candidates$/, ({ query }, id) => {
      const item = this.item(id!);
      const known = this.machinesFor(query).slice(0, 8);
      const reasons = [[{ code: "same-serial", value: item.serial }, { code: "same-uuid", value: item.uuid }], [{ code: "same-mac", value: "a4:bb:6d:0f:12:9e" }], [{ code: "same-name", value: item.name }]];
      const items = known.map((machine, index) => ({ equipment: machine, score: Math.max(0, 90 - index * 30), reasons: query.get("q") ? [] : (reasons[index] ?? []) }));
      return { items, next_cursor: null, total: items.length, total_is_minimum: false };
    }],
    ["POST", /^\/pending-equipment\/([^/]+)\/equipment$/, ({ body }, id) => { const machine = this.fromPending(this.item(id!), body); this.changed("pending", "equipment"); return new Created(this.whole(machine)); }],
    ["POST", /^\/pending-equipment\/([^/]+)\/association$/, ({ body }, id) => {
      const item = this.item(id!);
      const machine = this.machine(String(body.equipment_id));
      machine.agent = item.agent;
      machine.last_inventory_at = item.received_at;
      this.fleet.pending = this.fleet.pending.filter((other) => other !== item);
      this.changed("pending", "equipment");
      return this.whole(machine);
    }],
    ["POST", /^\/pending-equipment\/([^/]+)\/acceptance$/, (_, id) => {
      const item = this.item(id!);
      const machine = this.machine(item.enrolled_again!.equipment.id);
      machine.agent = item.agent;
      this.fleet.pending = this.fleet.pending.filter((other) => other !== item);
      this.changed("pending", "equipment");
      return this.whole(machine);
    }],
    ["PATCH", /^\/pending-equipment\/([^/]+)$/, ({ body }, id) => Object.assign(this.item(id!), { state: body.state })],
    ["DELETE", /^\/pending-equipment\/([^/]+)$/, (_, id) => { const item = this.item(id!); this.fleet.pending = this.fleet.pending.filter((other) => other !== item); }],

    ["GET", /^\/equipment$/, ({ query }) => page(this.machinesFor(query), query, { sortable: ["name", "type", "status", "customer", "manufacturer", "model", "os", "last_inventory_at"], defaultSort: "name", search: this.searchMachine })],
    ["POST", /^\/equipment$/, ({ body }) => {
      if (!String(body.name ?? "").trim()) throw new Refusal(422, "value-invalid", "A value is not valid.", [{ field: "name", code: "required", detail: "A name is required." }]);
      const machine = this.fromPending({ ...({} as T.PendingItem), name: String(body.name), manufacturer: null, model: null, serial: null, uuid: null, os: null, type: "other", customer: null, clone: null, agent: null as unknown as T.AgentView, received_at: null as unknown as string }, body);
      return new Created(this.whole(machine));
    }],
    ["POST", /^\/equipment\/bulk$/, (call) => {
      const machines = this.selected(call, (query) => this.machinesFor(query));
      for (const machine of machines) {
        const action = call.body.action as string;
        if (action === "move") this.apply(machine, { customer_id: call.body.customer_id });
        else if (action === "status") machine.status = String(call.body.status);
        else if (action === "delete") machine.deleted_at = ago(0);
        else if (action === "restore") machine.deleted_at = null;
        else if (action === "fresh-inventory") this.detail.set(machine.id, { fresh_inventory_requested_at: ago(0) });
      }
      return { done: machines.length, failed: [] };
    }],
    ["GET", /^\/equipment\/([^/]+)$/, (_, id) => this.whole(this.machine(id!))],
    ["PATCH", /^\/equipment\/([^/]+)$/, ({ body }, id) => {
      const machine = this.machine(id!);
      if (body.revision !== undefined && body.revision !== machine.revision) throw new Refusal(412, "revision-stale", "It was changed by someone else in the meantime.");
      if (body.name === "") throw new Refusal(422, "value-invalid", "A value is not valid.", [{ field: "name", code: "required", detail: "A name is required." }]);
      this.apply(machine, body);
      return this.whole(machine);
    }],
    ["DELETE", /^\/equipment\/([^/]+)$/, (_, id) => { this.machine(id!).deleted_at = ago(0); }],
    ["POST", /^\/equipment\/([^/]+)\/restoration$/, (_, id) => { const machine = this.machine(id!); machine.deleted_at = null; return this.whole(machine); }],
    ["POST", /^\/equipment\/([^/]+)\/dissociation$/, (_, id) => { const machine = this.machine(id!); machine.agent = null; return this.whole(machine); }],
    ["POST", /^\/equipment\/([^/]+)\/merge$/, ({ body }, id) => { this.machine(String(body.other_id)).deleted_at = ago(0); return this.whole(this.machine(id!)); }],
    ["POST", /^\/equipment\/([^/]+)\/fresh-inventory$/, (_, id) => { const machine = this.machine(id!); this.apply(machine, { fresh_inventory_requested_at: ago(0) }); return this.whole(machine); }],
    ["GET", /^\/equipment\/([^/]+)\/inventory$/, (_, id) => { const machine = this.machine(id!); if (!machine.last_inventory_at) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours."); return inventoryOf(machine); }],
    ["GET", /^\/equipment\/([^/]+)\/history$/, ({ query }, id) => page(historyOf(this.machine(id!)), query)],
    ["GET", /^\/equipment\/([^/]+)\/synchronisations$/, ({ query }, id) => page(this.machine(id!).last_contact_at ? Array.from({ length: 9 }, (_, index) => ({ at: ago(index * 86_400 * 3 + 1900), outcome: index === 8 ? "full" : index % 3 === 1 ? "delta" : "unchanged", agent_version: "0.1.0", status: index === 4 ? "degraded" : "ok", messages: index === 4 ? ["rpm: database is locked"] : [], bytes: index === 8 ? 48_213 : index % 3 === 1 ? 1810 : 412, source_address: "203.0.113.24" })) : [], query)],
    ["GET", /^\/equipment\/([^/]+)\/operations$/, ({ query }, id) => { const machine = this.machine(id!); return page(this.operations.get(machine.id) ?? (machine.agent ? [{ id: `op_${machine.id}`, kind: "associated", at: ago(2_000_000), by: "admin", reasons: [{ code: "same-serial", value: machine.serial ?? "—" }, { code: "same-uuid", value: machine.uuid }], undone_at: null, can_undo: true }, { id: `oq_${machine.id}`, kind: "created", at: ago(8_000_000), by: "admin", reasons: [], undone_at: null, can_undo: false }] : []), query); }],
    ["POST", /^\/equipment\/([^/]+)\/operations\/([^/]+)\/undo$/, () => undefined],
    ["GET", /^\/equipment\/([^/]+)\/attachments$/, ({ query }, id) => page(this.attachments.get(id!) ?? [], query)],
    ["POST", /^\/equipment\/([^/]+)\/attachments$/, (_, id) => {
      const list = this.attachments.get(id!) ?? [];
      const one = { id: `att_${list.length + 1}`, name: "facture.pdf", size: 84_213, media_type: "application/pdf", created_at: ago(0), created_by: "admin" };
      this.attachments.set(id!, [...list, one]);
      return new Created(one);
    }],
    ["DELETE", /^\/equipment\/([^/]+)\/attachments\/([^/]+)$/, (_, id, attachment) => { this.attachments.set(id!, (this.attachments.get(id!) ?? []).filter((one) => one.id !== attachment)); }],

    ["GET", /^\/software$/, ({ query }) => {
      const name = query.get("name")?.toLowerCase();
      return page(this.softwareTitles().filter((title) => !name || title.name.toLowerCase().includes(name)), query, { search: (row) => [row.name, row.publisher], sortable: ["name", "machines"], defaultSort: "-machines" });
    }],
    ["GET", /^\/software\/versions$/, ({ query }) => {
      const counts = this.counted(this.softwareRows(new URLSearchParams({ name: query.get("name") ?? "" })).map((row) => row.version));
      return page(counts.map(({ key, count }) => ({ version: key, source: "dpkg", architecture: "amd64", machines: count })), query);
    }],
    ["GET", /^\/software\/machines$/, ({ query }) => page(this.softwareRows(query), query, { search: (row) => [row.name] })],

    ["GET", /^\/overview$/, ({ query }) => {
      const customer = query.get("customer_id");
      const machines = this.machinesFor(customer ? new URLSearchParams({ customer_id: customer }) : new URLSearchParams());
      const agents = this.counted(machines.filter((machine) => machine.agent).map((machine) => `${machine.agent!.kind}/${machine.agent!.version}`));
      return {
        equipment: { total: machines.length, by_type: this.counted(machines.map((machine) => machine.type)), by_os: this.counted(machines.map((machine) => machine.os?.name)) },
        pending: this.pendingFor(new URLSearchParams()).length,
        stale: machines.filter((machine) => machine.stale).length,
        disks_nearly_full: machines.filter((machine) => machine.disk_nearly_full).length,
        clones: machines.filter((machine) => machine.clone).length,
        agents_by_version: agents.map(({ key, count }) => ({ kind: key!.split("/")[0]!, version: key!.split("/")[1]!, count })),
        stale_after_days: this.preferences.stale_after_days,
      } satisfies T.Overview;
    }],

    ["GET", /^\/exports$/, ({ query }) => page(this.exports.map((one) => this.exportNow(one)), query)],
    ["POST", /^\/exports$/, ({ body }) => {
      const filter = new URLSearchParams((body.filter ?? {}) as Record<string, string>);
      const rows = body.list === "equipment" ? this.machinesFor(filter).length : body.list === "pending" ? this.pendingFor(filter).length : body.list === "software" ? this.softwareTitles().length : this.softwareRows(filter).length;
      const one: T.Export = { id: `exp_${this.exports.length + 1}`, list: body.list as T.ExportList, format: body.format as T.ExportFormat, state: "running", rows_done: 0, rows_total: rows, file_name: `${String(body.list)}-2026-11-21.${String(body.format)}`, bytes: null, created_at: ago(0), error: null };
      this.exports.unshift(one);
      this.exportStarted.set(one.id, Date.now());
      return new Created(one, 202);
    }],
    ["GET", /^\/exports\/([^/]+)$/, (_, id) => { const one = this.exports.find((other) => other.id === id); if (!one) throw new Refusal(404, "not-found", ""); return this.exportNow(one); }],
    ["GET", /^\/exports\/([^/]+)\/file$/, (_, id) => new FileAnswer(this.exports.find((one) => one.id === id)?.file_name ?? "export.csv", "name;customer\n")],
    ["DELETE", /^\/exports\/([^/]+)$/, (_, id) => { this.exports = this.exports.filter((one) => one.id !== id); }],

    ["GET", /^\/agent-configuration$/, () => ({ current: { name: "agent-api", url: "https://vigie.exemple.fr:7080", client_id: "office-agent", client_secret_masked: "••••••••••••k3Vq", ca_sha256: "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8" }, foreign_url: "https://vigie.exemple.fr:7080/inventory", foreign_intake: this.preferences.foreign_intake })],
    ["POST", /^\/agent-configuration\/secret$/, () => ({ client_secret: "Wq7e-2mZr-8XtB-4nLc-Yh9s-Kd3p-Jv6a-k3Vq" })],
    ["GET", /^\/agents$/, ({ query }) => page(this.fleet.machines.filter((machine) => machine.agent && (!query.get("kind") || machine.agent.kind === query.get("kind")) && (!query.get("version") || machine.agent.version === query.get("version"))).map((machine) => ({ ...machine.agent!, name: machine.name, status: "ok", platform: machine.os?.family === "windows" ? "windows-x86_64" : "linux-x86_64", customer: machine.customer, equipment: { id: machine.id, name: machine.name }, inventory_id: `inv_${machine.seed}`, last_contact_at: machine.last_contact_at, enrolled_at: ago(8_000_000), revoked_at: null })), query, { search: (row) => [row.name, row.id] })],
    ["GET", /^\/api-clients$/, ({ query }) => page(this.clients, query, { search: (row) => [row.client_id] })],
    ["POST", /^\/api-clients$/, ({ body }) => {
      if (this.clients.some((client) => client.client_id === body.client_id)) throw new Refusal(409, "name-taken", "The name is already in use.", [{ field: "client_id", code: "name-taken", detail: "" }]);
      const one: T.ApiClient = { id: `cli_${this.clients.length + 1}`, client_id: String(body.client_id), scope: "agents", status: "active", built_in: false, customer: customers.find((customer) => customer.id === body.customer_id) ?? null, last_used_at: null, created_at: ago(0) };
      this.clients.push(one);
      return new Created({ ...one, client_secret: "Zt5q-9LmX-3rWc-7vBn-Hs2k-Qf8d-Yp4j-Ue6g" });
    }],
    ["PATCH", /^\/api-clients\/([^/]+)$/, ({ body }, id) => Object.assign(this.clients.find((client) => client.id === id)!, { status: body.status })],
    ["GET", /^\/preferences$/, () => this.preferences],
    ["PATCH", /^\/preferences$/, ({ body }) => Object.assign(this.preferences, body)],
    ["GET", /^\/distribution$/, () => ({ files: [
      { name: "vigie-agent_0.1.0_amd64.deb", size: 3_912_448, sha256: "3b1f0c7a9e5d24886b7f1c0de9a2f4b85d6e7c8091a2b3c4d5e6f708192a3b4c", platform: "linux-deb" },
      { name: "vigie-agent-0.1.0-linux-x86_64.tar.gz", size: 3_874_211, sha256: "d4c3b2a1908f7e6d5c4b3a29181706f5e4d3c2b1a09f8e7d6c5b4a3928170605", platform: "linux-tarball" },
    ], install_command: "curl --fail --silent --show-error --pinnedpubkey 'sha256//kq0Vg5m1cYx8wFh2o7Jt4Zr9Lb3Nd6Pa5Se1Ui0Xy2E=' --insecure https://vigie.exemple.fr:7080/install/agent.sh | sudo sh -s -- --client-id office-agent --client-secret Wq7e-2mZr-8XtB-4nLc", ca_sha256: "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8" })],
    ["GET", /^\/certificate$/, () => ({ subject: "CN=vigie.exemple.fr", issuer: "CN=Vigie CA (vigie.exemple.fr)", names: ["localhost", "127.0.0.1", "::1", "vigie", "vigie.exemple.fr"], not_before: ago(20 * 86_400), not_after: ago(-345 * 86_400), days_left: 345, sha256: "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9", ca: { not_after: ago(-3600 * 86_400), sha256: "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8" } })],
    ["GET", /^\/notifications$/, ({ query }) => ({ ...page(this.notices, query), unread: this.notices.filter((notice) => !notice.read_at).length })],
    ["POST", /^\/notifications\/read$/, ({ body }) => { for (const notice of this.notices) if (body.all || (body.ids as string[] | undefined)?.includes(notice.id)) notice.read_at = ago(0); }],
    ["GET", /^\/audit$/, ({ query }) => page(Array.from({ length: 40 }, (_, index) => ({ id: `aud_${index}`, at: ago(index * 1700 + 30), actor: index % 5 === 3 ? { kind: "agent", id: "agt_1", name: "srv-compta" } : { kind: "user", id: "usr_1", name: "admin" }, source_address: "192.0.2.8", action: ["session.begin", "equipment.change", "pending-equipment.associate", "agent.enrol", "preferences.change", "api-client.create"][index % 6]!, object: index % 6 === 0 ? null : { kind: "equipment", id: "eqp_000001", name: "srv-compta" }, detail: index % 6 === 1 ? { location: { before: null, after: "Salle serveurs" } } : null })), query, { search: (row) => [row.action, row.actor.name] })],
  ];
}

class Created {
  constructor(
    readonly body: unknown,
    readonly status = 201,
  ) {}
}
class FileAnswer {
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}
}
