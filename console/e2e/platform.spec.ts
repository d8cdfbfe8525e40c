/** The server itself: its nodes, its backups, its logs. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test("the page says how every node and its parts are", async ({ page }) => {
  await page.goto("/administration/platform");
  const parts = page.getByRole("list", { name: "Composants de hune" });
  await expect(parts).toContainText("L’autorité de certification expire bientôt.");
  await expect(page.getByText("celui-ci")).toBeVisible();
  await expect(page.getByText("Perdu").first()).toBeVisible();
  await expect(page.getByLabel("Commande de restauration", { exact: true })).toContainText(
    "vigie backup restore --from vigie.tar.zst --data-dir /var/lib/vigie --database postgres://… --replace",
  );
});

test("a backup is made, fetched and deleted", async ({ page }) => {
  await page.goto("/administration/platform");
  await expect(page.getByText("Aucune sauvegarde n’a encore été faite ici.")).toBeVisible();
  await page.getByRole("button", { name: "Sauvegarder maintenant" }).click();
  await expect(page.getByRole("progressbar", { name: "Une sauvegarde est en cours" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Sauvegarder maintenant" })).toBeDisabled();
  const fetch = page.getByRole("link", { name: /^Télécharger vigie-/ });
  await expect(fetch).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), fetch.click()]);
  expect(download.suggestedFilename()).toMatch(/^vigie-.*\.tar\.zst$/);
  await expect(page.getByLabel("Commande de restauration", { exact: true })).toContainText(
    "/var/lib/vigie/backups/vigie-",
  );
  await page.getByRole("button", { name: /^Supprimer vigie-/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(page.getByText("Aucune sauvegarde n’a encore été faite ici.")).toBeVisible();
});

test("links to dashboards are added, checked and removed", async ({ page }) => {
  await page.goto("/administration/platform");
  await page.getByRole("button", { name: "Ajouter un lien" }).click();
  const drawer = page.getByRole("dialog", { name: "Ajouter un lien" });
  await drawer.getByLabel("Nom").fill("Grafana");
  await drawer.getByLabel("Adresse").fill("javascript:alert(1)");
  await drawer.getByRole("button", { name: "Ajouter le lien" }).click();
  await expect(drawer.getByLabel("Adresse")).toHaveAttribute("aria-invalid", "true");
  await drawer.getByLabel("Adresse").fill("https://grafana.exemple.fr/d/1");
  await drawer.getByRole("button", { name: "Ajouter le lien" }).click();
  const link = page.getByRole("link", { name: "Grafana" });
  await expect(link).toHaveAttribute("href", "https://grafana.exemple.fr/d/1");
  await expect(link).toHaveAttribute("rel", /noopener/);
  await page.getByRole("button", { name: "Retirer Grafana" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retirer" }).click();
  await expect(link).toHaveCount(0);
});

test("the logs open with the password and are searched", async ({ page }) => {
  await page.goto("/administration/platform");
  await page.getByRole("link", { name: "Ouvrir les journaux" }).click();
  const password = page.getByLabel("Mot de passe", { exact: true });
  await password.fill("not this one");
  await page.getByRole("button", { name: "Ouvrir les journaux" }).click();
  await expect(password).toHaveAttribute("data-invalid", "true");
  await password.fill("vigie-2026");
  await page.getByRole("button", { name: "Ouvrir les journaux" }).click();
  const lines = page.getByRole("list", { name: "Journaux du serveur" }).getByRole("listitem");
  await expect(lines).toHaveCount(100);
  await expect(lines.first()).toContainText("GET /api/v1/overview 200 4 ms admin");
  await settled(page);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Lignes plus anciennes" }).click();
  await expect(lines).toHaveCount(140);
  await page.getByRole("searchbox", { name: "Mots dans les lignes…" }).fill("stored 136");
  await expect(lines).toHaveCount(1);
  await expect(page).toHaveURL(/q=stored\+136/);
  await lines.first().locator("summary").click();
  await expect(lines.first().locator("pre")).toContainText('"number": 136');
  await page.getByRole("searchbox", { name: "Mots dans les lignes…" }).fill("nothing has this");
  await page.getByRole("button", { name: "Effacer les filtres" }).click();
  await expect(lines).toHaveCount(140);
  await page.getByRole("combobox", { name: "Niveau" }).click();
  await page.getByRole("option", { name: "Erreur" }).click();
  await expect(lines).toHaveCount(35);
});

test("the preferences say what debugging costs", async ({ page }) => {
  await page.goto("/administration/preferences");
  await page.getByRole("combobox", { name: "Niveau" }).click();
  await page.getByRole("option", { name: "Débogage" }).click();
  await expect(page.getByText("Le débogage coûte de la vitesse")).toBeVisible();
});

test("errors of the console are told where that is wanted", async ({ page }) => {
  await page.goto("/administration/preferences");
  await page.getByRole("switch", { name: "Erreurs des navigateurs" }).click({ force: true });
  const asked = page.waitForResponse((response) => response.url().endsWith("/api/v1/about"));
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await asked;
  await settled(page);
  const told = page.waitForRequest((request) => request.url().endsWith("/api/v1/client-logs"));
  await page.evaluate(() => window.dispatchEvent(new ErrorEvent("error", { error: new Error("out of the blue") })));
  const { entries } = (await told).postDataJSON() as { entries: { kind: string; message: string; page: string }[] };
  expect(entries).toMatchObject([
    { kind: "error", message: "Error: out of the blue", page: "/administration/preferences" },
  ]);
});
