import { expect, expectAccessible, test } from "./world.ts";

test("the first tab stop leads to the content", async ({ page }) => {
  await page.goto("/equipment");
  await expect(page.locator("[data-row-link]").first()).toBeVisible();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Aller au contenu" });
  await expect(skip).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#content")).toBeFocused();
});

test("g and a letter goes to a page; the focus is on its heading", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  const heading = page.getByRole("heading", { level: 1, name: "Équipements en attente" });
  await expect(heading).toBeFocused();
  await expect(page).toHaveTitle(/Équipements en attente/);
});

test("j, k, x and Enter walk a list", async ({ page }) => {
  await page.goto("/equipment");
  const links = page.locator("[data-row-link]");
  await expect(links).toHaveCount(3);
  await page.keyboard.press("j");
  await expect(links.nth(0)).toBeFocused();
  await page.keyboard.press("j");
  await expect(links.nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await page.keyboard.press("x");
  await expect(page.getByRole("toolbar")).toContainText("1 sélectionné");
  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  const preview = page.getByRole("complementary", { name: /Aperçu de lt-martin/ });
  await expect(preview).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("complementary", { name: /Aperçu de srv-compta/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: /Aperçu/ })).toHaveCount(0);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/equipment\/eqp_/);
});

test("the palette finds a machine by its serial number, a page and an action", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  const field = page
    .getByRole("textbox", { name: "Rechercher ou lancer une action" })
    .or(page.getByRole("combobox", { name: "Rechercher ou lancer une action" }));
  await expect(field).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await page.keyboard.press("Control+k");
  await field.fill("7H2KQX3");
  await expect(page.getByRole("option", { name: /srv-compta/ })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("srv-compta");
  await page.keyboard.press("Control+k");
  await field.fill("conservation");
  await page.getByRole("option", { name: "Préférences" }).click();
  await expect(page).toHaveURL(/preferences/);
});

test("? shows the keys", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Raccourcis clavier" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test("the rail is a drawer, rows have two lines", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByRole("list", { name: "Équipements" })).toBeVisible();
    await page.getByRole("button", { name: "Ouvrir le menu" }).click();
    const menu = page.getByRole("dialog", { name: "Menu" });
    await expect(menu).toBeVisible();
    await expectAccessible(page);
    await menu.getByRole("link", { name: /En attente/ }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements en attente");
    await expect(menu).toBeHidden();
  });
});
