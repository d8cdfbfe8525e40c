import { describe, expect, it } from "vitest";

import { makeFormat, regional } from "./format.ts";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("format", () => {
  const fr = makeFormat("fr");
  const en = makeFormat("en");

  it("writes numbers and sizes as the language does", () => {
    expect(plain(fr.number(1234567))).toBe("1 234 567");
    expect(en.number(1234567)).toBe("1,234,567");
    expect(plain(fr.bytes(16 * 1024 ** 3))).toBe("16 Gio");
    expect(plain(en.bytes(1536))).toBe("1.5 KiB");
    expect(plain(fr.diskSize(512e9))).toBe("512 Go");
    expect(plain(en.diskSize(0))).toBe("0 B");
  });

  it("keeps a day the day that was written, whatever the time zone", () => {
    expect(en.date("2024-02-29")).toContain("29");
    expect(fr.date("2024-02-29")).toContain("29");
  });

  it("shows what is not a date as it came", () => {
    expect(fr.date("1970-00-01")).toBe("1970-00-01");
    expect(fr.relative("soon")).toBe("soon");
  });

  it("counts whole units, downwards", () => {
    const now = Date.parse("2026-01-15T12:00:00Z");
    expect(en.relative("2026-01-15T11:58:01Z", now)).toBe("1 minute ago");
    expect(en.relative("2026-01-14T12:00:00Z", now)).toBe("yesterday");
    expect(fr.relative("2025-12-27T12:00:00Z", now)).toBe("il y a 19 jours");
  });

  it("does not round what is there down to nothing", () => {
    expect(en.percent(0)).toBe("0%");
    expect(en.percent(0.001)).toBe("< 1%");
    expect(plain(fr.percent(0.001))).toBe("< 1 %");
    expect(en.percent(0.006)).toBe("1%");
  });

  it("writes dates as the reader's country does", () => {
    expect(regional("en", ["fr-FR", "en-GB", "en"])).toBe("en-GB");
    expect(regional("fr", ["en-GB"])).toBe("fr");
    expect(makeFormat("en-GB").date("2026-11-21")).toBe("21 Nov 2026");
  });
});
