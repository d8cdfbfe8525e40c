/** The first page: charts of the fleet, whose parts open lists and whose legends hide them. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test("a legend hides and shows its part; a part and its number open the list", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  const severity = page.locator("section", { has: page.getByRole("heading", { name: "Alertes par gravité" }) }).last();
  const critical = severity.getByRole("button", { name: "Critique" });
  const segments = severity.locator("path[d^='M']").filter({ has: page.locator("title") });
  await expect(segments).toHaveCount(5);
  const sum = severity.locator("text").first();
  const before = Number(await sum.textContent());
  await critical.click();
  await expect(critical).toHaveAttribute("aria-pressed", "false");
  await expect(segments).toHaveCount(4);
  expect(Number(await sum.textContent())).toBeLessThan(before);
  await critical.click();
  await expect(segments).toHaveCount(5);
  await expectAccessible(page);
  // The middle of the arc, not of the box around it.
  const middle = await segments.first().evaluate((element) => {
    const path = element as SVGPathElement;
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM()!);
    return { x, y };
  });
  await page.mouse.click(middle.x, middle.y);
  await expect(page).toHaveURL(/\/alerts\?severity=critical$/);
  await expect(page.getByText("Gravité : Critique")).toBeVisible();
  await page.goBack();
  await page.getByRole("link", { name: /^Faisceau : \d+, ouvrir la liste/ }).click();
  await expect(page).toHaveURL(/\/alerts\?type=trunk$/);
  await page.goBack();
  await page.getByRole("link", { name: /^sip-server : \d+, ouvrir la liste/ }).click();
  await expect(page).toHaveURL(/\/systems\?profile=sip-server$/);
  await page.goBack();
  await expect(page.getByRole("link", { name: /^Sans connexion : / })).toHaveAttribute(
    "href",
    "/administration/customers?colour=red",
  );
  await page
    .getByRole("link", { name: /SIP server kamailio.service/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/alerts\?alert=al_9$/);
  await page.goto("/");
  await page.getByRole("link", { name: /^Systèmes connectés/ }).click();
  await expect(page).toHaveURL(/\/systems\?connectivity=connected$/);
});

test("the figures follow the server", async ({ page, context }) => {
  await page.goto("/");
  const tile = page.getByRole("link", { name: /^Alertes ouvertes/ });
  const before = await tile.textContent();
  const other = await context.newPage();
  await other.goto("/alerts?type=configuration");
  await other.getByRole("main").getByRole("button", { name: "Effacer", exact: true }).click();
  await other.getByRole("menuitem", { name: "Effacer ce type…" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Effacer" }).click();
  await expect(other.getByText(/alertes effacées/).first()).toBeVisible();
  await other.close();
  await page.bringToFront();
  await expect(tile).not.toHaveText(before!);
});

test.describe("an empty fleet", () => {
  test.use({ systems: 0 });
  test("leads to adding a system, above the machines", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Pas encore de système" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Par type" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Ajouter un système" }).click();
    await expect(page.getByRole("dialog", { name: "Ajouter des systèmes" })).toBeVisible();
  });
});

test.describe("who does not see every customer", () => {
  test.use({ role: "technician" });
  test("sees own figures, over time too", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Clients par état" })).toBeVisible();
    await expect(page.getByRole("heading", { name: /Systèmes connectés, 24/ })).toBeVisible();
  });
});

test.describe("on a wall", () => {
  test.use({ role: "read-only", wall: true, viewport: { width: 1920, height: 1080 } });
  test("alerts come first, and nothing is opened", async ({ page }) => {
    await page.goto("/");
    await settled(page);
    await expect(page.getByRole("heading", { level: 3 }).first()).toHaveText("Alertes par gravité");
    await expect(page.getByRole("link")).toHaveCount(0);
    await expectAccessible(page);
  });
});
