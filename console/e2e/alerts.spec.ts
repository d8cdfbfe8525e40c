/** Alerts: the list, what is done with them, conditions of a customer, maintenance windows. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, settled, test } from "./world.ts";

const row = (page: Page, text: string) => page.locator("[data-row]").filter({ hasText: text });
const dialog = (page: Page) => page.getByRole("dialog");

test("the list has tabs by type, filters in the address, and details that mails link to", async ({ page }) => {
  await page.goto("/alerts");
  const tabs = page.getByRole("navigation", { name: "Types d’alertes" });
  await expect(tabs.getByRole("link", { name: /^Toutes/ })).toHaveAttribute("aria-current", /./);
  await expect(page.getByRole("link", { name: /^Alertes \d+ alertes ouvertes/ })).toBeVisible();
  const first = page.locator("[data-row]").first();
  await expect(first).toContainText("SIP server kamailio.service");
  await expect(first).toContainText("Critique");
  await expect(first).toContainText("En cours");
  await tabs.getByRole("link", { name: /^Faisceau/ }).click();
  await expect(page).toHaveURL(/type=trunk/);
  await expect(row(page, "SIP trunk").first()).toContainText("Conséquence d’une autre");
  await expect(row(page, "Disque presque plein")).toHaveCount(0);
  await page.getByRole("button", { name: "Gravité", exact: true }).first().click();
  await page.getByRole("button", { name: "Majeure" }).click();
  await expect(page).toHaveURL(/severity=major/);
  await expect(page.getByText("Gravité : Majeure")).toBeVisible();
  await page.goto("/alerts?assigned_to=usr_1");
  await expect(page.locator("[data-row]")).toHaveCount(1);
  await expect(page.getByText("Affectée à : Moi (admin)")).toBeVisible();
  await page.goto("/alerts?alert=al_3");
  const detail = page.getByRole("complementary", { name: /Certificat en fin de validité/ });
  await expect(detail).toContainText("encore 12 jours (seuil : 30 jours)");
  await expect(detail).toContainText("Renouvelez le certificat");
  await expect(detail.getByRole("link", { name: /En savoir plus dans l’aide/ })).toHaveAttribute(
    "href",
    "/help/alerts#certificat-en-fin-de-validité",
  );
  await expectAccessible(page);
  await page.goto("/alerts?type=link");
  const gone = row(page, "Système injoignable").first();
  await expect(gone).toContainText("Injoignable");
  await expect(gone, "a state's name, not its code").not.toContainText("unreachable");
  await page.goto("/alerts?q=raid");
  await expect(page.locator("[data-row]").first()).toContainText("raid-health");
  await page.goto("/alerts?type=trunk&q=nothing-has-this-name");
  await expect(
    page.getByRole("heading", { name: "Rien ne correspond" }).or(page.getByText("Aucun résultat")),
  ).toHaveCount(1);
});

test("what goes on cannot be cleared; what ended is, with its number", async ({ page }) => {
  await page.goto("/alerts");
  await page.getByRole("button", { name: "Actions pour Disque presque plein · /var" }).first().click();
  await expect(page.getByRole("menuitem", { name: /^Effacer/ })).toContainText("Elle est encore en cours");
  await page.keyboard.press("Escape");
  await row(page, "SIP server kamailio.service").first().getByRole("checkbox").check();
  await row(page, "Horloge décalée").first().getByRole("checkbox").check();
  const bar = page.getByRole("toolbar");
  await expect(bar.getByRole("button", { name: "Effacer", exact: true })).toHaveAccessibleDescription(
    /1 alerte sélectionnée est encore en cours/,
  );
  await row(page, "SIP server kamailio.service").first().getByRole("checkbox").uncheck();
  await bar.getByRole("button", { name: "Effacer", exact: true }).click();
  await expect(dialog(page)).toContainText("restent dans l’historique");
  await expectAccessible(page);
  await dialog(page).getByRole("button", { name: "Effacer" }).click();
  await expect(page.getByText("Fait pour 1 alerte.").first()).toBeVisible();
  await page.goto("/alerts?state=cleared&q=clock");
  await expect(row(page, "Horloge décalée").first()).toContainText("Effacée par admin");
  await expect(row(page, "Horloge décalée").first().getByRole("checkbox")).toBeDisabled();
});

test("a list and a type are cleared as a whole, and the question counts first", async ({ page }) => {
  await page.goto("/alerts?type=security&severity=minor");
  const clear = page.getByRole("main").getByRole("button", { name: "Effacer", exact: true });
  await clear.click();
  await page.getByRole("menuitem", { name: "Effacer toute cette liste…" }).click();
  await expect(dialog(page)).toContainText(/\d+ alertes? terminées?/);
  await dialog(page).getByRole("button", { name: "Annuler" }).click();
  const counted = page.waitForResponse("**/api/v1/alerts/counts");
  await clear.click();
  await page.getByRole("menuitem", { name: "Effacer ce type…" }).click();
  const { types } = (await (await counted).json()) as { types: { type: string; clearable: number }[] };
  const clearable = types.find((one) => one.type === "security")!.clearable;
  await expect(dialog(page)).toContainText(`${clearable} alertes terminées de`);
  await expect(dialog(page)).toContainText("quel que soit le filtre");
  await dialog(page).getByRole("button", { name: "Effacer" }).click();
  await expect(page.getByText(`${clearable} alertes effacées.`).first()).toBeVisible();
});

