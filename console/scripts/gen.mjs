// Types of the HTTP API, from the document that the server generates.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

// Another copy of the document may be named, such as one that a running server has just told.
const document = new URL(process.env.VIGIE_OPENAPI ?? "../../openapi/vigie.json", import.meta.url);
if (!existsSync(document)) {
  if (existsSync(new URL("../src/api/schema.d.ts", import.meta.url))) {
    console.warn("openapi/vigie.json is missing: the types made before are kept.");
    process.exit(0);
  }
  console.error("openapi/vigie.json is missing: run `cargo xtask gen` first.");
  process.exit(1);
}
execFileSync("npx", ["openapi-typescript", document.pathname, "-o", "src/api/schema.d.ts"], { stdio: "inherit" });
