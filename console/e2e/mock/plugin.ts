/** Serves the mock API from Vite's servers. A request's cookie `mock` picks its own copy, so that tests do not meet. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";

import type { Role } from "../../src/api/types.ts";
import { MockApi } from "./api.ts";

const worlds = new Map<string, MockApi>();

function cookie(request: IncomingMessage, name: string): string | null {
  const found = (request.headers.cookie ?? "").split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

/**
 * `count-name[-flags]`: how many machines, and whose world it is. Flags: `in` signed in, `first` must change the password,
 * `as:read_only` the person's role, `as:none` without one, `users:2000` how many others there are, `systems:2000` how many
 * customers' systems, `wall` idle on a wall.
 */
function world(request: IncomingMessage, count: number): MockApi {
  const key = cookie(request, "mock") ?? `${count}-default`;
  let api = worlds.get(key);
  if (!api) {
    const parts = key.split("-");
    const flag = (name: string) => parts.find((part) => part.startsWith(`${name}:`))?.slice(name.length + 1);
    const role = flag("as")?.replaceAll("_", "-");
    const users = flag("users");
    const systems = flag("systems");
    api = new MockApi(Number(parts[0]), {
      role: role === "none" ? null : (role as Role | undefined),
      users: users === undefined ? undefined : Number(users),
      systems: systems === undefined ? undefined : Number(systems),
    });
    api.world.wallboard = parts.includes("wall");
    api.world.signedIn = parts.includes("in");
    api.world.mustChange = parts.includes("first");
    worlds.set(key, api);
  }
  return api;
}

async function bodyOf(request: IncomingMessage): Promise<{ raw: Buffer; body: Record<string, unknown> }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  if (!(request.headers["content-type"] ?? "").includes("json") || raw.length === 0) return { raw, body: {} };
  return { raw, body: JSON.parse(raw.toString()) as Record<string, unknown> };
}

function events(api: MockApi, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": hello\n\n");
  const listener = (topics: string[]) => response.write(`event: changed\ndata: ${JSON.stringify({ topics })}\n\n`);
  api.world.listeners.add(listener);
  request.on("close", () => api.world.listeners.delete(listener));
}

function middleware(count: number): Connect.NextHandleFunction {
  return (request, response, next) => {
    const url = new URL(request.url ?? "/", "http://mock");
    if (url.pathname.startsWith("/install/")) {
      response.setHeader("content-type", "text/plain");
      response.end("#\n");
      return;
    }
    if (!url.pathname.startsWith("/api/v1/")) {
      next();
      return;
    }
    const api = world(request, count);
    const path = url.pathname.slice("/api/v1".length);
    if (path === "/events") {
      events(api, request, response);
      return;
    }
    void (async () => {
      const slow = Number(cookie(request, "mock-delay") ?? 0);
      const { raw, body } = await bodyOf(request);
      if (slow) await new Promise((resolve) => setTimeout(resolve, slow));
      const broken = cookie(request, "mock-broken");
      if (broken && path.startsWith(broken)) {
        response.writeHead(500, { "content-type": "application/problem+json" });
        response.end(
          JSON.stringify({
            title: "Something went wrong on the server; its log says what.",
            status: 500,
            code: "internal",
          }),
        );
        return;
      }
      const answer = api.handle({
        method: request.method ?? "GET",
        path,
        query: url.searchParams,
        body,
        raw,
        cookie: request.headers.cookie ?? "",
        csrf: (request.headers["x-csrf-token"] as string | undefined) ?? null,
      });
      if (answer.picture) {
        response.writeHead(200, { "content-type": "image/png" });
        response.end(answer.picture);
        return;
      }
      if (answer.file) {
        response.writeHead(200, {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${answer.file.name}"`,
        });
        response.end(answer.file.text);
        return;
      }
      const type = answer.status >= 400 ? "application/problem+json" : "application/json";
      response.writeHead(answer.status, { "content-type": type });
      response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
    })();
  };
}

export function mockApi(count: number): Plugin {
  return {
    name: "vigie-mock-api",
    configureServer: (server) => {
      server.middlewares.use(middleware(count));
    },
    configurePreviewServer: (server) => {
      server.middlewares.use(middleware(count));
    },
  };
}
