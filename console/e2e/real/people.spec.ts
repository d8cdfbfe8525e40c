/**
 * Who may what, on a real server: an administrator makes a supervisor, the supervisor an operator, and each sees exactly
 * what they were given. The administrator's password is the one-time one (VIGIE_PASSWORD) or the one that other tests set.
 */
import { expect, test, type Page as Tab } from "@playwright/test";

import type { AuditEntry, Customer, Page, Permissions, User } from "../../src/api/types.ts";
import { api, newPassword } from "./console.ts";

test.describe.configure({ mode: "serial" });

const mark = Date.now().toString(36).slice(-6);
const given = `Donné ${mark}`;
const other = `Autre ${mark}`;
const supervisor = `chef-${mark}`;
const operator = `op-${mark}`;
const password = "Phare-du-Créac’h-1863";

async function enter(page: Tab, login: string, secret: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Identifiant").fill(login);
  await page.getByLabel("Mot de passe", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Se connecter" }).click();
}

async function leave(page: Tab): Promise<void> {
  await page.getByRole("button", { name: /^Menu de/ }).click();
  await page.getByRole("menuitem", { name: "Se déconnecter" }).click();
  await expect(page.getByRole("heading", { name: "Connexion" })).toBeVisible();
}

async function asAdministrator(page: Tab): Promise<void> {
  await enter(page, "admin", newPassword);
  const overview = page.getByRole("heading", { level: 1, name: "Vue d’ensemble" });
  const refused = page.getByRole("alert").filter({ hasText: "n’est pas le bon" });
  await expect(overview.or(refused)).toBeVisible();
  if (await overview.isVisible()) return;
  const oneTime = process.env.VIGIE_PASSWORD ?? "";
  await enter(page, "admin", oneTime);
  await page.getByLabel("Mot de passe actuel").fill(oneTime);
  await page.getByLabel("Nouveau mot de passe", { exact: true }).fill(newPassword);
  await page.getByLabel("Nouveau mot de passe, encore une fois").fill(newPassword);
  await page.getByRole("button", { name: "Changer le mot de passe" }).click();
  await expect(page.getByText("Connectez-vous avec le nouveau")).toBeVisible();
  await enter(page, "admin", newPassword);
  await expect(overview).toBeVisible();
}

/** Adds a user; a role is chosen where there is a choice. */
async function addUser(page: Tab, login: string, role: string | null): Promise<void> {
  await page.goto("/administration/users?new=1");
  const drawer = page.getByRole("dialog", { name: "Nouvel utilisateur" });
  await drawer.getByLabel("Identifiant").fill(login);
  await drawer.getByLabel("Mot de passe", { exact: true }).fill(password);
  await drawer.getByLabel("Mot de passe, encore une fois").fill(password);
  // This test signs in as them.
  await drawer.getByRole("switch", { name: /^Demander un nouveau mot de passe/ }).uncheck({ force: true });
  if (role === null) await expect(drawer.getByRole("combobox", { name: "Rôle" })).toBeDisabled();
  else {
    await drawer.getByRole("combobox", { name: "Rôle" }).click();
    await page.getByRole("option", { name: new RegExp(`^${role}`) }).click();
  }
  await drawer.getByRole("button", { name: "Créer l’utilisateur" }).click();
  await expect(page.getByRole("link", { name: login })).toBeVisible();
}

async function assign(page: Tab, customer: string, login: string): Promise<void> {
  await page.goto(`/administration/customers?q=${encodeURIComponent(customer)}`);
  await page.getByRole("button", { name: `Qui voit ${customer}` }).click();
  const drawer = page.getByRole("dialog", { name: `Qui voit ${customer}` });
  await drawer.getByRole("combobox", { name: "Affecter à la main" }).fill(login);
  await page.getByRole("option", { name: new RegExp(login) }).click();
  await drawer.getByRole("button", { name: "Affecter", exact: true }).click();
  const row = drawer.getByRole("listitem").filter({ hasText: login });
  await expect(row).toContainText("à la main");
  await expect(row).toContainText(`${customer} a été donné à la main.`);
}

const names = async (page: Tab) =>
  (await api<Page<Customer>>(page, "/customers?limit=200")).items.map((one) => one.name);

test("an administrator adds customers and a supervisor, and assigns one", async ({ page }) => {
  await asAdministrator(page);
  for (const name of [given, other]) {
    await page.goto("/administration/customers?new=1");
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("textbox", { name: "Nom" }).fill(name);
    await drawer.locator("button[type=submit]").click();
    await drawer.getByRole("button", { name: "copié" }).click();
    await expect(drawer).toHaveCount(0);
  }
  await addUser(page, supervisor, "Superviseur");
  await assign(page, given, supervisor);
});

test("the supervisor sees that customer, makes an operator and assigns them", async ({ page }) => {
  await enter(page, supervisor, password);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
  expect(await names(page)).toEqual([given]);
  await addUser(page, operator, null);
  // Only whom they made themselves.
  const managed = await api<Page<User>>(page, "/users?limit=200");
  expect(managed.items.map((one) => one.login)).toEqual([operator]);
  await assign(page, given, operator);
  await page.goto("/administration/users");
  await page.getByRole("link", { name: operator }).click();
  await page.getByRole("tab", { name: "Pourquoi ?" }).click();
  await page.getByRole("combobox", { name: "Client" }).click();
  await expect(page.getByRole("option")).toHaveText([given]);
  await page.getByRole("option", { name: given }).click();
  await expect(page.getByText(`${operator} voit ${given}.`)).toBeVisible();
  await page.goto("/administration/preferences");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Accès non autorisé");
  await page.goto("/");
  await leave(page);
});

test("the operator sees exactly that, and may what the table says", async ({ page }) => {
  await enter(page, operator, password);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
  await page.goto("/administration/customers");
  await expect(page.locator("[data-row-link]")).toHaveText([given]);
  expect(await names(page)).toEqual([given]);
  const rail = page.getByRole("navigation", { name: "Navigation principale" });
  await expect(rail.getByRole("link", { name: "Utilisateurs" })).toHaveCount(0);
  await page.goto("/administration/users");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Accès non autorisé");
  expect((await page.request.get("/api/v1/users")).status()).toBe(403);
  const { actions } = await api<Permissions>(page, "/users/me/permissions");
  const allowed = (action: string) => actions.find((one) => one.action === action)?.allowed;
  expect([allowed("equipment.edit"), allowed("users.manage"), allowed("preferences.manage")]).toEqual([
    true,
    false,
    false,
  ]);
  await page.goto("/equipment");
  await expect(page.getByRole("button", { name: "Ajouter" }).first()).not.toHaveAttribute("aria-disabled", "true");
});

test("the audit trail tells who did it", async ({ page }) => {
  await asAdministrator(page);
  const { items } = await api<Page<AuditEntry>>(page, "/audit?limit=200&action=user.create");
  const entry = items.find((one) => one.object.name === operator);
  expect(entry?.actor.name).toBe(supervisor);
  await page.goto("/administration/audit?action=user.create");
  await expect(page.getByText("Utilisateur créé").first()).toBeVisible();
});

test("a disabled operator is out at once", async ({ page, browser }) => {
  const theirs = await browser.newContext({ ignoreHTTPSErrors: true, locale: "fr-FR" });
  const tab = await theirs.newPage();
  await enter(tab, operator, password);
  await expect(tab.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
  await asAdministrator(page);
  await page.goto(`/administration/users?q=${operator}`);
  await page.getByRole("button", { name: `Actions pour ${operator}` }).click();
  await page.getByRole("menuitem", { name: "Désactiver" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Désactiver" }).click();
  await expect(page.locator("[data-row]").filter({ hasText: operator })).toContainText("Désactivé");
  await tab.goto("/equipment");
  await expect(tab.getByRole("heading", { name: "Connexion" })).toBeVisible();
  await theirs.close();
});
