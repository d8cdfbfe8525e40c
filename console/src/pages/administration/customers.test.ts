import { describe, expect, it } from "vitest";

import type { Customer } from "../../api/types.ts";
import { nextSort } from "../../components/data-list/rows.tsx";
import { deletionOf } from "./customer-deletion.tsx";
import { portions } from "./customer-selection.ts";
import { changesOf, isCode, newOf, tagsAfter, valuesOf } from "./customer-values.ts";

const customer: Customer = {
  id: "cu_1",
  name: "Atelier Perrin",
  code: "atelierperrin",
  phone: "+33240000001",
  email: "",
  technical_email: "si@atelierperrin.example",
  address: "12 rue des Tanneurs\n44000 Nantes",
  notes: "",
  tags: ["or"],
  assigned: { users: [], count: 0 },
  deleted_at: null,
  kept_until: null,
  is_default: false,
  equipment: 0,
  network: {
    colour: "green",
    attention: [],
    connectivity: "connected",
    connectivity_since: null,
    system_id: "sy_1",
    system_name: "pbx-01",
    address: "192.0.2.7",
    port: null,
    applications: [],
    unsynchronised: 0,
    version: "5.8.1",
    profiles: ["sip-server"],
    systems: 3,
    unconnected: 0,
  },
  alerts: { open: 2, worst: "major" },
  reseller: { id: "re_1", name: "R" },
  provider: { id: "pr_1", name: "P" },
};

describe("the form of a customer", () => {
  it("leaves out of a new one what nobody typed", () => {
    const values = { ...valuesOf(), name: " Clinique ", phone: "+33 2 40 00 00 01", tags: ["or"] };
    expect(newOf(values)).toEqual({ name: "Clinique", phone: "+33240000001", tags: ["or"] });
  });

  it("sends only what was changed; what was emptied is empty", () => {
    const values = valuesOf(customer);
    expect(changesOf(customer, values)).toEqual({});
    expect(changesOf(customer, { ...values, phone: "+33 2 40 00 00 01", notes: "  " })).toEqual({});
    expect(changesOf(customer, { ...values, technical_email: "", tags: [], reseller_id: "re_2" })).toEqual({
      technical_email: "",
      tags: [],
      reseller_id: "re_2",
    });
  });

  it("knows what an id is", () => {
    expect(["a", "a1", "0", "x".repeat(20)].every(isCode)).toBe(true);
    expect(["", "A", "é", "a-b", "a b", "x".repeat(21)].some(isCode)).toBe(false);
  });
});

describe("tags of a customer", () => {
  it("take the spelling that there is", () => {
    expect(tagsAfter(["a"], ["a", " Contrat-Or "], ["contrat-or"])).toEqual({ tags: ["a", "contrat-or"] });
    expect(tagsAfter(["a"], ["a", "A"], ["a"])).toEqual({ tags: ["a"] });
  });

  it("are five at most, and the word that is one too many is named", () => {
    const five = ["a", "b", "c", "d", "e"];
    expect(tagsAfter(five.slice(1), five, [])).toEqual({ tags: five });
    expect(tagsAfter(five, [...five, "f"], [])).toEqual({ refused: "tooMany", tag: "f" });
    expect(tagsAfter(["a"], [...five, "f", "g"], [])).toEqual({ refused: "tooMany", tag: "g" });
    // Taking one away is never refused.
    expect(tagsAfter([...five, "f"], five, [])).toEqual({ tags: five });
  });

  it("are not longer than the server takes, counted as people count", () => {
    expect(tagsAfter([], ["é".repeat(30)], [])).toEqual({ tags: ["é".repeat(30)] });
    expect(tagsAfter([], ["🏨".repeat(30)], [])).toEqual({ tags: ["🏨".repeat(30)] });
    expect(tagsAfter([], ["x".repeat(31)], [])).toEqual({ refused: "tooLong", tag: "x".repeat(31) });
  });
});

describe("deleting customers", () => {
  it("counts only what goes: the default one and those with equipment stay", () => {
    const standard = { ...customer, id: "cu_2", is_default: true };
    const used = { ...customer, id: "cu_3", equipment: 1 };
    const other = { ...customer, id: "cu_4", alerts: { open: 0, worst: null } };
    const { go, stay, systems, alerts } = deletionOf([customer, standard, used, other]);
    expect(go).toEqual([customer, other]);
    expect(stay).toEqual([standard, used]);
    expect({ systems, alerts }).toEqual({ systems: 6, alerts: 2 });
  });

  it("goes in portions that leave nobody out", () => {
    expect(portions([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(portions([1, 2], 2)).toEqual([[1, 2]]);
    expect(portions([], 2)).toEqual([]);
  });
});

describe("a column's heading", () => {
  it("sorts ascending, descending, and then as the list does by itself", () => {
    expect(nextSort("code", "name", "name")).toBe("code");
    expect(nextSort("code", "code", "name")).toBe("-code");
    expect(nextSort("code", "-code", "name")).toBeUndefined();
  });

  it("turns the usual order around and back", () => {
    expect(nextSort("name", "name", "name")).toBe("-name");
    expect(nextSort("name", "-name", "name")).toBeUndefined();
    expect(nextSort("created_at", "-created_at", "-created_at")).toBe("created_at");
    expect(nextSort("created_at", "created_at", "-created_at")).toBeUndefined();
  });
});
