import { expect, expectAccessible, test } from "./world.ts";

test("a pending machine becomes equipment, corrected on the way", async ({ page }) => {
  await page.goto("/pending");
  await page.getByRole("button", { name: "Actions pour portable-000" }).click();
  await page.getByRole("menuitem", { name: "Créer un équipement" }).click();
  const drawer = page.getByRole("dialog", { name: "Créer un équipement" });
  await expect(drawer.getByLabel("Nom", { exact: false }).first()).toHaveValue("portable-000");
  await expectAccessible(page);
  await drawer.getByLabel("Personne").fill("Inès Benali");
  await drawer.getByRole("button", { name: "Créer l’équipement" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("portable-000");
  await expect(page.getByText("Inès Benali")).toBeVisible();
});

test("a machine that is enrolled again is accepted by one click", async ({ page }) => {
  await page.goto("/pending?preview=pen_00001");
  await page.getByRole("button", { name: "Accepter la nouvelle clé" }).click();
  await expect(page.getByText("a sa nouvelle clé").first()).toBeVisible();
  await expect(page.locator("[data-row-link]")).toHaveCount(4);
});

test("a pending machine is associated with the likeliest equipment, with its reasons", async ({ page }) => {
  await page.goto("/pending");
  await page.getByRole("button", { name: "Actions pour nb-003" }).click();
  await page.getByRole("menuitem", { name: "Associer à un équipement" }).click();
  const drawer = page.getByRole("dialog", { name: "Associer nb-003" });
  await expect(drawer.getByText("même numéro de série")).toBeVisible();
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Associer à srv-compta" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("srv-compta");
});

test("several pending machines are ignored at once, and found again", async ({ page }) => {
  await page.goto("/pending");
  await page.getByLabel("Sélectionner nb-002").check();
  await page.getByLabel("Sélectionner nb-003").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Ignorer" }).click();
  const dialog = page.getByRole("dialog", { name: "Ignorer" });
  await expect(dialog).toContainText("2 machines");
  await dialog.getByRole("button", { name: "Ignorer" }).click();
  await expect(page.locator("[data-row-link]")).toHaveCount(3);
  await page.getByText("Ignorés", { exact: true }).click();
  await expect(page.locator("[data-row-link]")).toHaveCount(2);
});

test("equipment is added by hand; what is missing is said by its field", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter un équipement" });
  await drawer.getByRole("button", { name: "Ajouter l’équipement" }).click();
  await expect(drawer.getByText("À remplir.")).toBeVisible();
  await drawer.getByRole("textbox", { name: "Nom" }).fill("imprimante-accueil");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Modifications non enregistrées" })).toBeVisible();
  await page.getByRole("button", { name: "Annuler" }).last().click();
  await drawer.getByRole("button", { name: "Ajouter l’équipement" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("imprimante-accueil");
});

test("a corrected field is locked, shows what the agent says, and is unlocked", async ({ page }) => {
  await page.goto("/equipment/eqp_000001?tab=edit");
  await page.getByRole("textbox", { name: "Modèle" }).fill("PowerEdge de la compta");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("L’agent dit :")).toBeVisible();
  await expect(page.getByText("PowerEdge R450", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Déverrouiller" }).click();
  await expect(page.getByRole("textbox", { name: "Modèle" })).toHaveValue("PowerEdge R450");
});

test("unsaved changes are guarded when one leaves", async ({ page }) => {
  await page.goto("/equipment/eqp_000001?tab=edit");
  await page.getByRole("textbox", { name: "Emplacement" }).fill("Grenier");
  await page.getByRole("link", { name: "Logiciels", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Modifications non enregistrées" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Annuler" }).click();
  await expect(page.getByRole("textbox", { name: "Emplacement" })).toHaveValue("Grenier");
  await page.getByRole("link", { name: "Logiciels", exact: true }).click();
  await dialog.getByRole("button", { name: "Quitter sans enregistrer" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Logiciels");
});

test("deleting says what it touches; the deleted are found and restored", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByLabel("Sélectionner vm-web-01").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Supprimer" }).click();
  const dialog = page.getByRole("dialog", { name: "Supprimer" });
  await expect(dialog).toContainText("vm-web-01");
  await expect(dialog).toContainText("30 jours");
  await dialog.getByRole("button", { name: "Supprimer" }).click();
  await expect(page.locator("[data-row-link]")).toHaveCount(2);
  await page.goto("/equipment?deleted=true");
  await page.getByRole("button", { name: "Actions pour vm-web-01" }).click();
  await page.getByRole("menuitem", { name: "Restaurer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restaurer" }).click();
  await page.goto("/equipment");
  await expect(page.locator("[data-row-link]")).toHaveCount(3);
});

test("words from agents stay words", async ({ page }) => {
  let ran = false;
  page.on("dialog", (dialog) => {
    ran = true;
    void dialog.dismiss();
  });
  await page.goto("/equipment/eqp_000001?tab=components&section=local_users");
  await expect(page.getByText("<img src=x onerror=alert(1)>")).toBeVisible();
  await expect(page.locator("main img")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "javascript:alert(1)" })).toHaveCount(0);
  expect(ran).toBe(false);
});

test("the secret is masked until it is asked for", async ({ page }) => {
  await page.goto("/configuration/agents");
  const secret = page.getByLabel("Secret client", { exact: true });
  await expect(secret).toContainText("••••");
  await page.getByRole("button", { name: "Révéler" }).click();
  await expect(secret).toContainText("Wq7e-");
  await page.getByRole("button", { name: "Masquer" }).click();
  await expect(secret).toContainText("••••");
});

test("an API client is created; its secret is shown once", async ({ page }) => {
  await page.goto("/administration/api-access");
  await page.getByRole("button", { name: "Ajouter" }).click();
  await page.getByLabel("Identifiant client").fill("office-agent");
  await page.getByRole("button", { name: "Créer l’accès" }).click();
  await expect(page.getByText("Ce nom est déjà pris.")).toBeVisible();
  await page.getByLabel("Identifiant client").fill("brest-agents");
  await page.getByRole("button", { name: "Créer l’accès" }).click();
  await expect(page.getByText("n’est montré qu’une fois")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "J’ai copié le secret" }).click();
  await expect(page.getByText("brest-agents")).toBeVisible();
  await page.getByRole("switch", { name: "Accès brest-agents actif" }).click({ force: true });
  await page.getByRole("dialog").getByRole("button", { name: "Désactiver l’accès" }).click();
  await expect(page.getByText("brest-agents est inactif.").first()).toBeVisible();
});

test("an API token is created and shown once", async ({ page }) => {
  await page.goto("/profile?token=new");
  await page.getByRole("dialog").getByRole("textbox", { name: "Nom" }).fill("sauvegarde");
  await page.getByRole("button", { name: "Créer le jeton" }).click();
  await expect(page.getByLabel("Jeton", { exact: true })).toContainText("vgt_");
  await page.getByRole("button", { name: "J’ai copié" }).click();
  await expect(page.getByText("sauvegarde", { exact: true })).toBeVisible();
});

test("preferences are saved", async ({ page }) => {
  await page.goto("/administration/preferences");
  await page.getByLabel("Nom du serveur").fill("Vigie de Brest");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("Enregistré.").first()).toBeVisible();
  await expect(page.locator("header").getByText("Vigie de Brest")).toBeVisible();
});

test("a banner is read before signing in, and licence terms are accepted once", async ({ page }) => {
  await page.goto("/administration/preferences");
  await page.getByLabel("Titre du bandeau").fill("Accès réservé");
  await page.getByLabel("Texte du bandeau").fill("<p>Réservé au <b>personnel</b>.</p>");
  await page.getByLabel("Conditions de licence").fill("<p>Soyez aimables.</p>");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("Enregistré.").first()).toBeVisible();
  const signIn = async () => {
    await page.goto("/sign-in?why=ended");
    await page.getByLabel("Identifiant").fill("admin");
    await page.getByLabel("Mot de passe", { exact: true }).fill("vigie-2026");
    await page.keyboard.press("Enter");
  };
  const overview = page.getByRole("heading", { level: 1, name: "Vue d’ensemble" });
  const signOut = async () => {
    await page.getByRole("button", { name: "Menu de admin" }).click();
    await page.getByRole("menuitem", { name: "Se déconnecter" }).click();
    await expect(page.getByRole("heading", { name: "Connexion" })).toBeVisible();
  };
  await signOut();
  await expect(page.getByRole("heading", { name: "Accès réservé" })).toBeVisible();
  await expect(page.locator("b", { hasText: "personnel" })).toBeVisible();
  await signIn();
  await expect(page.getByText("Soyez aimables.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Annuler" }).click();
  await page.getByRole("button", { name: "Se connecter" }).click();
  await page.getByRole("button", { name: "Accepter et se connecter" }).click();
  await expect(overview).toBeVisible();
  await signOut();
  await signIn();
  await expect(overview).toBeVisible();
});

