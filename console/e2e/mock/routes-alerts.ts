/** The mock's answers about alerts, what people do with them, conditions, maintenance windows, and the dashboard. */
import type * as T from "../../src/api/types.ts";
import { severities, types } from "./alerts.ts";
import { Created, type Call, type Handler, type Route } from "./answers.ts";
import { ago, now } from "./fleet.ts";
import { page, Refusal } from "./list.ts";
import { cell, isAssigned } from "./policy.ts";
import type { World } from "./world.ts";

const gone = () => new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
const invalid = (field: string, detail: string) =>
  new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);

const states: Record<string, (one: T.Alert) => boolean> = {
  open: (one) => one.cleared === null,
  ongoing: (one) => one.cleared === null && one.ongoing,
  ended: (one) => one.cleared === null && !one.ongoing,
  cleared: (one) => one.cleared !== null,
  all: () => true,
};
const members = [
  "state",
  "type",
  "severity",
  "customer_id",
  "system_id",
  "condition",
  "acknowledged",
  "assigned_to",
  "q",
];

function found(world: World, query: URLSearchParams, but: string[] = []): T.Alert[] {
  const state = query.get("state") ?? "open";
  const type = query.get("type");
  const severity = query.get("severity");
  if (!states[state] || (type && !types.includes(type as T.AlertType)))
    throw new Refusal(400, "request-malformed", "There is no such value.");
  if (severity && !severities.includes(severity as T.AlertSeverity))
    throw new Refusal(400, "request-malformed", "There is no such severity.");
  const is = (name: string, value: string | undefined) =>
    but.includes(name) || !query.get(name) || query.get(name) === value;
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return world.alerts.all
    .map((one) => world.alerts.view(one))
    .filter(
      (one) =>
        world.inScope(one.customer) &&
        states[state]!(one) &&
        is("type", one.type) &&
        is("severity", one.severity) &&
        is("customer_id", one.customer.id) &&
        is("system_id", one.system.id) &&
        is("condition", one.condition) &&
        is("acknowledged", String(one.acknowledged !== null)) &&
        is("assigned_to", one.assigned_to?.id) &&
        words.every((word) =>
          [one.title, one.condition, one.subject, one.summary, one.system.name, one.customer.name].some((text) =>
            text.toLowerCase().includes(word),
          ),
        ),
    );
}

/** Does something with those that are named or found; what cannot be done is named with its reason. */
const handled =
  (change: (call: Call, world: World) => (one: World["alerts"]["all"][number]) => void, clears = false): Handler =>
  (world, call): T.AlertsResult => {
    const { ids, all } = call.body as { ids?: string[]; all?: Record<string, unknown> };
    if (all && Object.keys(all).some((name) => !members.includes(name)))
      throw new Refusal(400, "request-malformed", "There is no such filter.");
    if (!all && (ids ?? []).length === 0) throw invalid("ids", "names at least one");
    const query = new URLSearchParams(Object.entries(all ?? {}).map(([name, value]) => [name, String(value)]));
    const wanted = all ? found(world, query).map((one) => one.id) : ids!;
    const apply = change(call, world);
    const result: T.AlertsResult = { done: 0, failed: [] };
    for (const id of wanted) {
      const one = world.alerts.all.find((alert) => alert.id === id);
      if (!one || !world.inScope(one.customer)) result.failed.push({ id, code: "not-found", title: "None." });
      else if (one.cleared) result.failed.push({ id, code: "alert-cleared", title: "It was cleared already." });
      else if (clears && one.ended_at === null)
        result.failed.push({ id, code: "alert-ongoing", title: "It still goes on." });
      else {
        apply(one);
        result.done += 1;
      }
    }
    world.changed("alerts");
    return result;
  };

/** People whose role handles alerts. */
const assignable = (world: World) => world.people.users.filter((one) => cell(one.role, "alerts.handle") !== "none");

const counted = (values: (string | null)[]): T.Share[] => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value ?? "", (counts.get(value ?? "") ?? 0) + 1);
  const all = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  const rest = all.slice(20).reduce((sum, one) => sum + one.count, 0);
  return rest > 0 ? [...all.slice(0, 20), { value: null, count: rest }] : all;
};

