/** Alerts in the mock: one of each kind, made by hand, and as many again as there are systems. */
import type * as T from "../../src/api/types.ts";
import { ago, now } from "./fleet.ts";
import { random } from "./random.ts";

const hour = 3600;
const day = 24 * hour;
export const types: T.AlertType[] = ["configuration", "trunk", "link", "service", "quality_of_service", "security"];
/** The worst first. */
export const severities: T.AlertSeverity[] = ["critical", "major", "minor", "warning", "information"];

interface Kept extends Omit<T.Alert, "ongoing" | "silence"> {
  /** Follows from another that goes on. */
  follows: boolean;
}

type Some = Partial<Kept> & Pick<Kept, "type" | "severity" | "kind" | "condition">;

const byHand: Some[] = [
  {
    type: "link",
    severity: "major",
    kind: "unreachable",
    condition: "vigie.unreachable",
    // The state's code, as the server writes it.
    summary: "unreachable",
    last_at: ago(3 * hour),
  },
  {
    type: "service",
    severity: "critical",
    kind: "disk",
    condition: "disks",
    subject: "/var",
    summary: "97.3 % of /var used",
    value: 97.3,
    bound: 90,
    occurrences: 3,
    first_at: ago(2 * day),
    last_at: ago(600),
  },
  {
    type: "security",
    severity: "minor",
    kind: "certificate",
    condition: "tls",
    subject: "sip.exemple.fr:5061",
    value: 12,
    bound: 30,
    last_at: ago(5 * hour),
    ended_at: ago(4 * hour),
  },
  {
    type: "trunk",
    severity: "major",
    kind: "items",
    condition: "trunks",
    title: "SIP trunk",
    subject: "sip:trunk.operateur.exemple.fr:5060",
    summary: "state IP",
    follows: true,
    last_at: ago(900),
  },
  {
    type: "security",
    severity: "warning",
    kind: "log",
    condition: "sign-ins",
    title: "Failed sign-ins",
    summary: "Failed password for root from 203.0.113.7 port 40022 ssh2",
    value: 14,
    bound: 10,
    occurrences: 47,
    first_at: ago(6 * day),
    last_at: ago(1200),
    ended_at: ago(1000),
    acknowledged: { at: ago(1100), by: "mkeribin" },
  },
  {
    type: "quality_of_service",
    severity: "minor",
    kind: "ping",
    condition: "operator",
    subject: "192.0.2.1",
    summary: "15 % of the packets lost, jitter 3.2 ms",
    value: 15,
    bound: 5,
    last_at: ago(1500),
    muted_until: ago(-3 * hour),
  },
  {
    type: "configuration",
    severity: "major",
    kind: "command",
    condition: "configuration",
    title: "Configuration loads",
    summary: "0(1234) ERROR: parse error in config file /etc/kamailio/kamailio.cfg, line 212",
    last_at: ago(7 * hour),
    ended_at: ago(6 * hour),
  },
  {
    type: "configuration",
    severity: "warning",
    kind: "clock",
    condition: "clock",
    value: 42,
    bound: 30,
    last_at: ago(9 * hour),
    ended_at: ago(8 * hour),
    assigned_to: { id: "usr_1", login: "admin" },
  },
  {
    type: "service",
    severity: "critical",
    kind: "unit",
    condition: "kamailio",
    title: "SIP server",
    subject: "kamailio.service",
    summary: "failed (exit-code)",
    last_at: ago(300),
  },
  {
    type: "service",
    severity: "warning",
    kind: "memory",
    condition: "memory",
    value: 96.4,
    bound: 95,
    last_at: ago(11 * hour),
    ended_at: ago(10 * hour),
  },
  {
    type: "link",
    severity: "major",
    kind: "tcp",
    condition: "sip-tcp",
    subject: "127.0.0.1:5060",
    summary: "connection refused",
    last_at: ago(13 * hour),
    ended_at: ago(12 * hour),
  },
  {
    type: "service",
    severity: "information",
    kind: "raid",
    condition: "raid-health",
    summary: "md0 is being checked",
    last_at: ago(15 * hour),
    ended_at: ago(14 * hour),
  },
];

function alert(id: number, some: Some, system: T.CustomerSystem): Kept {
  return {
    id: `al_${id}`,
    customer: system.customer,
    system: { id: system.id, name: system.name },
    title: "",
    subject: "",
    summary: "",
    value: null,
    bound: null,
    occurrences: 1,
    first_at: some.last_at ?? ago(hour),
    last_at: ago(hour),
    ended_at: null,
    acknowledged: null,
    assigned_to: null,
    muted_until: null,
    cleared: null,
    follows: false,
    ...some,
  };
}

export class Alerts {
  all: Kept[] = [];
  windows: (Omit<T.MaintenanceWindow, "active" | "next_at"> & { length: number })[] = [];
  rules = new Map<string, T.AlertRule[]>();
  made = 0;

