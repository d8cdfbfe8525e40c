import { describe, expect, it } from "vitest";

import { filterOf, localField, measuredAs, mutedUntil } from "./alerts.ts";
import { momentIn, zones } from "./zones.ts";

describe("alerts", () => {
  it("are measured in the unit of their kind; a certificate counts its days", () => {
    expect(measuredAs("disk", 97.34)).toEqual({ key: "percent", value: 97.3 });
    expect(measuredAs("certificate", 12.8)).toEqual({ key: "left", value: 12 });
    expect(measuredAs("certificate", -3.2)).toEqual({ key: "over", value: 3 });
    expect(measuredAs("certificate", 30, true)).toEqual({ key: "days", value: 30 });
    expect(measuredAs("raid", 2)).toEqual({ key: "none", value: 2 });
  });

  it("are narrowed by what the address says of them, and by nothing else", () => {
    expect(filterOf({ type: "trunk", severity: "major", alert: "al_1", sort: "type", q: "" })).toEqual({
      type: "trunk",
      severity: "major",
    });
    expect(filterOf({ type: "nothing", acknowledged: "false" })).toEqual({ acknowledged: "false" });
  });

  it("are muted for hours, or until the next morning", () => {
    const now = new Date(2026, 9, 24, 22, 15);
    expect(mutedUntil("hours", now).getTime() - now.getTime()).toBe(4 * 3_600_000);
    expect(localField(mutedUntil("tomorrow", now))).toBe("2026-10-25T08:00");
  });
});

describe("time zones", () => {
  it("turn a time of day into a moment, also around changes of the clock", () => {
    expect(momentIn("Europe/Paris", "2026-01-15T08:00")).toBe("2026-01-15T07:00:00.000Z");
    expect(momentIn("Europe/Paris", "2026-07-15T08:00")).toBe("2026-07-15T06:00:00.000Z");
    expect(momentIn("Europe/Paris", "2026-03-29T04:00")).toBe("2026-03-29T02:00:00.000Z");
    expect(momentIn("Europe/Paris", "2026-03-29T01:30")).toBe("2026-03-29T00:30:00.000Z");
    expect(momentIn("Asia/Kolkata", "2026-03-01T00:00")).toBe("2026-02-28T18:30:00.000Z");
    expect(momentIn("UTC", "tomorrow")).toBeNull();
    expect(zones()).toContain("Europe/Paris");
  });
});
