/** Users, who sees what, the hierarchy, one's own profile. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test("a user is added: the rules stand by the fields, the server's refusals too", async ({ page }) => {
  await page.goto("/administration/users");
  await page.getByRole("button", { name: "Ajouter un utilisateur" }).click();
  const drawer = page.getByRole("dialog", { name: "Nouvel utilisateur" });
  await drawer.getByRole("button", { name: "Créer l’utilisateur" }).click();
  await expect(drawer.getByText("À remplir.").first()).toBeVisible();
  await drawer.getByLabel("Identifiant").fill("ADMIN");
  await drawer.getByLabel("Mot de passe", { exact: true }).fill("court");
  await expect(drawer.getByText("De 9 à 128 caractères")).toBeVisible();
  await drawer.getByLabel("Mot de passe", { exact: true }).fill("Phare-de-Brest");
  await drawer.getByLabel("Mot de passe, encore une fois").fill("Phare-de-Bres");
  await drawer.getByRole("combobox", { name: "Rôle" }).click();
  await page.getByRole("option", { name: /^Support/ }).click();
  await expect(drawer.getByText("Ce rôle voit tous les clients")).toBeVisible();
  await expect(drawer.getByRole("switch", { name: "Mode panneau d’informations" })).toBeEnabled();
  await drawer.getByRole("combobox", { name: "Rôle" }).click();
  await page.getByRole("option", { name: /^Technicien/ }).click();
  await expect(drawer.getByRole("switch", { name: "Mode panneau d’informations" })).toBeDisabled();
  await drawer.getByLabel("Libellés").fill("téléc");
  await page.getByRole("option", { name: "Télécom de l’Ouest" }).click();
  await drawer.getByLabel("Prénom").fill("Marie-Antoinette-Joséphine");
  await drawer.getByLabel("Nom", { exact: true }).fill("de Keribin");
  await expect(drawer.getByText("37 caractères sur 31")).toBeVisible();
  await drawer.getByLabel("Téléphone").fill("pas de téléphone");
  await drawer.getByRole("button", { name: "Créer l’utilisateur" }).click();
  await expect(drawer.getByText("Les deux saisies diffèrent.")).toBeVisible();
  await expect(drawer.getByText("31 caractères.")).toBeVisible();
  await expect(drawer.getByText("15 chiffres au plus")).toBeVisible();
  await drawer.getByLabel("Mot de passe, encore une fois").fill("Phare-de-Brest");
  await drawer.getByLabel("Prénom").fill("Marie");
  await drawer.getByLabel("Téléphone").fill("+33 (0)2 98 00 00 01");
  await drawer.getByRole("switch", { name: "Le compte expire" }).check({ force: true });
  await expect(drawer.getByLabel("Désactivé à partir de ce jour")).not.toHaveValue("");
  await drawer.getByRole("button", { name: "Créer l’utilisateur" }).click();
  await expect(drawer.getByText("Ce nom est déjà pris.")).toBeVisible();
  await expectAccessible(page);
  await drawer.getByLabel("Identifiant").fill("mk2");
  await drawer.getByRole("button", { name: "Créer l’utilisateur" }).click();
  await expect(page.getByRole("link", { name: "mk2" })).toBeVisible();
  await page.getByRole("link", { name: "mk2" }).click();
  await expect(page.getByText("+330298000001")).toBeVisible();
  await expect(page.getByText(/^Expire le/)).toBeVisible();
});

test("what was typed is not lost without asking", async ({ page }) => {
  await page.goto("/administration/users?new=1");
  await page.getByRole("dialog").getByLabel("Identifiant").fill("x");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Modifications non enregistrées" })).toBeVisible();
});

test("several users at once: the question says how many, one’s own account is left out", async ({ page }) => {
  await page.goto("/administration/users");
  await expect(page.getByLabel("Sélectionner admin")).toBeDisabled();
  await page.getByLabel("Sélectionner toute la page").check();
  const bar = page.getByRole("toolbar");
  await expect(bar).toContainText("3 sélectionnés");
  await bar.getByRole("button", { name: "Désactiver" }).click();
  const question = page.getByRole("dialog", { name: "Désactiver des comptes" });
  await expect(question).toContainText("3 comptes");
  await question.getByRole("button", { name: "Désactiver" }).click();
  await expect(page.getByText("3 comptes désactivés.").first()).toBeVisible();
  await expect(page.locator("[data-row]").filter({ hasText: "Désactivé" })).toHaveCount(3);
  await page.getByRole("button", { name: "Actions pour admin" }).click();
  await expect(page.getByRole("menuitem", { name: /Supprimer/ })).toContainText("Personne ne peut faire cela");
});

test.describe("with two thousand", () => {
  test.use({ users: 2000 });
  test("filters, search and order are the server's; all of them are taken page by page", async ({ page }) => {
    await page.goto("/administration/users?role=technician&sort=-name");
    await expect(page.getByText("1–50 sur")).toBeVisible();
    await page.getByLabel("Sélectionner toute la page").check();
    await page.getByRole("button", { name: /^Sélectionner les \d+ résultats/ }).click();
    await page
      .getByRole("toolbar")
      .getByRole("button", { name: "Supprimer" })
      .or(page.getByRole("toolbar").getByRole("button", { name: "Autres actions" }))
      .first()
      .click();
    await page.getByRole("menuitem", { name: "Supprimer" }).click();
    const question = page.getByRole("dialog", { name: "Supprimer des utilisateurs" });
    const count = (await question.getByText(/comptes/).innerText()).replace(/\D/g, "");
    expect(Number(count)).toBeGreaterThan(200);
    await expect(question.getByRole("button", { name: "Supprimer" })).toBeDisabled();
    // One's own account is never among all; nobody of this role is oneself.
    await question.getByLabel(/Pour confirmer/).fill(count);
    await question.getByRole("button", { name: "Supprimer" }).click();
    await expect(page.getByText("Aucun résultat")).toBeVisible();
  });
});

test("what is given and kept: the nearest decides, and the answer says why", async ({ page }) => {
  await page.goto("/administration/users/usr_2?tab=sees");
  await expect(page.getByText("Tous les clients présents et à venir du revendeur Télécom de l’Ouest")).toBeVisible();
  const add = page.getByRole("group", { name: "Donner ou exclure" });
  await add.getByText("Exclure", { exact: true }).click();
  await add.getByRole("combobox", { name: "Lequel" }).click();
  await page.getByRole("option", { name: "Groupe Sélène" }).click();
  await add.getByRole("button", { name: "Ajouter" }).click();
  await add.getByText("Donner", { exact: true }).click();
  await add.getByRole("combobox", { name: "Quoi" }).click();
  await page.getByRole("option", { name: "Tout", exact: true }).click();
  await add.getByRole("button", { name: "Ajouter" }).click();
  const list = page.getByRole("list", { name: "Donné et exclu" });
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await expect(list).toContainText("pas encore enregistré");
  await expectAccessible(page);
  await page.getByRole("tab", { name: "Pourquoi ?" }).click();
  await expect(page.getByRole("dialog", { name: "Modifications non enregistrées" })).toBeVisible();
  await page.getByRole("button", { name: "Annuler", exact: true }).click();
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(list).not.toContainText("pas encore enregistré");
  await page.getByRole("tab", { name: "Pourquoi ?" }).click();
  await page.getByRole("combobox", { name: "Client" }).click();
  await page.getByRole("option", { name: "Groupe Sélène" }).click();
  await expect(page.getByText("mkeribin ne voit pas Groupe Sélène.")).toBeVisible();
  const reasons = page.getByRole("main").getByRole("listitem");
  await expect(reasons.nth(0)).toContainText("Groupe Sélène est exclu à la main.");
  await expect(reasons.nth(0)).toContainText("l’emporte");
  await expect(reasons.nth(1)).toContainText("Le libellé Télécom de l’Ouest");
  await expect(reasons.nth(2)).toContainText("Tous les clients ont été donnés.");
  await expectAccessible(page);
});

test("who sees a customer is assigned by hand, and taken away", async ({ page }) => {
  await page.goto("/administration/customers");
  const button = page.getByRole("button", { name: "Qui voit Atelier Perrin" });
  await button.hover();
  await expect(page.getByText("Écran Accueil")).toBeVisible();
  await button.click();
  const drawer = page.getByRole("dialog", { name: "Qui voit Atelier Perrin" });
  await expect(drawer.getByRole("listitem")).toHaveCount(1);
  await drawer.getByRole("combobox", { name: "Affecter à la main" }).fill("keri");
  await page.getByRole("option", { name: /mkeribin/ }).click();
  await drawer.getByRole("button", { name: "Affecter", exact: true }).click();
  const added = drawer.getByRole("listitem").filter({ hasText: "mkeribin" });
  await expect(added).toContainText("à la main");
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Ne plus affecter mkeribin à la main" }).click();
  await expect(drawer.getByRole("listitem")).toHaveCount(1);
});

test("a customer is renamed and moved, and the provider follows", async ({ page }) => {
  await page.goto("/administration/customers/cus_2");
  await page.getByRole("button", { name: "Modifier", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Modifier un client" });
  await drawer.getByRole("textbox", { name: "Nom" }).fill("Ateliers Perrin");
  await drawer.getByRole("combobox", { name: "Revendeur" }).click();
  await page.getByRole("option", { name: /Val de Loire/ }).click();
  await drawer.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Ateliers Perrin");
  await expect(page.getByRole("main")).toContainText("Groupement des installateurs de télécommunications");
});

test("customers are narrowed by provider and reseller, by name and in the address", async ({ page }) => {
  await page.goto("/administration/resellers");
  await page.getByRole("link", { name: "Télécom de l’Ouest" }).click();
  const filters = page.getByRole("group", { name: "Filtres" });
  await expect(filters.getByRole("button", { name: "Revendeur : Télécom de l’Ouest" })).toBeVisible();
  await expect(page.locator("[data-row-link]")).toHaveCount(4);
  await filters.getByRole("button", { name: "Fournisseur" }).click();
  await page.getByRole("textbox", { name: "Fournisseur" }).fill("grouPEMent");
  const options = page.getByRole("dialog").getByRole("listitem");
  await expect(options).toHaveCount(1);
  await expectAccessible(page, "[role=dialog]");
  await options.getByRole("button").click();
  // The reseller was of another provider.
  await expect(page).toHaveURL(/provider_id=pro_2$/);
  await filters.getByRole("button", { name: "Revendeur" }).click();
  await expect(options).toHaveText([/^Réseaux du Val de Loire/]);
  await options.getByRole("button").click();
  await expect(page).toHaveURL(/provider_id=pro_2&reseller_id=res_3/);
  await page.getByRole("button", { name: "Retirer le filtre Fournisseur" }).click();
  await expect(page).not.toHaveURL(/_id=/);
});

test("resellers and providers: added, moved, deleted when empty", async ({ page }) => {
  await page.goto("/administration/resellers");
  await page.getByRole("button", { name: "Ajouter un fournisseur" }).click();
  await page.getByRole("dialog").getByLabel("Nom").fill("Main provider");
  await page.getByRole("dialog").getByRole("button", { name: "Créer" }).click();
  await expect(page.getByRole("dialog").getByText(/déjà (utilisé|pris)/i)).toBeVisible();
  await page.getByRole("dialog").getByLabel("Nom").fill("Armor Réseaux");
  await page.getByRole("dialog").getByRole("button", { name: "Créer" }).click();
  await expect(page.getByRole("heading", { name: "Armor Réseaux" })).toBeVisible();
  await page.getByRole("button", { name: "Actions pour Télécom de l’Ouest" }).click();
  await page.getByRole("menuitem", { name: "Renommer ou déplacer le revendeur" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Fournisseur" }).click();
  await page.getByRole("option", { name: "Armor Réseaux" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Enregistrer" }).click();
  const armor = page.getByRole("main").locator("section").filter({ hasText: "Armor Réseaux" });
  await expect(armor.getByRole("listitem")).toHaveText("Télécom de l’Ouest");
  await page.getByRole("button", { name: "Actions pour Armor Réseaux" }).click();
  await page.getByRole("menuitem", { name: "Supprimer le fournisseur" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toHaveText("Il reste quelque chose qui en dépend.");
});

test("the switcher shows customers under their provider and reseller", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: /^Client :/ }).click();
  const list = page.getByRole("listbox", { name: "Client :" });
  await expect(list).toContainText("Fournisseur principal / Télécom de l’Ouest");
  await list.getByRole("option", { name: /Groupe Sélène/ }).click();
  await expect(page.getByRole("button", { name: /^Client :/ })).toContainText(
    "Fournisseur principal / Télécom de l’Ouest",
  );
  await expect(page).toHaveURL(/customer_id=cus_7/);
});

test.describe("a supervisor", () => {
  test.use({ role: "supervisor" });
  test("makes operators, and gives customers only", async ({ page }) => {
    await page.goto("/administration/users");
    await expect(page.locator("[data-row-link]")).toHaveCount(2);
    await page.getByRole("button", { name: "Ajouter un utilisateur" }).click();
    const drawer = page.getByRole("dialog", { name: "Nouvel utilisateur" });
    await expect(drawer.getByRole("combobox", { name: "Rôle" })).toBeDisabled();
    await expect(drawer.getByRole("combobox", { name: "Rôle" })).toHaveValue("Opérateur");
    await expectAccessible(page);
    await page.goto("/administration/users/usr_3?tab=sees");
    const add = page.getByRole("group", { name: "Donner ou exclure" });
    await add.getByRole("combobox", { name: "Quoi" }).click();
    await expect(page.getByRole("option")).toHaveText(["Un client"]);
  });
});

test.describe("with nobody yet", () => {
  test.use({ role: "supervisor", users: 0 });
  test("the list says what it is for", async ({ page }) => {
    await page.goto("/administration/users");
    await expect(page.getByRole("heading", { level: 2, name: "Aucun utilisateur" })).toBeVisible();
    await expectAccessible(page);
  });
});

for (const [address, broken] of [
  ["/administration/users", "/users?"],
  ["/administration/users/usr_2", "/users/usr_2"],
  ["/administration/users/usr_2?tab=sign-in", "/users/usr_2/openid"],
  ["/administration/users/usr_2?tab=sees", "/users/usr_2/grants"],
  ["/administration/users/usr_2?tab=why&customer=cus_2", "/users/usr_2/access"],
  ["/administration/roles", "/policy"],
  ["/administration/resellers", "/providers"],
] as const) {
  test(`${address} that failed says what, and tries again`, async ({ page, context }) => {
    // The list's own path, not those below it.
    const path = broken.replace("?", "");
    if (path === "/users")
      await page.route("**/api/v1/users?*", (route) => route.fulfill({ status: 500, json: { code: "internal" } }));
    else await context.addCookies([{ name: "mock-broken", value: path, url: "http://127.0.0.1:4173" }]);
    await page.goto(address);
    await expect(page.getByText("Le chargement a échoué")).toBeVisible({ timeout: 15_000 });
    await expectAccessible(page);
    await page.unroute("**/api/v1/users?*");
    await context.clearCookies({ name: "mock-broken" });
    await page.getByRole("button", { name: "Réessayer" }).click();
    await expect(page.getByText("Le chargement a échoué")).toHaveCount(0);
  });
}

