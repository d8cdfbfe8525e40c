import { expect, expectAccessible, test } from "./world.ts";

test.use({ signedIn: false });

test("signing in goes back to where one was", async ({ page }) => {
  await page.goto("/equipment?type=server");
  await expect(page.getByRole("heading", { name: "Connexion" })).toBeVisible();
  await page.getByLabel("Identifiant").fill("admin");
  await page.getByLabel("Mot de passe", { exact: true }).fill("vigie-2026");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/equipment\?type=server$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements");
});

test("a wrong password is told without saying which was wrong, and that sign-in can be closed", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByLabel("Identifiant").fill("admin");
  await page.getByLabel("Mot de passe", { exact: true }).fill("wrong");
  await page.getByRole("button", { name: "Se connecter" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "dix minutes" })).toBeVisible();
  await expect(page.getByLabel("Mot de passe", { exact: true })).toBeFocused();
});

test("the language is chosen before signing in and kept", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByText("English").click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test.describe("the first sign-in", () => {
  test.use({ mustChange: true });
  test("leads to a new password, then to signing in again", async ({ page }) => {
    await page.goto("/equipment");
    await page.getByLabel("Identifiant").fill("admin");
    await page.getByLabel("Mot de passe", { exact: true }).fill("vigie-2026");
    await page.getByRole("button", { name: "Se connecter" }).click();
    await expect(page.getByRole("heading", { name: "Nouveau mot de passe" })).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel("Mot de passe actuel").fill("vigie-2026");
    await page.getByLabel("Nouveau mot de passe", { exact: true }).fill("court");
    await page.getByRole("button", { name: "Changer le mot de passe" }).click();
    await expect(page.getByText("ne suit pas encore les règles")).toBeVisible();
    await page.getByLabel("Nouveau mot de passe", { exact: true }).fill("Phare-de-2026");
    await page.getByLabel("Nouveau mot de passe, encore une fois").fill("Phare-de-2026");
    await page.getByRole("button", { name: "Changer le mot de passe" }).click();
    await expect(page.getByText("Connectez-vous avec le nouveau")).toBeVisible();
    await page.getByLabel("Identifiant").fill("admin");
    await page.getByLabel("Mot de passe", { exact: true }).fill("Phare-de-2026");
    await page.getByRole("button", { name: "Se connecter" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements");
  });
});

test.describe("signed in", () => {
  test.use({ signedIn: true });
  test("a session that ends elsewhere leads back to signing in", async ({ page }) => {
    await page.goto("/software");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Logiciels");
    await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE", headers: { "x-csrf-token": "csrf-mock" } }));
    await page.getByRole("link", { name: "Audit" }).click();
    await expect(page.getByText("La session est terminée")).toBeVisible();
    await expect(page).toHaveURL(/back=/);
  });
  test("signing out is in the user menu", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("button", { name: "Menu de admin" }).click();
    await page.getByRole("menuitem", { name: "Se déconnecter" }).click();
    await expect(page.getByRole("heading", { name: "Connexion" })).toBeVisible();
  });
  test("language, scheme and density are chosen in the user menu and hold", async ({ page }) => {
    await page.goto("/equipment");
    await page.getByRole("button", { name: "Menu de admin" }).click();
    await page.getByText("Sombre", { exact: true }).click();
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
    await page.getByText("Compacte", { exact: true }).click();
    await expect(page.locator("html")).toHaveAttribute("data-density", "compact");
    await page.getByText("English", { exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, includeHidden: true })).toHaveText("Equipment");
    await page.reload();
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
    await expect(page.locator("html")).toHaveAttribute("data-density", "compact");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Equipment");
  });
});
