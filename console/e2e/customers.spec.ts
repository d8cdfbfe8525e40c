/** Customers: the list narrowed and sorted, what is known of each, deleting and restoring, the enrolment e-mail, the primary. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, test } from "./world.ts";

const rows = (page: Page) => page.locator("[data-row]");
const row = (page: Page, name: string) => rows(page).filter({ hasText: name });
const select = (page: Page, name: string) => page.getByLabel(`Sélectionner ${name}`).check();
const menu = async (page: Page, name: string, item: string) => {
  await page.getByRole("button", { name: `Actions pour ${name}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
};
const list = "/administration/customers";
const bar = (page: Page) => page.getByRole("toolbar");

/** As an administrator would have set it before. */
async function prefer(page: Page, changes: object): Promise<void> {
  await page.evaluate(async (body) => {
    const { csrf_token } = (await (await fetch("/api/v1/session")).json()) as { csrf_token: string };
    await fetch("/api/v1/preferences", {
      method: "PATCH",
      headers: { "x-csrf-token": csrf_token, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }, changes);
}
const mailServer = {
  mail: { host: "mail.example.com", port: 587, security: "starttls", user: "", from: "v@example.com" },
};

test("the dashboard’s links narrow the list, and filters combine", async ({ page }) => {
  await page.goto("/");
  const red = page.getByRole("link", { name: /^Sans connexion : / });
  const count = Number(/: (\d+)/.exec((await red.getAttribute("aria-label")) ?? "")?.[1]);
  expect(count).toBeGreaterThan(0);
  await red.click();
  await expect(page.getByRole("button", { name: "État : Sans connexion" })).toBeVisible();
  await expect(rows(page)).toHaveCount(count);
  await page.getByRole("button", { name: "Retirer le filtre État" }).click();
  await expect(rows(page)).toHaveCount(10);
  await page.getByRole("button", { name: "Colonnes" }).click();
  await page.getByRole("checkbox", { name: "Étiquettes" }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Clients portant l’étiquette hôtellerie" }).first().click();
  await expect(page).toHaveURL(/tag=h/);
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole("button", { name: "Étiquette : hôtellerie" }).click();
  await page.getByRole("button", { name: /^contrat-or/ }).click();
  await expect(rows(page)).toHaveCount(4);
  await page.getByRole("button", { name: "Autres filtres" }).click();
  await page.getByRole("button", { name: "Profil", exact: true }).click();
  await page.getByRole("button", { name: /^sip-server/ }).click();
  await expect(page).toHaveURL(/tag=contrat-or&profile=sip-server/);
  await expect(page.getByRole("button", { name: "Profil : sip-server" })).toBeVisible();
  await page.goto("/administration/customers?tag=contrat-or&reseller_id=res_2");
  await expect(rows(page)).toHaveCount(2);
  await page.goto("/administration/customers?tag=contrat-or&sort=-code");
  await expect(rows(page).first()).toContainText("groupeselene");
  await page.getByRole("button", { name: "Qui voit Atelier Perrin" }).hover();
  await expect(page.getByText("Écran Accueil")).toBeVisible();
  await expectAccessible(page);
});

test("a row shows alerts by the worst of them and what needs attention; the order is turned round and let go", async ({
  page,
}) => {
  await page.goto(list);
  const alerts = row(page, "Lycée Jean-Moulin").getByRole("link", { name: /alertes? ouvertes?, la plus grave : / });
  const words = (await alerts.getAttribute("aria-label"))!;
  const count = Number(/^\d+/.exec(words)?.[0]);
  expect(count).toBeGreaterThan(0);
  await expectAccessible(page);
  const waiting = row(page, "Transports Kerven").getByRole("button", { name: /^Demande attention : / });
  await waiting.focus();
  await expect(page.getByRole("tooltip")).toContainText("Aucun système principal.");
  const heading = page.getByRole("columnheader", { name: "Identifiant" });
  for (const order of ["ascending", "descending"]) {
    await heading.getByRole("button").click();
    await expect(heading).toHaveAttribute("aria-sort", order);
  }
  await heading.getByRole("button").click();
  await expect(heading).not.toHaveAttribute("aria-sort");
  await expect(page).not.toHaveURL(/sort=/);
  await alerts.click();
  await expect(page).toHaveURL(/\/alerts\?customer_id=cus_9$/);
  await expect(rows(page)).toHaveCount(count);
  const severity = words.split(/\s:\s/)[1]!;
  await expect(
    rows(page)
      .filter({ hasText: new RegExp(severity, "i") })
      .first(),
  ).toBeVisible();
});

test("a customer is added with what is known of it, and its token is shown and can be mailed", async ({ page }) => {
  await page.goto(list);
  await prefer(page, mailServer);
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter un client" });
  const submit = drawer.getByRole("button", { name: "Ajouter le client" });
  await submit.click();
  await expect(drawer.getByText("À remplir.")).toBeVisible();
  await expect(drawer.getByLabel("Nom", { exact: false }).first()).toBeFocused();
  await drawer.getByRole("textbox", { name: "Nom" }).fill("Clinique des Rosiers");
  await drawer.getByLabel("Identifiant client").fill("ATELIERPERRIN");
  await drawer.getByRole("combobox", { name: "Revendeur" }).click();
  await page.getByRole("option", { name: /Val de Loire/ }).click();
  await expect(drawer.getByText(/^Fournisseur\s: Groupement des installateurs/)).toBeVisible();
  await drawer.getByLabel("Téléphone").fill("02 40 00 00 09");
  await drawer.getByLabel("E-mail du contact technique").fill("rosiers");
  await submit.click();
  await expect(drawer.getByLabel("E-mail du contact technique")).toHaveAttribute("aria-invalid", "true");
  await drawer.getByLabel("E-mail du contact technique").fill("si@rosiers.example");
  await submit.click();
  // The id is another customer's: the server says so, and it stands by its field.
  await expect(drawer.getByText("Déjà pris.")).toBeVisible();
  await expect(drawer.getByLabel("Identifiant client")).toBeFocused();
  await drawer.getByLabel("Identifiant client").fill("rosiers");
  await submit.click();
  await expect(drawer.getByText("Clinique des Rosiers attend sa première connexion")).toBeVisible();
  await expect(drawer.getByLabel("Jeton d’enrôlement")).toContainText("vge_");
  await expect(drawer.getByLabel("Commande à lancer sur le système")).toContainText("--enrolment-token vge_");
  await drawer.getByRole("button", { name: "Envoyer l’e-mail d’enrôlement" }).click();
  await expect(drawer.getByText("Envoyé à si@rosiers.example.")).toBeVisible();
  await expectAccessible(page);
  await drawer.getByRole("link", { name: "Ouvrir le client" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Clinique des Rosiers");
  await expect(page.getByText("0240000009")).toBeVisible();
  await page.goto("/systems?tab=tokens");
  await expect(rows(page).first()).toContainText("Clinique des Rosiers");
});

test("a token that could not be made is asked for again: the customer is not added twice", async ({ page }) => {
  let refuse = true;
  await page.route("**/enrolment-tokens", (route) =>
    refuse && route.request().method() === "POST"
      ? route.fulfill({ status: 503, json: { code: "busy" } })
      : route.fallback(),
  );
  await page.goto(`${list}?new=1`);
  const drawer = page.getByRole("dialog", { name: "Ajouter un client" });
  await drawer.getByRole("textbox", { name: "Nom" }).fill("Clinique des Rosiers");
  await drawer.getByRole("button", { name: "Ajouter le client" }).click();
  await expect(drawer.getByText("son jeton n’a pas pu être créé")).toBeVisible();
  refuse = false;
  await drawer.getByRole("button", { name: "Créer le jeton" }).click();
  await expect(drawer.getByLabel("Jeton d’enrôlement")).toContainText("vge_");
  const mail = drawer.getByRole("button", { name: "Envoyer l’e-mail d’enrôlement" });
  await expect(mail).toHaveAccessibleDescription("Aucune adresse e-mail de contact technique n’est connue.");
  await drawer.getByRole("button", { name: "copié" }).click();
  await expect(row(page, "Clinique des Rosiers")).toHaveCount(1);
});

test("tags are proposed, made, taken away, and never more than five", async ({ page }) => {
  await page.goto("/administration/customers/cus_2");
  await page.getByRole("button", { name: "Modifier", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Modifier un client" });
  const tags = drawer.getByRole("combobox", { name: "Étiquettes" });
  await tags.fill("hôt");
  await page.getByRole("option", { name: "hôtellerie 2 clients" }).click();
  await tags.fill("Nuit");
  await expect(page.getByRole("option")).toHaveText(["Nouvelle étiquette : Nuit"]);
  for (const tag of ["Nuit", "Ouest", "CONTRAT-OR"]) {
    await tags.fill(tag);
    await tags.press("Enter");
  }
  // The one that was there already is not there twice.
  await expect(drawer.getByRole("button", { name: /^Retirer l’étiquette / })).toHaveCount(4);
  await tags.fill("astreinte");
  await tags.press(",");
  await tags.fill("une de trop");
  await tags.press("Enter");
  await expect(
    drawer.getByText("Un client porte 5 étiquettes au plus : retirez-en une avant d’ajouter « une de trop »."),
  ).toBeVisible();
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Retirer l’étiquette Ouest" }).click();
  await tags.fill("une de trop");
  await tags.press("Enter");
  await expect(drawer.getByText(/retirez-en une/)).toHaveCount(0);
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer).toHaveCount(0);
  const about = page.getByRole("main");
  for (const tag of ["contrat-or", "hôtellerie", "Nuit", "astreinte", "une de trop"])
    await expect(about.getByRole("link", { name: `Clients portant l’étiquette ${tag}` })).toBeVisible();
  await about.getByRole("link", { name: "Clients portant l’étiquette hôtellerie" }).click();
  await expect(rows(page)).toHaveCount(3);
});

test("the id is read only until the preferences let it change; what the server refuses stands by its field", async ({
  page,
}) => {
  await page.goto(list);
  await menu(page, "Atelier Perrin", "Modifier");
  const drawer = page.getByRole("dialog", { name: "Modifier un client" });
  const code = drawer.getByLabel("Identifiant client");
  await expect(code).toHaveAttribute("readonly");
  await expect(code).toHaveAccessibleDescription(/Les préférences ne permettent pas d’en changer\./);
  // As its primary says, and nobody types.
  await expect(drawer.getByText("sip-01")).toBeVisible();
  await drawer.getByRole("button", { name: "Annuler" }).click();
  await page.goto("/administration/preferences");
  await page.getByRole("switch", { name: "Les identifiants des clients peuvent changer" }).check();
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("Enregistré.").first()).toBeVisible();
  await page.goto(list);
  await menu(page, "Atelier Perrin", "Modifier");
  await expect(code).not.toHaveAttribute("readonly");
  await code.fill("perrin!");
  await drawer.getByRole("textbox", { name: "Nom" }).fill("Groupe Sélène");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer.getByText("Des minuscules et des chiffres seulement, 20 au plus.")).toBeVisible();
  await code.fill("groupeselene");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer.getByRole("textbox", { name: "Nom" })).toHaveAttribute("aria-invalid", "true");
  await drawer.getByRole("textbox", { name: "Nom" }).fill("Atelier Perrin");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(code).toHaveAttribute("aria-invalid", "true");
  await code.fill("perrin");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer).toHaveCount(0);
  await expect(row(page, "Atelier Perrin")).toContainText("perrin");
  // Somebody else has fixed the ids meanwhile.
  await menu(page, "Atelier Perrin", "Modifier");
  await expect(code).not.toHaveAttribute("readonly");
  await prefer(page, { customer_codes_may_change: false });
  await code.fill("ateliers");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer.getByText("Les préférences ne permettent pas d’en changer.")).toBeVisible();
});

test("the service user is entered from the form, which keeps what is not saved yet", async ({ page }) => {
  await page.goto("/administration/customers/cus_7");
  await page.getByRole("button", { name: "Modifier", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Modifier un client" });
  await drawer.getByLabel("Notes").fill("Sonner deux fois");
  await drawer.getByRole("button", { name: "Tester la connexion" }).click();
  await expect(drawer.getByRole("region", { name: "Résultat du test" })).toContainText("Aucune autorisation fournie");
  await drawer.getByRole("button", { name: "Saisir" }).click();
  const user = page.getByRole("dialog", { name: "Saisir l’utilisateur de service" });
  await expect(user).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(user).toHaveCount(0);
  // One Escape, one drawer.
  await expect(drawer.getByLabel("Notes")).toHaveValue("Sonner deux fois");
  await drawer.getByRole("button", { name: "Saisir" }).click();
  await user.getByLabel("Mot de passe", { exact: true }).fill("Phare-de-Brest");
  await user.getByLabel("Mot de passe", { exact: true }).press("Enter");
  await expect(drawer.getByText("Saisi ici")).toBeVisible();
  await expect(drawer.getByLabel("Notes")).toHaveValue("Sonner deux fois");
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer).toHaveCount(0);
  await expect(page.getByText("Sonner deux fois")).toBeVisible();
});

test("the question counts what goes and says what stays; a deletion is undone, and found again", async ({ page }) => {
  await page.goto(list);
  for (const name of ["Groupe Sélène", "Transports Kerven", "Atelier Perrin", "Client par défaut"])
    await select(page, name);
  await bar(page).getByRole("button", { name: "Supprimer" }).click();
  const question = page.getByRole("dialog", { name: "Supprimer des clients" });
  await expect(question).toContainText("4 clients");
  await expect(question).toContainText("4 systèmes : leurs liaisons se coupent aussitôt");
  await expect(question).toContainText(/\d alertes ouvertes/);
  await expect(question).toContainText(/Jusqu’au .* cela peut être annulé/);
  await expect(question).toContainText("2 d’entre eux restent");
  await expect(question).toContainText("Atelier Perrin a encore 1 équipement : déplacez-le ou supprimez-le d’abord.");
  await expect(question).toContainText("Client par défaut reçoit les équipements");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Supprimer" }).click();
  await expect(rows(page)).toHaveCount(8);
  await expect(bar(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Annuler la suppression" }).click();
  await expect(page.getByText("2 clients sont restaurés, avec leurs systèmes.").first()).toBeVisible();
  await expect(rows(page)).toHaveCount(10);
  await expect(row(page, "Groupe Sélène")).toContainText("pbx-06");

  await page.goto("/administration/customers/cus_7");
  await page.getByRole("button", { name: "Autres actions" }).click();
  await page.getByRole("menuitem", { name: "Supprimer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(page).toHaveURL(/\/administration\/customers$/);
  await expect(rows(page)).toHaveCount(9);
  await page.getByRole("button", { name: "Autres filtres" }).click();
  await page.getByRole("button", { name: "Supprimés" }).click();
  await expect(page).toHaveURL(/deleted=true/);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).getByRole("link")).toHaveCount(0);
  await expectAccessible(page);
  await menu(page, "Groupe Sélène", "Restaurer");
  await expect(page.getByText("Groupe Sélène est restauré, avec ses systèmes.").first()).toBeVisible();
  await page.goto(list);
  await expect(rows(page)).toHaveCount(10);
});

test("a customer with equipment is not deleted, and one whose name is taken by now is not restored", async ({
  page,
}) => {
  await page.goto(list);
  await menu(page, "Atelier Perrin", "Supprimer");
  const question = page.getByRole("dialog", { name: "Supprimer un client" });
  await expect(question).toContainText("Il ne peut pas être supprimé");
  await expect(question).toContainText("Atelier Perrin a encore 1 équipement");
  await expect(question.getByRole("button", { name: "Supprimer" })).toBeDisabled();
  await question.getByRole("button", { name: "Annuler" }).click();
  await page.getByRole("button", { name: "Actions pour Client par défaut" }).click();
  await expect(page.getByRole("menuitem", { name: "Supprimer" })).toHaveAttribute("aria-disabled", "true");
  await page.keyboard.press("Escape");
  await menu(page, "Transports Kerven", "Supprimer");
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(rows(page)).toHaveCount(9);
  await menu(page, "Groupe Sélène", "Modifier");
  const drawer = page.getByRole("dialog", { name: "Modifier un client" });
  await drawer.getByRole("textbox", { name: "Nom" }).fill("Transports Kerven");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer).toHaveCount(0);
  await page.goto(`${list}?deleted=true`);
  await menu(page, "Transports Kerven", "Restaurer");
  await expect(page.getByRole("alert")).toContainText("Non restaurés : Transports Kerven. Ce nom est déjà pris.");
  await expect(rows(page)).toHaveCount(1);
});

test("the enrolment e-mail goes to those selected; those who got none are named, with the reason", async ({ page }) => {
  await page.goto(list);
  const send = bar(page).getByRole("button", { name: "Envoyer l’e-mail d’enrôlement" });
  await select(page, "Transports Kerven");
  await expect(send).toHaveAccessibleDescription(/Aucune adresse e-mail de contact technique|Aucun des clients/);
  await select(page, "Atelier Perrin");
  await send.click();
  const question = page.getByRole("dialog", { name: "Envoyer l’e-mail d’enrôlement" });
  await expect(question).toContainText("1 n’a pas d’adresse");
  await expect(question.getByRole("listitem")).toHaveText(["Transports Kerven"]);
  await question.getByRole("button", { name: "Envoyer" }).click();
  await expect(question.getByRole("alert")).toContainText("Aucun serveur de messagerie");
  await question.getByRole("button", { name: "Annuler" }).click();

  await prefer(page, mailServer);
  await menu(page, "Groupe Sélène", "Modifier");
  const drawer = page.getByRole("dialog", { name: "Modifier un client" });
  await drawer.getByLabel("E-mail du contact technique").fill("si@selene.invalid");
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(drawer).toHaveCount(0);
  await select(page, "Groupe Sélène");
  await send.click();
  await expect(question).toContainText("3 clients");
  await question.getByRole("button", { name: "Envoyer" }).click();
  const unsent = page.getByRole("dialog", { name: "Tous n’ont pas reçu l’e-mail" });
  await expect(unsent.getByRole("listitem")).toHaveCount(2);
  await expect(unsent.getByRole("listitem").nth(0)).toContainText("Groupe Sélène");
  await expect(unsent.getByRole("listitem").nth(0)).toContainText("550 5.1.2 unknown domain");
  await expect(unsent.getByRole("listitem").nth(1)).toContainText("Transports Kerven");
  await expect(page.getByText("L’e-mail d’enrôlement de « Atelier Perrin » est envoyé.").first()).toBeVisible();
  await expectAccessible(page);
  await unsent.getByRole("link", { name: "Transports Kerven" }).click();
  await expect(unsent).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Transports Kerven");
});

test("another system is made the primary, and the customer is known by it", async ({ page }) => {
  await page.goto("/administration/customers/cus_2");
  await expect(page.getByText(/^Agent 0\.1\.0 · (En marche depuis|Vu la dernière fois) /).first()).toBeVisible();
  await page.getByRole("button", { name: "Actions pour passerelle-25" }).click();
  await page.getByRole("menuitem", { name: "Désigner comme principal" }).click();
  const question = page.getByRole("dialog", { name: "Désigner un autre système principal" });
  await expect(question).toContainText("passerelle-25, de Atelier Perrin");
  await expect(question).toContainText("L’ancien système principal devient secondaire.");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Désigner comme principal" }).click();
  await page.getByRole("button", { name: "Actions pour passerelle-25" }).click();
  await expect(page.getByRole("menuitem", { name: "Désigner comme principal" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Actions pour sip-01" })).toBeVisible();
  await page.goto(list);
  await expect(row(page, "Atelier Perrin")).toContainText("passerelle-25");
  // The way back, from the page of the system.
  await page.goto("/systems/sys_1");
  await page.getByRole("button", { name: "Autres actions" }).click();
  await page.getByRole("menuitem", { name: "Désigner comme principal" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Désigner comme principal" }).click();
  await expect(page.getByText("sip-01 est le système principal de « Atelier Perrin ».").first()).toBeVisible();
});

test("the primary's web application opens in a tab of its own; without one it is said why not", async ({ page }) => {
  await page.context().route(/siremis$/, (route) => route.fulfill({ body: "siremis" }));
  await page.goto(list);
  await page.getByRole("button", { name: "Actions pour Atelier Perrin" }).click();
  const opened = page.waitForEvent("popup");
  await page.getByRole("menuitem", { name: "Lancer Siremis" }).click();
  await expect((await opened).locator("body")).toHaveText("siremis");
  await page.getByRole("button", { name: "Actions pour Transports Kerven" }).click();
  await expect(page.getByRole("menuitem", { name: "Lancer l’application" })).toContainText(
    "Le profil du système ne nomme aucune application web.",
  );
});

test("customers with the most alerts come first when that is asked for", async ({ page }) => {
  await page.goto(`${list}?sort=-alerts`);
  const links = rows(page).getByRole("link", { name: /alertes? ouvertes?/ });
  await expect(links.nth(2)).toBeVisible();
  const words = await links.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? ""));
  const numbers = words.map((text) => Number(/^\d+/.exec(text)?.[0]));
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
});

test.describe("a supervisor", () => {
  test.use({ role: "supervisor" });
  test("sends e-mails, and is told why nothing else is done to customers", async ({ page }) => {
    await page.goto(list);
    await select(page, "Atelier Perrin");
    await expect(bar(page).getByRole("button", { name: "Supprimer" })).toHaveAccessibleDescription(
      "Votre rôle ne le permet pas.",
    );
    await expect(bar(page).getByRole("button", { name: /^Envoyer/ })).not.toHaveAttribute("aria-disabled");
    await page.getByRole("button", { name: "Actions pour Atelier Perrin" }).click();
    for (const name of [/^Modifier/, /^Supprimer/])
      await expect(page.getByRole("menuitem", { name })).toHaveAttribute("aria-disabled", "true");
    await page.goto("/administration/customers/cus_2");
    await page.getByRole("button", { name: "Actions pour passerelle-25" }).click();
    await expect(page.getByRole("menuitem", { name: /^Désigner/ })).toHaveAttribute("aria-disabled", "true");
  });
});

test.describe("at 390 pixels", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test("alerts, attention and the actions are at hand, and nothing is wider than the page", async ({ page }) => {
    await page.goto(list);
    await expect(row(page, "Groupe Sélène").getByRole("link", { name: /alertes? ouverte/ })).toBeVisible();
    await expect(row(page, "Groupe Sélène").getByRole("button", { name: /^Demande attention/ })).toBeVisible();
    await select(page, "Groupe Sélène");
    await bar(page).getByRole("button", { name: "Autres actions" }).click();
    await page.getByRole("menuitem", { name: "Supprimer" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Annuler" }).click();
    await menu(page, "Groupe Sélène", "Modifier");
    const drawer = page.getByRole("dialog", { name: "Modifier un client" });
    await drawer.getByRole("button", { name: "Enregistrer" }).scrollIntoViewIfNeeded();
    await expectAccessible(page);
    for (const wide of [page.locator("html"), drawer])
      expect(await wide.evaluate((one) => one.scrollWidth <= one.clientWidth)).toBe(true);
  });
});

test.describe("where there are no systems", () => {
  test.use({ systems: 0 });
  test("customers wait, and have no alerts", async ({ page }) => {
    await page.goto(list);
    await expect(rows(page)).toHaveCount(10);
    await expect(row(page, "Atelier Perrin").getByTitle("Aucune alerte ouverte")).toHaveText("0");
    await menu(page, "Groupe Sélène", "Supprimer");
    await expect(page.getByRole("dialog")).toContainText("Aucun système");
  });
});
