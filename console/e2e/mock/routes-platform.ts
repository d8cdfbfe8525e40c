/** The mock's answers about platform. */
import type * as T from "../../src/api/types.ts";
import { Created, FileAnswer, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { page, Refusal } from "./list.ts";

export const platformRoutes: Route[] = [
  [
    "GET",
    /^\/software$/,
    (world, { query }) => {
      const name = query.get("name")?.toLowerCase();
      return page(
        world.softwareTitles().filter((title) => !name || title.name.toLowerCase().includes(name)),
        query,
        { search: (row) => [row.name, row.publisher], sortable: ["name", "machines"], defaultSort: "-machines" },
      );
    },
  ],
  [
    "GET",
    /^\/software\/versions$/,
    (world, { query }) => {
      const counts = world.counted(
        world.softwareRows(new URLSearchParams({ name: query.get("name") ?? "" })).map((row) => row.version),
      );
      return page(
        counts.map(({ key, count }) => ({ version: key, source: "dpkg", architecture: "amd64", machines: count })),
        query,
      );
    },
  ],
  [
    "GET",
    /^\/software\/machines$/,
    (world, { query }) => page(world.softwareRows(query), query, { search: (row) => [row.name] }),
  ],
  [
    "GET",
    /^\/overview$/,
    (world) => {
      const machines = world.machinesFor(new URLSearchParams());
      const agents = world.counted(
        machines
          .filter((machine) => machine.agent)
          .map((machine) => `${machine.agent!.kind}/${machine.agent!.version}`),
      );
      return {
        equipment: {
          total: machines.length,
          by_type: world.counted(machines.map((machine) => machine.type)),
          by_os: world.counted(machines.map((machine) => machine.os?.family)),
        },
        pending: world.pendingFor(new URLSearchParams()).length,
        stale: machines.filter((machine) => machine.stale).length,
        disks_nearly_full: machines.filter((machine) => machine.disk_nearly_full).length,
        clones: machines.filter((machine) => machine.clone).length,
        agents_by_version: agents.map(({ key, count }) => ({
          kind: key!.split("/")[0]!,
          version: key!.split("/")[1]!,
          count,
        })),
        stale_after_days: world.preferences.stale_after_days,
      } satisfies T.Overview;
    },
  ],
  [
    "GET",
    /^\/exports$/,
    (world, { query }) =>
      page(
        world.exports.map((one) => world.exportNow(one)),
        query,
      ),
  ],
  [
    "POST",
    /^\/exports$/,
    (world, { body }) => {
      const filter = new URLSearchParams((body.filter ?? {}) as Record<string, string>);
      const rows =
        body.list === "equipment"
          ? world.machinesFor(filter).length
          : body.list === "pending"
            ? world.pendingFor(filter).length
            : body.list === "software"
              ? world.softwareTitles().length
              : world.softwareRows(filter).length;
      const one: T.Export = {
        id: `exp_${world.exports.length + 1}`,
        list: body.list as T.ExportList,
        format: body.format as T.ExportFormat,
        state: "running",
        rows_done: 0,
        rows_total: rows,
        file_name: `${String(body.list)}-2026-11-21.${String(body.format)}`,
        bytes: null,
        created_at: ago(0),
        error: null,
        finished_at: null,
      };
      world.exports.unshift(one);
      world.exportStarted.set(one.id, Date.now());
      return new Created(one, 202);
    },
  ],
  [
    "GET",
    /^\/exports\/([^/]+)$/,
    (world, _, id) => {
      const one = world.exports.find((other) => other.id === id);
      if (!one) throw new Refusal(404, "not-found", "");
      return world.exportNow(one);
    },
  ],
  [
    "GET",
    /^\/exports\/([^/]+)\/file$/,
    (world, _, id) =>
      new FileAnswer(world.exports.find((one) => one.id === id)?.file_name ?? "export.csv", "name;customer\n"),
  ],
  [
    "DELETE",
    /^\/exports\/([^/]+)$/,
    (world, _, id) => {
      world.exports = world.exports.filter((one) => one.id !== id);
    },
  ],
  ["GET", /^\/api-clients$/, (world, { query }) => page(world.clients, query, { search: (row) => [row.client_id] })],
  [
    "POST",
    /^\/api-clients$/,
    (world, { body }) => {
      if (world.clients.some((client) => client.client_id === body.client_id))
        throw new Refusal(409, "name-taken", "The name is already in use.", [
          { field: "client_id", code: "name-taken", detail: "" },
        ]);
      const one: T.ApiClient = {
        id: `cli_${world.clients.length + 1}`,
        client_id: String(body.client_id),
        scope: "agents",
        status: "active",
        built_in: false,
        customer: world.named(body.customer_id) ?? null,
        last_used_at: null,
        created_at: ago(0),
      };
      world.clients.push(one);
      return new Created({ ...one, client_secret: "Zt5q-9LmX-3rWc-7vBn-Hs2k-Qf8d-Yp4j-Ue6g" });
    },
  ],
  [
    "PATCH",
    /^\/api-clients\/([^/]+)$/,
    (world, { body }, id) =>
      Object.assign(
        world.clients.find((client) => client.id === id)!,
        { status: body.status },
      ),
  ],
  ["GET", /^\/preferences$/, (world) => world.preferences],
  [
    "PATCH",
    /^\/preferences$/,
    (world, { body }) => {
      const { mail, ...changes } = body as T.PreferenceChanges;
      Object.assign(world.preferences, changes);
      if (mail) {
        const { password, ...rest } = mail;
        const { has_password } = world.preferences.mail;
        Object.assign(world.preferences.mail, rest, { has_password: password === undefined ? has_password : true });
      }
      return world.preferences;
    },
  ],
  [
    "GET",
    /^\/distribution$/,
    (_world) => ({
      files: [
        {
          name: "InventoryAgent-0.1.0.msi",
          size: 2_914_304,
          sha256: "7e1d0c9b8a79685746352413021f0e9d8c7b6a5948372615048f9e8d7c6b5a49",
          platform: "windows-msi",
        },
        {
          name: "vigie-agent_0.1.0_amd64.deb",
          size: 3_912_448,
          sha256: "3b1f0c7a9e5d24886b7f1c0de9a2f4b85d6e7c8091a2b3c4d5e6f708192a3b4c",
          platform: "linux-deb",
        },
        {
          name: "vigie-agent-0.1.0-linux-x86_64.tar.zst",
          size: 3_874_211,
          sha256: "d4c3b2a1908f7e6d5c4b3a29181706f5e4d3c2b1a09f8e7d6c5b4a3928170605",
          platform: "linux-tarball",
        },
      ],
      install_command:
        "curl -fsSk https://vigie.exemple.fr:7080/install/ca.pem -o vigie-ca.pem && echo '9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8  vigie-ca.pem' | sha256sum -c --quiet && curl -fsS --cacert vigie-ca.pem https://vigie.exemple.fr:7080/install/agent.sh -o vigie-agent.sh && sudo sh vigie-agent.sh --server https://vigie.exemple.fr:7080 --ca vigie-ca.pem --client-id office-agent --client-secret Wq7e-2mZr-8XtB-4nLc",
      install_command_windows:
        'msiexec /qn /l*v install.log /i InventoryAgent-0.1.0.msi PORTALURL1=https://vigie.exemple.fr:7080 CLIENTID=office-agent CLIENTSECRET="CLIENT_SECRET" CAFILE="%CD%\\ca.pem"',
      ca_sha256: "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8",
    }),
  ],
  [
    "GET",
    /^\/notifications$/,
    (world, { query }) => ({
      ...page(world.notices, query),
      unread: world.notices.filter((notice) => !notice.read_at).length,
    }),
  ],
  [
    "POST",
    /^\/notifications\/read$/,
    (world, { body }) => {
      for (const notice of world.notices)
        if (body.all || (body.ids as string[] | undefined)?.includes(notice.id)) notice.read_at = ago(0);
    },
  ],
];
