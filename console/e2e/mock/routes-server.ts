/** The mock's answers about the server itself: nodes, backups, logs. */
import type * as T from "../../src/api/types.ts";
import { Created, FileAnswer, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { Refusal } from "./list.ts";
import type { World } from "./world.ts";

const parts = [
  "operations",
  "certificate-authority",
  "onboarding",
  "link-hosts",
  "log-collector",
  "background-work",
] as const;

const node = (name: string, state: T.Health): T.PlatformNode => ({
  id: `nd_${name}`,
  name,
  host: `${name}.exemple.fr`,
  address: `https://${name}.exemple.fr:7080`,
  version: "0.1.0",
  started_at: ago(90_000),
  last_seen_at: ago(state === "lost" ? 4000 : 4),
  state,
  parts: parts.map((part) => ({
    part,
    state: state === "degraded" && part !== "certificate-authority" ? "running" : state,
    reason: state === "degraded" && part === "certificate-authority" ? "authority-ends" : null,
    since: ago(90_000),
  })),
});

function running(world: World): T.Backups["running"] {
  if (world.backupStarted === 0) return null;
  const elapsed = Date.now() - world.backupStarted;
  if (elapsed < 1500) return { id: "now", created_at: ago(1), percent: Math.round(elapsed / 15) };
  world.backupStarted = 0;
  world.backups.unshift({
    id: `2026112${world.backups.length}T090000Z`,
    file: `vigie-2026112${world.backups.length}T090000Z.tar.zst`,
    created_at: ago(2),
    automatic: false,
    bytes: 48_213_004,
    version: "0.1.0",
    engine: "sqlite",
  });
  return null;
}

const words = ["inventory stored", "the certificate is looked after", "an export was written", "a request failed"];
const lines: T.LogLine[] = Array.from({ length: 140 }, (_, index) => ({
  at: ago(index * 37 + 5),
  level: (["information", "warning", "information", "error"] as const)[index % 4]!,
  part: (["onboarding", "certificate-authority", "background-work", "operations"] as const)[index % 4]!,
  target: "vigie_server::http",
  message: index === 0 ? "" : `${words[index % 4]!} ${index}`,
  request: index % 2 ? "00c0ffee00c0ffee" : null,
  fields:
    index === 0 ? { method: "GET", route: "/api/v1/overview", status: 200, ms: 4, actor: "admin" } : { number: index },
}));

export const serverRoutes: Route[] = [
  [
    "GET",
    /^\/platform$/,
    (world) => ({
      nodes: [node("guet", "running"), node("hune", "degraded"), node("misaine", "lost")],
      this_node: "nd_guet",
      version: "0.1.0",
      engine: "postgresql",
      data_dir: "/var/lib/vigie",
      dashboard_links: world.preferences.dashboard_links,
    }),
  ],
  [
    "GET",
    /^\/platform\/backups$/,
    (world) => {
      const now = running(world);
      return { items: world.backups, running: now, last_error: null };
    },
  ],
  [
    "POST",
    /^\/platform\/backups$/,
    (world) => {
      if (world.backupStarted > 0) throw new Refusal(409, "backup-running", "");
      world.backupStarted = Date.now();
      return new Created({ id: "now", created_at: ago(0) }, 202);
    },
  ],
  [
    "GET",
    /^\/platform\/backups\/([^/]+)\/file$/,
    (world, _, id) => new FileAnswer(world.backups.find((one) => one.id === id)?.file ?? "x", "backup"),
  ],
  [
    "DELETE",
    /^\/platform\/backups\/([^/]+)$/,
    (world, _, id) => {
      world.backups = world.backups.filter((one) => one.id !== id);
    },
  ],
  ["GET", /^\/platform\/logs\/access$/, (world) => ({ until: world.logsOpen ? ago(-800) : null })],
  [
    "POST",
    /^\/platform\/logs\/access$/,
    (world, { body }) => {
      if (body.password !== world.people.passwords.get(world.people.me.id))
        throw new Refusal(422, "password-wrong", "");
      world.logsOpen = true;
      return { until: ago(-900) };
    },
  ],
  [
    "GET",
    /^\/platform\/logs$/,
    (world, { query }) => {
      if (!world.logsOpen) throw new Refusal(403, "password-again", "");
      const q = (query.get("q") ?? "").toLowerCase();
      const found = lines.filter(
        (line) =>
          (!query.get("part") || line.part === query.get("part")) &&
          (!query.get("level") || line.level === query.get("level")) &&
          JSON.stringify(line).toLowerCase().includes(q),
      );
      const begin = Number(query.get("cursor") ?? 0);
      const items = found.slice(begin, begin + 100);
      return {
        items,
        next_cursor: begin + 100 < found.length ? String(begin + 100) : null,
        looked_until: items.at(-1)?.at ?? null,
      };
    },
  ],
  [
    "POST",
    /^\/client-logs$/,
    (world, { body }) => {
      world.clientErrors.push(...(body.entries as unknown[]));
    },
  ],
];
