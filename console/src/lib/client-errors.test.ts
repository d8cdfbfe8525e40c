import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { platform } from "../api/index.ts";
import { noticed, noticeErrors, tellErrors } from "./client-errors.ts";

const sent = vi.spyOn(platform, "tellErrors").mockResolvedValue(undefined);

let minute = 0;

beforeEach(() => {
  vi.useFakeTimers();
  minute += 2;
  vi.setSystemTime(minute * 60_000);
  sent.mockClear();
});
afterEach(() => {
  tellErrors(false);
  vi.advanceTimersByTime(120_000);
  vi.useRealTimers();
});

describe("errors of the console", () => {
  it("are told only where that is wanted", () => {
    noticed("error", new Error("nobody hears"));
    vi.advanceTimersByTime(5000);
    expect(sent).not.toHaveBeenCalled();
  });

  it("are gathered, cut and told once", () => {
    tellErrors(true);
    noticed("render", new TypeError("x".repeat(3000)));
    noticed("render", new TypeError("x".repeat(3000)));
    noticed("rejection", "a word");
    vi.advanceTimersByTime(5000);
    expect(sent).toHaveBeenCalledTimes(1);
    const entries = sent.mock.calls[0]![0];
    expect(entries.map((one) => one.kind)).toEqual(["render", "rejection"]);
    expect(entries[0]!.message).toHaveLength(1000);
    expect(entries[0]!.page).toBe(window.location.pathname);
  });

  it("are no flood", () => {
    tellErrors(true);
    for (let at = 0; at < 100; at += 1) noticed("error", new Error(`number ${at}`));
    vi.advanceTimersByTime(5000);
    expect(sent.mock.calls.flatMap(([entries]) => entries)).toHaveLength(20);
  });

  it("are noticed where nobody caught them", () => {
    tellErrors(true);
    noticeErrors();
    window.dispatchEvent(new ErrorEvent("error", { error: new Error("uncaught") }));
    vi.advanceTimersByTime(5000);
    expect(sent.mock.calls[0]![0][0]!.message).toBe("Error: uncaught");
  });
});
