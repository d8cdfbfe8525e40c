/** Programs that are watched for: the list, what it says of machines, and who may change it. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test.use({ machines: 60 });

test("a program is added while its matches are shown, changed and deleted; each count opens its list", async ({
  page,
}) => {
  await page.goto("/software");
  await page.getByText("Logiciels clés").click();
  await expect(page).toHaveURL(/\/software\/key/);
  const row = (name: string) => page.locator("[data-row]").filter({ hasText: name });
  await expect(row("OpenSSL")).toContainText("3.0.15");
  await page.getByRole("button", { name: "Ajouter", exact: true }).click();
  const form = page.getByRole("dialog", { name: "Ajouter un logiciel clé" });
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(form.getByLabel("Nom", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Nom", { exact: true }).fill("7-Zip");
  await form.getByLabel("Programme").fill("7-zip *");
  await expect(form.getByRole("status")).toContainText("7-Zip 25.01 (x64) · Igor Pavlov");
  await form.getByLabel("Programme").fill("aucun programme");
  await expect(form.getByRole("status")).toContainText("Aucun programme");
  await form.getByLabel("Programme").fill("7-zip *");
  await form.getByLabel("Version minimale").fill("25.01");
  await expectAccessible(page);
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(row("7-Zip")).toContainText("25.01");

  const old = row("7-Zip").getByRole("link", { name: /trop ancien/i });
  const count = Number(await old.innerText());
  expect(count).toBeGreaterThan(0);
  await old.click();
  await expect(page).toHaveURL(/\/equipment\?.*key_software=ks_\d+%3Aold/);
  await settled(page);
  await expect(page.getByText("7-Zip : trop ancien")).toBeVisible();
  await expect(page.locator("[data-row]")).toHaveCount(count);

  await page.goto("/software/key");
  await page.getByRole("button", { name: "Actions pour 7-Zip" }).click();
  await page.getByRole("menuitem", { name: "Modifier" }).click();
  const change = page.getByRole("dialog", { name: "Modifier un logiciel clé" });
  await change.getByLabel("Nom", { exact: true }).fill("OpenSSL");
  await change.getByRole("button", { name: "Enregistrer" }).click();
  await expect(change.getByRole("alert")).toContainText("déjà");
  await change.getByLabel("Nom", { exact: true }).fill("Archives");
  await change.getByRole("button", { name: "Enregistrer" }).click();
  await page.getByRole("button", { name: "Actions pour Archives" }).click();
  await page.getByRole("menuitem", { name: "Supprimer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(row("Archives")).toHaveCount(0);
});

test("an equipment shows each program with its version, the list a column of what is not as it should be", async ({
  page,
}) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: "Colonnes" }).click();
  await page.getByRole("checkbox", { name: "Logiciels clés" }).check();
  await page.keyboard.press("Escape");
  await expect(
    page
      .locator("[data-row]")
      .filter({ hasText: /trop ancien|absent|présent/ })
      .first(),
  ).toBeVisible();
  await page
    .locator("[data-row]")
    .filter({ hasText: /trop ancien/ })
    .first()
    .locator("[data-row-link]")
    .click();
  await settled(page);
  const part = page.locator("section").filter({ has: page.getByRole("heading", { name: "Logiciels clés" }) });
  await expect(part).toContainText("Trop ancien");
  await expect(part).toContainText("au moins");
  await expectAccessible(page);
});

test.describe("whoever may not change the list", () => {
  test.use({ role: "equipment-manager" });
  test("sees it, and why the actions are greyed", async ({ page }) => {
    await page.goto("/software/key?new=1");
    await expect(page.locator("[data-row]")).toHaveCount(3);
    await expect(page.getByRole("button", { name: "Ajouter", exact: true })).toBeDisabled();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page.getByRole("button", { name: "Actions pour OpenSSL" }).click();
    await expect(page.getByRole("menuitem", { name: /^Supprimer/ })).toHaveAttribute("data-disabled", /.*/);
  });
});
