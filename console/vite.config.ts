import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { mockApi } from "./e2e/mock/plugin.ts";
import { fonts } from "./scripts/fonts.ts";
import { parts } from "./scripts/parts.ts";
import { themeVariables } from "./scripts/theme-variables.ts";

// Development against a real server: VIGIE_URL=https://localhost:7080 npm run dev.
// Without one: VIGIE_MOCK=0|3|100000 (machines) serves the API from memory.
const server = process.env.VIGIE_URL;
const mock = process.env.VIGIE_MOCK;
const toServer = { target: server, secure: false, changeOrigin: true };
const proxy = server ? Object.fromEntries(["/api", "/install", "/oauth"].map((path) => [path, toServer])) : undefined;

// What the server sends beside the console; the preview sends it too, so that tests meet the same policy.
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export default defineConfig({
  plugins: [react(), fonts(), themeVariables(), parts(), ...(mock === undefined ? [] : [mockApi(Number(mock))])],
  build: {
    target: "es2022",
    // A data: address would need a hole in the policy.
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      output: {
        // A hundred files of a few bytes cost more round trips than they save.
        codeSplitting: {
          groups: [
            { name: "icons", test: /node_modules\/@tabler\// },
            { name: "interface", test: /node_modules\/(@mantine|@floating-ui|react-remove-scroll)/, minShareCount: 6 },
          ],
        },
      },
    },
  },
  // The help is the documentation beside the console.
  server: { port: 5173, proxy, fs: { allow: [".."] } },
  preview: { port: 4173, proxy, headers: { "content-security-policy": contentSecurityPolicy } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "scripts/*.test.ts", "e2e/mock/*.test.ts"],
    setupFiles: ["src/test-setup.ts"],
  },
});
