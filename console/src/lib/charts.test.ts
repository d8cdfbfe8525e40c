import { describe, expect, it } from "vitest";

import { arcs, lineOf, lowest } from "./charts.ts";

const sample = (minute: number, connected: number, systems = 4) => ({
  at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  connected,
  systems,
});

describe("charts", () => {
  it("draw an arc for each share that there is, and a whole ring for the only one", () => {
    const drawn = arcs([3, 0, 1], 40, 2);
    expect(drawn.map((path) => path !== null)).toEqual([true, false, true]);
    expect(drawn[0]).toMatch(/A 40 40 0 1 1/);
    expect(drawn[2]).toMatch(/A 40 40 0 0 1/);
    expect(arcs([5], 40, 2)[0]).toMatch(/^M 0\.00 -40\.00 A 40 40 0 1 1/);
    expect(arcs([0, 0], 40, 2)).toEqual([null, null]);
  });

  it("draw a line of shares over time, and know when it was lowest", () => {
    const samples = [sample(0, 4), sample(5, 2), sample(10, 2), sample(15, 3)];
    expect(lineOf(samples, 90, 40)).toEqual([
      { x: 0, y: 0 },
      { x: 30, y: 20 },
      { x: 60, y: 20 },
      { x: 90, y: 10 },
    ]);
    expect(lowest(samples)?.at).toBe(samples[1]!.at);
    expect(lowest([])).toBeUndefined();
    expect(lineOf([sample(0, 0, 0)], 90, 40)).toEqual([{ x: 0, y: 40 }]);
  });
});
