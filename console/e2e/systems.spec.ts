/** Customers' systems: how they are connected and what to do, the tokens they enrol with, their service user, their removal. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, settled, test } from "./world.ts";

const row = (page: Page, name: string | RegExp) => page.locator("[data-row]").filter({ hasText: name });

test("the list says in words how each is connected; pointing or pressing explains it", async ({ page }) => {
  await page.goto("/systems");
  await settled(page);
  await expect(page.locator("[data-row]")).toHaveCount(36);
  await page
    .getByRole("button", { name: "Aucune autorisation fournie : ce que cela veut dire" })
    .first()
    .press("Enter");
  const card = page.getByRole("dialog");
  await expect(card).toContainText("Ce serveur ne connaît pas d’utilisateur de service");
  await expect(card).toContainText("Saisissez le même nom et le même mot de passe chez le client.");
  await expect(card).toContainText("vigie-agent system service-user --enable --password-stdin");
  await expect(card.getByRole("link", { name: /^Aide sur les états/ })).toHaveAttribute(
    "href",
    "/help/connection#aucune-autorisation-fournie",
  );
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(card).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Injoignable depuis .+ : ce que/ }).first()).toBeVisible();
});

test("what narrows the list is shown, and stands in the address", async ({ page }) => {
  await page.goto("/systems");
  const filters = page.getByRole("group", { name: "Filtres" });
  await filters.getByRole("button", { name: "Connexion" }).click();
  await page.getByRole("textbox", { name: "Filtrer la liste" }).fill("injoignable");
  await page.getByRole("button", { name: "Injoignable", exact: true }).click();
  await expect(page).toHaveURL(/connectivity=unreachable/);
  await settled(page);
  const found = await page.locator("[data-row]").count();
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(36);
  await expect(row(page, "Injoignable depuis")).toHaveCount(found);
  await page.reload();
  await expect(row(page, "Injoignable depuis")).toHaveCount(found);
  await expect(filters.getByRole("button", { name: "Effacer les filtres" })).toBeVisible();
  await filters.getByRole("button", { name: "Effacer les filtres" }).click();
  await expect(page.locator("[data-row]")).toHaveCount(36);
  await filters.getByRole("button", { name: "Profil" }).click();
  await page.getByRole("combobox", { name: "Profil" }).fill("sip-server");
  await page.getByRole("button", { name: "Appliquer" }).click();
  await expect(page).toHaveURL(/profile=sip-server/);
  await expect(page.locator("[data-row]")).toHaveCount(12);
  await page.goto("/systems?sort=-version&customer_id=cus_2");
  await expect(page.getByRole("columnheader", { name: "Version" })).toHaveAttribute("aria-sort", "descending");
  await expect(row(page, "Atelier Perrin")).toHaveCount(5);
});

test("a system that was added after its network was synchronised says so, and what to do", async ({ page }) => {
  await page.goto("/administration/customers/cus_4");
  await settled(page);
  const added = page.getByRole("listitem").filter({ hasText: "Serveur d’applications" }).first();
  await expect(added).toContainText("par le système principal");
  await expect(added).toContainText("Non synchronisé");
  await expect(added).toContainText("vigie-agent system synchronise --generate");
  await expect(page.getByRole("listitem").filter({ hasText: "Principal ·" })).not.toContainText("Non synchronisé");
  await expectAccessible(page);
  await added.getByRole("link").first().click();
  await settled(page);
  await expect(page.getByRole("main")).toContainText("Répétez « activer et synchroniser »");
});

test.describe("with two thousand", () => {
  test.use({ systems: 2000 });
  test("the server pages, and all that match are removed after the number is typed", async ({ page }) => {
    await page.goto("/systems?connectivity=legacy");
    await page.getByLabel("Sélectionner toute la page").check();
    const bar = page.getByRole("toolbar");
    const count = (await bar.innerText()).match(/\d+/)![0];
    expect(Number(count)).toBeGreaterThan(10);
    await bar.getByRole("button", { name: "Retirer" }).click();
    const question = page.getByRole("dialog", { name: "Retirer des systèmes" });
    await expect(question).toContainText(`${count} systèmes`);
    await expect(question.getByRole("button", { name: "Retirer" })).toBeDisabled();
    await question.getByLabel(/Pour confirmer/).fill(count);
    await question.getByRole("button", { name: "Retirer" }).click();
    await expect(page.getByText("Aucun résultat")).toBeVisible();
    await page.goto("/systems");
    await expect(page.getByText("1–50 sur")).toBeVisible();
  });
});

test("a system’s page: what it is, what its owner allows and how, what stands beside it", async ({ page }) => {
  await page.goto("/systems");
  await page
    .locator("[data-row]")
    .filter({ hasText: "Groupe Sélène" })
    .filter({ hasText: "Principal" })
    .getByRole("link")
    .click();
  await expect(page).toHaveURL(/\/systems\/sys_6$/);
  await expect(page.getByText("Aucune autorisation fournie").first()).toBeVisible();
  await expect(page.getByText("vigie-agent system set remote-access=")).toBeVisible();
  await expect(page.getByText("En marche depuis", { exact: true })).toHaveCount(0);
  const others = page.locator("section").filter({ hasText: "Réseau du client" }).getByRole("listitem");
  await expect(others).toHaveCount(3);
  await others.first().getByRole("link").click();
  await expect(page).not.toHaveURL(/sys_6$/);
  await expect(page.getByRole("button", { name: "Tester la connexion" })).toHaveAccessibleDescription(
    "Le test interroge le système principal du client. Ouvrez celui-là.",
  );
});

test("certificates: how a system stands with them, by which authority, and how they are renewed", async ({ page }) => {
  await page.goto("/systems/sys_6");
  const section = page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: "Certificats", exact: true }) });
  await expect(section.getByRole("listitem")).toHaveCount(2);
  await expect(section.getByText("Installé", { exact: true })).toBeVisible();
  await expect(section.getByText("Pour les appareils : 40 sur 42")).toBeVisible();
  await expect(section.getByText("k175-12: the server issued")).toBeVisible();
  const download = page.waitForEvent("download");
  await section.getByRole("button", { name: "Télécharger (PEM)" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.pem$/);
  await section.getByRole("button", { name: "Renouveler" }).click();
  const question = page.getByRole("dialog", { name: "Renouveler les certificats" });
  await expect(question).toContainText("dès qu’il a une liaison");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Renouveler" }).click();
  await expect(page.getByText("Les certificats sont renouvelés.").first()).toBeVisible();
  await page.goto("/systems/sys_1");
  await expect(section.getByText("Le propriétaire ne les a pas activés.")).toBeVisible();
  await expect(section.getByRole("button")).toHaveCount(0);
});

test("a system is removed after it is said what happens; lists follow", async ({ page }) => {
  await page.goto("/systems/sys_1");
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).not.toHaveText("Système");
  const name = await heading.innerText();
  await page.getByRole("button", { name: "Autres actions" }).click();
  await page.getByRole("menuitem", { name: "Retirer" }).click();
  const question = page.getByRole("dialog", { name: "Retirer un système" });
  await expect(question).toContainText(`${name}, de Atelier Perrin`);
  await expect(question).toContainText("refusé jusqu’à ce qu’il soit enrôlé de nouveau");
  await expect(question).toContainText("C’est le système principal");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Retirer" }).click();
  await expect(page).toHaveURL(/\/systems$/);
  await expect(page.getByText(`${name} est retiré.`).first()).toBeVisible();
  await expect(page.locator("[data-row]")).toHaveCount(35);
  await page.goto("/systems/sys_1");
  await expect(page.getByText("not-found")).toBeVisible();
});

test("several at once: the question counts them", async ({ page }) => {
  await page.goto("/systems?customer_id=cus_3");
  await page.getByLabel("Sélectionner toute la page").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Retirer" }).click();
  const question = page.getByRole("dialog", { name: "Retirer des systèmes" });
  await expect(question).toContainText("5 systèmes");
  await question.getByRole("button", { name: "Retirer" }).click();
  await expect(page.getByText("5 systèmes retirés.").first()).toBeVisible();
});

test("a token is made for a reseller, shown once with the line to run, and revoked", async ({ page }) => {
  await page.goto("/systems");
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter des systèmes" });
  await drawer.getByRole("button", { name: "Créer le jeton" }).click();
  await expect(drawer.getByText("À remplir.")).toBeVisible();
  await drawer.getByRole("combobox", { name: "Revendeur" }).click();
  await page.getByRole("option", { name: "Télécom de l’Ouest" }).click();
  await drawer.getByLabel("Nombre de systèmes").fill("3");
  await drawer.getByLabel("Dernier jour").fill("2020-01-01");
  await drawer.getByRole("button", { name: "Créer le jeton" }).click();
  await expect(drawer.getByText("Cette valeur n’est pas acceptée.")).toBeVisible();
  await expectAccessible(page);
  await drawer.getByLabel("Dernier jour").fill("");
  await drawer.getByRole("button", { name: "Créer le jeton" }).click();
  await expect(drawer.getByLabel("Jeton d’enrôlement")).toHaveText(/^vge_/);
  const line = drawer.getByLabel("Commande à lancer sur le système");
  await expect(line).toContainText("curl -fsSk https://vigie.exemple.fr/install/ca.pem -o vigie-ca.pem");
  await expect(line).toContainText("sha256sum -c");
  await expect(line).toContainText(
    "vigie-agent system run --server https://vigie.exemple.fr --ca vigie-ca.pem --enrolment-token vge_",
  );
  await expect(drawer.getByRole("listitem")).toHaveCount(3);
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "copié" }).click();
  await page.getByText("Jetons d’enrôlement").click();
  await expect(page).toHaveURL(/tab=tokens/);
  const made = row(page, "0 sur 3");
  await expect(made).toContainText("Nouveaux clients de Télécom de l’Ouest");
  await expect(made).toContainText("Valable");
  await expect(made).toContainText("Sans fin");
  await expect(page.getByText("vge_")).toHaveCount(0);
  for (const state of ["Épuisé", "Expiré", "Révoqué"]) await expect(row(page, state)).toHaveCount(1);
  await made.getByRole("button", { name: /^Actions pour/ }).click();
  await page.getByRole("menuitem", { name: "Révoquer" }).click();
  const question = page.getByRole("dialog", { name: "Révoquer un jeton d’enrôlement" });
  await expect(question).toContainText("Les systèmes qui l’ont fait restent.");
  await question.getByRole("button", { name: "Révoquer" }).click();
  await expect(made).toContainText("Révoqué");
  await made.getByRole("button", { name: /^Actions pour/ }).click();
  await expect(page.getByRole("menuitem", { name: /Révoquer/ })).toHaveAttribute("aria-disabled", "true");
});

test("from a customer’s page the token is for that customer", async ({ page }) => {
  await page.goto("/administration/customers");
  await row(page, "Transports Kerven").getByRole("link", { name: "Transports Kerven" }).click();
  await expect(page.getByText("En attente de la première connexion").first()).toBeVisible();
  await page.getByRole("button", { name: "Ajouter un système" }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter des systèmes" });
  await expect(drawer.getByRole("combobox", { name: "Client" })).toHaveValue("Transports Kerven");
  await drawer.getByRole("button", { name: "Créer le jeton" }).click();
  await expect(drawer.getByText("parmi ceux de Transports Kerven")).toBeVisible();
});

test("the connection is tested as it is saved and as it is typed; every answer says what to do", async ({ page }) => {
  await page.goto("/administration/customers/cus_7");
  const test1 = page.getByRole("button", { name: "Tester la connexion" });
  const result = page.getByRole("region", { name: "Résultat du test", exact: true });
  await test1.click();
  await expect(result).toContainText("Aucune autorisation fournie");
  await expect(result).toContainText("Le système vient de répondre.");
  await expect(page.getByText("Créé par les systèmes")).toBeVisible();
  await page.getByRole("button", { name: "Saisir" }).click();
  const form = page.getByRole("dialog", { name: "Saisir l’utilisateur de service" });
  await form.getByRole("button", { name: "Tester la connexion" }).click();
  await expect(form.getByText("À remplir.")).toBeVisible();
  await form.getByLabel("Mot de passe", { exact: true }).fill("Phare-de-Bres");
  await form.getByRole("button", { name: "Tester la connexion" }).click();
  await expect(form.getByRole("region")).toContainText("Authentification refusée");
  await expect(form.getByRole("region")).toContainText("qui n’est pas enregistré");
  await form.getByLabel("Nom", { exact: true }).fill("autre");
  await expect(form.getByRole("region")).toHaveCount(0);
  await form.getByRole("button", { name: "Tester la connexion" }).click();
  await expect(form.getByRole("region")).toContainText("Identifiants inconnus");
  await form.getByLabel("Nom", { exact: true }).fill("vigie");
  await form.getByLabel("Mot de passe", { exact: true }).fill("Phare-de-Brest");
  await form.getByRole("button", { name: "Tester la connexion" }).click();
  await expect(form.getByRole("region")).toContainText("Connecté");
  await expectAccessible(page);
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByText("Saisi ici", { exact: true })).toBeVisible();
  await expect(page.getByText("L’utilisateur de service est enregistré.").first()).toBeVisible();
  await page.goto("/administration/customers/cus_8");
  await test1.click();
  await expect(result).toContainText("Injoignable");
  await expect(result).toContainText("voici ce que l’on savait en dernier");
  await page.goto("/administration/customers/cus_10");
  await test1.click();
  await expect(result).toContainText("Ce client n’a pas encore de système.");
});

test("what the server refuses of a service user stands by its field", async ({ page }) => {
  await page.goto("/administration/customers/cus_7");
  await page.route("**/service-user", async (route) => {
    if (route.request().method() !== "PUT") return route.fallback();
    const errors = [{ field: "name", code: "invalid", detail: "none of them a control character" }];
    return route.fulfill({
      status: 422,
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "A value is not valid.", status: 422, code: "value-invalid", errors }),
    });
  });
  await page.getByRole("button", { name: "Saisir" }).click();
  const form = page.getByRole("dialog", { name: "Saisir l’utilisateur de service" });
  await form.getByLabel("Mot de passe", { exact: true }).fill("x");
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(form.getByLabel("Nom", { exact: true })).toHaveAttribute("aria-invalid", "true");
});

