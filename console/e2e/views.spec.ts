/** Saved views: a name for what a list's address says, as tabs above the list. */
import type { Page } from "@playwright/test";

import { expect, expectAccessible, settled, test } from "./world.ts";

test.use({ machines: 60 });

const tabs = (page: Page) => page.getByRole("navigation", { name: "Vues enregistrées" });

async function save(page: Page, name: string, shared = false) {
  await page.getByRole("button", { name: "Enregistrer cette vue" }).click();
  const form = page.getByRole("dialog", { name: "Enregistrer cette vue" });
  await form.getByLabel("Nom").fill(name);
  if (shared) await form.getByLabel("Partagée").check();
  await expectAccessible(page);
  await form.getByRole("button", { name: "Enregistrer" }).click();
  await expect(tabs(page).getByRole("link", { name })).toHaveAttribute("aria-current", "page");
}

async function act(page: Page, view: string, action: string) {
  await page.getByRole("button", { name: `Actions pour la vue ${view}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

test("a view is saved, changed, renamed, shared, chosen for the beginning and deleted", async ({ page }) => {
  await page.goto("/equipment");
  await settled(page);
  await expect(tabs(page)).toHaveCount(0);
  await page.goto("/equipment?type=laptop&sort=-name");
  await save(page, "Portables", true);
  await expect(page).toHaveURL(/view=sv_1/);
  await tabs(page).getByRole("link", { name: "Tout" }).click();
  await expect(page).not.toHaveURL(/type=laptop/);
  await tabs(page).getByRole("link", { name: "Portables" }).click();
  await expect(page).toHaveURL(/type=laptop/);
  await expect(page).toHaveURL(/sort=-name/);
  await expect(page.getByRole("button", { name: "Enregistrer cette vue" })).toHaveCount(0);

  await page.goto("/equipment?type=laptop&sort=-name&status=in-use&view=sv_1");
  await expect(tabs(page).getByRole("img", { name: "modifiée, non enregistrée" })).toBeVisible();
  await act(page, "Portables", "Enregistrer les changements");
  await expect(tabs(page).getByRole("img", { name: "modifiée, non enregistrée" })).toHaveCount(0);
  await act(page, "Portables", "Renommer");
  await page.getByRole("dialog").getByLabel("Nom").fill("Portables en service");
  await page.getByRole("dialog").getByRole("button", { name: "Enregistrer" }).click();
  await expect(tabs(page).getByRole("link", { name: "Portables en service" })).toBeVisible();

  await page.goto("/equipment?type=server");
  await save(page, "Serveurs");
  await act(page, "Serveurs", "Déplacer à gauche");
  await expect(tabs(page).getByRole("link").nth(1)).toContainText("Serveurs");
  await act(page, "Serveurs", "Ouvrir la liste avec elle");
  await expect(tabs(page).getByRole("link", { name: "Serveurs" })).toContainText("Serveurs");
  await page.goto("/equipment");
  await expect(page).toHaveURL(/type=server/);
  await page.goto("/equipment?view=all");
  await settled(page);
  await expect(page).not.toHaveURL(/type=server/);
  await page.goto("/equipment?status=in-use");
  await settled(page);
  await expect(page, "a link with filters of its own is left alone").not.toHaveURL(/type=server/);

  await tabs(page).getByRole("link", { name: "Serveurs" }).click();
  await act(page, "Serveurs", "Supprimer");
  await page.getByRole("dialog").getByRole("button", { name: "Supprimer" }).click();
  await expect(tabs(page).getByRole("link", { name: "Serveurs" })).toHaveCount(0);
});

test("a view holds the columns", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: "Colonnes" }).click();
  await page.getByRole("checkbox", { name: "Mémoire" }).check();
  await page.keyboard.press("Escape");
  await save(page, "Mémoire");
  await expect(page).toHaveURL(/columns=.*memory_bytes/);
  await tabs(page).getByRole("link", { name: "Tout" }).click();
  await tabs(page).getByRole("link", { name: "Mémoire" }).click();
  await expect(page.getByRole("columnheader", { name: "Mémoire" })).toBeVisible();
});

test("tabs are reached by keyboard, on every list and on a telephone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [list, filter] of [
    ["/alerts", "severity=critical"],
    ["/systems", "connectivity=connected"],
    ["/administration/customers", "colour=red"],
    ["/software", "source=dpkg"],
    ["/pending", "flag=clone"],
  ]) {
    await page.goto(`${list}?${filter}`);
    await save(page, "Ma vue");
    await tabs(page).getByRole("link", { name: "Tout" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(filter!));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  }
  await expectAccessible(page);
});
