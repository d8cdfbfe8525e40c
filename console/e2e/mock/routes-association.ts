/** The mock's answers about association rules: the machines that wait, each with the next equipment. */
import type * as T from "../../src/api/types.ts";
import type { Route } from "./answers.ts";
import { Refusal } from "./list.ts";
import type { World } from "./world.ts";

const none: T.AssociationRule = { serial: false, uuid: false, same_customer: true, unproven: false };

export class Association {
  rules: T.AssociationRules = { default: none, customers: [], revision: 0, changed_by: null, changed_at: null };

  change(world: World, body: T.AssociationRulesFields) {
    if (typeof body.revision === "number" && body.revision !== this.rules.revision)
      throw new Refusal(412, "revision-stale", "It was changed by someone else in the meantime.");
    const named = (id: string) => ({ id, name: world.people.customers.find((one) => one.id === id)?.name ?? id });
    this.rules = {
      default: body.default,
      customers: (body.customers ?? []).map(({ customer_id, rules }) => ({ customer: named(customer_id), rules })),
      revision: this.rules.revision + 1,
      changed_by: "Awa Diop",
      changed_at: new Date().toISOString(),
    };
    return this.rules;
  }

  /** The first fits; the others show what may speak against it. */
  look(world: World, rules: T.AssociationRule): T.AssociationLooked {
    const against: (T.AssociationWhyNot | null)[] = [null, "ambiguous", "has-agent", "other-manufacturer", "bogus"];
    const machines = world.fleet.machines;
    const waiting = world.fleet.pending.filter((item) => item.state === "pending");
    const items = waiting.map((item, index) => {
      const count = against[index] === "ambiguous" ? 2 : 1;
      const fits = machines.slice(index, index + count);
      return {
        pending_id: item.id,
        name: item.name,
        serial: item.serial,
        customer: item.customer,
        equipment: fits.map(({ id, name, customer }) => ({ id, name, customer })),
        reasons: count === 1 ? [{ code: "same-serial", value: item.serial }] : [],
        why_not: against[index] ?? (rules.serial ? null : ("rule-off" as const)),
      };
    });
    for (const item of items) if (item.why_not === null && !rules.serial) item.why_not = "rule-off";
    const associated = items.filter((item) => item.why_not === null).length;
    return { looked_at: waiting.length, associated, items, next: null };
  }
}

export const associationRoutes: Route[] = [
  ["GET", /^\/association-rules$/, (world) => world.association.rules],
  [
    "PUT",
    /^\/association-rules$/,
    (world, { body }) => world.association.change(world, body as unknown as T.AssociationRulesFields),
  ],
  [
    "POST",
    /^\/association-rules\/dry-run$/,
    (world, { body }) => {
      const { rules } = body as T.AssociationDryRun;
      return world.association.look(world, (rules ?? world.association.rules).default);
    },
  ],
  [
    "POST",
    /^\/association-rules\/run$/,
    (world) => {
      const looked = world.association.look(world, world.association.rules.default);
      const gone = new Set(looked.items.filter((item) => item.why_not === null).map((item) => item.pending_id));
      world.fleet.pending = world.fleet.pending.filter((item) => !gone.has(item.id));
      world.changed("pending", "equipment");
      return { ...looked, items: [] };
    },
  ],
];
