/** The mock's answers about programs that are watched for. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago, catalogue, versionOn, type Machine } from "./fleet.ts";
import { Refusal } from "./list.ts";
import type { World } from "./world.ts";

const fits = (pattern: string, text: string): boolean => {
  const [wanted, given] = [pattern.trim().toLowerCase(), text.toLowerCase()];
  if (!wanted.includes("*")) return given.includes(wanted);
  const escaped = wanted.split("*").map((piece) => piece.replace(/[^\p{L}\p{N}]/gu, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(given);
};

type Program = Omit<T.KeySoftware, "machines">;

export class KeyPrograms {
  all: Program[] = [];
  #made = 0;

  constructor(filled: boolean) {
    if (!filled) return;
    this.add({ name: "OpenSSL", pattern: "openssl", publisher: "", platform: "linux", lowest_version: "3.0.15" });
    this.add({ name: "Firefox", pattern: "*firefox*", publisher: "", platform: "", lowest_version: "140" });
    this.add({ name: "FortiClient", pattern: "FortiClient", publisher: "Fortinet*", platform: "windows" });
  }

  add(fields: Partial<T.KeySoftwareFields>): Program {
    this.#made += 1;
    const made: Program = {
      id: `ks_${String(this.#made).padStart(32, "0")}`,
      name: "",
      pattern: "",
      publisher: "",
      platform: "",
      lowest_version: "",
      note: "",
      ...fields,
      revision: 1,
      updated_at: ago(90_000),
    };
    this.all = [...this.all, made].sort((a, b) => a.name.localeCompare(b.name));
    return made;
  }

  get(id: string): Program {
    const found = this.all.find((one) => one.id === id);
    if (!found) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    return found;
  }

  of(program: Program, machine: Machine): T.KeySoftwareOfMachine | undefined {
    if (!machine.agent || (program.platform && machine.os?.family !== program.platform)) return undefined;
    const met = catalogue.flatMap((title, index) => {
      const version = versionOn(machine, title, index);
      const is = fits(program.pattern, title.name) && (!program.publisher || fits(program.publisher, title.publisher));
      return version && is ? [{ title: title.name, version }] : [];
    })[0];
    const good = (version: string) =>
      version.localeCompare(program.lowest_version, "en", { numeric: true }) >= 0 || !program.lowest_version;
    return {
      id: program.id,
      name: program.name,
      state: !met ? "absent" : good(met.version) ? "present" : "old",
      title: met?.title ?? "",
      version: met?.version ?? "",
      lowest_version: program.lowest_version,
      note: program.note,
    };
  }

  summary(machine: Machine): T.EquipmentItem["key_software"] {
    const all = this.all.flatMap((program) => this.of(program, machine) ?? []);
    if (all.length === 0) return undefined;
    const named = (state: T.KeySoftwareState) => all.filter((one) => one.state === state).map((one) => one.name);
    return { present: named("present").length, old: named("old"), absent: named("absent") };
  }

  counted(program: Program, machines: Machine[]): T.KeySoftware {
    const counts = { present: 0, old: 0, absent: 0 };
    for (const machine of machines) {
      const stands = this.of(program, machine);
      if (stands) counts[stands.state] += 1;
    }
    return { ...program, machines: counts };
  }
}

const machines = (world: World, query: URLSearchParams) => {
  const customer = query.get("customer_id");
  return world.machinesFor(new URLSearchParams(customer ? { customer_id: customer } : {}));
};

const checked = (world: World, body: Record<string, unknown>, own?: string) => {
  const name = String(body.name ?? "").trim();
  if (world.programs.all.some((one) => one.id !== own && one.name.toLowerCase() === name.toLowerCase()))
    throw new Refusal(409, "name-taken", "The name is already in use.");
  return body as Partial<T.KeySoftwareFields>;
};

export const keySoftwareRoutes: Route[] = [
  [
    "GET",
    /^\/key-software$/,
    (world, { query }) => ({
      items: world.programs.all.map((one) => world.programs.counted(one, machines(world, query))),
      waiting: 0,
    }),
  ],
  [
    "GET",
    /^\/key-software\/matches$/,
    (_world, { query }) => ({
      items: catalogue
        .filter(
          ({ name, publisher }) =>
            fits(query.get("pattern") ?? "", name) && fits(query.get("publisher") ?? "", publisher),
        )
        .map(({ name, publisher }) => ({ name, publisher })),
    }),
  ],
  [
    "POST",
    /^\/key-software$/,
    (world, { body, query }) =>
      new Created(world.programs.counted(world.programs.add(checked(world, body)), machines(world, query))),
  ],
  [
    "PUT",
    /^\/key-software\/([^/]+)$/,
    (world, { body, query }, id) => {
      const program = world.programs.get(id!);
      Object.assign(program, checked(world, body, id), { revision: program.revision + 1 });
      return world.programs.counted(program, machines(world, query));
    },
  ],
  [
    "DELETE",
    /^\/key-software\/([^/]+)$/,
    (world, _, id) => {
      const program = world.programs.get(id!);
      world.programs.all = world.programs.all.filter((one) => one !== program);
    },
  ],
  [
    "GET",
    /^\/equipment\/([^/]+)\/key-software$/,
    (world, _, id) => ({
      items: world.programs.all.flatMap((program) => world.programs.of(program, world.machine(id!)) ?? []),
    }),
  ],
];
