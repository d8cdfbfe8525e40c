import { expect, settled, test } from "./world.ts";

test.describe("a list of a hundred thousand", () => {
  test.use({ machines: 100_000 });
  test.slow();

  test("pages forward and back, and a link shows what I see", async ({ page }) => {
    await page.goto("/equipment");
    await expect(page.getByText("1–50 sur 10 000+")).toBeVisible({ timeout: 20_000 });
    const first = await page.locator("[data-row-link]").first().textContent();
    await page.getByRole("button", { name: "Page suivante" }).click();
    await expect(page.getByText("51–100 sur")).toBeVisible();
    await expect(page).toHaveURL(/cursor=.+page=2/);
    await page.reload();
    await expect(page.getByText("51–100 sur")).toBeVisible();
    await page.getByRole("button", { name: "Page précédente" }).click();
    await expect(page.getByText("1–50 sur")).toBeVisible();
    await expect(page.locator("[data-row-link]").first()).toHaveText(first!);
  });

  test("is filtered, sorted and searched in the address, and cleared again", async ({ page }) => {
    await page.goto("/equipment");
    await page.getByRole("button", { name: "Type", exact: true }).click();
    await page.getByRole("button", { name: "Serveur", exact: true }).click();
    await expect(page).toHaveURL(/type=server/);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Dernier inventaire" }).click();
    await expect(page).toHaveURL(/sort=last_inventory_at/);
    await expect(page.getByRole("columnheader", { name: "Dernier inventaire" })).toHaveAttribute(
      "aria-sort",
      "ascending",
    );
    await page.keyboard.press("/");
    await page.keyboard.type("hyp-001");
    await expect(page).toHaveURL(/q=hyp-001/);
    await settled(page);
    await expect(page.locator("[data-row-link]").first()).toContainText("hyp-001");
    await page.getByRole("searchbox").fill("no such machine");
    await expect(page.getByRole("heading", { name: "Aucun résultat" })).toBeVisible();
    await page.getByRole("main").getByRole("button", { name: "Effacer les filtres" }).last().click();
    await expect(page).not.toHaveURL(/type=|q=/);
  });

  test("selects a page, then everything that matches, and lets go with Escape", async ({ page }) => {
    await page.goto("/equipment?type=server");
    await page.getByLabel("Sélectionner toute la page").check();
    await expect(page.getByRole("toolbar")).toContainText("50 sélectionnés");
    await page.getByRole("button", { name: /Sélectionner les .* résultats/ }).click();
    await expect(page.getByRole("toolbar")).not.toContainText("50 sélectionnés");
    await page.getByRole("heading", { level: 1 }).click();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("toolbar")).toHaveCount(0);
  });

  test("the tiles of the first page open their lists", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("link", { name: /Sans nouvelles/ }).click();
    await expect(page).toHaveURL(/stale=true/);
    await expect(page.getByRole("button", { name: "Sans nouvelles", exact: true })).toBeVisible();
  });

  test("the question about a program below a version is answered", async ({ page }) => {
    await page.goto("/software");
    await page.getByRole("combobox", { name: "nom du logiciel" }).fill("openssl");
    await page.getByRole("option", { name: "openssl" }).click();
    await page.getByLabel("Version", { exact: true }).fill("3.0.15-1~deb12u1");
    await page.getByRole("button", { name: "Trouver" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Machines qui ont openssl avant 3.0.15-1~deb12u1");
    await expect(page.getByText(/3\.0\.1[14]-1~deb12u2/).first()).toBeVisible();
    await expect(page.getByRole("cell", { name: "3.0.17-1~deb12u2" })).toHaveCount(0);
  });
});

test("the chosen customer stays chosen from page to page", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: /Client :/ }).click();
  await page.getByRole("option", { name: /Atelier Perrin/ }).click();
  await expect(page).toHaveURL(/customer_id=cus_2/);
  await expect(page.locator("[data-row-link]")).toHaveCount(1);
  await page.getByRole("link", { name: "Logiciels", exact: true }).click();
  await expect(page).toHaveURL(/software\?customer_id=cus_2/);
  await page.getByRole("button", { name: /Client :/ }).click();
  await page.getByRole("option", { name: "Tous les clients" }).click();
  await expect(page).not.toHaveURL(/customer_id/);
});

test("columns are chosen and remembered", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: "Colonnes", exact: true }).click();
  await page.getByLabel("Emplacement").check();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader", { name: "Emplacement" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("columnheader", { name: "Emplacement" })).toBeVisible();
});

test("old rows stay while new ones load; a failure says its code and offers to try again", async ({
  page,
  context,
}) => {
  await page.goto("/equipment");
  await expect(page.locator("[data-row-link]")).toHaveCount(3);
  await context.addCookies([{ name: "mock-delay", value: "900", url: "http://127.0.0.1:4173" }]);
  await page.getByRole("button", { name: "Nom", exact: true }).click();
  await expect(page.locator("[data-stale]")).toBeVisible();
  await expect(page.locator("[data-row-link]")).toHaveCount(3);
  await context.addCookies([
    { name: "mock-delay", value: "0", url: "http://127.0.0.1:4173" },
    { name: "mock-broken", value: "/software", url: "http://127.0.0.1:4173" },
  ]);
  await page.getByRole("link", { name: "Logiciels", exact: true }).click();
  await expect(page.getByText("internal")).toBeVisible({ timeout: 15_000 });
  await context.addCookies([{ name: "mock-broken", value: "", url: "http://127.0.0.1:4173" }]);
  await page.getByRole("button", { name: "Réessayer" }).click();
  await expect(page.locator("[data-row-link]").first()).toBeVisible();
});

test("an export shows its progress under the bell and is found again", async ({ page }) => {
  await page.goto("/equipment");
  await page.getByRole("button", { name: "Exporter" }).click();
  await page.getByRole("menuitem", { name: /CSV/ }).click();
  await expect(page.getByText("Vous le retrouverez sous la cloche").first()).toBeVisible();
  await page.getByRole("button", { name: /^Notifications/ }).click();
  await page.getByRole("link", { name: "Tous les exports" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Exports");
  const download = page.getByRole("link", { name: /Télécharger equipment/ });
  await expect(download).toBeVisible({ timeout: 10_000 });
  const [file] = await Promise.all([page.waitForEvent("download"), download.click()]);
  expect(file.suggestedFilename()).toMatch(/\.csv$/);
});

test("what others change is announced, and nothing jumps", async ({ page }) => {
  await page.goto("/pending");
  const rows = page.locator("[data-row-link]");
  await expect(rows).toHaveCount(5);
  await page.waitForTimeout(500);
  await page.evaluate(() =>
    fetch("/api/v1/pending-equipment/bulk", {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": "csrf-mock" },
      body: JSON.stringify({ action: "ignore", ids: ["pen_00004"] }),
    }),
  );
  const news = page.getByRole("button", { name: "La liste a changé : actualiser" });
  await expect(news).toBeVisible({ timeout: 10_000 });
  await expect(rows).toHaveCount(5);
  await news.click();
  await expect(rows).toHaveCount(4);
});
