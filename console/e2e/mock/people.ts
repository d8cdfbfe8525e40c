/** Who there is in the mock, what they were given, and who sees which customer by the server's rules. */
import type * as T from "../../src/api/types.ts";
import { firstFields, type CustomerFields } from "./customers.ts";
import { ago, customers as firstCustomers } from "./fleet.ts";
import { Refusal } from "./list.ts";
import { isAssigned } from "./policy.ts";

export const password = "vigie-2026";

export interface Customer extends T.Named, CustomerFields {
  reseller_id: string;
}
interface Given {
  id: string;
  user: string;
  allow: boolean;
  node: T.GrantNode;
  created_at: string;
}

const first = ["Anne", "Benoît", "Chloé", "Driss", "Élodie", "Fatou", "Gaël", "Hélène", "Ivan", "Jeanne", "Killian"];
const last = ["Martin", "Le Goff", "Nguyen", "Haddad", "Robert", "Diallo", "Kervella", "Moreau", "Petrov", "Dubois"];

export class People {
  providers: T.Provider[] = [
    { id: "pro_1", name: "Main provider" },
    { id: "pro_2", name: "Groupement des installateurs de télécommunications d’entreprise du Grand Ouest" },
  ];
  resellers: (T.Named & { provider_id: string })[] = [
    { id: "res_1", name: "Main reseller", provider_id: "pro_1" },
    { id: "res_2", name: "Télécom de l’Ouest", provider_id: "pro_1" },
    { id: "res_3", name: "Réseaux du Val de Loire et des Coteaux du Layon, agence d’Angers", provider_id: "pro_2" },
  ];
  customers: Customer[] = firstCustomers.map((one, index) => ({
    ...one,
    ...firstFields(one.name, index),
    reseller_id: index < 4 ? "res_1" : index < 8 ? "res_2" : "res_3",
  }));
  users: T.User[] = [];
  passwords = new Map<string, string>();
  given: Given[] = [];
  avatars = new Map<string, Buffer>();
  me: T.User;

  /** `role`: what the person at the console is; `count`: how many other users there are. */
  constructor(role: T.Role | null, count: number) {
    this.me = this.add({ login: "admin", role: "administrator", first_name: "", last_name: "" });
    if (role !== "administrator") {
      const login = role ?? "newcomer";
      this.me = this.add({ login: login.slice(0, 15), role, first_name: "Maëlle", last_name: "Quéré" });
      if (role === "supervisor") {
        this.me.labels = ["Télécom de l’Ouest"];
        this.give(this.me.id, true, { kind: "customer", id: "cus_2" });
      } else if (role && isAssigned(role)) {
        this.me.wallboard = role === "read-only";
        this.give(this.me.id, true, { kind: "customer", id: "cus_2" });
        this.give(this.me.id, true, { kind: "customer", id: "cus_4" });
      }
    }
    const some: Partial<T.User>[] = [
      {
        login: "mkeribin",
        role: "operator",
        first_name: "Marie-Antoinette",
        last_name: "de Keribin",
        labels: ["Télécom de l’Ouest", "Réseaux du Val de Loire et des Coteaux du Layon, agence d’Angers"],
        email: "marie-antoinette.de-keribin@telecom-de-l-ouest.example.com",
        phone: "+33298000001",
        mobile: "0612345678",
        second_factor: true,
        last_sign_in_at: ago(5400),
      },
      {
        login: "wall",
        role: "read-only",
        first_name: "Écran",
        last_name: "Accueil",
        wallboard: true,
        labels: ["Main provider"],
      },
      { login: "ancien", role: "operator", first_name: "Yann", last_name: "Le Bris", disabled: true },
    ];
    for (const one of some.slice(0, count)) this.add({ ...one, created_by: { id: this.me.id, login: this.me.login } });
    const roles: T.Role[] = ["operator", "technician", "equipment-manager", "read-only", "supervisor", "support"];
    for (let index = some.length; index < count; index += 1) {
      const given = first[index % first.length]!;
      const family = last[(index * 7) % last.length]!;
      this.add({
        login: `u${String(index).padStart(4, "0")}`,
        first_name: given,
        last_name: family,
        role: roles[index % roles.length]!,
        email: `u${index}@example.com`,
        disabled: index % 17 === 0,
        expires_on: index % 5 === 0 ? "2027-03-31" : null,
        last_sign_in_at: index % 3 === 0 ? ago(index * 900) : null,
        labels: index % 6 < 3 ? ["Télécom de l’Ouest"] : [],
        created_by: { id: "usr_1", login: "admin" },
      });
    }
  }

