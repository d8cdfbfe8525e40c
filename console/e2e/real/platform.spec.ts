/** The server itself, on a real one: it says how it is, is backed up, and shows its log to who types the password again. */
import { expect, test } from "@playwright/test";

import { newPassword, signIn } from "./console.ts";

test("the server is backed up while it works, and the backup is fetched and deleted", async ({ page }) => {
  await signIn(page);
  await page.goto("/administration/platform");
  await expect(page.getByRole("list", { name: /^Composants de / })).toContainText("Exploitation (console et API)");
  await page.getByRole("button", { name: "Sauvegarder maintenant" }).click();
  const fetch = page.getByRole("link", { name: /^Télécharger vigie-/ }).first();
  await expect(fetch).toBeVisible({ timeout: 20_000 });
  const [download] = await Promise.all([page.waitForEvent("download"), fetch.click()]);
  expect(download.suggestedFilename()).toMatch(/^vigie-\d{8}T\d{6}Z\.tar\.zst$/);
  const remove = page.getByRole("button", { name: `Supprimer ${download.suggestedFilename()}` });
  await remove.click();
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(remove).toHaveCount(0);
});

test("the log opens with the password, and tells of what was just done", async ({ page }) => {
  await signIn(page);
  await page.goto("/administration/platform/logs");
  await page.getByLabel("Mot de passe", { exact: true }).fill(newPassword);
  await page.getByRole("button", { name: "Ouvrir les journaux" }).click();
  const lines = page.getByRole("list", { name: "Journaux du serveur" }).getByRole("listitem");
  await expect(lines.first()).toBeVisible();
  await page.getByRole("searchbox", { name: "Mots dans les lignes…" }).fill("/api/v1/platform/logs/access");
  await expect(lines.first()).toContainText("POST /api/v1/platform/logs/access 200");
});
