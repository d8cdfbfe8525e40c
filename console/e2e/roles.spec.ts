/** What a role may not do: pages that are absent, actions that are greyed and say why. */
import { expect, expectAccessible, settled, test } from "./world.ts";

const rail = (page: import("@playwright/test").Page) => page.getByRole("navigation", { name: "Navigation principale" });

test.describe("a technician", () => {
  test.use({ role: "technician" });

  test("finds only the pages that the role opens, in rail, palette and keys", async ({ page }) => {
    await page.goto("/");
    await expect(rail(page).getByRole("link", { name: "Clients" })).toBeVisible();
    for (const name of ["Utilisateurs", "Préférences", "Distribution", "Accès API", "Certificat", "Audit"])
      await expect(rail(page).getByRole("link", { name })).toHaveCount(0);
    await page.keyboard.press("Control+k");
    await page.getByRole("textbox", { name: "Rechercher ou lancer une action" }).fill("utilisateur");
    await expect(page.getByRole("option", { name: /Utilisateurs/ })).toHaveCount(0);
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("w");
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Raccourcis clavier" });
    await expect(keys.getByText("Rôles")).toBeVisible();
    await expect(keys.getByText("Utilisateurs")).toHaveCount(0);
    await expect(page).toHaveURL(/\/$/);
  });

  for (const scheme of ["light", "dark"] as const) {
    test.describe(scheme, () => {
      test.use({ colorScheme: scheme });
      test("the address of a page that it does not open says so", async ({ page }) => {
        const asked: string[] = [];
        page.on("request", (request) => asked.push(new URL(request.url()).pathname));
        await page.goto("/administration/users");
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("Accès non autorisé");
        await expect(page.getByText("Votre rôle : Technicien.")).toBeVisible();
        await expectAccessible(page);
        expect(asked.filter((path) => path === "/api/v1/users")).toEqual([]);
        await page.getByRole("link", { name: "Ce que permettent les rôles" }).click();
        await expect(page.getByRole("columnheader", { name: "Technicien votre rôle" })).toBeVisible();
      });
    });
  }

  test("finds actions greyed, with the reason for the eye and the ear, and they do nothing", async ({ page }) => {
    await page.goto("/equipment");
    const add = page.getByRole("button", { name: "Ajouter" });
    await expect(add).toHaveAttribute("aria-disabled", "true");
    await expect(add).toHaveAccessibleDescription("Votre rôle ne le permet pas.");
    await add.focus();
    await expect(page.getByRole("tooltip")).toHaveText("Votre rôle ne le permet pas.");
    await page.keyboard.press("Enter");
    await add.click({ force: true });
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page
      .getByRole("button", { name: /^Actions pour/ })
      .first()
      .click();
    const remove = page.getByRole("menuitem", { name: /Supprimer/ });
    await expect(remove).toHaveAttribute("aria-disabled", "true");
    await expect(remove).toContainText("Votre rôle ne le permet pas.");
    await remove.click({ force: true });
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("menu")).toHaveCount(0);
    await expectAccessible(page);
    await page.goto("/equipment?new=1");
    await settled(page);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });

  test("sees the machines of assigned customers only", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByRole("link", { name: "srv-compta" })).toBeVisible();
    await page.goto("/administration/customers");
    await expect(page.locator("[data-row-link]")).toHaveCount(2);
  });
});

test.describe("support", () => {
  test.use({ role: "support", machines: 40 });

  test("is in read-only mode: all menus and filters, nothing that changes", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByText("Lecture seule", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Type" }).click();
    await page.getByRole("button", { name: "Serveur" }).click();
    await expect(page).toHaveURL(/type=server/);
    await page.getByLabel("Sélectionner toute la page").check();
    const bar = page.getByRole("toolbar");
    await expect(bar.getByRole("button", { name: "Demander un inventaire" })).toHaveAttribute("aria-disabled", "true");
    await expectAccessible(page);
    await page.goto("/pending?preview=pen_00001");
    await expect(page.getByRole("button", { name: "Créer un équipement" })).toHaveAttribute("aria-disabled", "true");
    await page.goto("/administration/customers");
    await expect(page.getByRole("button", { name: "Ajouter" })).toHaveAttribute("aria-disabled", "true");
    await page.goto("/configuration/agents");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Agents");
    await expect(page.getByText("Secret")).toHaveCount(0);
  });
});

test.describe("someone without a role", () => {
  test.use({ role: "none" });

  test("sees a plain page that says so, and their own profile", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Pas encore de rôle");
    await expectAccessible(page);
    await expect(rail(page).getByRole("link")).toHaveCount(1);
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await page.getByRole("menuitem", { name: "Profil" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Profil");
    await expect(page.getByRole("banner").or(page.getByText("Sans rôle")).first()).toBeVisible();
  });
});

test.describe("the table of roles", () => {
  test.use({ role: "supervisor" });

  test("has words for every cell, marks one's own column, and scrolls by keyboard", async ({ page }) => {
    await page.goto("/administration/roles");
    const table = page.getByRole("table");
    await expect(table.getByRole("columnheader", { name: /^Superviseur/ })).toContainText("votre rôle");
    const row = table.getByRole("row", { name: /^Modifier des clients/ });
    await expect(row.getByRole("cell").nth(0)).toHaveText("tout");
    await expect(row.getByRole("cell").nth(2)).toContainText("les opérateurs affectés seulement");
    await expect(row.getByRole("cell").nth(4)).toHaveText("non");
    const region = page.getByRole("region", { name: "Rôles" });
    await region.focus();
    await page.keyboard.press("End");
    await expect(table.getByRole("columnheader", { name: "Administrateur" })).toBeInViewport();
  });

  test.describe("on a telephone", () => {
    test.use({ viewport: { width: 390, height: 844 } });
    test("shows one role at a time", async ({ page }) => {
      await page.goto("/administration/roles");
      await expect(page.getByRole("combobox", { name: "Rôle" })).toHaveValue("Superviseur (votre rôle)");
      await page.getByRole("combobox", { name: "Rôle" }).click();
      await page.getByRole("option", { name: "Technicien" }).click();
      const item = page.getByRole("listitem").filter({ hasText: "Traiter incidents et demandes" });
      await expect(item).toContainText("affectés");
      await expectAccessible(page);
    });
  });
});
