import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { address, curl, Problem, request, setCsrfToken, whenSignedOut } from "./client.ts";

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

  it("is copied for a shell with nothing in it that a shell would run", () => {
    const text = curl("POST", "/equipment", { body: { name: "l'été $(reboot)" } });
    expect(text).toContain("-X POST");
    expect(text).toContain(`'{"name":"l'\\''été $(reboot)"}'`);
  });
});
