/** The HTTP API in memory: enough of it, and true enough, for the console's pages to be built and tested without a server. */
import { agentRoutes } from "./routes-agents.ts";
import { alertRoutes } from "./routes-alerts.ts";
import { certificateRoutes } from "./certificates.ts";
import { Created, FileAnswer, PictureAnswer, type Answer, type Call, type Route } from "./answers.ts";
import { Refusal } from "./list.ts";
import { customerRoutes } from "./routes-customers.ts";
import { equipmentRoutes } from "./routes-equipment.ts";
import { reportRoutes } from "./routes-reports.ts";
import { keySoftwareRoutes } from "./routes-key-software.ts";
import { factorRoutes } from "./routes-factors.ts";
import { importRoutes } from "./routes-imports.ts";
import { pendingRoutes } from "./routes-pending.ts";
import { peopleRoutes } from "./routes-people.ts";
import { auditRoutes } from "./routes-audit.ts";
import { cell, needs } from "./policy.ts";
import { platformRoutes } from "./routes-platform.ts";
import { associationRoutes } from "./routes-association.ts";
import { rolloutRoutes } from "./routes-rollouts.ts";
import { serverRoutes } from "./routes-server.ts";
import { subscriptionRoutes } from "./routes-subscriptions.ts";
import { systemRoutes } from "./routes-systems.ts";
import { usersRoutes } from "./routes-users.ts";
import { World, type Start } from "./world.ts";

const routes: Route[] = [
  ...peopleRoutes,
  ...customerRoutes,
  ...usersRoutes,
  ...factorRoutes,
  ...pendingRoutes,
  ...keySoftwareRoutes,
  ...reportRoutes,
  ...equipmentRoutes,
  ...importRoutes,
  ...platformRoutes,
  ...agentRoutes,
  ...auditRoutes,
  ...certificateRoutes,
  ...systemRoutes,
  ...alertRoutes,
  ...subscriptionRoutes,
  ...rolloutRoutes,
  ...associationRoutes,
  ...serverRoutes,
];

/** One of these exists for each browser test, told apart by a cookie. */
export class MockApi {
  readonly world: World;

  constructor(count: number, start: Start = {}) {
    this.world = new World(count, start);
  }

  handle(call: Call): Answer {
    try {
      for (const [method, pattern, handler] of routes) {
        if (method !== call.method) continue;
        const match = pattern.exec(call.path);
        if (!match) continue;
        const open = call.path === "/about" || call.path.startsWith("/session");
        if (!open && !this.world.signedIn) throw new Refusal(401, "sign-in-required", "Sign in, or send a token.");
        if (!open && this.world.mustChange && call.path !== "/users/me/password") {
          throw new Refusal(403, "password-change-required", "Change the password first.");
        }
        const enrols = call.path.startsWith("/users/me/second-factor") || call.path.startsWith("/users/me/passkeys");
        if (!open && !enrols && this.world.mustEnrol)
          throw new Refusal(403, "second-factor-enrolment-required", "Set up a second factor first.");
        if (!open && method !== "GET" && call.csrf !== "csrf-mock")
          throw new Refusal(403, "csrf-missing", "The header X-CSRF-Token is missing.");
        this.#allow(call);
        const result = handler(this.world, call, ...match.slice(1).map(decodeURIComponent));
        if (result === undefined) return { status: 204 };
        if (result instanceof Created) return { status: result.status, body: result.body };
        if (result instanceof PictureAnswer) return { status: 200, picture: result.content };
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
          ...error.more,
        },
      };
    }
  }

  /** Asks the table of roles, as the server does before it does anything. */
  #allow(call: Call): void {
    const { people, wallboard } = this.world;
    const own = /^\/users\/me(\/|$)/.test(call.path) && call.path !== "/users/me/permissions";
    const need = needs.find(([methods, path]) => methods.test(call.method) && path.test(call.path));
    const looks = call.method === "GET" && (need?.[2] === "dashboard.see" || need?.[2] === "customers.see");
    if (wallboard && (own || (need && !looks)))
      throw new Refusal(403, "wallboard-only", "This display only updates; sign in again to do more.");
    if (!need) return;
    const reach = cell(people.me.role, need[2]);
    if (reach === "none" || (need[3] === "all" && reach !== "all"))
      throw new Refusal(403, "not-allowed", "The role of this account does not allow it.");
  }
}
