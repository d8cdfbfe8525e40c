/** Which pending machines are associated by themselves. */
import { expect, expectAccessible, test } from "./world.ts";

test("rules are tried, saved, run, and otherwise for a customer", async ({ page }) => {
  await page.goto("/pending");
  await page.getByRole("link", { name: "Règles d’association" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Règles d’association");
  await expectAccessible(page);
  const serial = page.getByLabel("Même numéro de série et même fabricant").first();
  await expect(serial).not.toBeChecked();
  await page.getByRole("button", { name: "Essayer les règles" }).click();
  const results = page.getByRole("list", { name: "Résultats de l’essai" });
  await expect(results).toContainText("La règle est désactivée");
  await expect(results).toContainText("Plusieurs équipements conviennent");
  await serial.check({ force: true });
  await expect(page.getByText("L’essai porte sur ce qui est saisi ici")).toBeVisible();
  await page.getByRole("button", { name: "Essayer les règles" }).click();
  await expect(results).toContainText("Serait associée");
  await expect(results).toContainText("même numéro de série");
  await expectAccessible(page);
  const customers = page.getByRole("combobox", { name: "Ajouter un client" });
  await customers.click();
  const first = page.getByRole("option").first();
  const name = await first.textContent();
  await first.click();
  await expect(page.getByRole("button", { name: `Retirer ${name}` })).toBeVisible();
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("Les règles sont enregistrées").first()).toBeVisible();
  await expect(page.getByText("Modifiées par Awa Diop")).toBeVisible();
  await expect(page.getByRole("button", { name: `Retirer ${name}` })).toBeVisible();
  await page.getByRole("button", { name: "Appliquer les règles enregistrées…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Appliquer" }).click();
  await expect(page.getByText("1 machine a été associée.").first()).toBeVisible();
});

test.describe("who may not change them", () => {
  test.use({ role: "technician" });
  test("sees them, greyed with the reason", async ({ page }) => {
    await page.goto("/pending/rules");
    await expect(page.getByLabel("Même UUID").first()).toBeDisabled();
    await expect(page.getByRole("button", { name: "Enregistrer" })).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByText("Les règles sont les mêmes pour tous.")).toBeVisible();
    await expectAccessible(page);
  });
});
