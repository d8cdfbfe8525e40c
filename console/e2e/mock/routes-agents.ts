/** The mock's answers about agents: how they connect, and who has moved. */
import type * as T from "../../src/api/types.ts";
import type { Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { page, Refusal } from "./list.ts";
import type { World } from "./world.ts";

/** A configuration that was announced. */
export interface Configured {
  revision: number;
  url: string;
  client_id: string;
  client_secret: string;
  ca: boolean;
  announced_at: string;
}

const own = { url: "https://vigie.exemple.fr:7080", client_id: "office-agent" };
const fingerprint = "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8";

const announced = (world: World) => world.configuration.next ?? world.configuration.current;

/** How far an agent has come: of ten, six have moved, one failed, one was not told yet. */
function moveOf(world: World, index: number): T.AgentItem["move"] {
  const told = announced(world);
  if (!told) return null;
  const at = told.announced_at;
  const none = { told_at: at, reported_at: null, step: null, words: null, moved_at: null };
  if (index % 10 === 1) {
    const words =
      'the certificate of nouveau.exemple.fr has an unknown issuer, "Proxy CA": the system\'s CAs are trusted here';
    return { ...none, state: "failed", reported_at: at, step: "certificate", words };
  }
  if (index % 10 === 2) return { ...none, state: "untold", told_at: null };
  if (index % 10 === 3) return { ...none, state: "told" };
  return { ...none, state: "moved", reported_at: at, moved_at: at };
}

function agentRows(world: World): T.AgentItem[] {
  return world.fleet.machines
    .filter((machine) => machine.agent)
    .map((machine, index) => ({
      ...machine.agent!,
      name: machine.name,
      status: "ok",
      messages: [],
      platform: machine.os?.family === "windows" ? "windows-x86_64" : "linux-x86_64",
      customer: machine.customer,
      equipment: { id: machine.id, name: machine.name },
      inventory_id: `inv_${machine.seed}`,
      last_contact_at: machine.last_contact_at,
      enrolled_at: ago(8_000_000),
      revoked_at: null,
      move: machine.agent!.kind === "vigie" ? moveOf(world, index) : null,
    })) as T.AgentItem[];
}

function isWanted(row: T.AgentItem, wanted: string | null) {
  if (!wanted) return true;
  const state = row.move?.state;
  return state !== undefined && (wanted === "left" ? state !== "moved" : state === wanted);
}

function shown(world: World) {
  const { current, next } = world.configuration;
  const told = announced(world);
  const rows = agentRows(world).filter((row) => row.move);
  const count = (wanted: string) => rows.filter((row) => isWanted(row, wanted)).length;
  const connection = (one: { url: string; client_id: string }) => ({
    url: one.url,
    client_id: one.client_id,
    client_secret_masked: "••••••••••••",
    elsewhere: !one.url.includes("vigie.exemple.fr"),
  });
  return {
    current: {
      name: "agent-api",
      ...connection(current ?? own),
      ca_sha256: fingerprint,
      current_since: current ? current.announced_at : null,
    },
    next: next ? { revision: next.revision, ...connection(next), ca_sha256: next.ca ? fingerprint : null } : null,
    moved: count("moved"),
    left_behind: count("left"),
    progress: told
      ? {
          revision: told.revision,
          announced_at: told.announced_at,
          heard_by: new Date(Date.parse(told.announced_at) + 169 * 3_600_000).toISOString(),
          told: count("left") - rows.filter((row) => row.move?.state === "untold").length,
          failed: count("failed"),
          silent: 0,
        }
      : null,
    foreign_url: `${own.url}/inventory`,
    foreign_intake: world.preferences.foreign_intake,
  };
}

export const agentRoutes: Route[] = [
  ["GET", /^\/agent-configuration$/, shown],
  [
    "PUT",
    /^\/agent-configuration\/next$/,
    (world, { body }) => {
      const text = (name: string) => (typeof body[name] === "string" ? String(body[name]).trim() : "");
      const [url, client_id, client_secret] = [text("url"), text("client_id"), text("client_secret")];
      const wrong = (field: string, code: string, detail: string) =>
        new Refusal(code === "taken" ? 409 : 422, code === "taken" ? "name-taken" : "value-invalid", detail, [
          { field, code, detail },
        ]);
      if (world.configuration.next) throw new Refusal(409, "agent-configuration-exists", "");
      if (!/^https:\/\/[^/@?#\s]+\/?$/.test(url)) throw wrong("url", "invalid", "must begin with https://");
      if (client_secret.length < 20) throw wrong("client_secret", "invalid", "must be 20 to 128 characters");
      if (world.clients.some((one) => one.client_id === client_id))
        throw wrong("client_id", "taken", "the client id is in use");
      world.configuration.revision += 1;
      const { revision } = world.configuration;
      world.configuration.next = {
        revision,
        url,
        client_id,
        client_secret,
        ca: Boolean(body.ca),
        announced_at: ago(0),
      };
      world.clients.push({
        id: `cli_${world.clients.length + 1}`,
        client_id,
        scope: "agents",
        status: "active",
        built_in: true,
        customer: null,
        last_used_at: null,
        created_at: ago(0),
      });
      return shown(world);
    },
  ],
  [
    "DELETE",
    /^\/agent-configuration\/next$/,
    (world) => {
      if (!world.configuration.next) throw new Refusal(404, "not-found", "");
      delete world.configuration.next;
    },
  ],
  [
    "POST",
    /^\/agent-configuration\/promotion$/,
    (world, { body }) => {
      const { next } = world.configuration;
      if (!next) throw new Refusal(404, "not-found", "");
      if (shown(world).left_behind > 0 && body.left_behind !== true) throw new Refusal(409, "agents-left-behind", "");
      world.configuration = { revision: world.configuration.revision, current: next };
      return shown(world);
    },
  ],
  [
    "POST",
    /^\/agent-configuration\/next\/secret$/,
    (world) => ({ client_secret: world.configuration.next?.client_secret ?? "" }),
  ],
  [
    "POST",
    /^\/agent-configuration\/secret$/,
    (world) => ({
      client_secret: world.configuration.current?.client_secret ?? "Wq7e-2mZr-8XtB-4nLc-Yh9s-Kd3p-Jv6a-k3Vq",
    }),
  ],
  [
    "GET",
    /^\/agents$/,
    (world, { query }) =>
      page(
        agentRows(world).filter(
          (row) =>
            (!query.get("kind") || row.kind === query.get("kind")) &&
            (!query.get("version") || row.version === query.get("version")) &&
            isWanted(row, query.get("move")),
        ),
        query,
        { search: (row) => [row.name, row.id] },
      ),
  ],
];
