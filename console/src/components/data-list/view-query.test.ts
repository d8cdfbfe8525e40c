import { describe, expect, it } from "vitest";

import { queryOf, searchOf } from "./view-query.ts";

describe("a view", () => {
  it("is the same whatever the order, and wherever in the list one is", () => {
    const one = queryOf(
      { type: "laptop", sort: "-name", cursor: "x", page: "2", preview: "eq_1", view: "sv_1" },
      "preview",
    );
    const other = queryOf({ customer_id: "cu_1", sort: "-name", type: "laptop", q: "" }, "preview");
    expect(one).toBe(other);
    expect(one).toBe("sort=-name&type=laptop");
  });
  it("keeps what has a meaning in addresses", () => {
    const search = { q: "a&b=c +é", columns: "name,os" };
    expect(searchOf(queryOf(search, "preview"))).toEqual(search);
  });
});
