/** The mock's answers about summaries, scheduled reports and saved views. */
import type * as T from "../../src/api/types.ts";
import { Created, FileAnswer, type Route } from "./answers.ts";
import { ago, type Machine } from "./fleet.ts";
import { Refusal } from "./list.ts";
import type { World } from "./world.ts";

const missing = () => new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
const gib = 2 ** 30;

/** What the mock's machines have, made of their number. */
export const memoryOf = (machine: Machine) =>
  machine.agent ? [4, 8, 8, 16, 16, 16, 32, 64][machine.seed % 8]! * gib : null;
export const ageFromOf = (machine: Machine) =>
  machine.agent ? new Date(Date.now() - (machine.seed % 8) * 300 * 86_400_000).toISOString().slice(0, 10) : null;

const memoryClass = (machine: Machine) => {
  const size = (memoryOf(machine) ?? 0) / gib;
  if (size === 0) return "unknown";
  return size < 4
    ? "under-4"
    : size < 8
      ? "4-8"
      : size < 16
        ? "8-16"
        : size < 32
          ? "16-32"
          : size < 64
            ? "32-64"
            : "over-64";
};
const ageClass = (machine: Machine) => {
  const from = ageFromOf(machine);
  if (!from) return "unknown";
  const years = (Date.now() - Date.parse(from)) / (365.25 * 86_400_000);
  return years < 1 ? "under-1" : years < 3 ? "1-3" : years < 5 ? "3-5" : "over-5";
};
const contactClass = (machine: Machine) => {
  if (!machine.last_contact_at) return "never";
  const days = (Date.now() - Date.parse(machine.last_contact_at)) / 86_400_000;
  return days < 1 ? "day" : days < 7 ? "week" : days < 30 ? "month" : "older";
};

const said = (value: string | null | undefined) => value || "-";

/** The filters that summaries lead to. */
export function isOf(machine: Machine, query: URLSearchParams): boolean {
  const is = (name: string, value: string) => !query.get(name) || query.get(name) === value;
  const named = JSON.parse(query.get("other_than") ?? "[]") as Record<string, string>[];
  const values: Record<string, string> = {
    manufacturer: said(machine.manufacturer),
    os_name: said(machine.os?.name),
    os_version: said(machine.os?.version),
    customer_id: machine.customer.id,
  };
  return (
    is("os_family", said(machine.os?.family)) &&
    is("os_name", values.os_name!) &&
    is("os_version", values.os_version!) &&
    is("memory", memoryClass(machine)) &&
    is("age", ageClass(machine)) &&
    is("contact", contactClass(machine)) &&
    !named.some((one) => Object.entries(one).every(([name, value]) => values[name] === value))
  );
}

