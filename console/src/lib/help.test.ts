import { describe, expect, it } from "vitest";

import { anchorOf, linkOf, loadHelp, pages, parse, search, textOf } from "./help.ts";

describe("the help", () => {
  it("makes the anchors that the files' links use", () => {
    expect(anchorOf("Break-glass: `vigie admin`")).toBe("break-glass-vigie-admin");
    expect(anchorOf("Équipements en attente")).toBe("équipements-en-attente");
  });

  it("reads text without marks, tables and lists too", () => {
    const { tokens } = parse("x", "# A\n\n| a | b |\n| --- | --- |\n| *c* | `d<e` |\n\n- f\n- **g**\n");
    expect(tokens.map(textOf).join("|").replaceAll(/\s+/g, " ")).toContain("a b c d<e");
    expect(tokens.map(textOf).join(" ")).toContain("f g");
  });

  it("finds sections by all the words, whatever their accents, headings first", () => {
    const help = [
      parse("one", "# Première page\n\n## Rôles\n\nQui fait quoi.\n\n## Autre\n\nLes rôles sont sept.\n"),
      parse("two", "# Seconde\n\nRien.\n"),
    ];
    expect(search(help, "roles").map((one) => one.heading)).toEqual(["Rôles", "Autre"]);
    expect(search(help, "roles sept")).toHaveLength(1);
    expect(search(help, "roles huit")).toEqual([]);
    expect(search(help, "  ")).toEqual([]);
  });

  it("follows links between pages and to anchors, and leads nobody out of it", () => {
    expect(linkOf("#labels", "users")).toEqual({ page: "users", anchor: "labels" });
    expect(linkOf("agents.md#keys", "users")).toEqual({ page: "agents", anchor: "keys" });
    expect(linkOf("../fr/getting-started.md", "users")).toEqual({ page: "getting-started", locale: "fr" });
    expect(linkOf("https://example.com/", "users")).toEqual({ out: "https://example.com/" });
    expect(linkOf("../../problems.md", "users")).toBeNull();
    expect(linkOf("javascript:alert(1)", "users")).toBeNull();
  });

  it.each(["en", "fr"] as const)(
    "has every page in this language, and every link of it leads somewhere: %s",
    async (locale) => {
      const help = await loadHelp(locale);
      expect(help.map((page) => page.name)).toEqual([...pages]);
      const broken: string[] = [];
      const visit = (page: string, tokens: readonly unknown[]) => {
        for (const token of tokens as { type: string; href?: string; tokens?: unknown[]; items?: unknown[] }[]) {
          if (token.type === "link") {
            const link = linkOf(token.href!, page);
            const target = link && "page" in link ? help.find((one) => one.name === link.page) : undefined;
            const anchor = link && "page" in link ? link.anchor : undefined;
            if (anchor && !target?.headings.some((heading) => heading.anchor === decodeURIComponent(anchor)))
              broken.push(`${page}: ${token.href}`);
          }
          visit(page, token.tokens ?? token.items ?? []);
        }
      };
      for (const page of help) {
        expect(page.title).not.toBe(page.name);
        visit(page.name, page.tokens);
      }
      expect(broken).toEqual([]);
    },
  );
});
