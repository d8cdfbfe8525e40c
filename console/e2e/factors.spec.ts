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

test("an administrator removes somebody’s second factors, never their own", async ({ page }) => {
  await page.goto("/administration/users/usr_2?tab=sign-in");
  await expect(page.getByText("En place")).toBeVisible();
  await page.getByRole("button", { name: "Retirer les seconds facteurs" }).click();
  const question = page.getByRole("dialog", { name: "Retirer les seconds facteurs" });
  await expect(question).toContainText("les sessions de ce compte se ferment");
  await expect(question).toContainText("Ensuite, le mot de passe suffit.");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Retirer les seconds facteurs" }).click();
  await expect(question).toBeHidden();
  await expect(page.getByText("Le mot de passe suffit.")).toBeVisible();
  const button = page.getByRole("button", { name: "Retirer les seconds facteurs" });
  await expect(button).toHaveAccessibleDescription("Il n’y en a aucun.");
  await page.goto("/administration/users/usr_1?tab=sign-in");
  await expect(button).toHaveAccessibleDescription("Personne ne peut faire cela sur son propre compte.");
  await expect(page.getByRole("button", { name: "Associer" })).toHaveAttribute("aria-disabled", "true");
});

test("somebody’s account is linked to the provider by subject, and unlinked", async ({ page }) => {
  await page.goto("/administration/users/usr_2?tab=sign-in");
  const link = page.getByRole("button", { name: "Associer" });
  await expect(link).toHaveAccessibleDescription("L’authentification unique n’est pas installée.");
  const settings = { issuer: "https://login.example.com", client_id: "vigie", label: "Example" };
  await page.request.put("/api/v1/openid", { data: settings, headers: { "x-csrf-token": "csrf-mock" } });
  await page.reload();
  await expect(page.getByText("Aucun compte du fournisseur n’est associé.")).toBeVisible();
  const asked = async (login: string, subject: string) => {
    await link.click();
    const question = page.getByRole("dialog", { name: "Associer à l’authentification unique" });
    await expect(question).toContainText(login);
    await expect(question.getByRole("button", { name: "Associer" })).toBeDisabled();
    await question.getByLabel("Sujet").fill(subject);
    await expectAccessible(page);
    await question.getByRole("button", { name: "Associer" }).click();
    return question;
  };
  await asked("mkeribin", " 248289761001 ");
  const identities = page.getByRole("list", { name: "Authentification unique" });
  await expect(identities).toContainText("https://login.example.com");
  await expect(identities).toContainText("248289761001");
  await page.goto("/administration/users/usr_3?tab=sign-in");
  const question = await asked("wall", "248289761001");
  await expect(question.getByRole("alert")).toHaveText("Quelqu’un d’autre se connecte ici avec cette identité.");
  await page.goto("/administration/users/usr_2?tab=sign-in");
  await page.getByRole("button", { name: "Dissocier" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Dissocier" }).click();
  await expect(page.getByText("Aucun compte du fournisseur n’est associé.")).toBeVisible();
});