  add(values: Partial<T.User>): T.User {
    const user: T.User = {
      id: `usr_${this.users.length + 1}`,
      login: "",
      role: null,
      origin: "local",
      second_factor: false,
      labels: [],
      first_name: "",
      last_name: "",
      phone: "",
      mobile: "",
      email: "",
      session_timeout_minutes: null,
      wallboard: false,
      disabled: false,
      must_change_password: false,
      expires_on: null,
      avatar: null,
      created_at: ago(900_000),
      created_by: null,
      last_sign_in_at: null,
      ...values,
    };
    this.users.push(user);
    this.passwords.set(user.id, password);
    return user;
  }

  give(user: string, allow: boolean, node: T.GrantNode) {
    this.given.push({ id: `gra_${this.given.length + 1}_${user}`, user, allow, node, created_at: ago(0) });
  }

  reseller(id: string): T.Reseller {
    const found = this.resellers.find((one) => one.id === id)!;
    return { id, name: found.name, provider: this.providers.find((one) => one.id === found.provider_id)! };
  }

  /** Everything that says something about a customer and a user, the deciding one first. */
  reasons(user: T.User, customer: Customer): T.AccessReason[] {
    if (user.role === null) return [];
    if (!isAssigned(user.role)) {
      return [{ allow: true, by: "role", at: "everything", name: user.role, decides: true }];
    }
    const reseller = this.reseller(customer.reseller_id);
    const levels = [
      { at: "customer", id: customer.id, name: customer.name },
      { at: "reseller", id: reseller.id, name: reseller.name },
      { at: "provider", id: reseller.provider.id, name: reseller.provider.name },
      { at: "everything", id: undefined, name: null },
    ];
    const said = levels.flatMap(({ at, id, name }) => {
      const labelled = (at === "reseller" || at === "provider") && user.labels.includes(name!);
      const grant = this.given.find(
        (one) => one.user === user.id && one.node.kind === at && ("id" in one.node ? one.node.id : undefined) === id,
      );
      return [
        ...(grant && !grant.allow ? [{ allow: false, by: "grant", at, name }] : []),
        ...(labelled ? [{ allow: true, by: "label", at, name }] : []),
        ...(grant?.allow ? [{ allow: true, by: "grant", at, name }] : []),
      ];
    });
    return said.map((one, index) => ({ ...one, decides: index === 0 }));
  }

  sees(user: T.User, customer: Customer): boolean {
    return this.reasons(user, customer)[0]?.allow === true;
  }

  /** The customers that the person at the console sees. */
  seen(): Customer[] {
    return this.customers.filter((customer) => this.sees(this.me, customer));
  }

  /** The users that the person at the console manages. */
  managed(): T.User[] {
    if (this.me.role !== "supervisor") return this.users;
    return this.users.filter((one) => one.role === "operator" && one.created_by?.id === this.me.id);
  }

  user(id: string): T.User {
    const found = this.managed().find((one) => one.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  customer(id: string): Customer {
    const found = this.seen().find((one) => one.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  mayGive(node: T.GrantNode): boolean {
    if (this.me.role !== "supervisor") return true;
    return (
      node.kind === "customer" &&
      this.given.some(
        (one) => one.user === this.me.id && one.allow && one.node.kind === "customer" && one.node.id === node.id,
      )
    );
  }

  nameOf(node: T.GrantNode): string | null {
    if (node.kind === "everything") return null;
    const list: T.Named[] =
      node.kind === "provider" ? this.providers : node.kind === "reseller" ? this.resellers : this.customers;
    return list.find((one) => one.id === node.id)?.name ?? null;
  }

  grantsOf(user: string): T.Grant[] {
    return this.given
      .filter((one) => one.user === user)
      .map(({ id, allow, node, created_at }) => ({ id, allow, node, name: this.nameOf(node), created_at }));
  }

  /** One enabled administrator whose account does not expire must remain. */
  checkAdministrators() {
    if (this.users.some((one) => one.role === "administrator" && !one.disabled && !one.expires_on)) return;
    throw new Refusal(
      409,
      "last-administrator",
      "There must be an enabled administrator whose account does not expire.",
    );
  }
}
