/** The help: the user documentation of the repository, parsed when it is read. */
import { marked, type Token, type Tokens } from "marked";

import type { Locale } from "../api/types.ts";
import { anchorOf } from "./anchor.ts";

export { anchorOf };

/** The pages, in the order in which one meets them. */
export const pages = [
  "getting-started",
  "console",
  "users",
  "customers",
  "connection",
  "alerts",
  "systems",
  "inventory",
  "reports",
  "imports",
  "agents",
  "configuration",
  "retention",
] as const;
export type HelpPageName = (typeof pages)[number];

const files = import.meta.glob<string>("../../../docs/user/*/*.md", { query: "?raw", import: "default" });

export interface Heading {
  depth: number;
  text: string;
  anchor: string;
}
export interface HelpPage {
  name: string;
  title: string;
  tokens: Token[];
  headings: Heading[];
}

/** What a token says, without its marks. */
export function textOf(token: Token): string {
  if (token.type === "table") {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows]
      .flat()
      .map((cell) => cell.tokens.map(textOf).join(""))
      .join(" ");
  }
  if (token.type === "list") return (token as Tokens.List).items.map(textOf).join(" ");
  if ("tokens" in token && token.tokens) return token.tokens.map(textOf).join("");
  return "text" in token && token.type !== "html" ? unescaped(String(token.text)) : "";
}

/** Marked hands text on as it would stand in HTML; here no HTML is made. */
export const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

export function parse(name: string, source: string): HelpPage {
  const tokens = marked.lexer(source, { gfm: true });
  const headings = tokens
    .filter((token): token is Tokens.Heading => token.type === "heading")
    .map((token) => ({ depth: token.depth, text: textOf(token), anchor: anchorOf(textOf(token)) }));
  return { name, title: headings.find((one) => one.depth === 1)?.text ?? name, tokens, headings };
}

export async function loadHelp(locale: Locale): Promise<HelpPage[]> {
  return Promise.all(pages.map(async (name) => parse(name, await files[`../../../docs/user/${locale}/${name}.md`]!())));
}

export interface Found {
  page: string;
  title: string;
  heading: string;
  anchor: string;
  /** The words around the place. */
  excerpt: string;
}

/** Folded for comparing: small, without accents. */
const fold = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** The sections in which every word is, those with a word in their heading first. */
export function search(help: HelpPage[], wanted: string): Found[] {
  const words = fold(wanted).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = help.flatMap((page) =>
    sectionsOf(page).flatMap(({ heading, text }) => {
      const all = fold(`${page.title} ${heading.text} ${text}`);
      if (!words.every((word) => all.includes(word))) return [];
      const inHeading = words.filter((word) => fold(`${page.title} ${heading.text}`).includes(word)).length;
      const at = Math.max(0, fold(text).indexOf(words[0]!));
      // From the beginning of a word.
      const from = at <= 50 ? 0 : text.indexOf(" ", at - 50) + 1;
      const excerpt =
        (from > 0 ? "…" : "") + text.slice(from, from + 160).trim() + (from + 160 < text.length ? "…" : "");
      const place = { page: page.name, title: page.title, heading: heading.text, anchor: heading.anchor };
      return [{ score: inHeading, found: { ...place, excerpt } }];
    }),
  );
  return found.sort((a, b) => b.score - a.score).map((one) => one.found);
}

function sectionsOf(page: HelpPage): { heading: Heading; text: string }[] {
  const sections: { heading: Heading; text: string }[] = [];
  let number = 0;
  for (const token of page.tokens) {
    if (token.type === "heading") {
      sections.push({ heading: page.headings[number]!, text: "" });
      number += 1;
    } else if (sections.length > 0) {
      const last = sections.at(-1)!;
      last.text = `${last.text} ${textOf(token)}`.trim();
    }
  }
  return sections;
}

export type Way = { page: string; anchor?: string; locale?: Locale } | { out: string };

/** Where a link of a help page leads: to another page, place or language of the help, out, or nowhere that a reader can go. */
export function linkOf(href: string, page: string): Way | null {
  if (href.startsWith("#")) return { page, anchor: href.slice(1) };
  if (/^https?:\/\//.test(href)) return { out: href };
  const [, locale, name, anchor] = /^(?:\.\/|\.\.\/(en|fr)\/)?([\w-]+)\.md(?:#(.*))?$/.exec(href) ?? [];
  if (!name || !(pages as readonly string[]).includes(name)) return null;
  return { page: name, anchor, locale: locale as Locale | undefined };
}
