// Types of the HTTP API, from the document that the server generates.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const document = new URL("../../openapi/vigie.json", import.meta.url);
if (!existsSync(document)) {
  console.error("openapi/vigie.json is missing: run `cargo xtask gen` first.");
  process.exit(1);
}
execFileSync("npx", ["openapi-typescript", document.pathname, "-o", "src/api/schema.d.ts"], { stdio: "inherit" });