function summary(world: World, asked: URLSearchParams) {
  const customer = asked.get("customer_id");
  const base: Record<string, string> = customer ? { customer_id: customer } : {};
  const machines = world.machinesFor(new URLSearchParams(base));
  const query = (members: Record<string, string>) => new URLSearchParams({ ...base, ...members }).toString();
  const figure = (key: string, count: number, members: Record<string, string>, name: string | null = null) => ({
    key,
    name,
    others: false,
    count,
    query: query(members),
  });
  const counted = (of: (machine: Machine) => string) => world.counted(machines.map(of));
  const few = (by: T.SummaryGroupBy, param: string, of: (machine: Machine) => string) => ({
    by,
    figures: counted(of).map(({ key, count }) => figure(key, count, { [param]: said(key) })),
  });
  const ordered = (by: T.SummaryGroupBy, codes: string[], of: (machine: Machine) => string) => {
    const counts = new Map(counted(of).map(({ key, count }) => [key, count]));
    return {
      by,
      figures: codes.map((code) =>
        figure(code, counts.get(code) ?? 0, code === "never" ? { agent: "without" } : { [by]: code }),
      ),
    };
  };
  const makers = counted((machine) => machine.manufacturer ?? "").filter(({ key }) => key);
  const top = makers.slice(0, 4);
  const rest = makers.slice(4).reduce((sum, { count }) => sum + count, 0);
  const nameless = machines.filter((machine) => !machine.manufacturer).length;
  const others = [...top.map(({ key }) => ({ manufacturer: key })), { manufacturer: "-" }];
  const names = new Map(machines.map((machine) => [machine.customer.id, machine.customer.name]));
  return {
    made_at: ago(0),
    of: customer ? (names.get(customer) ?? null) : null,
    total: figure("", machines.length, {}),
    groups: [
      few("type", "type", (machine) => machine.type),
      few("os_family", "os_family", (machine) => machine.os?.family ?? ""),
      {
        by: "system",
        figures: counted((machine) => machine.os?.name ?? "").map(({ key, count }) =>
          figure(key, count, { os_name: said(key) }),
        ),
      },
      {
        by: "manufacturer",
        figures: [
          ...top.map(({ key, count }) => figure(key, count, { manufacturer: key })),
          ...(rest > 0 ? [{ ...figure("", rest, { other_than: JSON.stringify(others) }), others: true }] : []),
          ...(nameless > 0 ? [figure("", nameless, { manufacturer: "-" })] : []),
        ],
      },
      ordered("age", ["under-1", "1-3", "3-5", "over-5", "unknown"], ageClass),
      ordered("memory", ["under-4", "4-8", "8-16", "16-32", "32-64", "over-64", "unknown"], memoryClass),
      ordered("contact", ["day", "week", "month", "older", "never"], contactClass),
      {
        by: "attention",
        figures: (["stale", "disk_nearly_full", "clone"] as const).map((flag) =>
          figure(flag, machines.filter((machine) => machine[flag]).length, { [flag]: "true" }),
        ),
      },
      {
        by: "customer",
        figures: counted((machine) => machine.customer.id).map(({ key, count }) =>
          figure(key, count, { customer_id: key }, names.get(key)),
        ),
      },
    ],
    key_software: world.programs.all.map((program) => {
      const counts = world.programs.counted(program, machines).machines;
      return {
        name: program.name,
        lowest_version: program.lowest_version,
        figures: (["present", "old", "absent"] as const).map((state) =>
          figure(state, counts[state], { key_software: `${program.id}:${state}` }),
        ),
      };
    }),
    waiting: 0,
  };
}

export class Reports {
  schedules: T.ReportSchedule[] = [];
  made = 0;

  constructor(filled: boolean) {
    if (!filled) return;
    const one = this.add({ name: "Rapport du lundi", recipients: ["direction@exemple.fr"], keep: 4 });
    one.reports = [0, 7, 14].map((days) => this.written(days));
    const other = this.add({ name: "Rapport mensuel de l’Atelier Perrin", repeats: "monthly", month_day: 31 });
    other.last_error = "owner-gone";
    other.owner = "";
  }

  written(days: number): T.ReportSchedule["reports"][number] {
    this.made += 1;
    return { id: `re_${this.made}`, made_at: ago(days * 86_400), bytes: 18_432, unsent: 0 };
  }

  add(fields: Partial<T.ReportScheduleFields>): T.ReportSchedule {
    const made: T.ReportSchedule = {
      id: `rp_${this.schedules.length + 1}`,
      user_id: "us_1",
      owner: "admin",
      name: "",
      is_on: true,
      of: null,
      language: "fr",
      repeats: "weekly",
      weekday: 1,
      month_day: 1,
      time_of_day: "07:00",
      time_zone: "Europe/Paris",
      recipients: [],
      keep: 12,
      last_error: "",
      reports: [],
      next_at: ago(-86_400),
      ...fields,
      customer_id: fields.customer_id ?? null,
      reseller_id: null,
      revision: 1,
    };
    this.schedules.push(made);
    return made;
  }

  get(id: string): T.ReportSchedule {
    const found = this.schedules.find((one) => one.id === id);
    if (!found) throw missing();
    return found;
  }
}

