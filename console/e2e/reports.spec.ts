/** The inventory in figures, each with its list, and reports that are written by themselves. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test.use({ machines: 60 });

test("each figure of the summary opens a list that has exactly so many", async ({ page }) => {
  await page.goto("/reports");
  await settled(page);
  await expectAccessible(page);
  for (const name of ["Par âge", "Par mémoire", "Par fabricant", "Dernier contact de l’agent"]) {
    const panel = page.locator("section").filter({ has: page.getByRole("heading", { name }) });
    const links = panel.getByRole("link", { name: /\d/ });
    for (let index = 0; index < (await links.count()); index += 1) {
      const count = Number((await links.nth(index).innerText()).replace(/\s/g, ""));
      await links.nth(index).click();
      await expect(page).toHaveURL(/\/equipment\?/);
      await settled(page);
      if (count <= 50) await expect(page.locator("[data-row]")).toHaveCount(count);
      await page.goBack();
      await settled(page);
    }
  }
  await page.getByRole("link", { name: /^OpenSSL, Trop ancien/ }).click();
  await expect(page).toHaveURL(/key_software=ks_/);
});

test("the list behind all others says what it is", async ({ page }) => {
  await page.goto("/reports");
  const makers = page.locator("section").filter({ has: page.getByRole("heading", { name: "Par fabricant" }) });
  await makers.getByRole("link", { name: /^Autres/ }).click();
  await expect(page.getByText(/tout sauf 5 nommés/)).toBeVisible();
  await expect(page.locator("[data-row]").first()).toBeVisible();
});

test("the page of its own opens and downloads in the reader's language", async ({ page }) => {
  await page.goto("/reports");
  await page.getByRole("button", { name: "En page" }).click();
  const open = page.getByRole("menuitem", { name: /Ouvrir en page/ });
  await expect(open).toHaveAttribute("href", /reports\/summary\.html\?.*lang=fr/);
  const download = page.getByRole("menuitem", { name: /Télécharger/ });
  await expect(download).toHaveAttribute("href", /download=true/);
});

test("a report is scheduled, written now, changed and deleted", async ({ page }) => {
  await page.goto("/reports?tab=scheduled");
  const row = (name: string) => page.locator("[data-row]").filter({ hasText: name });
  await expect(row("Rapport du lundi")).toContainText("Chaque lundi à 07:00");
  await expect(row("Rapport mensuel")).toContainText("n’existe plus ou est désactivé");
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Planifier un rapport" });
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(form.getByLabel("Nom", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Nom", { exact: true }).fill("Bilan du mois");
  await form.getByRole("combobox", { name: "Quand" }).click();
  await page.getByRole("option", { name: "Chaque mois" }).click();
  await form.getByLabel("Jour du mois").fill("31");
  await form.getByLabel("Adresses de courriel").fill("a@exemple.fr, b@exemple.fr");
  await expectAccessible(page);
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(row("Bilan du mois")).toContainText("Le 31 du mois à 07:00");
  await expect(row("Bilan du mois")).toContainText("a@exemple.fr, b@exemple.fr");
  await page.getByRole("button", { name: "Actions pour Bilan du mois" }).click();
  await page.getByRole("menuitem", { name: "Rédiger maintenant" }).click();
  await expect(page.getByText("Le rapport est en cours de rédaction.").first()).toBeVisible();
  await row("Rapport du lundi").click();
  await expect(page.getByRole("list", { name: "Rapports conservés" }).getByRole("listitem")).toHaveCount(3);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Actions pour Bilan du mois" }).click();
  await page.getByRole("menuitem", { name: "Supprimer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(row("Bilan du mois")).toHaveCount(0);
});
