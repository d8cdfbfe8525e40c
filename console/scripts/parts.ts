/**
 * What the server, the agent and the console are made of, with versions and licences: for *About*. Made when the console is
 * built, from Cargo's and npm's own lists. Where Cargo cannot be asked, the crates are those of Cargo.lock, without licences.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const id = "virtual:parts";
const root = join(import.meta.dirname, "../..");

interface Part {
  name: string;
  version: string;
  licence: string;
}
interface Metadata {
  packages: { id: string; name: string; version: string; license: string | null; source: string | null }[];
  resolve: { nodes: { id: string; deps: { pkg: string; dep_kinds: { kind: string | null }[] }[] }[] };
}

const byName = (a: Part, b: Part) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1);

/** What is linked into the programs: what only builds or tests them is not part of them. */
export function cratesOf({ packages, resolve }: Metadata, programs: string[]): Part[] {
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const waiting = packages.filter((one) => one.source === null && programs.includes(one.name)).map((one) => one.id);
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    if (found.has(next)) continue;
    found.add(next);
    for (const { pkg, dep_kinds } of nodes.get(next)?.deps ?? []) {
      if (dep_kinds.some(({ kind }) => kind === null)) waiting.push(pkg);
    }
  }
  return packages
    .filter((one) => found.has(one.id) && one.source !== null)
    .map(({ name, version, license }) => ({ name, version, licence: license ?? "" }))
    .sort(byName);
}

function crates(): Part[] {
  try {
    // Of what is built for: other systems' crates are no part of it, and need not have been fetched.
    const target = ["--filter-platform", "x86_64-unknown-linux-gnu"];
    const options = ["metadata", "--format-version", "1", "--locked", "--offline", ...target];
    const text = execFileSync("cargo", options, {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return cratesOf(JSON.parse(text) as Metadata, ["vigie-server", "vigie-agent"]);
  } catch {
    return cratesOfLock(readFileSync(`${root}/Cargo.lock`, "utf8"));
  }
}

/** The packages of a Cargo.lock that come from elsewhere. */
export function cratesOfLock(lock: string): Part[] {
  return lock
    .split("[[package]]")
    .slice(1)
    .flatMap((text) => {
      const value = (name: string) => new RegExp(`^${name} = "(.*)"$`, "m").exec(text)?.[1];
      return value("source") ? [{ name: value("name")!, version: value("version")!, licence: "" }] : [];
    })
    .sort(byName);
}

interface Lock {
  packages: Record<string, { version: string; license?: string; dev?: boolean; optional?: boolean }>;
}

/** The packages that npm's lock keeps for the page itself, not for building it. */
export function packagesOfLock({ packages }: Lock): Part[] {
  return Object.entries(packages)
    .filter(([path, one]) => path !== "" && !one.dev && !one.optional)
    .map(([path, { version, license }]) => ({
      name: path.split("node_modules/").at(-1)!,
      version,
      licence: license ?? "",
    }))
    .sort(byName);
}

export function parts(): Plugin {
  return {
    name: "vigie-parts",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return undefined;
      const lock = JSON.parse(readFileSync(`${root}/console/package-lock.json`, "utf8")) as Lock;
      return `export const crates = ${JSON.stringify(crates())};\nexport const packages = ${JSON.stringify(packagesOfLock(lock))};`;
    },
  };
}
