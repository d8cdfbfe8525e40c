/** Customers: the list narrowed and sorted, what is known of each, deleting and restoring, the enrolment e-mail, the primary. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, test } from "./world.ts";

const rows = (page: Page) => page.locator("[data-row]");

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
