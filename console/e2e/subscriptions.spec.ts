/** Who is notified of alerts, the messages, and the mail server. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, test } from "./world.ts";

const row = (page: Page, text: string) => page.locator("[data-row]").filter({ hasText: text });

test("a webhook is made, its secret is shown once, and it is changed and deleted", async ({ page }) => {
  await page.goto("/administration/notifications");
  await expect(row(page, "Astreinte")).toContainText("Majeure ou pire");
  await expect(row(page, "Astreinte")).toContainText("18:00–08:00");
  await expect(row(page, "Résumé du support")).toContainText("Coupé");
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Ajouter un abonnement" });
  await form.getByLabel("Nom", { exact: true }).fill("Astreinte");
  await form.getByText("Webhook").click();
  await form.getByRole("textbox", { name: "Adresse" }).fill("http://sans-chiffrement.exemple.fr");
  await form.getByText("À certaines heures").click();
  await expectAccessible(page);
  await form.getByRole("button", { name: "Créer l’abonnement" }).click();
  await expect(form.getByLabel("Nom", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Nom", { exact: true }).fill("Salle de contrôle");
  await form.getByRole("button", { name: "Créer l’abonnement" }).click();
  await expect(form.getByRole("textbox", { name: "Adresse" })).toHaveAttribute("aria-invalid", "true");
  await form.getByRole("textbox", { name: "Adresse" }).fill("https://controle.exemple.fr/vigie");
  await form.getByRole("button", { name: "Créer l’abonnement" }).click();
  await expect(form.getByLabel("Secret", { exact: true })).toContainText("q7Zt5mXw9LcR2bNvHs3kQf8dYp4jUe6g");
  await expect(form).toContainText("vigie-signature");
  await expectAccessible(page);
  await form.getByRole("button", { name: "copié" }).click();
  await expect(row(page, "Salle de contrôle")).toContainText("https://controle.exemple.fr/vigie");
  await page.getByRole("button", { name: "Actions pour Salle de contrôle" }).click();
  await page.getByRole("menuitem", { name: "Modifier" }).click();
  const change = page.getByRole("dialog", { name: "Modifier l’abonnement" });
  await expect(change.getByText("Laissé vide, l’actuel reste.")).toBeVisible();
  await change.getByText("Toujours").click();
  await change.getByRole("button", { name: "Enregistrer" }).click();
  await expect(row(page, "Salle de contrôle")).not.toContainText("08:00");
  await page.getByRole("button", { name: "Actions pour Salle de contrôle" }).click();
  await page.getByRole("menuitem", { name: "Couper" }).click();
  await expect(row(page, "Salle de contrôle")).toContainText("Coupé");
  await page.getByRole("button", { name: "Actions pour Salle de contrôle" }).click();
  await page.getByRole("menuitem", { name: "Supprimer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(row(page, "Salle de contrôle")).toHaveCount(0);
});

test("a subscription tells of what the bell tells of, and of no alerts", async ({ page }) => {
  await page.goto("/administration/notifications?new=1");
  const form = page.getByRole("dialog", { name: "Ajouter un abonnement" });
  await form.getByLabel("Nom", { exact: true }).fill("File d’attente");
  await form.getByLabel("Adresses").fill("file@exemple.fr");
  await form.getByRole("switch", { name: "Alertes Les" }).uncheck({ force: true });
  await expect(form.getByText("De cette gravité, ou pire")).toHaveCount(0);
  await form.getByRole("button", { name: "Créer l’abonnement" }).click();
  await expect(form.getByText("Choisissez les alertes, ou au moins un avis.")).toBeVisible();
  await form.getByLabel("Équipements en attente").check();
  await expectAccessible(page);
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().includes("subscriptions"));
  await form.getByRole("button", { name: "Créer l’abonnement" }).click();
  expect((await sent).postDataJSON().filter).toMatchObject({ alerts: false, notices: ["pending-equipment"] });
  await expect(row(page, "File d’attente")).toContainText("Équipements en attente");
});

test("messages say how they stand, and are sent again", async ({ page }) => {
  await page.goto("/administration/notifications?tab=messages&state=dead");
  await expect(page.locator("[data-row]")).toHaveCount(1);
  await expect(row(page, "Gestion des tickets")).toContainText("does not exist");
  await page.getByRole("button", { name: /^Actions pour Gestion des tickets/ }).click();
  await page.getByRole("menuitem", { name: "Envoyer à nouveau" }).click();
  await expect(page.getByText("Le message est en route.").first()).toBeVisible();
  await page.goto("/administration/notifications?tab=messages&state=delivered");
  await page
    .getByRole("button", { name: /^Actions pour/ })
    .first()
    .click();
  await expect(page.getByRole("menuitem", { name: /^Envoyer à nouveau/ })).toContainText("Il a été remis.");
});

test("the mail server is set and tested", async ({ page }) => {
  await page.goto("/administration/notifications");
  await page.getByRole("link", { name: "Indiquer le serveur de messagerie" }).click();
  const test1 = page.getByRole("button", { name: "Envoyer un essai" });
  await expect(test1).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("Nom ou adresse").fill("courriel.exemple.fr");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("Nécessaire avec un serveur de messagerie.")).toBeVisible();
  await page.getByRole("textbox", { name: "Expéditeur" }).fill("vigie@exemple.fr");
  await page.getByRole("textbox", { name: "Utilisateur" }).fill("vigie");
  await page.getByLabel("Mot de passe", { exact: true }).fill("secret-de-courriel");
  await page.getByLabel("Un système est injoignable après").fill("300");
  await page.getByLabel("Alertes effacées").fill("90");
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  expect((await sent).postDataJSON()).toEqual({
    mail: {
      host: "courriel.exemple.fr",
      port: 587,
      security: "starttls",
      user: "vigie",
      from: "vigie@exemple.fr",
      password: "secret-de-courriel",
    },
    retention: expect.objectContaining({ cleared_alerts_days: 90 }),
    unreachable_after_seconds: 300,
  });
  await expect(page.getByText("Il y en a un ; laissé vide, il reste.")).toBeVisible();
  await page.getByRole("textbox", { name: "À", exact: true }).fill("quelqu.un@refuse.exemple.fr");
  await test1.click();
  await expect(page.getByText("550 5.1.1 User unknown")).toBeVisible();
  await page.getByRole("textbox", { name: "À", exact: true }).fill("quelqu.un@exemple.fr");
  await test1.click();
  await expect(page.getByText("Le serveur de messagerie a pris le message.")).toBeVisible();
});
