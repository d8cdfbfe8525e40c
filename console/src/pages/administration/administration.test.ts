import { describe, expect, it } from "vitest";

import type { Assigned, Customer, Policy, User } from "../../api/types.ts";
import { byReseller } from "../../components/shell/customer-switcher.tsx";
import { byHand } from "./assignments-drawer.tsx";
import { groupsOf } from "./roles-groups.ts";
import { bodyOf, changesOf, valuesOf } from "./users/drawer.tsx";
import { withDraft } from "./users/grants-tab.tsx";

const now = new Date(2026, 10, 21);
const user: User = {
  id: "us_1",
  login: "ada",
  role: "operator",
  labels: ["Ouest"],
  first_name: "Ada",
  last_name: "Lovelace",
  phone: "+33298000001",
  mobile: "",
  email: "",
  session_timeout_minutes: 10,
  wallboard: false,
  disabled: false,
  must_change_password: false,
  expires_on: null,
  avatar: null,
  created_at: "2026-01-01T00:00:00Z",
  created_by: null,
  last_sign_in_at: null,
  origin: "local",
  second_factor: false,
};

describe("the form of a user", () => {
  it("sends only what was changed", () => {
    const values = valuesOf(user, now);
    expect(changesOf(user, values, now)).toEqual({});
    expect(changesOf(user, { ...values, last_name: " King ", timeout: "", expires: true }, now)).toEqual({
      last_name: "King",
      session_timeout_minutes: null,
      expires_on: "2027-11-21",
    });
    expect(changesOf(user, { ...values, password: "Phare-de-Brest" }, now)).toEqual({ password: "Phare-de-Brest" });
  });

  it("leaves out what the role cannot have", () => {
    const values = { ...valuesOf(user, now), wallboard: true };
    expect(bodyOf(values)).toMatchObject({ labels: ["Ouest"], wallboard: false });
    expect(bodyOf({ ...values, role: "support" })).toMatchObject({ labels: [], wallboard: true });
    expect(changesOf(user, { ...values, role: "support", wallboard: false }, now)).toEqual({
      role: "support",
      labels: [],
    });
  });

  it("starts a new account with a password to be changed and without an end", () => {
    const values = valuesOf(undefined, now);
    expect(bodyOf(values)).toMatchObject({
      must_change_password: true,
      expires_on: null,
      session_timeout_minutes: null,
    });
  });
});

describe("what is given and kept", () => {
  it("names each level once: what is said later counts", () => {
    const reseller = { kind: "reseller" as const, id: "rs_1" };
    const first = withDraft([], { allow: true, node: reseller, name: "R" });
    const both = withDraft(first, { allow: false, node: { kind: "everything" }, name: null });
    expect(both).toHaveLength(2);
    expect(withDraft(both, { allow: false, node: reseller, name: "R" }).map((one) => one.allow)).toEqual([
      false,
      false,
    ]);
  });

  it("by hand is said of those whom one may change", () => {
    const one = { login: "", name: "", role: "operator" as const, reason: null };
    const items: Assigned[] = [
      { ...one, id: "us_1", by_hand: true, manageable: true },
      { ...one, id: "us_2", by_hand: true, manageable: false },
      { ...one, id: "us_3", by_hand: false, manageable: true },
    ];
    expect(byHand(items)).toEqual(["us_1"]);
  });
});

describe("the hierarchy", () => {
  it("shows customers under their reseller, by name", () => {
    const customer = (id: string, reseller: string): Customer => ({
      id,
      name: id,
      code: id,
      phone: "",
      email: "",
      technical_email: "",
      address: "",
      notes: "",
      tags: [],
      assigned: { users: [], count: 0 },
      deleted_at: null,
      kept_until: null,
      is_default: false,
      equipment: 0,
      network: {
        colour: "red",
        attention: [],
        connectivity: "waiting",
        connectivity_since: null,
        system_id: null,
        system_name: null,
        address: null,
        port: null,
        applications: [],
        version: null,
        profiles: [],
        systems: 0,
        unconnected: 0,
        unsynchronised: 0,
      },
      alerts: { open: 0, worst: null },
      reseller: { id: reseller, name: reseller },
      provider: { id: "p", name: "P" },
    });
    const groups = byReseller([customer("a", "Z"), customer("b", "A"), customer("c", "Z")], (name) => name);
    expect(groups.map((group) => [group.label, group.customers.map((one) => one.id)])).toEqual([
      ["P / A", ["b"]],
      ["P / Z", ["a", "c"]],
    ]);
  });
});

describe("the table of roles", () => {
  it("has every row once, one of an unknown kind in the last group", () => {
    const row = (action: string) => ({ action, roles: {} }) as unknown as Policy["actions"][number];
    const groups = groupsOf([row("customers.see"), row("equipment.see"), row("teleport.start"), row("users.manage")]);
    expect(groups.map((group) => [group.name, group.rows.map((one) => one.action)])).toEqual([
      ["customers", ["customers.see"]],
      ["assets", ["equipment.see"]],
      ["server", ["users.manage"]],
      ["other", ["teleport.start"]],
    ]);
  });
});
