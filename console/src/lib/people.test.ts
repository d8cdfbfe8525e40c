import { describe, expect, it } from "vitest";

import { inAYear, initialsOf, isEmail, namesLength, phoneOf, stateOf } from "./people.ts";

describe("people", () => {
  it("have initials, of whatever is known", () => {
    expect(initialsOf({ login: "ada", first_name: "Ada", last_name: "Lovelace" })).toBe("AL");
    expect(initialsOf({ login: "ada", first_name: "", last_name: "lovelace" })).toBe("L");
    expect(initialsOf({ login: "élodie", first_name: " ", last_name: "" })).toBe("É");
    expect(initialsOf({ login: "x", first_name: "𝔄da", last_name: "" })).toBe("𝔄");
  });

  it("have names of 31 characters together, the space counted", () => {
    expect(namesLength("a".repeat(15), "b".repeat(15))).toBe(31);
    expect(namesLength(" Ada ", "")).toBe(3);
    expect(namesLength("", "")).toBe(0);
  });

  it("have telephones of up to 15 digits, written as people write them", () => {
    expect(phoneOf("+33 (0)2 98-00.00")).toBe("+3302980000");
    expect(phoneOf("")).toBe("");
    expect(phoneOf("0".repeat(16))).toBeNull();
    expect(phoneOf("call me")).toBeNull();
    expect(phoneOf("+")).toBeNull();
  });

  it("have addresses that look like some", () => {
    expect(isEmail("")).toBe(true);
    expect(isEmail("ada@example.com")).toBe(true);
    expect(isEmail("ada@intranet")).toBe(true);
    expect(isEmail("ada")).toBe(false);
    expect(isEmail("a da@example.com")).toBe(false);
    expect(isEmail("ada@")).toBe(false);
  });

  it("have accounts that end on a day", () => {
    const day = "2026-11-21";
    expect(stateOf({ disabled: false, expires_on: null }, day)).toBe("enabled");
    expect(stateOf({ disabled: false, expires_on: "2026-11-22" }, day)).toBe("expires");
    expect(stateOf({ disabled: false, expires_on: day }, day)).toBe("expired");
    expect(stateOf({ disabled: true, expires_on: "2027-01-01" }, day)).toBe("disabled");
    expect(inAYear(new Date(2026, 10, 21))).toBe("2027-11-21");
    expect(inAYear(new Date(2028, 1, 29))).toBe("2029-03-01");
  });
});
