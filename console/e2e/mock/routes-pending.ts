/** The mock's answers about pending. */
import { Created, type Route } from "./answers.ts";
import { type Machine } from "./fleet.ts";
import { inventoryOf } from "./inventory.ts";
import { page } from "./list.ts";

export const pendingRoutes: Route[] = [
  [
    "GET",
    /^\/pending-equipment$/,
    (world, { query }) =>
      page(
        world.pendingFor(query).map((item) => item),
        query,
        {
          search: (row) => [row.name, row.serial, row.uuid, row.source_address],
          sortable: ["name", "received_at", "os", "source_address"],
          defaultSort: "-received_at",
        },
      ),
  ],
  [
    "POST",
    /^\/pending-equipment\/bulk$/,
    (world, call) => {
      const items = world.selected(call, (query) => world.pendingFor(query));
      const action = call.body.action as string;
      for (const item of items) {
        if (action === "create") world.fromPending(item, call.body);
        else if (action === "ignore") item.state = "ignored";
        else if (action === "unignore") item.state = "pending";
        else if (action === "delete" || action === "accept")
          world.fleet.pending = world.fleet.pending.filter((other) => other !== item);
      }
      world.changed("pending", "equipment");
      return { done: items.length, failed: [] };
    },
  ],
  ["GET", /^\/pending-equipment\/([^/]+)$/, (world, _, id) => world.item(id!)],
  [
    "GET",
    /^\/pending-equipment\/([^/]+)\/inventory$/,
    (world, _, id) => {
      const item = world.item(id!);
      return inventoryOf({
        ...item,
        seed: Number(item.id.slice(4)),
        last_inventory_at: item.received_at,
        disk_nearly_full: false,
      } as unknown as Machine);
    },
  ],
  [
    "GET",
    /^\/pending-equipment\/([^/]+)\/candidates$/,
    (world, { query }, id) => {
      const item = world.item(id!);
      const known = world.machinesFor(query).slice(0, 8);
      const reasons = [
        [
          { code: "same-serial", value: item.serial },
          { code: "same-uuid", value: item.uuid },
        ],
        [{ code: "same-mac", value: "a4:bb:6d:0f:12:9e" }],
        [{ code: "same-name", value: item.name }],
      ];
      const items = known.map((machine, index) => ({
        equipment: machine,
        score: Math.max(0, 90 - index * 30),
        reasons: query.get("q") ? [] : (reasons[index] ?? []),
      }));
      return { items, next_cursor: null, total: items.length, total_is_minimum: false };
    },
  ],
  [
    "POST",
    /^\/pending-equipment\/([^/]+)\/equipment$/,
    (world, { body }, id) => {
      const machine = world.fromPending(world.item(id!), body);
      world.changed("pending", "equipment");
      return new Created(world.whole(machine));
    },
  ],
  [
    "POST",
    /^\/pending-equipment\/([^/]+)\/association$/,
    (world, { body }, id) => {
      const item = world.item(id!);
      const machine = world.machine(String(body.equipment_id));
      machine.agent = item.agent;
      machine.last_inventory_at = item.received_at;
      world.fleet.pending = world.fleet.pending.filter((other) => other !== item);
      world.changed("pending", "equipment");
      return world.whole(machine);
    },
  ],
  [
    "POST",
    /^\/pending-equipment\/([^/]+)\/acceptance$/,
    (world, _, id) => {
      const item = world.item(id!);
      const machine = world.machine(item.enrolled_again!.equipment.id);
      machine.agent = item.agent;
      world.fleet.pending = world.fleet.pending.filter((other) => other !== item);
      world.changed("pending", "equipment");
      return world.whole(machine);
    },
  ],
  [
    "PATCH",
    /^\/pending-equipment\/([^/]+)$/,
    (world, { body }, id) => Object.assign(world.item(id!), { state: body.state }),
  ],
  [
    "DELETE",
    /^\/pending-equipment\/([^/]+)$/,
    (world, _, id) => {
      const item = world.item(id!);
      world.fleet.pending = world.fleet.pending.filter((other) => other !== item);
    },
  ],
];
