/** The mock's answers about users, their grants, roles, and the hierarchy above customers. */
import type * as T from "../../src/api/types.ts";
import { Created, PictureAnswer, type Route } from "./answers.ts";
import { page, Refusal } from "./list.ts";
import { isAssigned, isReadOnly, permissions, policy } from "./policy.ts";
import type { World } from "./world.ts";

const invalid = (field: string, detail: string) =>
  new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);
const taken = (field: string) =>
  new Refusal(409, "name-taken", "The name is already in use.", [{ field, code: "taken", detail: "taken" }]);

/** Checks what the server checks, and changes the user; throws before it changes anything. */
function change(world: World, user: T.User, body: Record<string, unknown>, fresh: boolean): T.User {
  const { people } = world;
  const next = { ...user, ...body } as T.User & { password?: string };
  const login = String(next.login ?? "").trim();
  if (login === "" || login.length > 15 || /\s/.test(login)) throw invalid("login", "1 to 15 characters, no spaces");
  if (people.users.some((one) => one.id !== user.id && one.login.toLowerCase() === login.toLowerCase()))
    throw taken("login");
  if (`${next.first_name} ${next.last_name}`.trim().length > 31) throw invalid("last_name", "31 characters together");
  for (const field of ["phone", "mobile"] as const) {
    const number = next[field].replace(/[ .()/\u00a0-]/g, "");
    if (number !== "" && !/^\+?\d{1,15}$/.test(number)) throw invalid(field, "must be digits; a + may lead them");
    next[field] = number;
  }
  if (next.email !== "" && !/^[^\s@]+@[^\s@]+$/.test(next.email)) throw invalid("email", "must be an e-mail address");
  if (people.me.role === "supervisor") {
    if (next.role !== "operator") throw invalid("role", "a supervisor makes operators only");
    if (next.labels.some((label) => !people.me.labels.includes(label)))
      throw invalid("labels", "not one of your own labels");
  }
  if (!isAssigned(next.role)) {
    if (body.labels && (body.labels as string[]).length > 0)
      throw invalid("labels", "only for roles that see assigned customers");
    next.labels = [];
  }
  if (body.wallboard === true && !isReadOnly(next.role)) throw invalid("wallboard", "is for support and read-only");
  next.wallboard &&= isReadOnly(next.role);
  if (next.password !== undefined) {
    if (next.password.length < 9)
      throw new Refusal(422, "password-weak", "The new password does not follow the rules.", [
        { field: "password", code: "too-short", detail: "" },
      ]);
    if (fresh || people.users.includes(user)) people.passwords.set(user.id, next.password);
    delete next.password;
  }
  if (user.id === people.me.id && (next.disabled || next.role !== user.role))
    throw new Refusal(409, "own-account", "Nobody can do that to their own account.");
  const before = { ...user };
  Object.assign(user, next, { login });
  try {
    if (people.users.includes(user)) people.checkAdministrators();
  } catch (error) {
    Object.assign(user, before);
    throw error;
  }
  return user;
}

const levels = (world: World, level: string): (T.Named & { provider_id?: string })[] =>
  level === "providers" ? world.people.providers : world.people.resellers;
const shown = (world: World, level: string, one: T.Named) =>
  level === "providers" ? one : world.people.reseller(one.id);

