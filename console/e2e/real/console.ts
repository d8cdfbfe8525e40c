/** Signing in to a real server. */
import { expect, type Page } from "@playwright/test";

export const newPassword = process.env.VIGIE_NEW_PASSWORD ?? "Phare-de-Brest-2026";
// The README's are renewed on purpose (VIGIE_PICTURES=1), so that a test run leaves the tree as it was.
const images = new URL(
  process.env.VIGIE_PICTURES ? "../../../docs/images/" : "../../test-results/pictures/",
  import.meta.url,
).pathname;

async function submit(page: Page, password: string): Promise<void> {
  await page.getByLabel("Identifiant").fill("admin");
  await page.getByLabel("Mot de passe", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Se connecter" }).click();
}

/** Signs in with the password that the first of these tests has set. */
export async function signIn(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await submit(page, newPassword);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Vue d’ensemble");
}

export { submit };

/** A picture for the README. */
export async function picture(page: Page, name: string): Promise<void> {
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  // What was just done is said in a corner; a picture does without it.
  const said = page.locator(".mantine-Notification-closeButton");
  for (const close of await said.all()) await close.click({ timeout: 2000 }).catch(() => undefined);
  await expect(said).toHaveCount(0);
  await page.screenshot({ path: `${images}${name}.png`, animations: "disabled" });
}

/** Asks the API as the page does: with its session. */
export async function api<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}
