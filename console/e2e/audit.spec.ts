/** The audit trail: what narrows it, its export, its verification. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test.use({ timezoneId: "Europe/Paris" });

test("the trail is narrowed by who and by whole days of the reader’s calendar", async ({ page }) => {
  await page.goto("/administration/audit");
  const filters = page.getByRole("group", { name: "Filtres" });
  await filters.getByRole("button", { name: "Qui", exact: true }).click();
  await page.getByRole("textbox", { name: "Qui" }).fill("keri");
  const found = page.getByRole("dialog").getByRole("listitem");
  await expect(found).toHaveText([/mkeribin.*de Keribin/]);
  await expectAccessible(page);
  await found.getByRole("button").click();
  await expect(filters.getByRole("button", { name: "Qui : mkeribin" })).toBeVisible();
  await filters.getByRole("button", { name: "À partir du" }).click();
  await page.getByRole("textbox", { name: "À partir du" }).fill("2026-03-01");
  await page.getByRole("button", { name: "Appliquer" }).click();
  await expect(filters.getByRole("button", { name: "À partir du 1 mars 2026" })).toBeVisible();
  await filters.getByRole("button", { name: "Jusqu’au" }).click();
  await expect(page.getByRole("textbox", { name: "Jusqu’au" })).toHaveAttribute("min", "2026-03-01");
  await page.getByRole("textbox", { name: "Jusqu’au" }).fill("2026-03-29");
  const asked = page.waitForRequest((request) => request.url().includes("&to="));
  await page.getByRole("button", { name: "Appliquer" }).click();
  const query = new URL((await asked).url()).searchParams;
  expect(Object.fromEntries(query)).toMatchObject({
    actor_id: "usr_2",
    from: "2026-02-28T23:00:00.000Z",
    // The clocks change on the last day.
    to: "2026-03-29T22:00:00.000Z",
  });
  await expect(page).toHaveURL(/actor_id=usr_2&from=2026-03-01&to=2026-03-29/);
  await settled(page);
  await expectAccessible(page);
});

test("a chip has the name of who is gone, and of the customer", async ({ page }) => {
  await page.goto("/administration/audit?actor_id=usr_gone&about=cus_2&from=2026-03-01T10:00:00Z");
  const filters = page.getByRole("group", { name: "Filtres" });
  await expect(filters.getByRole("button", { name: "Qui : partie" })).toBeVisible();
  await expect(filters.getByRole("button", { name: "À partir du 1 mars 2026, 11:00" })).toBeVisible();
  await expect(filters.getByRole("button", { name: "Client : Atelier Perrin" })).toBeVisible();
});

test("an entry leads to all that its author did", async ({ page }) => {
  await page.goto("/administration/audit?preview=aud_2");
  await page.getByRole("link", { name: "Tout ce qu’a fait mkeribin" }).click();
  await expect(page).toHaveURL(/audit\?actor_id=usr_2$/);
  await expect(page.getByRole("button", { name: "Qui : mkeribin" })).toBeVisible();
});

test("what is shown is exported as JSON lines, without the words searched for", async ({ page }) => {
  await page.goto("/administration/audit?action=equipment.change&q=admin&from=2026-03-01");
  const link = page.getByRole("link", { name: /^Exporter\s\(JSON Lines\)/ });
  await expect(link).toHaveAttribute(
    "href",
    "/api/v1/audit/export?action=equipment.change&from=2026-02-28T23%3A00%3A00.000Z",
  );
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  expect(download.suggestedFilename()).toMatch(/\.jsonl$/);
});

test("the trail is verified: sound, with the hash to keep", async ({ page }) => {
  await page.goto("/administration/audit");
  await page.getByRole("button", { name: "Vérifier" }).click();
  const verdict = page.getByRole("status").filter({ hasText: "tel qu’il a été écrit" });
  await expect(verdict).toContainText("12 480 lignes relues.");
  await expect(verdict.getByLabel("Dernière empreinte")).toHaveText(/^[0-9a-f]{64}$/);
  await expect(verdict).toContainText("Gardez cette empreinte ailleurs");
  await expectAccessible(page);
  await verdict.getByRole("button", { name: "Fermer" }).click();
  await expect(verdict).toHaveCount(0);
});

test("the trail is verified: broken, with the way to the entry; or not at all", async ({ page }) => {
  let answer: object = { status: 503, json: { code: "busy", title: "", status: 503 } };
  await page.route("**/api/v1/audit/verification", (route) => route.fulfill(answer));
  await page.goto("/administration/audit");
  await page.getByRole("button", { name: "Vérifier" }).click();
  const verdict = page.getByRole("status").filter({ has: page.getByRole("button", { name: "Fermer" }) });
  await expect(verdict).toContainText("La vérification n’a pas abouti");
  await expect(verdict).toContainText("Le serveur est occupé");
  const list = (await (await page.request.get("/api/v1/audit")).json()) as { items: { id: string; at: string }[] };
  const { id: entry, at } = list.items[6]!;
  answer = { json: { sound: false, entries: null, head: null, fault: "changed", entry, at } };
  await page.getByRole("button", { name: "Vérifier" }).click();
  await expect(verdict).toContainText("L’audit n’est plus tel qu’il a été écrit");
  await expect(verdict).toContainText("Une ligne a été modifiée, ou une ligne précédente manque.");
  await expectAccessible(page);
  await verdict.getByRole("link", { name: "la voir dans la liste" }).click();
  await expect(page).toHaveURL(new RegExp(`preview=${entry}`));
  await expect(page.locator("[data-row]")).toHaveCount(1);
  await expect(page.getByRole("heading", { level: 2, name: "Connexion" })).toBeVisible();
  await expect(verdict).toContainText("Comparez avec ce qui a été envoyé ailleurs");
  answer = { json: { sound: false, entries: null, head: null, fault: "end-missing", entry: null, at: null } };
  await page.getByRole("button", { name: "Vérifier" }).click();
  await expect(verdict).toContainText("Des lignes manquent à la fin.");
});
