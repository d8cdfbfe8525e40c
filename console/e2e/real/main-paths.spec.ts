/**
 * The main paths on a real server, in the order in which a person meets them. The server is fresh: VIGIE_PASSWORD is its
 * administrator's one-time password, and at least one agent has delivered an inventory.
 */
import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";

import type {
  Certificate,
  Equipment,
  EquipmentItem,
  Inventory,
  Page,
  PendingItem,
  SoftwareMachine,
} from "../../src/api/types.ts";
import { api, newPassword, picture, signIn, submit } from "./console.ts";
import { readSheet } from "./xlsx.ts";

test.describe.configure({ mode: "serial" });

const oneTime = process.env.VIGIE_PASSWORD ?? "";

test("the first sign-in forces a new password", async ({ page }) => {
  expect(oneTime, "VIGIE_PASSWORD is the one-time password").not.toBe("");
  await page.goto("/equipment");
  await expect(page.getByRole("heading", { name: "Connexion" })).toBeVisible();
  await picture(page, "sign-in");
  await submit(page, "not-the-password-1");
  await expect(page.getByRole("alert").filter({ hasText: "n’est pas le bon" })).toBeVisible();
  await submit(page, oneTime);
  await expect(page.getByRole("heading", { name: "Nouveau mot de passe" })).toBeVisible();
  // Nothing else is to be had before.
  await page.goto("/equipment");
  await expect(page.getByRole("heading", { name: "Nouveau mot de passe" })).toBeVisible();
  await page.getByLabel("Mot de passe actuel").fill(oneTime);
  await page.getByLabel("Nouveau mot de passe", { exact: true }).fill(newPassword);
  await page.getByLabel("Nouveau mot de passe, encore une fois").fill(newPassword);
  await page.getByRole("button", { name: "Changer le mot de passe" }).click();
  await expect(page.getByText("Connectez-vous avec le nouveau")).toBeVisible();
  await submit(page, newPassword);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
});

