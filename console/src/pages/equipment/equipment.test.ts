import { describe, expect, it } from "vitest";

import { makeFormat } from "../../lib/format.ts";
import { inPortions } from "./bulk-questions.tsx";
import { changesBetween, noValues } from "./fields.tsx";
import { columnsOf, showValue } from "./sections.ts";

const words = { yes: "yes", no: "no", value: (_: string, value: string) => value };
const format = makeFormat("en");
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("what an edit sends", () => {
  it("is only what changed; an emptied field is an empty text", () => {
    const before = { ...noValues, name: "srv-1", location: "Rennes", serial: "ABC" };
    expect(changesBetween(before, { ...before })).toEqual({});
    expect(changesBetween(before, { ...before, location: "", person: " Inès " })).toEqual({
      location: "",
      person: "Inès",
    });
  });
  it("sends custom fields as a whole and forgets those without a name", () => {
    const before = { ...noValues, custom_fields: [{ name: "Prise", value: "B12" }] };
    const after = {
      ...before,
      custom_fields: [
        { name: "Prise", value: "B14" },
        { name: " ", value: "?" },
      ],
    };
    expect(changesBetween(before, after)).toEqual({ custom_fields: { Prise: "B14" } });
  });
});

describe("an inventory's values", () => {
  it("are humanised by what their field says", () => {
    const show = (section: string, field: string, value: unknown) =>
      plain(showValue(section, field, value, format, words));
    expect(show("disks", "size_bytes", 512e9)).toBe("512 GB");
    expect(show("system", "memory_bytes", 16 * 1024 ** 3)).toBe("16 GiB");
    expect(show("batteries", "full_capacity_mwh", 47_100)).toBe("47.1 Wh");
    expect(show("monitors", "year", 2023)).toBe("2023");
    expect(show("networks", "addresses", ["192.0.2.7/24", "2001:db8::7/64"])).toBe("192.0.2.7/24, 2001:db8::7/64");
    expect(show("volumes", "encrypted", false)).toBe("no");
    expect(show("x", "y", undefined)).toBe("");
  });
  it("show hostile text as the text that it is", () => {
    expect(showValue("local_users", "name", "<img src=x onerror=alert(1)>", format, words)).toBe(
      "<img src=x onerror=alert(1)>",
    );
  });
  it("have the columns that are used, known ones first, unknown ones not lost", () => {
    const rows = [
      { version: "1", name: "a", publisher: "" },
      { name: "b", invented: true },
    ];
    expect(columnsOf("software", rows)).toEqual(["name", "version", "invented"]);
  });
});

describe("a bulk action on more than the server takes at once", () => {
  it("is made in portions and reported as one", async () => {
    const sizes: number[] = [];
    const ids = Array.from({ length: 450 }, (_, index) => `e${index}`);
    const result = await inPortions({ ids }, async (target) => {
      const part = (target as { ids: string[] }).ids;
      sizes.push(part.length);
      return { done: part.length - 1, failed: [{ id: part[0]!, code: "not-found", title: "" }] };
    });
    expect(sizes).toEqual([200, 200, 50]);
    expect(result.done).toBe(447);
    expect(result.failed).toHaveLength(3);
  });
});
