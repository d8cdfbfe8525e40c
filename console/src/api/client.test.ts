import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { address, curl, pause, Problem, request, setCsrfToken, whenSignedOut } from "./client.ts";

const answer = (status: number, body?: unknown) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status });

describe("a request", () => {
  const fetch = vi.fn<typeof globalThis.fetch>();
  beforeEach(() => vi.stubGlobal("fetch", fetch));
  afterEach(() => {
    vi.unstubAllGlobals();
    fetch.mockReset();
    setCsrfToken(null);
  });

  it("leaves empty values out of its address", () => {
    expect(address("/equipment", { q: "a b", type: "", stale: undefined, limit: 50 })).toBe(
      "/api/v1/equipment?q=a+b&limit=50",
    );
  });

  it("carries the session's token when it writes, and only then", async () => {
    setCsrfToken("token");
    fetch.mockImplementation(async () => answer(204));
    await request("POST", "/x", { body: {} });
    await request("GET", "/x");
    const headers = fetch.mock.calls.map(([, init]) => (init!.headers as Record<string, string>)["x-csrf-token"]);
    expect(headers).toEqual(["token", undefined]);
  });

  it("turns a problem document into an error with its code and its fields", async () => {
    fetch.mockResolvedValue(
      answer(422, {
        code: "value-invalid",
        title: "A value is not valid.",
        errors: [{ field: "name", code: "required" }],
      }),
    );
    const error = await request("POST", "/x").catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({
      status: 422,
      code: "value-invalid",
      errors: [{ field: "name", code: "required" }],
      retriable: false,
    });
  });

  it("says so when there is no server, or something else than ours answers", async () => {
    fetch.mockRejectedValueOnce(new TypeError("failed"));
    await expect(request("GET", "/x")).rejects.toMatchObject({ code: "unreachable", retriable: true });
    fetch.mockResolvedValueOnce(new Response("<html>502</html>", { status: 502 }));
    await expect(request("GET", "/x")).rejects.toMatchObject({ code: "http-502", retriable: true });
  });

  it("notices the end of the session, unless it was only asking", async () => {
    const listener = vi.fn();
    whenSignedOut(listener);
    fetch.mockImplementation(async () => answer(401, { code: "sign-in-required" }));
    await request("GET", "/session", { quiet: true }).catch(() => undefined);
    expect(listener).not.toHaveBeenCalled();
    await request("GET", "/equipment").catch(() => undefined);
    expect(listener).toHaveBeenCalledOnce();
  });

  it("waits as long as a busy server asks, within reason", async () => {
    const busy = (seconds: string) =>
      new Response(JSON.stringify({ code: "busy" }), { status: 503, headers: { "retry-after": seconds } });
    fetch.mockImplementation(async () => busy("7"));
    const problem = await request("GET", "/equipment").catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: "busy", retriable: true, retryAfter: 7 });
    expect(pause(0, problem)).toBe(7000);
    fetch.mockImplementation(async () => busy("86400"));
    expect(pause(0, await request("GET", "/equipment").catch((error: unknown) => error))).toBe(30_000);
    expect([0, 1].map((attempt) => pause(attempt, new Problem(500, {})))).toEqual([1000, 2000]);
  });

  it("is copied for a shell with nothing in it that a shell would run", () => {
    const text = curl({ method: "POST", path: "/equipment", body: { name: "l'été $(reboot)" } });
    expect(text).toContain("-X POST");
    expect(text).toContain(`'{"name":"l'\\''été $(reboot)"}'`);
  });
});