  constructor(systems: T.CustomerSystem[]) {
    if (systems.length === 0) return;
    const gone = systems.find((one) => one.connectivity === "unreachable") ?? systems[0]!;
    for (const [index, some] of byHand.entries())
      this.all.push(
        alert(index + 1, some, some.kind === "unreachable" ? gone : systems[(index * 3) % systems.length]!),
      );
    for (const [index, system] of systems.entries()) {
      const r = random(index * 7919 + 3);
      const last_at = ago(2 * hour + r.int(6 * day));
      const ended = r.chance(0.7);
      const some = { ...r.pick(byHand.filter((one) => one.kind !== "unreachable" && one.kind !== "raid")) };
      this.all.push(
        alert(
          100 + index,
          {
            ...some,
            severity: r.pick(severities),
            occurrences: 1 + r.int(9),
            last_at,
            first_at: last_at,
            ended_at: ended ? last_at : null,
            acknowledged: null,
            assigned_to: null,
            muted_until: null,
            follows: false,
            cleared: ended && r.chance(0.3) ? { at: ago(r.int(hour)), by: "mkeribin" } : null,
          },
          system,
        ),
      );
    }
    this.windows = [
      {
        id: "mw_1",
        name: "Mise à jour du standard",
        customer: systems[0]!.customer,
        system: { id: systems[0]!.id, name: systems[0]!.name },
        starts_at: ago(1800),
        ends_at: ago(-2 * hour),
        length: 2 * hour + 1800,
        repeats: "never",
        time_zone: "Europe/Paris",
        until: null,
        created_by: "mkeribin",
      },
      {
        id: "mw_2",
        name: "Sauvegardes de nuit",
        customer: null,
        system: null,
        starts_at: ago(9 * day + 6 * hour),
        ends_at: ago(9 * day + 4 * hour),
        length: 2 * hour,
        repeats: "daily",
        time_zone: "Europe/Paris",
        until: null,
        created_by: "admin",
      },
      {
        id: "mw_3",
        name: "Recâblage",
        customer: systems[1]!.customer,
        system: null,
        starts_at: ago(4 * day),
        ends_at: ago(4 * day - 3 * hour),
        length: 3 * hour,
        repeats: "never",
        time_zone: "Europe/Paris",
        until: null,
        created_by: "ancien",
      },
    ];
    this.rules.set("cus_2", [{ condition: "disks", off: false, severity: null, bound: 95, hold: null }]);
  }

  /** A window as it stands now. */
  window({ length, ...one }: (typeof this.windows)[number]): T.MaintenanceWindow {
    // Not when the mock began: people say by their own clocks when a window begins.
    const now = Date.now();
    const period = { never: 0, daily: day, weekly: 7 * day }[one.repeats] * 1000;
    let begin = Date.parse(one.starts_at);
    while (period > 0 && begin + length * 1000 <= now) begin += period;
    const end = begin + length * 1000;
    const over = end <= now || (one.until !== null && begin >= Date.parse(one.until));
    const active = !over && begin <= now;
    return { ...one, active, next_at: over ? null : new Date(active ? end : begin).toISOString() };
  }

  view({ follows, ...one }: Kept): T.Alert {
    const inWindow = this.windows
      .filter((window) => this.window(window).active)
      .some(({ customer, system }) =>
        system ? system.id === one.system.id : !customer || customer.id === one.customer.id,
      );
    const muted = one.muted_until !== null && Date.parse(one.muted_until) > now;
    const silence = follows ? "parent" : inWindow ? "maintenance" : muted ? "muted" : null;
    return { ...one, ongoing: one.ended_at === null, silence: one.cleared ? null : silence };
  }

  /** What is open of a customer. */
  of(customer: string): T.CustomerAlerts {
    const open = this.all.filter((one) => one.customer.id === customer && !one.cleared);
    const worst = severities.find((severity) => open.some((one) => one.severity === severity));
    return { open: open.length, worst: worst ?? null };
  }

  counts(rows: T.Alert[], ofTypes: T.Alert[] = rows): T.AlertCounts {
    const of = (found: T.Alert[]) => ({ alerts: found.length, ongoing: found.filter((one) => one.ongoing).length });
    return {
      ...of(ofTypes),
      types: types.map((type) => {
        const found = ofTypes.filter((one) => one.type === type);
        const ended = found.filter((one) => !one.ongoing);
        return {
          type,
          ...of(found),
          clearable: ended.length,
          clearable_customers: new Set(ended.map((one) => one.customer.id)).size,
        };
      }),
      severities: severities.map((severity) => ({
        severity,
        ...of(rows.filter((one) => one.severity === severity)),
      })),
    };
  }

  /** What a customer's systems look at: as the profile of telephony servers has it. */
  conditions(customer: string, systems: number): T.CustomerCondition[] {
    const condition = (
      key: string,
      kind: string,
      type: T.AlertType,
      severity: T.AlertSeverity,
      more: Partial<T.AlertCondition> = {},
    ): T.AlertCondition => ({ key, kind, type, severity, title: "", target: "", bound: null, hold: 0, ...more });
    const all = [
      condition("clock", "clock", "configuration", "warning", { bound: 30 }),
      condition("configuration", "command", "configuration", "major", {
        title: "Configuration loads",
        target: "/usr/sbin/kamailio -c -f /etc/kamailio/kamailio.cfg",
      }),
      condition("disks", "disk", "service", "minor", { target: "*", bound: 90 }),
      condition("kamailio", "unit", "service", "critical", { title: "SIP server", target: "kamailio.service" }),
      condition("sign-ins", "log", "security", "warning", {
        title: "Failed sign-ins",
        target: "/var/log/auth.log, ssh.service",
        bound: 10,
      }),
      condition("trunks", "items", "trunk", "major", {
        title: "SIP trunk",
        target: "/usr/sbin/kamcmd dispatcher.list",
        hold: 30,
      }),
    ];
    const own = condition("vigie.unreachable", "unreachable", "link", "major");
    const rules = this.rules.get(customer) ?? [];
    return [...(systems > 0 ? all : []), own].map((one) => ({
      condition: one,
      systems,
      rule: rules.find((rule) => rule.condition === one.key) ?? null,
    }));
  }
}