export const alertRoutes: Route[] = [
  [
    "GET",
    /^\/alerts$/,
    (world, { query }) => {
      const rank = { information: 1, warning: 2, minor: 3, major: 4, critical: 5 };
      const sort = query.get("sort") ?? "-last_at";
      const by = new URLSearchParams(query);
      by.set("sort", sort.replace("severity", "rank"));
      by.delete("q");
      const rows = found(world, query).map((one) => ({ ...one, rank: rank[one.severity] }));
      const answer = page(rows, by, {
        sortable: ["last_at", "first_at", "rank", "type", "occurrences"],
        defaultSort: "-last_at",
      });
      return { ...answer, items: answer.items.map(({ rank: _rank, ...one }) => one) };
    },
  ],
  [
    "GET",
    /^\/alerts\/counts$/,
    (world, { query }) => world.alerts.counts(found(world, query), found(world, query, ["type"])),
  ],
  [
    "GET",
    /^\/alerts\/assignees$/,
    (world, { query }) => {
      const q = (query.get("q") ?? "").toLowerCase();
      const items = assignable(world).map(({ id, login, first_name, last_name }) => ({
        id,
        login,
        name: `${first_name} ${last_name}`.trim(),
      }));
      return { items: items.filter((one) => `${one.login} ${one.name}`.toLowerCase().includes(q)).slice(0, 50) };
    },
  ],
  [
    "GET",
    /^\/alerts\/([^/]+)$/,
    (world, _, id) => {
      const one = world.alerts.all.find((alert) => alert.id === id);
      if (!one || !world.inScope(one.customer)) throw gone();
      return world.alerts.view(one);
    },
  ],
  [
    "POST",
    /^\/alerts\/clear$/,
    handled((_, world) => {
      const cleared = { at: ago(0), by: world.people.me.login };
      return (one) => Object.assign(one, { cleared });
    }, true),
  ],
  [
    "POST",
    /^\/alerts\/acknowledge$/,
    handled(({ body }, world) => {
      const acknowledged = body.acknowledged === false ? null : { at: ago(0), by: world.people.me.login };
      return (one) => Object.assign(one, { acknowledged });
    }),
  ],
  [
    "POST",
    /^\/alerts\/assign$/,
    handled(({ body }, world) => {
      const user = assignable(world).find((one) => one.id === body.user_id);
      if (body.user_id !== null && !user) throw invalid("user_id", "is nobody who handles alerts");
      const assigned_to = user ? { id: user.id, login: user.login } : null;
      return (one) => Object.assign(one, { assigned_to });
    }),
  ],
  [
    "POST",
    /^\/alerts\/mute$/,
    handled(({ body }) => {
      const until = (body.until as string | null | undefined) ?? null;
      if (until !== null && !(Date.parse(until) > Date.now())) throw invalid("until", "is still to come");
      return (one) => Object.assign(one, { muted_until: until });
    }),
  ],
  [
    "POST",
    /^\/alerts\/clear-by-type$/,
    (world, { body }) => {
      const query = new URLSearchParams({ state: "ended", type: String(body.type) });
      const wanted = found(world, query);
      const ids = new Set(wanted.map((one) => one.id));
      const cleared = { at: ago(0), by: world.people.me.login };
      for (const one of world.alerts.all) if (ids.has(one.id)) Object.assign(one, { cleared });
      world.changed("alerts");
      return { alerts: wanted.length, customers: new Set(wanted.map((one) => one.customer.id)).size };
    },
  ],
  [
    "GET",
    /^\/customers\/([^/]+)\/alert-rules$/,
    (world, _, id) => {
      const customer = world.people.customer(id!);
      return { items: world.alerts.conditions(customer.id, world.systems.of(customer.id).length) };
    },
  ],
  [
    "PUT",
    /^\/customers\/([^/]+)\/alert-rules$/,
    (world, { body }, id) => {
      const rules = body.rules as T.AlertRule[];
      for (const { condition, bound, hold } of rules) {
        if (bound !== null && !(bound >= 0)) throw invalid("rules", "a bound is a number, 0 or more");
        if (hold !== null && !(hold >= 0 && hold <= 86_400))
          throw invalid("rules", "a condition must hold for a day at most");
        if (condition.startsWith("vigie.") && (bound !== null || hold !== null))
          throw invalid("rules", "of the server's own condition, whether it is looked at can be changed");
      }
      world.alerts.rules.set(
        world.people.customer(id!).id,
        rules.filter((one) => one.off || one.severity !== null || one.bound !== null || one.hold !== null),
      );
    },
  ],
  [
    "GET",
    /^\/maintenance-windows$/,
    (world) => ({
      items: world.alerts.windows
        .filter((one) => one.customer === null || world.inScope(one.customer))
        .map((one) => world.alerts.window(one))
        .sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1)),
    }),
  ],
  [
    "POST",
    /^\/maintenance-windows$/,
    (world, call) => {
      const body = call.body as T.NewMaintenanceWindow;
      const repeats = body.repeats ?? "never";
      const length = (Date.parse(body.ends_at) - Date.parse(body.starts_at)) / 1000;
      if (body.name.trim() === "" || body.name.length > 100) throw invalid("name", "has 1 to 100 characters");
      if (!(length > 0)) throw invalid("ends_at", "is after the beginning");
      if (length > (repeats === "daily" ? 1 : 7) * 86_400)
        throw invalid("ends_at", "is at most a week after the beginning, and before the window comes again");
      if (body.until && body.until <= body.starts_at) throw invalid("until", "is after the beginning");
      const system = world.systems.all.find((one) => one.id === body.system_id && world.inScope(one.customer));
      if (body.system_id && !system) throw invalid("system_id", "is no system that you see");
      const customer = system?.customer ?? world.named(body.customer_id) ?? null;
      if (customer === null ? isAssigned(world.people.me.role) : !world.inScope(customer))
        throw invalid("customer_id", "is needed: you do not see every customer");
      world.alerts.made += 1;
      const id = `mw_n${world.alerts.made}`;
      world.alerts.windows.push({
        id,
        name: body.name.trim(),
        customer,
        system: system ? { id: system.id, name: system.name } : null,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        length,
        repeats,
        time_zone: body.time_zone ?? "UTC",
        until: body.until ?? null,
        created_by: world.people.me.login,
      });
      world.changed("alerts");
      return new Created({ id });
    },
  ],
  [
    "DELETE",
    /^\/maintenance-windows\/([^/]+)$/,
    (world, _, id) => {
      const one = world.alerts.windows.find((window) => window.id === id);
      const mine = one && (one.customer === null ? !isAssigned(world.people.me.role) : world.inScope(one.customer));
      if (!mine) throw gone();
      world.alerts.windows = world.alerts.windows.filter((window) => window !== one);
      world.changed("alerts");
    },
  ],
  [
    "GET",
    /^\/dashboard$/,
    (world): T.Dashboard => {
      const customers = world.people.seen();
      const systems = world.systems.all.filter((one) => world.inScope(one.customer));
      const of = { green: 0, orange: 0, red: 0, grey: 0 };
      for (const one of customers) of[world.systems.network(one.id).colour] += 1;
      const connected = systems.filter((one) => one.connectivity === "connected").length;
      const open = found(world, new URLSearchParams());
      const samples = Array.from({ length: 288 }, (_, index) => {
        const dip = index > 90 && index < 110 ? Math.round(systems.length / 4) : 0;
        return {
          at: new Date(now - (287 - index) * 300_000).toISOString(),
          connected: Math.max(0, connected - dip),
          systems: systems.length,
        };
      });
      return {
        customers: { total: customers.length, ...of },
        systems: { total: systems.length, connected },
        versions: counted(systems.map((one) => one.version)),
        profiles: counted(systems.map((one) => one.profile)),
        tags: world.tags(),
        alerts: world.alerts.counts(open),
        recent: [...open].sort((a, b) => (a.last_at < b.last_at ? 1 : -1)).slice(0, 8),
        connected: systems.length === 0 ? [] : samples,
      };
    },
  ],
];