test("a pending machine becomes equipment, with its whole inventory", async ({ page }) => {
  await signIn(page);
  await page
    .getByRole("link", { name: /^En attente/ })
    .first()
    .click();
  const waiting = await api<Page<PendingItem>>(page, "/pending-equipment?limit=50");
  expect(waiting.total, "an agent has delivered an inventory").toBeGreaterThan(0);
  const first = waiting.items[0]!;
  const name = first.name ?? first.id;
  await expect(page.locator("[data-row-link]").filter({ hasText: name }).first()).toBeVisible();
  await picture(page, "pending");
  await page
    .getByRole("button", { name: `Actions pour ${name}` })
    .first()
    .click();
  await page.getByRole("menuitem", { name: "Créer un équipement" }).click();
  const drawer = page.getByRole("dialog", { name: "Créer un équipement" });
  await drawer.getByLabel("Emplacement").fill("Salle serveurs");
  await drawer.getByRole("button", { name: "Créer l’équipement" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  const id = new URL(page.url()).pathname.split("/").at(-1)!;
  const made = await api<Equipment>(page, `/equipment/${id}`);
  expect(made.location).toBe("Salle serveurs");
  const inventory = await api<Inventory>(page, `/equipment/${id}/inventory`);
  const software = inventory.sections.software as { name: string }[];
  await picture(page, "equipment");
  await page.getByRole("tab", { name: "Logiciels" }).click();
  await expect(page.getByRole("status").filter({ hasText: /éléments?/ })).toContainText(
    new Intl.NumberFormat("fr").format(software.length),
  );
  await page.getByRole("tab", { name: "Composants" }).click();
  await expect(page.getByText("Dernier inventaire :")).toBeVisible();
  await picture(page, "components");
});

test("several pending machines become equipment at once", async ({ page }) => {
  await signIn(page);
  const waiting = await api<Page<PendingItem>>(page, "/pending-equipment?limit=50");
  expect(waiting.items.length, "several machines have reported").toBeGreaterThan(1);
  const before = await api<Page<EquipmentItem>>(page, "/equipment?limit=1");
  await page.goto("/pending");
  await page.getByLabel("Sélectionner toute la page").check();
  await page.getByRole("toolbar").getByRole("button", { name: "Créer un équipement" }).click();
  const dialog = page.getByRole("dialog", { name: "Créer un équipement" });
  await expect(dialog).toContainText(`${waiting.items.length} machines`);
  await dialog.getByRole("button", { name: "Créer", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  const after = await api<Page<EquipmentItem>>(page, "/equipment?limit=1");
  expect(after.total).toBe(before.total + waiting.items.length);
});

test("the software question is answered as the API answers it", async ({ page }) => {
  await signIn(page);
  const list = await api<Page<EquipmentItem>>(page, "/equipment?limit=1&agent=with");
  const inventory = await api<Inventory>(page, `/equipment/${list.items[0]!.id}/inventory`);
  const programs = inventory.sections.software as { name: string; version?: string }[];
  const program = programs.find((one) => one.name === "bash" && one.version) ?? programs.find((one) => one.version)!;
  await page.getByRole("link", { name: "Logiciels", exact: true }).click();
  await page.getByRole("combobox", { name: "nom du logiciel" }).fill(program.name);
  await page.keyboard.press("Escape");
  await page.getByLabel("Version", { exact: true }).fill("999999");
  await page.getByRole("button", { name: "Trouver" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Machines qui ont ${program.name} avant 999999`);
  const answer = await api<Page<SoftwareMachine>>(
    page,
    `/software/machines?name=${encodeURIComponent(program.name)}&version_below=999999&limit=50`,
  );
  await expect(page.locator("[data-row-link]")).toHaveCount(answer.items.length);
  await expect(page.getByText(program.version!).first()).toBeVisible();
  await picture(page, "software");
  await page.getByLabel("Version", { exact: true }).fill("0");
  await page.getByRole("button", { name: "Trouver" }).click();
  await expect(page.getByRole("heading", { name: /Aucune machine n’a/ })).toBeVisible();
});

test("an export is opened again and holds what the list holds", async ({ page }) => {
  await signIn(page);
  await page.getByRole("link", { name: "Équipements", exact: true }).first().click();
  await expect(page.locator("[data-row-link]").first()).toBeVisible();
  await picture(page, "list");
  await page.getByRole("link", { name: "Vue d’ensemble" }).click();
  await expect(page.getByRole("heading", { name: "Par type" })).toBeVisible();
  await picture(page, "overview");
  await page.getByRole("link", { name: "Équipements", exact: true }).first().click();
  await expect(page.locator("[data-row-link]").first()).toBeVisible();
  for (const item of [/XLSX/, /CSV/, /JSON/]) {
    await page.getByRole("button", { name: "Exporter" }).click();
    const ordered = page.waitForResponse(
      (answer) => answer.request().method() === "POST" && answer.url().endsWith("/api/v1/exports"),
    );
    await page.getByRole("menuitem", { name: item }).click();
    // Leaving the page before the order has gone out would take it back.
    expect((await ordered).ok()).toBe(true);
    await expect(page.getByRole("menuitem", { name: item })).toHaveCount(0);
  }
  await page.goto("/exports");
  const links = page.getByRole("link", { name: /^Télécharger/ });
  await expect(links).toHaveCount(3, { timeout: 60_000 });
  const expected = await api<Page<EquipmentItem>>(page, "/equipment?limit=200&sort=name");
  const names = expected.items.map((one) => one.name);
  expect(names.length).toBeGreaterThan(0);
  for (let index = 0; index < 3; index += 1) {
    const [download] = await Promise.all([page.waitForEvent("download"), links.nth(index).click()]);
    const file = await readFile(await download.path());
    const kind = download.suggestedFilename().split(".").at(-1);
    let found: string[];
    if (kind === "json") {
      found = (JSON.parse(file.toString("utf8")) as { name: string }[]).map((row) => row.name);
    } else {
      const rows =
        kind === "xlsx"
          ? readSheet(file)
          : file
              .toString("utf8")
              .replace(/^\ufeff/, "")
              .trim()
              .split(/\r?\n/)
              .map((line) => line.split(/[;,]/).map((cell) => cell.replace(/^"|"$/g, "")));
      const at = rows[0]!.findIndex((title) => /^(name|nom)$/i.test(title));
      expect(at, `the column of names in ${String(kind)}: ${rows[0]!.join(", ")}`).toBeGreaterThanOrEqual(0);
      found = rows.slice(1).map((row) => row[at]!);
    }
    expect(found.slice(0, names.length), String(kind)).toEqual(names);
  }
});

test("the certificate is renewed while the page is open, downloaded and trusted", async ({ page }) => {
  await signIn(page);
  await page.goto("/administration/certificate");
  const before = await api<Certificate>(page, "/certificate");
  const fingerprint = page.getByLabel("Empreinte (SHA-256)").first();
  await expect(fingerprint).toHaveText(before.sha256);
  await page.getByRole("button", { name: "Renouveler", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Renouveler" }).click();
  await expect(page.getByText("Le nouveau certificat est en service.").first()).toBeVisible();
  await expect(fingerprint).not.toHaveText(before.sha256);
  const after = await api<Certificate>(page, "/certificate");
  expect([after.mode, after.ca.sha256, after.warning]).toEqual(["own", before.ca.sha256, null]);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Propre autorité, PEM" }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toBe("vigie-ca.pem");
  const authority = await readFile(await file.path(), "utf8");
  await page.getByRole("button", { name: "Remplacer" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("tab", { name: "PEM" }).click();
  await drawer.getByLabel("Certificats", { exact: true }).fill(authority);
  await drawer.getByRole("button", { name: "Utiliser ce certificat" }).click();
  await expect(drawer.getByText("Aucun certificat avec sa clé")).toBeVisible();
  await page.goto("/administration/certificate?form=trust");
  await drawer.getByLabel("Certificats").fill(authority);
  await drawer.getByRole("button", { name: "Faire confiance" }).click();
  const name = after.ca.subject;
  await page.getByRole("button", { name: `Retirer ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retirer" }).click();
  await expect(page.getByText("Aucun pour l’instant")).toBeVisible();
});

test("no page needs more than the server's content security policy allows", async ({ page }) => {
  const broken: string[] = [];
  page.on("pageerror", (error) => broken.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) broken.push(message.text());
  });
  const policy = (await page.goto("/sign-in"))?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|data:|blob:|\*/);
  await signIn(page);
  const { items } = await api<Page<EquipmentItem>>(page, "/equipment?limit=1&agent=with");
  const pages = [
    "/",
    "/equipment?new=1",
    `/equipment?preview=${items[0]!.id}`,
    ...["summary", "components", "software", "history", "synchronisations", "links", "attachments", "edit"].map(
      (tab) => `/equipment/${items[0]!.id}?tab=${tab}`,
    ),
    "/pending",
    "/software",
    "/exports",
    "/notifications",
    "/configuration/agents",
    "/configuration/agents?tab=list",
    "/administration/customers?new=1",
    "/administration/resellers",
    "/administration/users?new=1",
    "/administration/roles",
    "/help/users",
    "/administration/api-access",
    "/administration/distribution",
    "/administration/preferences",
    "/administration/sign-in",
    "/administration/certificate",
    "/administration/certificate?form=replace",
    "/administration/platform",
    "/administration/platform/logs",
    "/administration/audit",
    "/profile?token=new",
    "/profile?factor=totp",
  ];
  for (const address of pages) {
    await page.goto(address);
    await expect(page.locator("h1")).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  }
  await page.goto("/equipment");
  await expect(page.locator("[data-row-link]").first()).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Exporter" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  expect(broken).toEqual([]);
  // The policy is in force: what it forbids is noticed.
  await page.evaluate(() => document.head.append(document.createElement("style")));
  await page.evaluate(() => document.head.querySelector("style")!.append("b { color: red }"));
  await expect.poll(() => broken.length).toBeGreaterThan(0);
});