test.describe("one's own profile", () => {
  const pixel = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );

  test("details are saved and stand in the menu", async ({ page }) => {
    await page.goto("/profile");
    await page.getByLabel("Prénom").fill("Ada");
    await page.getByLabel("Nom", { exact: true }).fill("Lovelace");
    await page.getByLabel("Adresse électronique").fill("nulle part");
    await page.getByRole("button", { name: "Enregistrer" }).first().click();
    await expect(page.getByText("Ce n’est pas une adresse électronique.")).toBeVisible();
    await page.getByLabel("Adresse électronique").fill("ada@example.com");
    await page.getByRole("button", { name: "Enregistrer" }).first().click();
    await expect(page.getByText("Enregistré.").first()).toBeVisible();
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await expect(page.getByText("admin · Administrateur")).toBeVisible();
    await page.reload();
    await expect(page.getByLabel("Adresse électronique")).toHaveValue("ada@example.com");
  });

  test("a picture is shown before it is used, refused with its reason, and removed", async ({ page }) => {
    await page.goto("/profile");
    const field = page.locator("input[type=file]");
    await field.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
    await expect(page.getByRole("alert").filter({ hasText: "PNG, JPEG, GIF ou WebP" })).toBeVisible();
    await expect(page.getByText("notes.txt, text/plain, 1 o")).toBeVisible();
    await expect(page.getByRole("button", { name: "Utiliser cette photo" })).toHaveCount(0);
    await field.setInputFiles({ name: "big.png", mimeType: "image/png", buffer: Buffer.alloc((2 << 20) + 1) });
    await expect(page.getByRole("alert").filter({ hasText: "2 Mio" })).toBeVisible();
    // What calls itself a picture and is none is the server's to refuse.
    await field.setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.alloc(100) });
    await page.getByRole("button", { name: "Utiliser cette photo" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "Ce n’est pas une image" })).toBeVisible();
    await field.setInputFiles({ name: "torn.png", mimeType: "image/png", buffer: pixel.subarray(0, 30) });
    await page.getByRole("button", { name: "Utiliser cette photo" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "illisible" })).toBeVisible();
    await field.setInputFiles({ name: "me.png", mimeType: "image/png", buffer: pixel });
    await expect(page.getByRole("img", { name: "Aperçu" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Utiliser cette photo" }).click();
    await expect(page.getByRole("button", { name: "Retirer la photo" })).toBeVisible();
    await expect(page.locator('header img[src*="/avatar"]')).toHaveCount(1);
    await page.getByRole("button", { name: "Retirer la photo" }).click();
    await expect(page.locator('header img[src*="/avatar"]')).toHaveCount(0);
    await settled(page);
  });
});

test("the audit trail is filtered by action and reads before and after", async ({ page }) => {
  await page.goto("/administration/audit?preview=aud_1");
  const changes = page.getByRole("table", { name: "Ce qui a changé" });
  await expect(changes.getByRole("row", { name: "Emplacement vide Salle serveurs" })).toBeVisible();
  await page.getByRole("button", { name: "Quoi", exact: true }).click();
  await page.getByLabel("Filtrer la liste").fill("préf");
  await page.getByRole("button", { name: "Préférences modifiées" }).click();
  await expect(page).toHaveURL(/action=preferences.change/);
});
