import { defineConfig } from "@playwright/test";

import { chromium } from "./e2e/chromium.ts";

// The main paths on a real server: VIGIE_URL names it, VIGIE_PASSWORD is the administrator's (one-time) password.
export default defineConfig({
  testDir: "e2e/real",
  outputDir: "test-results",
  timeout: 90_000,
  workers: 1,
  reporter: [["list"]],
  use: {
    ...chromium,
    baseURL: process.env.VIGIE_URL,
    // The server's authority is its own.
    ignoreHTTPSErrors: true,
    viewport: { width: 1440, height: 900 },
    locale: "fr-FR",
    contextOptions: { reducedMotion: "reduce" },
  },
});
