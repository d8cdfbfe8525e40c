/**
 * The console's fonts, cut down at build time to what it uses: Latin-1 and the punctuation of both languages, the weights
 * and the OpenType features of the style sheets. Half of what the packages bring. Other letters come from the reader's own
 * fonts.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

import { subset, type Cut } from "./subset.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const folder = path("../src/theme/fonts/");

const letters: Cut["letters"] = [
  [0x20, 0x7e],
  [0xa0, 0xff],
  [0x152, 0x153],
  [0x178, 0x178],
  [0x2009, 0x2009],
  [0x2010, 0x2026],
  [0x202f, 0x203a],
  [0x20ac, 0x20ac],
  [0x2122, 0x2122],
  [0x2190, 0x2193],
  [0x2212, 0x2212],
];

const fontsMade: { from: string; to: string; cut: Cut }[] = [
  {
    from: path("../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
    to: `${folder}inter.woff2`,
    cut: {
      letters,
      features: ["calt", "ccmp", "cv05", "kern", "locl", "mark", "mkmk", "ss03", "tnum"],
      weights: [400, 700],
    },
  },
  {
    from: path("../node_modules/@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2"),
    to: `${folder}jetbrains-mono.woff2`,
    // Ids, addresses and logs are read letter by letter: no ligatures.
    cut: { letters, features: ["ccmp", "mark"] },
  },
];

/** Writes the fonts where they are missing or older than what they are made of. */
export function fonts(): Plugin {
  return {
    name: "vigie-fonts",
    async config() {
      mkdirSync(folder, { recursive: true });
      const changed = (file: string) => statSync(file).mtimeMs;
      const recipe = Math.max(changed(path("fonts.ts")), changed(path("subset.ts")));
      for (const { from, to, cut } of fontsMade) {
        if (existsSync(to) && changed(to) > Math.max(recipe, changed(from))) continue;
        writeFileSync(to, await subset(readFileSync(from), cut));
      }
    },
  };
}
