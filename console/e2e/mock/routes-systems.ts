/** The mock's answers about customers' systems, their tokens, service users and connections. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago, now } from "./fleet.ts";
import { page, Refusal } from "./list.ts";
import { isAssigned } from "./policy.ts";
import { checkUser, states } from "./systems.ts";
import type { World } from "./world.ts";

const gone = () => new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
const invalid = (field: string, detail: string) =>
  new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);

function found(world: World, id: string): T.CustomerSystem {
  const one = world.systems.all.find((system) => system.id === id);
  if (!one || !world.inScope(one.customer)) throw gone();
  return one;
}

/** Tokens for one's customers, and those that one made for a reseller; who sees all customers sees all tokens. */
function tokensOf(world: World): T.EnrolmentToken[] {
  const { me } = world.people;
  if (!isAssigned(me.role)) return world.systems.tokens;
  return world.systems.tokens.filter((one) =>
    one.customer_id === null ? one.created_by === me.login : world.inScope({ id: one.customer_id, name: "" }),
  );
}

export const systemRoutes: Route[] = [
  [
    "GET",
    /^\/systems$/,
    (world, { query }) => {
      const state = query.get("connectivity");
      if (state && !states.includes(state as T.Connectivity))
        throw new Refusal(400, "request-malformed", "There is no such state.");
      const is = (name: string, value: string) => !query.get(name) || query.get(name) === value;
      return page(
        world.systems.all.filter(
          (one) =>
            world.inScope(one.customer) &&
            is("customer_id", one.customer.id) &&
            is("connectivity", one.connectivity) &&
            is("profile", one.profile) &&
            is("version", one.version),
        ),
        query,
        {
          search: (row) => [row.name],
          sortable: ["name", "profile", "version", "connectivity", "connectivity_since"],
          defaultSort: "name",
        },
      );
    },
  ],
  [
    "GET",
    /^\/systems\/values$/,
    (world): T.SystemValues => {
      const seen = world.systems.all.filter((one) => world.inScope(one.customer));
      const counted = (of: (one: T.CustomerSystem) => string) =>
        [...new Set(seen.map(of).filter(Boolean))]
          .map((value) => ({ value, systems: seen.filter((one) => of(one) === value).length }))
          .sort((a, b) => b.systems - a.systems);
      return { profiles: counted((one) => one.profile), versions: counted((one) => one.version) };
    },
  ],
  [
    "PATCH",
    /^\/systems\/([^/]+)$/,
    (world, { body }, id) => {
      const one = found(world, id!);
      const place = body.place as T.SystemPlace | undefined;
      if (one.place === "primary" && place !== undefined && place !== "primary")
        throw new Refusal(409, "primary-needed", "A customer's network needs a primary.");
      if (place === "primary")
        for (const other of world.systems.of(one.customer.id)) if (other.place === "primary") other.place = "secondary";
      one.place = place ?? one.place;
      world.changed("systems");
      return one;
    },
  ],
  ["GET", /^\/systems\/([^/]+)$/, (world, _, id) => found(world, id!)],
  [
    "DELETE",
    /^\/systems\/([^/]+)$/,
    (world, _, id) => {
      const one = found(world, id!);
      world.systems.all = world.systems.all.filter((system) => system !== one);
      world.changed("systems");
    },
  ],
  [
    "GET",
    /^\/enrolment-tokens$/,
    (world, { query }) =>
      page(
        tokensOf(world).filter((one) => !query.get("customer_id") || one.customer_id === query.get("customer_id")),
        query,
        { sortable: ["created_at"], defaultSort: "-created_at" },
      ),
  ],
  [
    "POST",
    /^\/enrolment-tokens$/,
    (world, { body }) => {
      const { people, systems } = world;
      const { reseller_id, customer_id, expires_at = null } = body as T.NewEnrolmentToken;
      const uses = (body.uses as number | undefined) ?? 1;
      if (Boolean(reseller_id) === Boolean(customer_id))
        throw invalid("reseller_id", "name either a reseller or a customer");
      const mine = people.seen();
      const customer = mine.find((one) => one.id === customer_id);
      if (customer_id && !customer) throw invalid("customer_id", "there is no such customer, or it is not yours");
      const reachable = isAssigned(people.me.role)
        ? mine.map((one) => one.reseller_id)
        : people.resellers.map((one) => one.id);
      if (reseller_id && !reachable.includes(reseller_id))
        throw invalid("reseller_id", "there is no such reseller, or it is not yours");
      if (!Number.isInteger(uses) || uses < 1 || uses > 100_000) throw invalid("uses", "must be 1 to 100000");
      if (expires_at !== null && Date.parse(expires_at) <= now) throw invalid("expires_at", "must be in the future");
      const made: T.EnrolmentToken = {
        id: `etk_${systems.tokens.length + 1}`,
        reseller_id: reseller_id ?? customer!.reseller_id,
        customer_id: customer_id ?? null,
        place: null,
        uses,
        used: 0,
        created_by: people.me.login,
        created_at: ago(0),
        expires_at,
        last_used_at: null,
        revoked_at: null,
      };
      systems.tokens.push(made);
      return new Created({
        ...made,
        token: "vge_hQ3mZt8Yw1sKdV6nXc0RbPjLa9Ue5GfTo2Ii7Ek4WqM",
        server: "https://vigie.exemple.fr",
      });
    },
  ],
  [
    "GET",
    /^\/systems\/([^/]+)\/certificates$/,
    (world, _, id) => {
      const one = world.systems.all.find((system) => system.id === id);
      if (!one) throw gone();
      return world.systems.certificates(one);
    },
  ],
  [
    "POST",
    /^\/systems\/([^/]+)\/certificates\/renewal$/,
    (world, _, id) => {
      if (!world.systems.all.some((system) => system.id === id)) throw gone();
      world.systems.renewed.set(id!, ago(0));
      world.changed("systems");
    },
  ],
  [
    "DELETE",
    /^\/enrolment-tokens\/([^/]+)$/,
    (world, _, id) => {
      const one = tokensOf(world).find((token) => token.id === id);
      if (!one) throw gone();
      one.revoked_at ??= ago(0);
    },
  ],
  [
    "GET",
    /^\/customers\/([^/]+)\/service-user$/,
    (world, _, id): T.ServiceUser => {
      const entered = world.systems.users.get(world.people.customer(id!).id);
      return { name: entered?.name ?? "vigie", is_entered: entered !== undefined };
    },
  ],
  [
    "PUT",
    /^\/customers\/([^/]+)\/service-user$/,
    (world, { body }, id) => {
      const user = { name: String(body.name), password: String(body.password) };
      const customer = world.people.customer(id!).id;
      checkUser(user);
      world.systems.users.set(customer, { ...user, name: user.name.trim() });
      // Present links sign in again.
      const { connectivity } = world.systems.test(customer, user);
      for (const one of world.systems.of(customer)) {
        if (one.place === "primary") Object.assign(one, { connectivity, connectivity_since: ago(0) });
      }
      world.changed("systems");
    },
  ],
  [
    "POST",
    /^\/customers\/([^/]+)\/test-connection$/,
    (world, { body }, id) => {
      const typed = body.service_user as T.TypedServiceUser | undefined;
      const customer = world.people.customer(id!).id;
      if (typed) checkUser(typed);
      return world.systems.test(customer, typed);
    },
  ],
];