export class Views {
  all: (T.SavedView & { position: number })[] = [];
  #made = 0;

  add(fields: Partial<T.SavedView>): T.SavedView {
    this.#made += 1;
    const made = {
      id: `sv_${this.#made}`,
      page: "equipment" as const,
      name: "",
      query: "",
      shared: false,
      maker: "admin",
      mine: true,
      may_change: true,
      is_default: false,
      revision: 1,
      ...fields,
      position: this.#made,
    };
    this.all.push(made);
    return made;
  }

  of(page: string | null): T.SavedView[] {
    const found = this.all.filter((view) => view.page === page);
    return found.sort((a, b) => Number(b.mine) - Number(a.mine) || a.position - b.position);
  }

  get(id: string) {
    const found = this.all.find((view) => view.id === id);
    if (!found) throw missing();
    return found;
  }
}

const free = (world: World, body: Record<string, unknown>, page: string, own?: string) => {
  const name = String(body.name).toLowerCase();
  if (world.views.all.some((one) => one.id !== own && one.mine && one.page === page && one.name.toLowerCase() === name))
    throw new Refusal(409, "name-taken", "The name is already in use.");
};

export const reportRoutes: Route[] = [
  ["GET", /^\/reports\/summary$/, (world, { query }) => summary(world, query)],
  [
    "GET",
    /^\/(reports\/summary\.html|report-schedules\/[^/]+\/(latest\.html|reports\/[^/]+))$/,
    () => new FileAnswer("report.html", "<!DOCTYPE html><title>Vigie</title>"),
  ],
  ["GET", /^\/report-schedules$/, (world) => ({ items: world.reports.schedules })],
  [
    "POST",
    /^\/report-schedules$/,
    (world, { body }) => new Created(world.reports.add(body as Partial<T.ReportScheduleFields>)),
  ],
  [
    "PUT",
    /^\/report-schedules\/([^/]+)$/,
    (world, { body }, id) => Object.assign(world.reports.get(id!), body, { last_error: "" }),
  ],
  [
    "DELETE",
    /^\/report-schedules\/([^/]+)$/,
    (world, _, id) => {
      const gone = world.reports.get(id!);
      world.reports.schedules = world.reports.schedules.filter((one) => one !== gone);
    },
  ],
  [
    "POST",
    /^\/report-schedules\/([^/]+)\/run$/,
    (world, _, id) => {
      const schedule = world.reports.get(id!);
      schedule.reports = [world.reports.written(0), ...schedule.reports].slice(0, schedule.keep);
    },
  ],
  ["GET", /^\/saved-views$/, (world, { query }) => ({ items: world.views.of(query.get("page")) })],
  [
    "POST",
    /^\/saved-views$/,
    (world, { body }) => {
      free(world, body, String(body.page));
      return new Created(world.views.add(body as Partial<T.SavedView>));
    },
  ],
  [
    "PUT",
    /^\/saved-views\/order$/,
    (world, { body }) => {
      for (const [index, id] of (body.ids as string[]).entries()) world.views.get(id).position = index - 100;
    },
  ],
  [
    "PUT",
    /^\/saved-views\/default$/,
    (world, { body }) => {
      for (const view of world.views.of(String(body.page))) view.is_default = view.id === body.id;
    },
  ],
  [
    "PUT",
    /^\/saved-views\/([^/]+)$/,
    (world, { body }, id) => {
      const view = world.views.get(id!);
      if (!view.may_change) throw new Refusal(403, "not-allowed", "The role of this account does not allow it.");
      free(world, body, view.page, view.id);
      return Object.assign(view, body, { revision: view.revision + 1 });
    },
  ],
  [
    "DELETE",
    /^\/saved-views\/([^/]+)$/,
    (world, _, id) => {
      const gone = world.views.get(id!);
      world.views.all = world.views.all.filter((one) => one !== gone);
    },
  ],
];
