/** The mock's answers about equipment. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { historyOf, inventoryOf } from "./inventory.ts";
import { page, Refusal } from "./list.ts";
import { ageFromOf, memoryOf } from "./routes-reports.ts";

export const equipmentRoutes: Route[] = [
  [
    "GET",
    /^\/equipment$/,
    (world, { query }) => {
      const found = page(world.machinesFor(query), query, {
        sortable: ["name", "type", "status", "manufacturer", "model", "os", "last_inventory_at"],
        defaultSort: "name",
        search: world.searchMachine,
      });
      return {
        ...found,
        items: found.items.map((row) => ({
          ...row,
          memory_bytes: memoryOf(row),
          age_from: ageFromOf(row),
          key_software: world.programs.summary(row),
        })),
      };
    },
  ],
  [
    "POST",
    /^\/equipment$/,
    (world, { body }) => {
      if (!String(body.name ?? "").trim())
        throw new Refusal(422, "value-invalid", "A value is not valid.", [
          { field: "name", code: "required", detail: "A name is required." },
        ]);
      const machine = world.fromPending(
        {
          ...({} as T.PendingItem),
          name: String(body.name),
          manufacturer: "",
          model: "",
          serial: "",
          uuid: "",
          os: null,
          type: "other",
          customer: null,
          clone: null,
          agent: null as unknown as T.AgentView,
          received_at: null as unknown as string,
        },
        body,
      );
      return new Created(world.whole(machine));
    },
  ],
  [
    "POST",
    /^\/equipment\/bulk$/,
    (world, call) => {
      const machines = world.selected(call, (query) => world.machinesFor(query));
      for (const machine of machines) {
        const action = call.body.action as string;
        if (action === "move") world.apply(machine, { customer_id: call.body.customer_id });
        else if (action === "status") machine.status = String(call.body.status);
        else if (action === "delete") machine.deleted_at = ago(0);
        else if (action === "restore") machine.deleted_at = null;
        else if (action === "fresh-inventory") world.detail.set(machine.id, { fresh_inventory_requested_at: ago(0) });
      }
      return { done: machines.length, failed: [] };
    },
  ],
  ["GET", /^\/equipment\/([^/]+)$/, (world, _, id) => world.whole(world.machine(id!))],
  [
    "PATCH",
    /^\/equipment\/([^/]+)$/,
    (world, { body }, id) => {
      const machine = world.machine(id!);
      if (body.revision !== undefined && body.revision !== machine.revision)
        throw new Refusal(412, "revision-stale", "It was changed by someone else in the meantime.");
      if (body.name === "")
        throw new Refusal(422, "value-invalid", "A value is not valid.", [
          { field: "name", code: "required", detail: "A name is required." },
        ]);
      world.apply(machine, body);
      return world.whole(machine);
    },
  ],
  [
    "DELETE",
    /^\/equipment\/([^/]+)$/,
    (world, _, id) => {
      world.machine(id!).deleted_at = ago(0);
    },
  ],
  [
    "POST",
    /^\/equipment\/([^/]+)\/restoration$/,
    (world, _, id) => {
      const machine = world.machine(id!);
      machine.deleted_at = null;
      return world.whole(machine);
    },
  ],
  [
    "POST",
    /^\/equipment\/([^/]+)\/dissociation$/,
    (world, _, id) => {
      const machine = world.machine(id!);
      machine.agent = null;
      return world.whole(machine);
    },
  ],
  [
    "POST",
    /^\/equipment\/([^/]+)\/merge$/,
    (world, { body }, id) => {
      world.machine(String(body.other_id)).deleted_at = ago(0);
      return world.whole(world.machine(id!));
    },
  ],
  [
    "POST",
    /^\/equipment\/([^/]+)\/fresh-inventory$/,
    (world, _, id) => {
      const machine = world.machine(id!);
      world.apply(machine, { fresh_inventory_requested_at: ago(0) });
      return world.whole(machine);
    },
  ],
  [
    "GET",
    /^\/equipment\/([^/]+)\/inventory$/,
    (world, _, id) => {
      const machine = world.machine(id!);
      if (!machine.last_inventory_at)
        throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
      return inventoryOf(machine);
    },
  ],
  ["GET", /^\/equipment\/([^/]+)\/history$/, (world, { query }, id) => page(historyOf(world.machine(id!)), query)],
  [
    "GET",
    /^\/equipment\/([^/]+)\/synchronisations$/,
    (world, { query }, id) =>
      page(
        world.machine(id!).last_contact_at
          ? Array.from({ length: 9 }, (_, index) => ({
              at: ago(index * 86_400 * 3 + 1900),
              outcome: index === 8 ? "full" : index % 3 === 1 ? "delta" : "unchanged",
              agent_version: "0.1.0",
              status: index === 4 ? "degraded" : "ok",
              messages: index === 4 ? ["rpm: database is locked"] : [],
              bytes: index === 8 ? 48_213 : index % 3 === 1 ? 1810 : 412,
              source_address: "203.0.113.24",
            }))
          : [],
        query,
      ),
  ],
  [
    "GET",
    /^\/equipment\/([^/]+)\/operations$/,
    (world, { query }, id) => {
      const machine = world.machine(id!);
      return page(
        world.operations.get(machine.id) ??
          (machine.agent
            ? [
                {
                  id: `op_${machine.id}`,
                  kind: "associated",
                  at: ago(2_000_000),
                  by: "vigie",
                  automatic: true,
                  reasons: [
                    { code: "same-serial", value: machine.serial ?? "—" },
                    { code: "same-uuid", value: machine.uuid },
                  ],
                  undone_at: null,
                  can_undo: true,
                },
                {
                  id: `oq_${machine.id}`,
                  kind: "created",
                  at: ago(8_000_000),
                  by: "admin",
                  automatic: false,
                  reasons: [],
                  undone_at: null,
                  can_undo: false,
                },
              ]
            : []),
        query,
      );
    },
  ],
  ["POST", /^\/equipment\/([^/]+)\/operations\/([^/]+)\/undo$/, (_world) => undefined],
  [
    "GET",
    /^\/equipment\/([^/]+)\/attachments$/,
    (world, { query }, id) => page(world.attachments.get(id!) ?? [], query),
  ],
  [
    "POST",
    /^\/equipment\/([^/]+)\/attachments$/,
    (world, _, id) => {
      const list = world.attachments.get(id!) ?? [];
      const one = {
        id: `att_${list.length + 1}`,
        name: "facture.pdf",
        bytes: 84_213,
        sha256: "3b1f0c7a9e5d24886b7f1c0de9a2f4b85d6e7c8091a2b3c4d5e6f708192a3b4c",
        created_at: ago(0),
        created_by: "admin",
      };
      world.attachments.set(id!, [...list, one]);
      return new Created(one);
    },
  ],
  [
    "DELETE",
    /^\/equipment\/([^/]+)\/attachments\/([^/]+)$/,
    (world, _, id, attachment) => {
      world.attachments.set(
        id!,
        (world.attachments.get(id!) ?? []).filter((one) => one.id !== attachment),
      );
    },
  ],
];
