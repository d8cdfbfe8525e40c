/** A real system: it enrols with a token that the console made, and its link comes and goes before one's eyes. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "@playwright/test";

import { signIn } from "./console.ts";

const agent = process.env.VIGIE_AGENT ?? "vigie-agent";
let folder: string;
let running: ChildProcess | undefined;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vigie-system-"));
});
test.afterAll(async () => {
  running?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

function start(more: string[]): void {
  const link = [
    "--server",
    process.env.VIGIE_URL!,
    "--ca",
    join(folder, "ca.pem"),
    "--state-dir",
    join(folder, "state"),
  ];
  running = spawn(agent, ["system", "run", ...link, ...more], { stdio: "ignore" });
}

test("a system is added by the line that the console shows; it is there, gone, and there again", async ({ page }) => {
  await signIn(page);
  await page.goto("/systems?new=1");
  const drawer = page.getByRole("dialog", { name: "Ajouter des systèmes" });
  await drawer.getByRole("button", { name: "Créer le jeton" }).click();
  const token = (await drawer.getByLabel("Jeton d’enrôlement").innerText()).trim();
  expect(token).toMatch(/^vge_/);
  await drawer.getByRole("button", { name: "copié" }).click();
  const ca = await page.request.get("/install/ca.pem");
  await writeFile(join(folder, "ca.pem"), await ca.body());
  start(["--enrolment-token", token, "--profile", join(import.meta.dirname, "../../../profiles/linux.toml")]);

  // Nobody reloads: the page hears of it.
  const row = page.locator("[data-row]").first();
  await expect(row).toContainText("Connecté", { timeout: 60_000 });
  await expect(row).toContainText("linux");
  await row.getByRole("link").first().click();
  await page.getByRole("button", { name: "Tester la connexion" }).click();
  await expect(page.getByText("Le système vient de répondre.")).toBeVisible();

  running?.kill("SIGKILL");
  await expect(page.getByText(/^Injoignable/).first()).toBeVisible({ timeout: 60_000 });
  // Neither token nor profile is needed any more.
  start([]);
  await expect(page.getByText("Connecté", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
});
