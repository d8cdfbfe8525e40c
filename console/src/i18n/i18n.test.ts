/// <reference types="node" />
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import en from "./en/index.ts";
import fr from "./fr/index.ts";
import { withMany } from "./index.ts";

interface Words {
  [key: string]: string | Words;
}

function flat(words: Words, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const french = flat(fr as Words);
const english = flat(en as Words);
const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]!).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\./.test(entry.name) ? [path] : [];
  });
}

describe("the two languages", () => {
  it("have the same words to say", () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("fill in the same values", () => {
    for (const [key, text] of french) {
      // A singular may do without its number.
      const without = (list: string[]) =>
        list.filter((name) => !(key.endsWith("_one") && (name === "count" || name === "name")));
      expect(without(placeholders(text)), key).toEqual(without(placeholders(english.get(key)!)));
    }
  });

  it("have every word that the console asks for", () => {
    const missing = new Set<string>();
    for (const file of sources(join(import.meta.dirname, ".."))) {
      for (const [, key] of readFileSync(file, "utf8").matchAll(/\bt\(\s*"([\w.-]+)"/g)) {
        if (!french.has(key!) && !french.has(`${key}_other`)) missing.add(`${key} (${file.split("/src/")[1]})`);
      }
    }
    expect([...missing]).toEqual([]);
  });

  it("keep French typography: a space that does not break before double signs", () => {
    const wrong = [...french].filter(([, text]) => / [;:?!»]|« |[^\s\u00a0][;?!»]/.test(text));
    expect(wrong).toEqual([]);
  });

  it("reads millions like any other plural", () => {
    expect(withMany({ a: { rows_other: "{{count}} lignes" } })).toEqual({
      a: { rows_other: "{{count}} lignes", rows_many: "{{count}} lignes" },
    });
  });
});
