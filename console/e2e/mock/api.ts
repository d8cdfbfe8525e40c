/** The HTTP API in memory: enough of it, and true enough, for the console's pages to be built and tested without a server. */
import { Created, FileAnswer, type Answer, type Call, type Route } from "./answers.ts";
import { certificateRoutes } from "./certificates.ts";
import { Refusal } from "./list.ts";
import { equipmentRoutes } from "./routes-equipment.ts";
import { pendingRoutes } from "./routes-pending.ts";
import { peopleRoutes } from "./routes-people.ts";
import { platformRoutes } from "./routes-platform.ts";
import { serverRoutes } from "./routes-server.ts";
import { World } from "./world.ts";

const routes: Route[] = [
  ...peopleRoutes,
  ...pendingRoutes,
  ...equipmentRoutes,
  ...platformRoutes,
  ...certificateRoutes,
  ...serverRoutes,
];

/** One of these exists for each browser test, told apart by a cookie. */
export class MockApi {
  readonly world: World;

  constructor(count: number) {
    this.world = new World(count);
  }

  handle(call: Call): Answer {
    try {
      for (const [method, pattern, handler] of routes) {
        if (method !== call.method) continue;
        const match = pattern.exec(call.path);
        if (!match) continue;
        const open = call.path === "/about" || call.path === "/session";
        if (!open && !this.world.signedIn) throw new Refusal(401, "sign-in-required", "Sign in, or send a token.");
        if (!open && this.world.mustChange && call.path !== "/users/me/password") {
          throw new Refusal(403, "password-change-required", "Change the password first.");
        }
        if (!open && method !== "GET" && call.csrf !== "csrf-mock")
          throw new Refusal(403, "csrf-missing", "The header X-CSRF-Token is missing.");
        const result = handler(this.world, call, ...match.slice(1).map(decodeURIComponent));
        if (result === undefined) return { status: 204 };
        if (result instanceof Created) return { status: result.status, body: result.body };
        if (result instanceof FileAnswer) return { status: 200, file: { name: result.name, text: result.text } };
        return { status: 200, body: result };
      }
      throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return {
        status: error.status,
        body: {
          type: `about:blank`,
          title: error.message,
          status: error.status,
          code: error.code,
          errors: error.errors,
        },
      };
    }
  }
}
