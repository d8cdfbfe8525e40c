/** Passkeys on a real server, with Chromium's own authenticator in software. The main paths have set the password. */
import { expect, test, type Page } from "@playwright/test";

import { api, newPassword, signIn, submit } from "./console.ts";
import type { MyFactors } from "../../src/api/types.ts";

// Passkeys belong to a name: an address has none.
const home = (process.env.VIGIE_URL ?? "").replace("127.0.0.1", "localhost").replace("[::1]", "localhost");

test.use({ baseURL: home });

async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

async function leave(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Menu de admin" }).click();
  await page.getByRole("menuitem", { name: "Se déconnecter" }).click();
  await expect(page.getByRole("heading", { name: "Connexion" })).toBeVisible();
}

test("a passkey is made, signs in alone and after the password, and is removed", async ({ page }) => {
  await addAuthenticator(page);
  await signIn(page);
  await page.goto("/profile");
  await page.getByRole("button", { name: "Ajouter une clé d’accès" }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter une clé d’accès" });
  await drawer.getByLabel("Nom", { exact: true }).fill("Poste de garde");
  await drawer.getByLabel("Mot de passe actuel").fill(newPassword);
  await drawer.getByRole("button", { name: "Ajouter une clé d’accès" }).click();
  const codes = page.getByRole("list", { name: "Codes de secours" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const spare = (await codes.allTextContents())[0]!;
  await page.getByRole("button", { name: "Je les ai gardés" }).click();
  await expect(page.getByText("Poste de garde")).toBeVisible();

  await leave(page);
  await page.getByRole("button", { name: "Utiliser une clé d’accès" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
  expect((await api<MyFactors>(page, "/users/me/second-factor")).passkeys[0]!.last_used_at).not.toBeNull();

  await leave(page);
  await submit(page, newPassword);
  await expect(page.getByRole("heading", { name: "Encore une étape" })).toBeVisible();
  await page.getByRole("button", { name: "Utiliser une clé d’accès" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");

  await leave(page);
  await submit(page, newPassword);
  await page.getByRole("button", { name: "Prendre un code de secours" }).click();
  await page.getByLabel("Code de secours").fill(spare);
  await page.getByRole("button", { name: "Se connecter", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");

  await page.goto("/profile");
  await page.getByRole("button", { name: "Supprimer Poste de garde" }).click();
  const removal = page.getByRole("dialog", { name: "Retirer la clé d’accès" });
  await removal.getByLabel("Mot de passe actuel").fill(newPassword);
  await removal.getByRole("button", { name: "Supprimer" }).click();
  await expect(page.getByText("Poste de garde")).toHaveCount(0);
  await leave(page);
  await submit(page, newPassword);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
});
