/** The preferences: what is refused is shown at its field, what is left unsaved is asked about. */
import { expect, expectAccessible, settled, test } from "./world.ts";

test("the audit trail is sent elsewhere: an address, and what each transport means", async ({ page }) => {
  await page.goto("/administration/preferences");
  const address = page.getByLabel("Adresse", { exact: true });
  await address.fill("syslog.exemple.fr");
  await page.getByRole("combobox", { name: "Transport" }).click();
  await page.getByRole("option", { name: "UDP" }).click();
  await expect(page.getByText("Ce qui se perd en route est perdu")).toBeVisible();
  await page.getByRole("combobox", { name: "Transport" }).click();
  await page.getByRole("option", { name: "TLS" }).click();
  await expect(page.getByText("votre liste de certificats de confiance")).toBeVisible();
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("deux-points et un port")).toBeVisible();
  await expect(address).toBeFocused();
  await expectAccessible(page);
  // What only the server knows to be wrong stands there, too.
  await page.route("**/api/v1/preferences", (route) =>
    route.request().method() === "PATCH"
      ? route.fulfill({
          status: 422,
          json: { code: "value-invalid", errors: [{ field: "syslog.address", code: "invalid", detail: "no" }] },
        })
      : route.fallback(),
  );
  await address.fill("syslog.exemple.fr:6514 ");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect(page.getByText("deux-points et un port")).toBeVisible();
  await page.unroute("**/api/v1/preferences");
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  expect((await sent).postDataJSON()).toEqual({ syslog: { address: "syslog.exemple.fr:6514", transport: "tls" } });
  await expect(page.getByText("Enregistré.").first()).toBeVisible();
});

test("the banner is switched off and keeps its words", async ({ page }) => {
  await page.goto("/administration/preferences");
  await page.getByLabel("Titre du bandeau").fill("Accès réservé");
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await settled(page);
  const about = async () => ((await (await page.request.get("/api/v1/about")).json()) as { banner: unknown }).banner;
  await expect.poll(about).toMatchObject({ title: "Accès réservé" });
  await page.getByRole("switch", { name: "Afficher le bandeau" }).uncheck({ force: true });
  await page.getByRole("button", { name: "Enregistrer" }).click();
  await expect.poll(about).toBeNull();
  await page.reload();
  await expect(page.getByLabel("Titre du bandeau")).toHaveValue("Accès réservé");
});

test("leaving without saving asks, and its answer saves nothing", async ({ page }) => {
  const saved: string[] = [];
  page.on("request", (request) => request.method() === "PATCH" && saved.push(request.url()));
  await page.goto("/administration/preferences");
  await page.getByLabel("Nom du serveur").fill("Autre nom");
  await page.getByRole("link", { name: "Clients" }).click();
  const question = page.getByRole("dialog", { name: "Modifications non enregistrées" });
  await question.getByRole("button").last().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Clients");
  expect(saved).toEqual([]);
});
