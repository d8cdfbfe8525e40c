/** Moving agents to another portal. */
import { expect, expectAccessible, test } from "./world.ts";

test.use({ machines: 40 });

test("a new configuration is announced, followed and withdrawn", async ({ page }) => {
  await page.goto("/configuration/agents");
  await expect(page.getByText("Rien n’est annoncé aux agents.")).toBeVisible();
  await page.getByRole("button", { name: "Nouvelle configuration" }).click();
  const drawer = page.getByRole("dialog", { name: "Nouvelle configuration" });
  const [url, id, secret] = [
    drawer.getByLabel("Adresse"),
    drawer.getByLabel("Identifiant client"),
    drawer.getByLabel("Secret client"),
  ];
  await expect(secret).toHaveValue(/^([a-zA-Z2-9]{4}-){5}[a-zA-Z2-9]{4}$/);
  const proposed = await secret.inputValue();
  await drawer.getByRole("button", { name: "Proposer un autre secret" }).click();
  await expect(secret).not.toHaveValue(proposed);
  await drawer.getByRole("button", { name: "Enregistrer et annoncer" }).click();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await expect(id).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);
  await url.fill("http://nouveau.exemple.fr");
  await id.fill("office-agent");
  await drawer.getByRole("button", { name: "Enregistrer et annoncer" }).click();
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await url.fill("https://nouveau.exemple.fr");
  await drawer.getByRole("button", { name: "Enregistrer et annoncer" }).click();
  await expect(drawer.getByText("Un accès API porte déjà cet identifiant.")).toBeVisible();
  await id.fill("agents-2027");
  const kept = await secret.inputValue();
  await drawer.getByRole("button", { name: "Enregistrer et annoncer" }).click();

  await expect(page.getByLabel("Nouvelle adresse")).toHaveText("https://nouveau.exemple.fr");
  await expect(page.getByText("Ce n’est pas une adresse de ce serveur")).toBeVisible();
  const progress = page.getByRole("list", { name: "Avancement des agents" });
  await expect(progress).toContainText(/\d+ agents sont passés/);
  await expect(progress).toContainText(/\d+ agents sont restés/);
  await expect(page.getByText("Tous les agents en marche l’auront appris le")).toBeVisible();
  await expect(page.getByLabel("Nouveau secret client")).toContainText("••••");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Révéler" }).nth(1).click();
  await expect(page.getByLabel("Nouveau secret client")).toContainText(kept);

  await progress.getByRole("link", { name: /échoué/ }).click();
  await expect(page).toHaveURL(/move=failed/);
  await expect(page.getByText("Essai échoué · certificat").first()).toBeVisible();
  await page.goBack();

  await page.getByRole("button", { name: "Retirer" }).click();
  const question = page.getByRole("dialog", { name: "Retirer" });
  await expect(question).toContainText(/\d+ agents sont passés et restent où ils sont/);
  await question.getByRole("button", { name: "Retirer" }).click();
  await expect(page.getByText("Rien n’est annoncé aux agents.")).toBeVisible();
});

test("a configuration is made the current one after asking how many are left behind", async ({ page }) => {
  await page.goto("/configuration/agents");
  await page.getByRole("button", { name: "Nouvelle configuration" }).click();
  const drawer = page.getByRole("dialog", { name: "Nouvelle configuration" });
  await drawer.getByLabel("Adresse").fill("https://nouveau.exemple.fr");
  await drawer.getByLabel("Identifiant client").fill("agents-2027");
  await drawer.getByRole("button", { name: "Enregistrer et annoncer" }).click();
  await page.getByRole("button", { name: "Rendre courante" }).click();
  const question = page.getByRole("dialog", { name: "Rendre courante" });
  await expect(question).toContainText(/\d+ agents ne sont pas encore passés/);
  await expect(question).toContainText("office-agent est actif");
  await expectAccessible(page);
  await question.getByRole("button", { name: "Rendre courante" }).click();
  await expect(page.getByLabel("Adresse du serveur")).toHaveText("https://nouveau.exemple.fr");
  await expect(page.getByText("les agents dépendent désormais de cet autre portail")).toBeVisible();
  await expect(page.getByText("Agents qui ne sont pas encore passés à https://nouveau.exemple.fr")).toBeVisible();
  await expect(page.getByRole("button", { name: "Nouvelle configuration" })).toBeVisible();
});
