import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { paced } from "./live.ts";

describe("looking at what changed", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is done soon, then once in the pace however often something changes", async () => {
    const work = vi.fn();
    const { poke, end } = paced(work, 1000);
    poke();
    await vi.advanceTimersByTimeAsync(150);
    expect(work).toHaveBeenCalledTimes(1);
    for (let tenth = 0; tenth < 20; tenth += 1) {
      poke();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(work).toHaveBeenCalledTimes(3);
    end();
    await vi.advanceTimersByTimeAsync(5000);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it("waits for an answer that takes longer than the pace, and looks again after it if something changed", async () => {
    let answer: () => void = () => undefined;
    const work = vi.fn(() => new Promise<void>((done) => (answer = done)));
    const { poke, end } = paced(work, 1000);
    poke();
    await vi.advanceTimersByTimeAsync(150);
    poke();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(work).toHaveBeenCalledTimes(1);
    answer();
    await vi.advanceTimersByTimeAsync(150);
    expect(work).toHaveBeenCalledTimes(2);
    answer();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(work).toHaveBeenCalledTimes(2);
    end();
  });

  it("goes on after a failure", async () => {
    const work = vi.fn(() => Promise.reject(new Error("no network")));
    const { poke, end } = paced(work, 1000);
    poke();
    await vi.advanceTimersByTimeAsync(150);
    poke();
    await vi.advanceTimersByTimeAsync(1000);
    expect(work).toHaveBeenCalledTimes(2);
    end();
  });
});
