/** Second factors and single sign-on, on the mock. Its code generator always shows 123456. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, settled, test } from "./world.ts";

async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Identifiant").fill("admin");
  await page.getByLabel("Mot de passe", { exact: true }).fill("vigie-2026");
  await page.getByRole("button", { name: "Se connecter", exact: true }).click();
}

/** Sets a generator up in the profile's drawer; answers the recovery codes. */
async function enrol(page: Page): Promise<string[]> {
  await page.getByLabel("Mot de passe actuel").last().fill("vigie-2026");
  await page.getByRole("button", { name: "Continuer" }).click();
  await expect(page.getByText("Image pour le générateur de codes")).toBeAttached();
  await expect(page.getByLabel("Secret", { exact: true })).toHaveText("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
  await expectAccessible(page);
  await page.getByLabel("Code affiché").fill("000000");
  await page.getByRole("button", { name: "Confirmer" }).click();
  await expect(page.getByText("Ce code n’est pas le bon")).toBeVisible();
  await page.getByLabel("Code affiché").fill("123456");
  await page.getByRole("button", { name: "Confirmer" }).click();
  const codes = page.getByRole("list", { name: "Codes de secours" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  await expectAccessible(page);
  return codes.allTextContents();
}

test("a code generator is set up, asked for when signing in, and removed", async ({ page }) => {
  await page.goto("/profile");
  await page.getByRole("button", { name: "Installer un générateur de codes" }).click();
  const codes = await enrol(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Télécharger" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("vigie-codes-de-secours.txt");
  await page.getByRole("button", { name: "Je les ai gardés" }).click();
  await expect(page.getByText("Il reste 10 codes")).toBeVisible();

  await page.getByRole("button", { name: "Menu de admin" }).click();
  await page.getByRole("menuitem", { name: "Se déconnecter" }).click();
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Encore une étape" })).toBeVisible();
  await expect(page.getByLabel("Code", { exact: true })).toHaveAttribute("autocomplete", "one-time-code");
  await expectAccessible(page);
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await page.getByRole("button", { name: "Se connecter", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "dix minutes" })).toBeVisible();
  await page.getByRole("button", { name: "Prendre un code de secours" }).click();
  await page.getByLabel("Code de secours").fill(codes[0]!);
  await page.getByRole("button", { name: "Se connecter", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");

  await page.goto("/profile");
  await page.getByRole("button", { name: "Retirer le générateur de codes" }).click();
  const drawer = page.getByRole("dialog", { name: "Retirer le générateur de codes" });
  await drawer.getByLabel("Mot de passe actuel").fill("vigie-2026");
  await drawer.getByRole("button", { name: "Supprimer" }).click();
  await expect(drawer.getByText("À remplir")).toBeVisible();
  await drawer.getByLabel("Code", { exact: true }).fill("123456");
  await drawer.getByRole("button", { name: "Supprimer" }).click();
  await expect(page.getByRole("button", { name: "Installer un générateur de codes" })).toBeVisible();
});

test("a role that needs a second factor leads to setting one up", async ({ page }) => {
  await page.goto("/administration/sign-in");
  await settled(page);
  await page.getByLabel("Administrateur", { exact: true }).check();
  await page.getByRole("button", { name: "Enregistrer" }).first().click();
  await page.getByRole("link", { name: "Clients" }).click();
  await expect(page).toHaveURL(/\/second-factor/);
  await expect(page.getByText("Votre rôle en demande un")).toBeVisible();
  await expectAccessible(page);
  await enrol(page);
  await page.getByRole("button", { name: "Je les ai gardés" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
});

test("single sign-on is set up, tested, offered and ended", async ({ page }) => {
  await page.goto("/administration/sign-in");
  await settled(page);
  await page.getByLabel("Nom sur le bouton").fill("Example");
  await page.getByLabel("Adresse du fournisseur").fill("http://login.example.com");
  await page.getByLabel("Identifiant du client").fill("vigie");
  await page.getByLabel("Secret du client").fill("s3cret");
  await page.getByRole("button", { name: "Ajouter une ligne" }).click();
  await page.getByLabel("Groupe de la ligne 1").fill("ops");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Enregistrer" }).last().click();
  await expect(page.getByText("Cette valeur n’est pas acceptée")).toBeVisible();
  await page.getByLabel("Adresse du fournisseur").fill("https://login.example.com");
  await page.getByRole("button", { name: "Enregistrer" }).last().click();
  await page.getByRole("button", { name: "Tester" }).click();
  await expect(page.getByText("Le fournisseur répond comme il faut")).toBeVisible();
  await page.goto("/sign-in?openid=no-account");
  await expect(page.getByRole("status").filter({ hasText: "Aucun compte d’ici" })).toBeVisible();
  await expectAccessible(page);
  const left = page.waitForRequest((request) => request.url().includes("/api/v1/openid/start?back=%2Fpending"));
  await page.goto("/sign-in?back=/pending");
  await page.getByRole("button", { name: "Se connecter avec Example" }).click();
  await left;
  await page.goto("/administration/sign-in");
  await page.getByRole("button", { name: "Arrêter l’authentification unique" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Arrêter l’authentification unique" }).click();
  await expect(page.getByRole("button", { name: "Tester" })).toHaveCount(0);
});
