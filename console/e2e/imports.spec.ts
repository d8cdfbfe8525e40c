/** Equipment from a file: its columns, the check, the import, the way back. */
import { expect, expectAccessible, test } from "./world.ts";

const park = {
  name: "parc.csv",
  mimeType: "text/csv",
  buffer: Buffer.from("Nom;Numéro de série;Couleur\nposte-1;S1;vert\nposte-2;S2;\n;S3;\nposte-4;S1;bleu\n"),
};

test("a file is mapped, checked, imported and undone", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("link", { name: "Importer" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Imports");
  await expectAccessible(page);
  await page.locator("input[type=file]").setInputFiles(park);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("parc.csv");
  await expect(page.getByRole("combobox", { name: "Numéro de série devient" })).toHaveValue("serial");
  const colour = page.getByRole("combobox", { name: "Couleur devient" });
  await expect(colour).toHaveValue("");
  await colour.selectOption("serial");
  await expect(page.getByText("Deux colonnes deviennent ce champ.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Vérifier sans rien changer" })).toBeDisabled();
  await colour.selectOption("custom");
  await expect(page.getByRole("textbox", { name: "Nom du champ personnalisé pour Couleur" })).toHaveValue("Couleur");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Vérifier sans rien changer" }).click();

  await expect(page.getByRole("heading", { name: "Résultat de la vérification" })).toBeVisible();
  await expect(page.getByText("Pas de nom : il en faut un à un équipement")).toBeVisible();
  await expect(page.getByText("« S1 » figure aussi à la ligne 2")).toBeVisible();
  await expectAccessible(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Télécharger les lignes refusées" }).click();
  expect((await download).suggestedFilename()).toContain("refused");

  await page.getByRole("button", { name: "Importer maintenant" }).click();
  const question = page.getByRole("dialog", { name: "Importer parc.csv" });
  await expect(question).toContainText("2 lignes");
  await question.getByRole("button", { name: "Importer maintenant" }).click();
  // Leaving the page changes nothing: the bell leads back.
  await page.goto("/equipment");
  await page
    .getByRole("button", { name: /Notifications|notification/ })
    .first()
    .click();
  await page.getByRole("link", { name: "parc.csv" }).click();
  await expect(page.getByRole("heading", { name: "Résultat", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Annuler l’import" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Annuler l’import" }).click();
  await expect(page.getByRole("heading", { name: "Ce qui a été annulé" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Supprimer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(page.getByText("Aucun import pour l’instant")).toBeVisible();
});

test("a file that cannot be read says why, and another separator shows other columns", async ({ page }) => {
  await page.goto("/imports");
  await page.locator("input[type=file]").setInputFiles({ ...park, buffer: Buffer.from("") });
  await expect(page.getByRole("alert")).toHaveText("Le fichier est vide.");
  await page.locator("input[type=file]").setInputFiles(park);
  await page.getByLabel("Séparateur").selectOption("comma");
  await expect(page.getByRole("combobox", { name: "Nom;Numéro de série;Couleur devient" })).toBeVisible();
  await expect(page.getByText("Aucune colonne ne devient un champ.")).toBeVisible();
});

test.describe("for who may not edit equipment", () => {
  test.use({ role: "read-only" });
  test("there is no import", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Équipements");
    await expect(page.getByRole("link", { name: "Importer" })).toHaveCount(0);
    await page.goto("/imports");
    await expect(page.locator("input[type=file]")).toHaveCount(0);
  });
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test("columns are chosen and the result is read", async ({ page }) => {
    await page.goto("/imports");
    await page.locator("input[type=file]").setInputFiles(park);
    await page.getByRole("combobox", { name: "Couleur devient" }).selectOption("notes");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Vérifier sans rien changer" }).click();
    await expect(page.getByRole("heading", { name: "Lignes refusées" })).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(wide).toBe(false);
  });
});
