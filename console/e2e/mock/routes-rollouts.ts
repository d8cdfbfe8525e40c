/** The mock's answers about versions of the agent and their roll-outs. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { page, Refusal } from "./list.ts";
import type { World } from "./world.ts";

const none: T.Rollout["counts"] = {
  offered: 0,
  fetched: 0,
  updated: 0,
  refused: 0,
  failed: 0,
  reverted: 0,
  silent: 0,
};
const file = (version: string, target: string, signed: T.ReleaseSigned): T.Release["files"][number] => ({
  target,
  name: `vigie-agent-${version}-${target}.zst`,
  size: 2_914_312,
  sha256: "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
  signed,
});

export class Rollouts {
  all: T.Rollout[] = [];
  releases: T.Release[] = [];
  agents: T.RolloutAgent[] = [];
  made = 0;

  constructor(machines: number) {
    if (machines === 0) return;
    const agents = { older: machines, up_to_date: 0 };
    this.releases = [
      {
        version: "0.3.0",
        files: [file("0.3.0", "linux-x86_64", "good"), file("0.3.0", "windows-x86_64", "good")],
        agents,
      },
      { version: "0.2.1", files: [file("0.2.1", "linux-x86_64", "bad")], agents },
    ];
    this.all = [this.#of("0.2.0", 100, "ended", { ...none, updated: machines, silent: 1 })];
  }

  #of(version: string, share: number, state: T.RolloutState, counts = none): T.Rollout {
    this.made += 1;
    return {
      id: `ro_${this.made}`,
      version,
      state,
      stopped_by: null,
      share,
      spread_minutes: 30,
      report_within_minutes: 30,
      targets: ["linux-x86_64", "windows-x86_64"],
      counts,
      created_by: "Awa Diop",
      created_at: ago(this.made * 600),
      changed_at: ago(60),
    };
  }

  start(body: T.NewRollout): T.Rollout {
    if (this.all.some((one) => one.state !== "ended"))
      throw new Refusal(409, "rollout-open", "Another roll-out is not over; end it first.");
    const made = this.#of(body.version, body.share, "running", { ...none, offered: 4, updated: 2, reverted: 1 });
    made.spread_minutes = body.spread_minutes ?? 30;
    this.all.unshift(made);
    const agent = (number: number, state: T.RolloutAgentState, words: string): T.RolloutAgent => ({
      agent_id: `ag_${number}`,
      name: `POSTE-${String(number).padStart(3, "0")}`,
      version: state === "updated" ? body.version : "0.1.0",
      platform: number % 2 ? "windows" : "linux",
      state,
      words,
      offered_at: ago(400 - number),
      fetched_at: state === "offered" ? null : ago(300),
      ended_at: state === "offered" ? null : ago(120),
    });
    this.agents = [
      ...[1, 2, 3, 4].map((number) => agent(number, "offered", "")),
      ...[5, 6].map((number) => agent(number, "updated", "")),
      agent(7, "reverted", "it did not report within 1800 s"),
    ];
    return made;
  }
}

const one = (world: World, id: string) => {
  const found = world.rollouts.all.find((each) => each.id === id);
  if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
  return found;
};

export const rolloutRoutes: Route[] = [
  ["GET", /^\/agent-releases$/, (world) => ({ items: world.rollouts.releases, checked: true })],
  ["GET", /^\/rollouts$/, (world, { query }) => page(world.rollouts.all, query)],
  ["POST", /^\/rollouts$/, (world, { body }) => new Created(world.rollouts.start(body as unknown as T.NewRollout))],
  ["GET", /^\/rollouts\/([^/]+)$/, (world, _, id) => one(world, id!)],
  [
    "PATCH",
    /^\/rollouts\/([^/]+)$/,
    (world, { body }, id) => {
      const found = one(world, id!);
      if (found.state === "ended") throw new Refusal(409, "rollout-ended", "This roll-out is over.");
      Object.assign(found, body);
      if (body.state === "running") found.stopped_by = null;
      return found;
    },
  ],
  [
    "GET",
    /^\/rollouts\/([^/]+)\/agents$/,
    (world, { query }, id) => {
      one(world, id!);
      const state = query.get("state");
      return page(
        world.rollouts.agents.filter((agent) => !state || agent.state === state),
        query,
        { sortable: ["offered_at"], defaultSort: "-offered_at" },
      );
    },
  ],
];
