import { describe, expect, it } from "vitest";

import type { Permissions } from "../api/types.ts";
import { mayOf } from "./permissions.ts";

const permissions: Permissions = {
  role: "supervisor",
  actions: [
    { action: "equipment.see", allowed: true, reach: "assigned", reason: null },
    { action: "customers.edit", allowed: true, reach: "own", reason: null },
    { action: "agents.manage", allowed: false, reach: "none", reason: "role" },
    { action: "backup.create", allowed: false, reach: "assigned", reason: "wallboard" },
  ],
};

describe("what a person may do", () => {
  it("is what the server says, with its reason", () => {
    expect(mayOf(permissions, "equipment.see")).toEqual({ may: true, reach: "assigned", reason: null });
    expect(mayOf(permissions, "agents.manage")).toEqual({ may: false, reach: "none", reason: "role" });
    expect(mayOf(permissions, "backup.create").reason).toBe("wallboard");
  });

  it("takes more than some customers for what belongs to none", () => {
    expect(mayOf(permissions, "customers.edit", "all")).toEqual({ may: false, reach: "own", reason: "reach" });
  });

  it("is nothing while the answer is not there, or does not name the action", () => {
    expect(mayOf(undefined, "equipment.see")).toEqual({ may: false, reach: "none", reason: null });
    expect(mayOf(permissions, "jobs.see").may).toBe(false);
  });
});