export const usersRoutes: Route[] = [
  ["GET", /^\/policy$/, () => policy()],
  ["GET", /^\/users\/me\/permissions$/, (world) => permissions(world.people.me.role, world.wallboard)],
  [
    "PUT",
    /^\/users\/me\/avatar$/,
    (world, { raw }) => {
      if (raw.length > 2 << 20) throw new Refusal(413, "too-large", "The file is larger than 2 MiB.");
      const png = raw.subarray(1, 4).toString() === "PNG";
      const jpeg = raw[0] === 0xff && raw[1] === 0xd8;
      if (!png && !jpeg) throw new Refusal(415, "media-type-unsupported", "This is no PNG, JPEG, GIF or WebP image.");
      if (raw.length < 60) throw new Refusal(422, "picture-unreadable", "The image cannot be read.");
      world.avatarNumber += 1;
      const avatar = `a${world.avatarNumber}`;
      world.people.avatars.set(world.people.me.id, raw);
      world.people.me.avatar = avatar;
      return { avatar };
    },
  ],
  [
    "DELETE",
    /^\/users\/me\/avatar$/,
    (world) => {
      world.people.avatars.delete(world.people.me.id);
      world.people.me.avatar = null;
    },
  ],
  [
    "GET",
    /^\/users$/,
    ({ people }, { query }) => {
      const disabled = query.get("disabled");
      const customer = people.customers.find((one) => one.id === query.get("customer_id"));
      const found = people
        .managed()
        .filter(
          (one) =>
            (!query.get("role") || one.role === query.get("role")) &&
            (!disabled || String(one.disabled) === disabled) &&
            (!query.get("label") ||
              one.labels.some((label) => label.toLowerCase() === query.get("label")!.toLowerCase())) &&
            (!customer || (isAssigned(one.role) && people.sees(one, customer))),
        );
      // By last name, as the server does.
      const rows = found.map((one) => ({ ...one, name: `${one.last_name} ${one.first_name}`.trim() }));
      const answer = page(rows, query, {
        search: (one) => [one.login, one.first_name, one.last_name, one.email, ...one.labels],
        sortable: ["login", "name", "role", "last_sign_in_at", "created_at"],
        defaultSort: "login",
      });
      return { ...answer, items: answer.items.map(({ name: _name, ...one }) => one) };
    },
  ],
  [
    "POST",
    /^\/users$/,
    (world, { body }) => {
      if (typeof body.password !== "string") throw invalid("password", "required");
      const { people } = world;
      const made = people.add({ created_at: new Date().toISOString() });
      people.users.pop();
      made.created_by = { id: people.me.id, login: people.me.login };
      change(world, made, body, true);
      people.users.push(made);
      return new Created(made);
    },
  ],
  [
    "POST",
    /^\/users\/bulk$/,
    ({ people }, { body }) => {
      const ids = body.ids as string[];
      if (ids.length > 200) throw invalid("ids", "at most 200");
      const found = ids.map((id) => people.user(id));
      const own = ids.includes(people.me.id) && (body.action === "delete" || body.action === "disable");
      if (own) throw new Refusal(409, "own-account", "Nobody can do that to their own account.");
      const before = people.users.map((one) => ({ ...one }));
      if (body.action === "delete") people.users = people.users.filter((one) => !ids.includes(one.id));
      for (const one of found) {
        if (body.action === "disable" || body.action === "enable") one.disabled = body.action === "disable";
        if (body.action === "force-password-change") one.must_change_password = true;
      }
      try {
        people.checkAdministrators();
      } catch (error) {
        people.users = before;
        throw error;
      }
    },
  ],
  ["GET", /^\/users\/([^/]+)$/, ({ people }, _, id) => people.user(id!)],
  ["PATCH", /^\/users\/([^/]+)$/, (world, { body }, id) => change(world, world.people.user(id!), body, false)],
  [
    "DELETE",
    /^\/users\/([^/]+)$/,
    ({ people }, _, id) => {
      const user = people.user(id!);
      if (user.id === people.me.id) throw new Refusal(409, "own-account", "Nobody can do that to their own account.");
      const before = people.users;
      people.users = people.users.filter((one) => one !== user);
      try {
        people.checkAdministrators();
      } catch (error) {
        people.users = before;
        throw error;
      }
    },
  ],
  ["GET", /^\/users\/([^/]+)\/grants$/, ({ people }, _, id) => ({ items: people.grantsOf(people.user(id!).id) })],
  [
    "PUT",
    /^\/users\/([^/]+)\/grants$/,
    ({ people }, { body }, id) => {
      const user = people.user(id!);
      if (!isAssigned(user.role)) throw invalid("grants", "this user's role sees all customers");
      const wanted = body.grants as T.NewGrant[];
      const keys = wanted.map((one) => JSON.stringify(one.node));
      if (new Set(keys).size < keys.length || wanted.some((one) => !people.mayGive(one.node)))
        throw invalid("grants", "each must be there, be yours to give, and be named once");
      people.given = people.given.filter((one) => one.user !== user.id || !people.mayGive(one.node));
      for (const one of wanted) people.give(user.id, one.allow, one.node);
      return { items: people.grantsOf(user.id) };
    },
  ],
  [
    "GET",
    /^\/users\/([^/]+)\/access$/,
    ({ people }, { query }, id) => {
      const user = people.user(id!);
      const reasons = people.reasons(user, people.customer(query.get("customer_id") ?? ""));
      return { sees: reasons[0]?.allow === true, reasons } satisfies T.Explanation;
    },
  ],
  [
    "GET",
    /^\/users\/([^/]+)\/avatar$/,
    ({ people }, _, id) => {
      const picture = people.avatars.get(id!);
      if (!picture) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
      return new PictureAnswer(picture);
    },
  ],
  [
    "GET",
    /^\/(resellers|providers)$/,
    (world, { query }, level) => {
      const seen = new Set(world.people.seen().map((one) => one.reseller_id));
      const all = !isAssigned(world.people.me.role);
      const provider = query.get("provider_id");
      const rows = levels(world, level!).filter(
        (one) =>
          (!provider || one.provider_id === provider) &&
          (all ||
            (level === "resellers"
              ? seen.has(one.id)
              : world.people.resellers.some((reseller) => seen.has(reseller.id) && reseller.provider_id === one.id))),
      );
      return page(
        rows.map((one) => shown(world, level!, one)),
        query,
        { search: (one) => [one.name], sortable: ["name"] },
      );
    },
  ],
  [
    "GET",
    /^\/(resellers|providers)\/([^/]+)$/,
    (world, _, level, id) => {
      const one = levels(world, level!).find((other) => other.id === id);
      if (!one) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
      return shown(world, level!, one);
    },
  ],
  [
    "POST",
    /^\/(resellers|providers)$/,
    (world, { body }, level) => {
      const list = levels(world, level!);
      const name = String(body.name ?? "").trim();
      if (name === "") throw invalid("name", "required");
      if (list.some((one) => one.name.toLowerCase() === name.toLowerCase())) throw taken("name");
      const one = { id: `${level!.slice(0, 3)}_${list.length + 10}`, name, provider_id: String(body.provider_id) };
      list.push(level === "providers" ? { id: one.id, name } : one);
      return new Created(shown(world, level!, one));
    },
  ],
  [
    "PATCH",
    /^\/(resellers|providers)\/([^/]+)$/,
    (world, { body }, level, id) => {
      const list = levels(world, level!);
      const one = list.find((other) => other.id === id);
      if (!one) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
      const name = body.name === undefined ? one.name : String(body.name).trim();
      if (list.some((other) => other !== one && other.name.toLowerCase() === name.toLowerCase())) throw taken("name");
      for (const user of world.people.users)
        user.labels = user.labels.map((label) => (label === one.name ? name : label));
      one.name = name;
      if (body.provider_id) one.provider_id = String(body.provider_id);
      return shown(world, level!, one);
    },
  ],
  [
    "DELETE",
    /^\/(resellers|providers)\/([^/]+)$/,
    (world, _, level, id) => {
      const { people } = world;
      const used =
        level === "providers"
          ? people.resellers.some((one) => one.provider_id === id)
          : people.customers.some((one) => one.reseller_id === id);
      if (used) throw new Refusal(409, "not-empty", "Something still belongs to it.");
      people.providers = people.providers.filter((one) => one.id !== id);
      people.resellers = people.resellers.filter((one) => one.id !== id);
    },
  ],
  [
    "GET",
    /^\/customers\/([^/]+)\/assignments$/,
    (world, _, id) => ({ items: world.assigned(world.people.customer(id!).id) }),
  ],
  [
    "PUT",
    /^\/customers\/([^/]+)\/assignments$/,
    (world, { body }, id) => {
      const { people } = world;
      const node: T.GrantNode = { kind: "customer", id: people.customer(id!).id };
      if (!people.mayGive(node)) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
      const wanted = body.user_ids as string[];
      for (const user of wanted)
        if (!isAssigned(people.user(user).role)) throw invalid("user_ids", "is no user to assign");
      const managed = new Set(people.managed().map((one) => one.id));
      const here = (one: { node: T.GrantNode }) => one.node.kind === "customer" && one.node.id === node.id;
      people.given = people.given.filter(
        (one) =>
          !here(one) || (one.allow ? wanted.includes(one.user) || !managed.has(one.user) : !wanted.includes(one.user)),
      );
      for (const user of wanted)
        if (!people.given.some((one) => here(one) && one.user === user)) people.give(user, true, node);
      return { items: world.assigned(node.id) };
    },
  ],
];
