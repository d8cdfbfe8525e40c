// What the first page transfers, compressed as the server compresses it (brotli).
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const size = (file) => brotliCompressSync(readFileSync(new URL(file, dist)), options).length;

function closure(entries) {
  const files = new Set();
  const visit = (key, seen) => {
    if (seen.has(key)) return;
    seen.add(key);
    const chunk = manifest[key];
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const next of chunk.imports ?? []) visit(next, seen);
  };
  const seen = new Set();
  for (const entry of entries) visit(entry, seen);
  return [...files];
}

const pages = {
  "sign-in": ["index.html", "src/i18n/fr/index.ts", "src/pages/sign-in.tsx"],
  overview: ["index.html", "src/i18n/fr/index.ts", "src/components/shell/shell.tsx", "src/pages/dashboard.tsx"],
  equipment: ["index.html", "src/i18n/fr/index.ts", "src/components/shell/shell.tsx", "src/pages/equipment/list.tsx"],
};
for (const [page, entries] of Object.entries(pages)) {
  const files = closure(entries.filter((entry) => manifest[entry]));
  const total = files.reduce((sum, file) => sum + size(file), 0);
  console.log(`${page.padEnd(12)} ${(total / 1000).toFixed(1)} kB brotli in ${files.length} files`);
}
