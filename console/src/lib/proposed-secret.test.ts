import { expect, test } from "vitest";

import { proposedSecret } from "./proposed-secret.ts";

test("a proposed secret is one that the server accepts, and never the same", () => {
  const secrets = Array.from({ length: 200 }, proposedSecret);
  expect(new Set(secrets).size).toBe(200);
  for (const secret of secrets) {
    expect(secret).toMatch(/^([a-zA-Z2-9]{4}-){5}[a-zA-Z2-9]{4}$/);
    expect(new Set(secret).size).toBeGreaterThanOrEqual(10);
  }
});
