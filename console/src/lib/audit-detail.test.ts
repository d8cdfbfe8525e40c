import { describe, expect, it } from "vitest";

import { readDetail, valueText } from "./audit-detail.ts";

describe("an entry's detail", () => {
  it("is changes of fields, from what to what", () => {
    expect(readDetail({ role: ["operator", "support"], expires_on: [null, "2027-01-01"] }).changes).toEqual([
      { field: "role", was: "operator", is: "support" },
      { field: "expires_on", was: null, is: "2027-01-01" },
    ]);
  });

  it("is what was added and removed, even when that is two", () => {
    const { changes, rest } = readDetail({ added: ["a", "b"], removed: [] });
    expect(changes).toEqual([]);
    expect(rest).toEqual([
      ["added", ["a", "b"]],
      ["removed", []],
    ]);
  });

  it("is a whole before and after, or text, or nothing", () => {
    expect(readDetail({ was: [1], is: [2] }).changes).toEqual([{ field: "", was: [1], is: [2] }]);
    expect(readDetail("why").rest).toEqual([["", "why"]]);
    expect(readDetail(null)).toEqual({ changes: [], rest: [] });
    expect(readDetail({})).toEqual({ changes: [], rest: [] });
  });

  it("reads as text, whatever is in it", () => {
    expect(valueText([{ kind: "customer", allow: true }, "x", null, 3])).toBe("kind: customer, allow: true, x, , 3");
    expect(valueText(false)).toBe("false");
  });
});
