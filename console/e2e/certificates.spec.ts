/** The server's certificate and those that it trusts. */
import { expect, expectAccessible, test } from "./world.ts";

const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

test.beforeEach(async ({ page }) => {
  await page.goto("/administration/certificate");
});

test("the certificate is renewed after a question", async ({ page }) => {
  const fingerprint = page.getByLabel("Empreinte (SHA-256)").first();
  const before = await fingerprint.textContent();
  await page.getByRole("button", { name: "Renouveler", exact: true }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("pour 3 ans");
  await question.getByRole("button", { name: "Renouveler" }).click();
  await expect(page.getByText("Le nouveau certificat est en service.").first()).toBeVisible();
  await expect(fingerprint).not.toHaveText(before!);
});

test("a PKCS #12 file replaces it; a wrong password is said; the warning and the uncovered name are shown", async ({
  page,
}) => {
  await page.getByRole("button", { name: "Remplacer" }).click();
  const drawer = page.getByRole("dialog");
  await expect(drawer).toContainText("agents_listen");
  await drawer.getByRole("button", { name: "Utiliser ce certificat" }).click();
  await expect(drawer.getByText("Choisissez un fichier.")).toBeVisible();
  const chooser = page.waitForEvent("filechooser");
  await drawer.getByRole("button", { name: "Fichier" }).click();
  await (await chooser).setFiles({ name: "hub.p12", mimeType: "application/x-pkcs12", buffer: Buffer.from([48, 0]) });
  await drawer.getByLabel("Mot de passe du fichier").fill("wrong");
  await drawer.getByRole("button", { name: "Utiliser ce certificat" }).click();
  await expect(drawer.getByText("Le mot de passe n’ouvre pas ce fichier.")).toBeVisible();
  await expectAccessible(page);
  await drawer.getByLabel("Mot de passe du fichier").fill("s3cret");
  await drawer.getByRole("button", { name: "Utiliser ce certificat" }).click();
  await expect(page.getByText("Le certificat est en service.").first()).toBeVisible();
  await expect(page.getByText("Expire bientôt").first()).toBeVisible();
  await expect(page.getByText("ne vaut pas pour vigie.exemple.fr")).toBeVisible();
  await expect(page.getByText("autorités intermédiaires").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Émetteur, PEM" })).toHaveAttribute(
    "href",
    "/api/v1/certificate/download?which=issuer&format=pem",
  );
  await expectAccessible(page);
});

test("PEM is pasted or read from a file", async ({ page }) => {
  await page.getByRole("button", { name: "Remplacer" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("tab", { name: "PEM" }).click();
  await drawer.getByLabel("Certificats", { exact: true }).fill("nothing");
  await drawer.getByRole("button", { name: "Utiliser ce certificat" }).click();
  await expect(drawer.getByText("Aucun certificat avec sa clé")).toBeVisible();
  const chooser = page.waitForEvent("filechooser");
  await drawer.getByRole("button", { name: "Certificats: Depuis un fichier…" }).click();
  await (await chooser).setFiles({ name: "chain.pem", mimeType: "text/plain", buffer: Buffer.from(pem) });
  await expect(drawer.getByLabel("Certificats", { exact: true })).toHaveValue(pem);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByText("modifications", { exact: false }).first()).toBeVisible();
});

test("automatic renewal is set up, says why it failed, and is switched off", async ({ page }) => {
  await page.getByRole("button", { name: "Mettre en place" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("Noms").fill("*.exemple.fr");
  await drawer.getByRole("button", { name: "Commander le certificat" }).click();
  await expect(drawer.getByText("Nécessaire pour commander.")).toBeVisible();
  await drawer.getByLabel("J’accepte les conditions").check();
  await drawer.getByRole("button", { name: "Commander le certificat" }).click();
  await expect(drawer.getByText("is not a host name")).toBeVisible();
  await expectAccessible(page);
  await drawer.getByLabel("Noms").fill("vigie.exemple.fr, hub.exemple.fr");
  await drawer.getByRole("button", { name: "Commander le certificat" }).click();
  await expect(page.getByText("NXDOMAIN")).toBeVisible();
  await expect(page.getByText("vigie.exemple.fr, hub.exemple.fr").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Remplacer" })).toBeDisabled();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Arrêter" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Arrêter" }).click();
  await expect(page.getByText("Le renouvellement automatique est arrêté.").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Remplacer" })).toBeEnabled();
});

test("certificates are trusted and removed", async ({ page }) => {
  await expect(page.getByText("Racine interne").first()).toBeVisible();
  await page.getByRole("button", { name: "Ajouter" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("Certificats").fill(pem);
  await drawer.getByRole("button", { name: "Faire confiance" }).click();
  await expect(page.getByText("Le certificat est de confiance.").first()).toBeVisible();
  await expect(page.getByText("CN=annuaire.exemple.fr").first()).toBeVisible();
  await page.getByRole("button", { name: "Retirer O=Exemple SA, CN=Racine interne" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retirer" }).click();
  await expect(page.getByText("Le certificat n’est plus de confiance.").first()).toBeVisible();
  await expect(page.getByText("Racine interne")).toHaveCount(0);
});
