/** The overview on a wall. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test.describe("an idle session of a wallboard", () => {
  test.use({ role: "read-only", wall: true, viewport: { width: 1920, height: 1080 }, machines: 40 });

  for (const [scheme, locale] of [
    ["light", "fr-FR"],
    ["dark", "en-GB"],
  ] as const) {
    test.describe(scheme, () => {
      test.use({ colorScheme: scheme, locale });
      test("shows the overview alone, large, whatever the address", async ({ page }) => {
        await page.goto("/equipment?type=server");
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vigie Démo");
        await settled(page);
        await expect(page.getByRole("link")).toHaveCount(0);
        await expect(page.getByRole("button")).toHaveCount(1);
        const size = await page
          .getByText("40", { exact: true })
          .or(page.locator("[data-wall] ul li span").nth(1))
          .first()
          .evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
        expect(size).toBeGreaterThan(20);
        await expectAccessible(page);
      });
    });
  }

  test("asks in the background only, and for nothing but the overview", async ({ page }) => {
    const asked: [string, string | undefined][] = [];
    page.on("request", (request) => {
      const path = new URL(request.url()).pathname;
      if (path.startsWith("/api/v1/")) asked.push([path, request.headers()["x-vigie-background"]]);
    });
    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vigie Démo");
    await page.mouse.move(100, 100);
    await settled(page);
    for (const figures of ["/api/v1/dashboard", "/api/v1/overview"]) {
      const overview = asked.filter(([path]) => path === figures);
      expect(overview.length).toBeGreaterThan(0);
      expect(overview.every(([, background]) => background === "1")).toBe(true);
    }
    const known = [
      "/api/v1/session",
      "/api/v1/users/me/permissions",
      "/api/v1/about",
      "/api/v1/dashboard",
      "/api/v1/overview",
      "/api/v1/events",
    ];
    expect(asked.map(([path]) => path).filter((path) => !known.includes(path))).toEqual([]);
  });

  test("leads to the sign-in page, and back into the console from there", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("button", { name: "Se reconnecter" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.getByLabel("Identifiant").fill("admin");
    await page.getByLabel("Mot de passe", { exact: true }).fill("vigie-2026");
    await page.getByRole("button", { name: "Se connecter" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
  });
});

test.describe("someone with wallboard mode", () => {
  test.use({ role: "read-only" });

  test("enters it by hand, and a reload keeps it", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await page.getByRole("menuitem", { name: "Panneau d’informations" }).click();
    await expect(page.getByRole("button", { name: "Se reconnecter" })).toBeVisible();
    await expect(page.getByRole("navigation")).toHaveCount(0);
    await page.goto("/equipment");
    await expect(page.getByRole("button", { name: "Se reconnecter" })).toBeVisible();
    // No key opens anything.
    await page.keyboard.press("Control+k");
    await page.keyboard.press("?");
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vigie Démo");
  });

  test("is not signed out for want of activity: the page goes to the wall", async ({ page }) => {
    await page.clock.install();
    const ended: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "DELETE" && request.url().endsWith("/session")) ended.push(request.url());
    });
    await page.goto("/equipment");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements");
    await page.clock.fastForward("31:00");
    await expect(page.getByRole("button", { name: "Se reconnecter" })).toBeVisible();
    expect(ended).toEqual([]);
  });

  test("goes to the wall when the server says so", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements");
    await page.route("**/api/v1/equipment?*", (route) =>
      route.fulfill({ status: 403, json: { code: "wallboard-only" } }),
    );
    await page.getByRole("searchbox").fill("srv");
    await expect(page.getByRole("button", { name: "Se reconnecter" })).toBeVisible();
  });
});

test("who has no wallboard mode is signed out when idle", async ({ page }) => {
  await page.clock.install();
  await page.goto("/equipment");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements");
  await page.clock.fastForward("31:00");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("what a page asks with nobody at it is background, until somebody comes", async ({ page }) => {
  await page.clock.install();
  await page.goto("/exports");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Exports");
  await page.clock.fastForward("02:00");
  const background = page.waitForRequest("**/api/v1/equipment?*");
  // By the page itself: nobody touches anything.
  await page.evaluate(() => {
    history.pushState({}, "", "/equipment");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  expect((await background).headers()["x-vigie-background"]).toBe("1");
  await page.mouse.move(10, 10);
  await page.mouse.move(300, 300);
  const attended = page.waitForRequest("**/api/v1/software?*");
  await page.getByRole("link", { name: "Logiciels" }).click();
  expect((await attended).headers()["x-vigie-background"]).toBeUndefined();
});
