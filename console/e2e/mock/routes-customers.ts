/** The mock's answers about customers: the list, what is typed about them, deleting and restoring, the enrolment e-mail. */
import { Created, type Route } from "./answers.ts";
import { checkedFields, codeOf, fits, sortKeys } from "./customers.ts";
import { ago } from "./fleet.ts";
import { page, Refusal } from "./list.ts";
import type { Customer } from "./people.ts";
import type { World } from "./world.ts";

const taken = (field: string) =>
  new Refusal(409, "name-taken", "The name is already in use.", [{ field, code: "taken", detail: "taken" }]);
const invalid = (field: string, detail: string) =>
  new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);
const gone = () => new Refusal(404, "not-found", "There is no such thing, or it is not yours.");

const keptDays = (world: World) => world.preferences.retention.deleted_customers_days;

/** A name and a code that no other customer has; a deleted one keeps its code until it is gone. */
function checkTaken(world: World, name: string, code: string | undefined, but?: Customer) {
  const { people } = world;
  const others = people.customers.filter((one) => one !== but);
  if (others.some((one) => one.name.toLowerCase() === name.toLowerCase())) throw taken("name");
  if ([...others, ...world.deleted.map((one) => one.customer)].some((one) => one.code === code)) throw taken("code");
}

function create(world: World, body: Record<string, unknown>) {
  const { people } = world;
  const name = String(body.name).trim();
  const fields = checkedFields(body);
  checkTaken(world, name, fields.code);
  const codes = new Set([...people.customers, ...world.deleted.map((one) => one.customer)].map((one) => one.code));
  let code = fields.code ?? codeOf(name);
  for (let number = 2; codes.has(code); number += 1) code = `${codeOf(name).slice(0, 14)}${number}`;
  const made: Customer = {
    id: `cus_${people.customers.length + world.deleted.length + 1}`,
    name,
    reseller_id: people.resellers.find((one) => one.id === body.reseller_id)?.id ?? "res_1",
    phone: "",
    email: "",
    technical_email: "",
    address: "",
    notes: "",
    tags: [],
    ...fields,
    code,
  };
  people.customers.push(made);
  if (people.me.role === "operator") people.give(people.me.id, true, { kind: "customer", id: made.id });
  return new Created(world.customerItem(made.id));
}

function change(world: World, id: string, body: Record<string, unknown>) {
  const customer = world.people.customer(id);
  const name = typeof body.name === "string" ? body.name.trim() : customer.name;
  if (name === "") throw invalid("name", "required");
  const fields = checkedFields(body);
  if (fields.code !== undefined && fields.code !== customer.code && !world.preferences.customer_codes_may_change)
    throw new Refusal(409, "customer-code-fixed", "The preferences do not let customers' codes change.", [
      { field: "code", code: "fixed", detail: "fixed" },
    ]);
  checkTaken(world, name, fields.code, customer);
  Object.assign(customer, fields, { name });
  if (body.reseller_id) customer.reseller_id = String(body.reseller_id);
  return world.customerItem(id);
}

function remove(world: World, id: string) {
  const { people, systems, fleet } = world;
  const customer = people.customer(id);
  if (customer.id === "cus_1") throw new Refusal(409, "default-customer", "The default customer cannot be deleted.");
  const used =
    fleet.machines.some((one) => one.customer.id === id) || fleet.pending.some((one) => one.customer?.id === id);
  if (used)
    throw new Refusal(409, "not-empty", "Something still belongs to it.", undefined, { detail: "it has equipment" });
  people.customers = people.customers.filter((one) => one !== customer);
  world.deleted.push({ customer, systems: systems.of(id), at: ago(0) });
  systems.all = systems.all.filter((one) => one.customer.id !== id);
  world.changed("systems");
}

function restore(world: World, id: string) {
  const { people, systems } = world;
  const found = world.deleted.find((one) => one.customer.id === id && people.sees(people.me, one.customer));
  if (!found) throw gone();
  checkTaken(world, found.customer.name, undefined);
  world.deleted = world.deleted.filter((one) => one !== found);
  people.customers.push(found.customer);
  systems.all.push(...found.systems);
  world.changed("systems");
  return world.customerItem(id);
}

export const customerRoutes: Route[] = [
  [
    "GET",
    /^\/customers$/,
    (world, { query }) => {
      const rows =
        query.get("deleted") === "true"
          ? world.deleted
              .filter((one) => world.people.sees(world.people.me, one.customer))
              .map((one) => ({
                ...world.itemOf(one.customer),
                deleted_at: one.at,
                kept_until: ago(-keptDays(world) * 86_400),
              }))
          : world.people.seen().map((one) => world.itemOf(one));
      const answer = page(
        rows.filter((row) => fits(row, query)).map((row) => ({ ...sortKeys(row), row })),
        query,
        {
          search: ({ row }) => [
            row.name,
            row.code,
            ...row.tags,
            row.email,
            row.technical_email,
            row.network.system_name,
          ],
          sortable: ["name", "code", "system_name", "version", "connectivity", "colour", "reseller", "alerts"],
        },
      );
      return { ...answer, items: answer.items.map(({ row }) => row) };
    },
  ],
  ["POST", /^\/customers$/, (world, { body }) => create(world, body)],
  [
    "POST",
    /^\/customers\/delete$/,
    (world, { body }) => {
      const deleted: string[] = [];
      const refused: { id: string; code: string; detail: string }[] = [];
      for (const id of body.ids as string[]) {
        try {
          remove(world, id);
          deleted.push(id);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          refused.push({ id, code: error.code, detail: error.message });
        }
      }
      return { deleted, refused };
    },
  ],
  [
    "POST",
    /^\/customers\/enrolment-mail$/,
    (world, { body }) => {
      if (world.preferences.mail.host === "")
        throw new Refusal(409, "mail-off", "No mail server is set in the preferences.");
      const rows = (body.ids as string[]).map((id) => world.people.customer(id));
      const named = ({ id, name }: Customer) => ({ id, name });
      const refused = (one: Customer) => one.technical_email.endsWith(".invalid");
      return {
        sent: rows.filter((one) => one.technical_email !== "" && !refused(one)).map(named),
        without_address: rows.filter((one) => one.technical_email === "").map(named),
        failed: rows.filter(refused).map((one) => ({ ...named(one), detail: "550 5.1.2 unknown domain" })),
      };
    },
  ],
  ["GET", /^\/customers\/([^/]+)$/, (world, _, id) => world.customerItem(id!)],
  [
    "GET",
    /^\/customers\/([^/]+)\/deletion$/,
    (world, _, id) => {
      const { network, equipment, alerts } = world.customerItem(id!);
      return { systems: network.systems, equipment, alerts: alerts.open, kept_until: ago(-keptDays(world) * 86_400) };
    },
  ],
  ["POST", /^\/customers\/([^/]+)\/restore$/, (world, _, id) => restore(world, id!)],
  ["PATCH", /^\/customers\/([^/]+)$/, (world, { body }, id) => change(world, id!, body)],
  ["DELETE", /^\/customers\/([^/]+)$/, (world, _, id) => remove(world, id!)],
  [
    "GET",
    /^\/tags$/,
    (world, { query }) => {
      const q = query.get("q")?.toLowerCase() ?? "";
      return { items: world.tags().filter((one) => one.name.toLowerCase().includes(q)) };
    },
  ],
];