test("a customer is added; the default one bears its name in the reader's language", async ({ page }) => {
  await page.goto("/administration/customers");
  await expect(page.getByRole("link", { name: "Client par défaut" })).toBeVisible();
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter un client" });
  const name = drawer.getByRole("textbox", { name: "Nom" });
  await name.fill("atelier perrin");
  await drawer.getByRole("button", { name: "Ajouter le client" }).click();
  await expect(drawer.getByText("Déjà pris.")).toBeVisible();
  await name.fill("Yvetot Énergie");
  await drawer.getByRole("button", { name: "Ajouter le client" }).click();
  await drawer.getByRole("button", { name: "copié" }).click();
  await expect(drawer).toHaveCount(0);
  await page.getByRole("searchbox").fill("yvetot");
  await expect(page.locator("[data-row-link]")).toHaveCount(1);
  // It can be chosen at once.
  await page.goto("/equipment?new=1");
  await page.getByRole("combobox", { name: "Client", exact: true }).click();
  await expect(page.getByRole("option", { name: "Yvetot Énergie" })).toBeVisible();
});

test("what the console does is copied for a shell", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.goto("/equipment?status=in-use");
  await page.getByRole("button", { name: "Copier cette liste en commande curl" }).click();
  await expect.poll(copied).toContain("/api/v1/equipment?status=in-use");
  await page.getByLabel("Sélectionner vm-web-01").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Supprimer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Copier en commande curl" }).click();
  await expect.poll(copied).toContain("-X POST");
  expect(await copied()).toContain('{"action":"delete","ids":["');
  expect(await copied()).toContain("/api/v1/equipment/bulk'");
});
