import { describe, expect, it } from "vitest";

import { rank } from "../components/shell/rank.ts";
import { checkPassword } from "./password.ts";
import { safeBack } from "./session.ts";
import { browserOf } from "./user-agent.ts";

describe("where one goes after signing in", () => {
  it("is a page of this console", () => {
    expect(safeBack("/equipment?type=server")).toBe("/equipment?type=server");
    expect(safeBack(undefined)).toBe("/");
  });
  it("is never another site, nor the sign-in page again", () => {
    for (const evil of [
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "javascript:alert(1)",
      "/sign-in?back=/",
    ]) {
      expect(safeBack(evil)).toBe("/");
    }
  });
});

describe("the rules of a password", () => {
  it("wants nine characters and two kinds", () => {
    expect(checkPassword("azertyuio", "admin")).toEqual({ long: true, mixed: false, nameless: true });
    expect(checkPassword("azerty1!", "admin")).toEqual({ long: false, mixed: true, nameless: true });
    expect(checkPassword("azertyui1", "admin")).toEqual({ long: true, mixed: true, nameless: true });
    expect(checkPassword("é".repeat(128) + "1", "admin")).toEqual({ long: false, mixed: true, nameless: true });
  });
  it("keep the user name out of it", () => {
    expect(checkPassword("Admin-2026", "admin-2026").nameless).toBe(false);
    expect(checkPassword("", "admin").nameless).toBe(false);
  });
  it("counts characters, not bytes, and accents as letters", () => {
    expect(checkPassword("éàùçôîêûÉ", "admin")).toEqual({ long: true, mixed: true, nameless: true });
  });
});

describe("the palette's order", () => {
  it("puts a match in the label above one in the further words, and forgives accents and case", () => {
    expect(rank({ label: "Équipements" }, "equip")).toBeGreaterThan(
      rank({ label: "Accès API", words: "équipements" }, "equip"),
    );
    expect(rank({ label: "Préférences", words: "conservation" }, "CONSERV")).toBeGreaterThan(0);
    expect(rank({ label: "Audit" }, "equip")).toBe(0);
  });
});

describe("a browser's name", () => {
  it("is told from what it says of itself", () => {
    expect(
      browserOf(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
      ),
    ).toBe("Edge 140 · Windows");
    expect(browserOf("curl/8.5.0")).toBe("curl 8.5.0");
    expect(browserOf(null)).toBeNull();
  });
});