test("alerts are acknowledged, assigned and muted; what could not be done is named", async ({ page }) => {
  await page.goto("/alerts?q=clock");
  const menu = page.getByRole("button", { name: "Actions pour Horloge décalée" }).first();
  await menu.click();
  await page.getByRole("menuitem", { name: "Acquitter", exact: true }).click();
  await expect(row(page, "Horloge décalée").first()).toContainText("Acquittée par admin");
  await menu.click();
  await expect(page.getByRole("menuitem", { name: /^Acquitter/ })).toContainText("Déjà acquittée.");
  await page.getByRole("menuitem", { name: "Affecter…" }).click();
  await dialog(page).getByRole("combobox", { name: "Suivie par" }).click();
  await page.getByRole("option", { name: "Personne" }).click();
  await dialog(page).getByRole("button", { name: "Affecter" }).click();
  await expect(row(page, "Horloge décalée").first()).not.toContainText("Affectée à");
  await menu.click();
  await page.getByRole("menuitem", { name: "Taire…" }).click();
  await dialog(page).getByText("Jusqu’à une date").click();
  await expectAccessible(page);
  await dialog(page).getByText("4 heures").click();
  await dialog(page).getByRole("button", { name: "Taire" }).click();
  await expect(row(page, "Horloge décalée").first()).toContainText("Muette");
  await page.route("**/api/v1/alerts/clear", (route) =>
    route.fulfill({ json: { done: 0, failed: [{ id: "al_8", code: "alert-ongoing", title: "It still goes on." }] } }),
  );
  await menu.click();
  await page.getByRole("menuitem", { name: /^Effacer/ }).click();
  await dialog(page).getByRole("button", { name: "Effacer" }).click();
  await expect(page.getByText(/Impossible pour Horloge décalée \(.+\)\. Elle est encore en cours/)).toBeVisible();
});

test("the list follows the server", async ({ page, context }) => {
  await page.goto("/alerts?type=configuration&q=clock");
  await settled(page);
  const other = await context.newPage();
  await other.goto("/alerts?type=configuration");
  await other.getByRole("button", { name: "Actions pour Horloge décalée" }).first().click();
  await other.getByRole("menuitem", { name: "Acquitter", exact: true }).click();
  await other.close();
  await page.bringToFront();
  await expect(row(page, "Horloge décalée").filter({ hasText: "Acquittée par admin" })).not.toHaveCount(0);
});

