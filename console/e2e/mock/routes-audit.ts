/** The mock's audit trail: forty entries that the API's filters narrow, their export, and its verification. */
import type * as T from "../../src/api/types.ts";
import { FileAnswer, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { page } from "./list.ts";

const head = "5f0c1be64d7a9b3e82c1f6a70d4e9358b1a2c3d4e5f60718293a4b5c6d7e8f90";
const actions = [
  "session.begin",
  "equipment.change",
  "pending-equipment.associate",
  "agent.enrol",
  "preferences.change",
  "api-client.create",
];

function actor(index: number): T.AuditEntry["actor"] {
  if (index % 5 === 3) return { kind: "agent", id: "agt_1", name: "srv-compta" };
  // Somebody whose account is gone.
  if (index % 7 === 4) return { kind: "user", id: "usr_gone", name: "partie" };
  return index % 4 === 2
    ? { kind: "user", id: "usr_2", name: "mkeribin" }
    : { kind: "user", id: "usr_1", name: "admin" };
}

type Entry = Omit<T.AuditEntry, "detail"> & { detail: Record<string, unknown> };

const trail: Entry[] = Array.from({ length: 40 }, (_, index) => ({
  id: `aud_${index}`,
  at: ago(index * 17_000 + 30),
  actor: actor(index),
  source_address: "192.0.2.8",
  action: actions[index % 6]!,
  object:
    index % 6 === 0
      ? { kind: "session", id: null, name: null }
      : { kind: "equipment", id: "eqp_000001", name: "srv-compta" },
  customer_id: index % 6 === 1 ? "cus_2" : null,
  detail: index % 6 === 1 ? { location: { before: null, after: "Salle serveurs" } } : {},
  hash: head.slice(index) + head.slice(0, index),
}));

function narrowed(query: URLSearchParams): Entry[] {
  const is = (param: string, value: string | null | undefined) => !query.get(param) || query.get(param) === value;
  const [from, to] = [query.get("from"), query.get("to")].map((text) => (text ? Date.parse(text) : undefined));
  return trail.filter(
    (row) =>
      is("action", row.action) &&
      is("actor_id", row.actor.id) &&
      is("object_id", row.object.id) &&
      is("customer_id", row.customer_id) &&
      (from === undefined || Date.parse(row.at) >= from) &&
      (to === undefined || Date.parse(row.at) < to),
  );
}

export const auditRoutes: Route[] = [
  [
    "GET",
    /^\/audit$/,
    (_world, { query }) => page(narrowed(query), query, { search: (row) => [row.action, row.actor.name] }),
  ],
  [
    "GET",
    /^\/audit\/export$/,
    (_world, { query }) =>
      new FileAnswer(
        "vigie-audit.jsonl",
        narrowed(query)
          .reverse()
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(""),
      ),
  ],
  [
    "POST",
    /^\/audit\/verification$/,
    () => ({ sound: true, entries: 12_480, head, fault: null, entry: null, at: null }) satisfies T.AuditVerdict,
  ],
];
