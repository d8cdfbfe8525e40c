/** A world of the mock for each test, and what every test of it wants to know. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page, type Request } from "@playwright/test";

import type { Role } from "../src/api/types.ts";

interface Options {
  /** How many machines there are. */
  machines: number;
  signedIn: boolean;
  mustChange: boolean;
  /** The role of the person at the console; `none`: nobody has given them one. */
  role: Role | "none";
  /** How many other users there are. */
  users: number;
  /** How many customers' systems there are; by itself some dozens, none where there are no machines. */
  systems: number | undefined;
  /** Idle on a wall. */
  wall: boolean;
}

let number = 0;

export const test = base.extend<Options & { quiet: undefined }>({
  machines: [3, { option: true }],
  signedIn: [true, { option: true }],
  mustChange: [false, { option: true }],
  role: ["administrator", { option: true }],
  users: [3, { option: true }],
  systems: [undefined, { option: true }],
  wall: [false, { option: true }],
  page: async ({ page, context, machines, signedIn, mustChange, role, users, systems, wall }, use, info) => {
    number += 1;
    const name = [
      String(machines),
      `w${info.workerIndex}t${number}r${Date.now()}`,
      signedIn && "in",
      mustChange && "first",
      role !== "administrator" && `as:${role.replaceAll("-", "_")}`,
      users !== 3 && `users:${users}`,
      systems !== undefined && `systems:${systems}`,
      wall && "wall",
    ]
      .filter(Boolean)
      .join("-");
    await context.addCookies([{ name: "mock", value: name, url: "http://127.0.0.1:4173" }]);
    countRequests(page);
    await use(page);
  },
  // Nothing on any page breaks the policy or throws.
  quiet: [
    async ({ page }, use) => {
      const wrong: string[] = [];
      page.on("pageerror", (error) => wrong.push(error.message));
      page.on("console", (message) => {
        if (/Content Security Policy|Warning:|unique "key"/.test(message.text())) wrong.push(message.text());
      });
      await use(undefined);
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Fails with what axe has found, in words that one can act on; `within` where something stands before half of the rest. */
export async function expectAccessible(page: Page, within = "html"): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include(within)
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const found = violations.map(
    (violation) =>
      `${violation.id}: ${violation.nodes.map((node) => `${node.target.join(" ")} — ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join("\n  ")}`,
  );
  expect(found).toEqual([]);
}

/** How many requests of a page wait for their answer; the stream of events always does, and does not count. */
const waiting = new WeakMap<Page, Set<Request>>();

function countRequests(page: Page): void {
  const requests = new Set<Request>();
  waiting.set(page, requests);
  page.on("request", (request) => request.resourceType() !== "eventsource" && requests.add(request));
  page.on("requestfinished", (request) => requests.delete(request));
  page.on("requestfailed", (request) => requests.delete(request));
}

/** Waits until a page is drawn, has its answers and shows them: what was clicked before this has had its effect. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  // A machine that is busy draws nothing for a while, and asks for nothing either.
  await expect(page.locator("h1")).not.toHaveCount(0);
  let quiet = 0;
  await expect(async () => {
    quiet = waiting.get(page)?.size === 0 ? quiet + 1 : 0;
    expect(quiet).toBeGreaterThanOrEqual(3);
  }).toPass({ intervals: [100] });
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
}