test("systems and customers show their alerts, and are put into maintenance", async ({ page }) => {
  await page.goto("/systems/sys_7");
  await expect(page.getByRole("link", { name: /Système injoignable/ })).toBeVisible();
  await page.getByRole("button", { name: "Autres actions" }).click();
  await page.getByRole("menuitem", { name: "Mettre en maintenance…" }).click();
  const form = page.getByRole("dialog", { name: "Ajouter une fenêtre" });
  await form.getByRole("button", { name: "Ajouter" }).click();
  await expect(form.getByText("À remplir.")).toBeVisible();
  await form.getByLabel("Ce qui est fait").fill("Remplacement du disque");
  await expectAccessible(page);
  await form.getByRole("button", { name: "Ajouter" }).click();
  await expect(page.getByText("La fenêtre de maintenance est posée.").first()).toBeVisible();
  await page.getByRole("link", { name: /^Voir / }).click();
  await expect(page).toHaveURL(/system_id=sys_7/);
  await expect(row(page, "Système injoignable")).toContainText("Maintenance");
  await page.goto("/alerts?tab=maintenance");
  await expect(row(page, "Remplacement du disque")).toContainText("En cours");
  await expect(row(page, "Sauvegardes de nuit")).toContainText("Tous les jours");
  await page.getByRole("button", { name: "Actions pour Remplacement du disque" }).click();
  await page.getByRole("menuitem", { name: "Supprimer" }).click();
  await dialog(page).getByRole("button", { name: "Supprimer" }).click();
  await expect(row(page, "Remplacement du disque")).toHaveCount(0);
  await page.goto("/administration/customers/cus_2");
  await expect(page.getByRole("link", { name: /Voir (l’alerte|les \d+ alertes)/ })).toHaveAttribute(
    "href",
    /\/alerts\?customer_id=cus_2/,
  );
});

test("conditions of a customer are changed, and go back to the profile", async ({ page }) => {
  await page.goto("/administration/customers/cus_2");
  const conditions = page.locator("#conditions");
  const disks = conditions.getByRole("listitem").filter({ hasText: "Disque presque plein" });
  await expect(disks).toContainText("Modifiée");
  await expect(disks).toContainText("95 %");
  await disks.getByRole("button", { name: "Modifier Disque presque plein" }).click();
  await disks.getByLabel("Au-delà de, %").fill("80");
  await disks.getByLabel("Doit durer, s").fill("100000");
  await expect(disks.getByText("De 0 à 86 400 secondes (un jour).")).toBeVisible();
  await expect(conditions.getByRole("button", { name: "Enregistrer" })).toBeDisabled();
  await disks.getByLabel("Doit durer, s").fill("60");
  await conditions.getByRole("switch", { name: "Surveiller Système injoignable" }).press("Space");
  await expectAccessible(page);
  await conditions.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("Les conditions sont enregistrées.", { exact: false }).first()).toBeVisible();
  await page.reload();
  await expect(disks).toContainText("80 %");
  await expect(conditions.getByRole("switch", { name: "Surveiller Système injoignable" })).not.toBeChecked();
  await disks.getByRole("button", { name: "Disque presque plein : revenir au profil" }).click();
  await expect(disks).toContainText("90 %");
});

test.describe("with nothing wrong", () => {
  test.use({ machines: 0 });
  test("the page says so", async ({ page }) => {
    await page.goto("/alerts");
    await expect(page.getByRole("heading", { name: "Aucune alerte" })).toBeVisible();
  });
});

test.describe("who only reads", () => {
  test.use({ role: "read-only" });
  test("sees alerts of assigned customers, and what cannot be done says why", async ({ page }) => {
    await page.goto("/alerts");
    await expect(row(page, "Atelier Perrin").first()).toBeVisible();
    await expect(row(page, "Lycée Jean-Moulin")).toHaveCount(0);
    await page.getByLabel("Sélectionner toute la page").check();
    await expect(page.getByRole("toolbar").getByRole("button", { name: "Acquitter" })).toHaveAccessibleDescription(
      "Votre rôle ne le permet pas.",
    );
    await page.goto("/alerts?tab=maintenance");
    await expect(page.getByRole("button", { name: "Ajouter une fenêtre" })).toHaveAttribute("aria-disabled", "true");
    await page.goto("/administration/customers/cus_2");
    await expect(page.locator("#conditions").getByRole("switch").first()).toBeDisabled();
    await page.goto("/administration/notifications");
    await expect(page.getByText("Votre rôle n’ouvre pas cette page", { exact: false })).toBeVisible();
  });
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test("alerts are two lines, with severity in words", async ({ page }) => {
    await page.goto("/alerts");
    await expect(page.locator("[data-row]").first()).toContainText("Critique");
    await page.locator("[data-row-link]").first().click();
    await expect(page).toHaveURL(/alert=al_/);
    await expect(page.getByRole("complementary")).toContainText("Que faire");
  });
});
