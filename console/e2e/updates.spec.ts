/** Rolling a version of the agent out. */
import { expect, expectAccessible, test } from "./world.ts";

test.beforeEach(async ({ page }) => {
  await page.goto("/configuration/agents?tab=updates");
});

test("a version goes to a share, is widened, paused, goes on and ends", async ({ page }) => {
  await expect(page.getByRole("button", { name: "Déployer la version 0.2.1" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  await expectAccessible(page);
  await page.getByRole("button", { name: "Déployer la version 0.3.0" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText("25 %", { exact: true }).click();
  await expect(drawer).toContainText("Environ 1 agent");
  await expectAccessible(page);
  await drawer.getByRole("button", { name: "Déployer", exact: true }).click();
  await expect(page.getByText("La version 0.3.0 est en cours de déploiement.").first()).toBeVisible();
  await expect(page.getByText("Lancé par Awa Diop")).toBeVisible();
  await expect(page.getByRole("button", { name: "Déployer la version 0.3.0" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  await page.getByText("Tous", { exact: true }).click();
  await page.getByRole("button", { name: "Changer la part" }).click();
  await expect(page.getByText("Actuellement 100 %")).toBeVisible();
  await page.getByRole("button", { name: "Mettre en pause" }).click();
  await expect(page.getByText("En pause", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Reprendre" }).click();
  await expect(page.getByText("En cours", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Terminer", exact: true }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("gardent la leur");
  await question.getByRole("button", { name: "Terminer" }).click();
  await expect(page.getByText("Déploiement en cours")).toBeHidden();
});

test("a figure opens the agents that it counts", async ({ page }) => {
  await page.getByRole("button", { name: "Déployer la version 0.3.0" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Déployer", exact: true }).click();
  await page.getByRole("link", { name: /Revenu en arrière/ }).click();
  await expect(page.getByText("it did not report within 1800 s")).toBeVisible();
  await expect(page.getByText("POSTE-001")).toBeHidden();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Retour aux mises à jour" }).click();
  await expect(page.getByText("Déploiement en cours")).toBeVisible();
});

test.describe("without machines", () => {
  test.use({ machines: 0 });
  test("it says how a version gets there", async ({ page }) => {
    await expect(page.getByText("Aucune version de l’agent n’y est encore déposée")).toBeVisible();
    await expectAccessible(page);
  });
});
