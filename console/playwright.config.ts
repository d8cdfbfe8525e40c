import { defineConfig } from "@playwright/test";

import { chromium } from "./e2e/chromium.ts";

// Breadth: the built console on the mock API, with the policy that the server sends.
export default defineConfig({
  testDir: "e2e",
  testIgnore: "real/**",
  testMatch: "*.spec.ts",
  outputDir: "test-results",
  // Generous: a machine that is slow today is no fault of the console.
  timeout: 90_000,
  // What passes only the second time is listed as flaky by the runner, and is to be mended.
  retries: 1,
  expect: { timeout: 15_000 },
  fullyParallel: true,
  workers: 2,
  reporter: [["list"]],
  use: {
    ...chromium,
    baseURL: "http://127.0.0.1:4173",
    viewport: { width: 1440, height: 900 },
    locale: "fr-FR",
    contextOptions: { reducedMotion: "reduce" },
  },
  webServer: {
    // The test command has built it.
    command: `${process.env["CI"] ? "" : "npm run build && "}npx vite preview --host 127.0.0.1 --port 4173 --strictPort`,
    url: "http://127.0.0.1:4173/",
    env: { VIGIE_MOCK: "3" },
    reuseExistingServer: true,
    timeout: 180_000,
  },
});
