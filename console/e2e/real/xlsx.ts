/** Reads the first sheet of a workbook: its rows as texts. Enough to compare an export with what was exported. */
import { strFromU8, unzipSync } from "fflate";

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function text(xml: string): string {
  return xml.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return entities[name ?? ""] ?? whole;
  });
}

const texts = (xml: string) => [...xml.matchAll(/<t\b[^>]*>([\s\S]*?)<\/t>/g)].map((match) => text(match[1]!)).join("");

function column(reference: string): number {
  let number = 0;
  for (const letter of reference.replace(/\d/g, "")) number = number * 26 + letter.charCodeAt(0) - 64;
  return number - 1;
}

export function readSheet(file: Uint8Array): string[][] {
  const parts = unzipSync(file);
  const part = (name: string) => (parts[name] ? strFromU8(parts[name]) : "");
  const shared = [...part("xl/sharedStrings.xml").matchAll(/<si>([\s\S]*?)<\/si>/g)].map((match) => texts(match[1]!));
  const rows: string[][] = [];
  for (const [, content] of part("xl/worksheets/sheet1.xml").matchAll(/<row\b[^>]*>([\s\S]*?)<\/row>/g)) {
    const row: string[] = [];
    for (const [, attributes, inner = ""] of content!.matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const at = column(/r="([A-Z]+\d+)"/.exec(attributes!)?.[1] ?? "A1");
      const kind = /t="(\w+)"/.exec(attributes!)?.[1];
      const value = /<v>([\s\S]*?)<\/v>/.exec(inner)?.[1] ?? "";
      row[at] = kind === "s" ? shared[Number(value)]! : kind === "inlineStr" ? texts(inner) : text(value);
    }
    rows.push(Array.from(row, (cell) => cell ?? ""));
  }
  return rows;
}
