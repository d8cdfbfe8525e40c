import { describe, expect, it } from "vitest";

import { endOf, isDay, startOf } from "./days.ts";

describe("days", () => {
  it("begin and end at the reader's midnight", () => {
    const start = new Date(startOf("2026-08-01"));
    const end = new Date(endOf("2026-08-01"));
    expect([start.getFullYear(), start.getMonth(), start.getDate(), start.getHours()]).toEqual([2026, 7, 1, 0]);
    expect([end.getMonth(), end.getDate(), end.getHours()]).toEqual([7, 2, 0]);
    expect(endOf("2026-12-31")).toBe(startOf("2027-01-01"));
  });

  it("end at midnight when clocks change, too", () => {
    for (const day of ["2026-03-29", "2026-10-25", "2026-11-01"]) expect(new Date(endOf(day)).getHours()).toBe(0);
  });

  it("leave moments and nonsense as they are", () => {
    expect(isDay("2026-08-01")).toBe(true);
    for (const text of ["2026-08-01T10:00:00Z", "yesterday", "2026-99-99"]) {
      expect(startOf(text)).toBe(text);
      expect(endOf(text)).toBe(text);
    }
  });
});
