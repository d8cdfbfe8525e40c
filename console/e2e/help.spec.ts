/** The help, in a tab of its own. */
import { expect, expectAccessible, test } from "./world.ts";

test("opens from the user menu in a tab of its own; pages, anchors, language and search work", async ({
  page,
  context,
}) => {
  await page.goto("/");
  await page.getByRole("button", { name: /^Menu de/ }).click();
  const opening = context.waitForEvent("page");
  await page.getByRole("menuitem", { name: /^Aide/ }).click();
  const help = await opening;
  await expect(help.getByRole("heading", { level: 1 })).toHaveText("Premiers pas");
  await help.getByRole("navigation", { name: "Pages de l’aide" }).getByRole("link", { name: "La console" }).click();
  await help.getByRole("main").getByRole("link", { name: "Utilisateurs et rôles" }).first().click();
  await expect(help).toHaveURL(/\/help\/users$/);
  await help.getByRole("main").getByRole("link", { name: "plus bas" }).click();
  await expect(help).toHaveURL(/#panneau-dinformations$/);
  await expect(help.getByRole("heading", { name: "Panneau d’informations" })).toBeInViewport();
  await expect(help.getByRole("heading", { name: "Panneau d’informations" })).toBeFocused();
  await help.getByText("English").click();
  await expect(help.getByRole("heading", { level: 1 })).toHaveText("Users and roles");
  await expect(help.locator("html")).toHaveAttribute("lang", "en");
  await help.getByRole("searchbox", { name: "Search the help" }).fill("break-glass");
  await expect(help.getByText("1 place")).toBeVisible();
  await expectAccessible(help);
  await help.getByRole("main").getByRole("link").first().click();
  await expect(help.getByText("vigie admin break-glass").first()).toBeInViewport();
  await help.getByRole("searchbox").fill("xyzzy");
  await expect(help.getByText("0 places")).toBeVisible();
});

test("a page's own link leads to what the help says about it", async ({ page, context }) => {
  await page.goto("/administration/users");
  const opening = context.waitForEvent("page");
  await page.getByRole("link", { name: /^Aide sur cette page/ }).click();
  await expect((await opening).getByRole("heading", { level: 1 })).toHaveText("Utilisateurs et rôles");
});

test.describe("signed out", () => {
  test.use({ signedIn: false });
  test("the help is there, too", async ({ page }) => {
    await page.goto("/help/users#supervisors");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Utilisateurs et rôles");
  });
});

test("About names the parts with their licences", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: /^Menu de/ }).click();
  await page.getByRole("menuitem", { name: "À propos de Vigie" }).click();
  const about = page.getByRole("dialog", { name: "À propos de Vigie" });
  await expect(about).toContainText("Vigie 0.1.0");
  await about.getByText(/^Console.* \d+ composants/).click();
  await expect(about.getByRole("row", { name: /^react \d+\.\d+\.\d+ MIT/ })).toBeVisible();
  await about.getByText(/^Serveur et agent.* \d+ composants/).click();
  await expect(about.getByRole("row", { name: /^tokio / })).toBeVisible();
  await expectAccessible(page);
});