test("customers show their primary’s state, and that another system is off line", async ({ page }) => {
  await page.goto("/administration/customers");
  await expect(row(page, "Atelier Perrin")).toContainText(/Connecté, mais \d de ses systèmes/);
  await expect(row(page, "Transports Kerven")).toContainText("En attente de la première connexion");
  await page.getByRole("button", { name: "Colonnes" }).click();
  await page.getByRole("checkbox", { name: "Systèmes" }).check();
  await page.keyboard.press("Escape");
  await row(page, "Atelier Perrin").getByRole("link", { name: "5 systèmes" }).click();
  await expect(page).toHaveURL(/\/systems\?customer_id=cus_2$/);
  await expect(page.locator("[data-row]")).toHaveCount(5);
});

test("the list follows the server: what another removes goes when it is asked for", async ({ page, context }) => {
  await page.goto("/systems?customer_id=cus_3");
  await expect(page.locator("[data-row]")).toHaveCount(5);
  const other = await context.newPage();
  await other.goto("/systems/sys_2");
  await other.getByRole("button", { name: "Autres actions" }).click();
  await other.getByRole("menuitem", { name: "Retirer" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Retirer" }).click();
  await expect(other).toHaveURL(/\/systems$/);
  await other.close();
  await page.bringToFront();
  await page.getByRole("button", { name: "La liste a changé" }).click();
  await expect(page.locator("[data-row]")).toHaveCount(4);
});

test.describe("with nothing yet", () => {
  test.use({ machines: 0 });
  test("the page leads to adding a system", async ({ page }) => {
    await page.goto("/systems");
    await expect(page.getByRole("heading", { name: "Pas encore de système" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Ajouter un système" }).click();
    await expect(page.getByRole("dialog", { name: "Ajouter des systèmes" })).toBeVisible();
  });
});

test.describe("a technician", () => {
  test.use({ role: "technician" });
  test("sees the systems of assigned customers, and does nothing to them", async ({ page }) => {
    await page.goto("/systems");
    await expect(row(page, "Atelier Perrin")).toHaveCount(5);
    await expect(row(page, "Groupe Sélène")).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Ajouter", exact: true })).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByText("Jetons d’enrôlement")).toHaveCount(0);
    await page.getByLabel("Sélectionner toute la page").check();
    const remove = page.getByRole("toolbar").getByRole("button", { name: "Retirer" });
    await expect(remove).toHaveAccessibleDescription("Votre rôle ne le permet pas.");
    await page.goto("/administration/customers/cus_2");
    for (const name of ["Tester la connexion", "Saisir", "Ajouter un système"])
      await expect(page.getByRole("button", { name })).toHaveAttribute("aria-disabled", "true");
    await page.goto("/systems?tab=tokens");
    await expect(page.getByRole("table", { name: "Systèmes" })).toBeVisible();
    await page.goto("/systems/sys_6");
    await expect(page.getByText("not-found")).toBeVisible();
  });
});

test.describe("an operator", () => {
  test.use({ role: "operator" });
  test("makes tokens, is told to compare the fingerprint, tests, and does not enter service users", async ({
    page,
  }) => {
    await page.goto("/administration/customers/cus_4");
    await expect(page.getByRole("button", { name: "Saisir" })).toHaveAttribute("aria-disabled", "true");
    await page.getByRole("button", { name: "Tester la connexion" }).click();
    await expect(page.getByRole("region", { name: "Résultat du test" })).toBeVisible();
    await page.getByRole("button", { name: "Ajouter un système" }).click();
    const drawer = page.getByRole("dialog", { name: "Ajouter des systèmes" });
    await drawer.getByRole("button", { name: "Créer le jeton" }).click();
    await expect(drawer.getByText("comparez-le")).toBeVisible();
    await expect(drawer.getByLabel("Commande à lancer sur le système")).not.toContainText("sha256sum");
    await drawer.getByRole("button", { name: "copié" }).click();
    await page.goto("/systems?tab=tokens");
    await expect(page.locator("[data-row]")).toHaveCount(3);
  });
});
