import { describe, expect, it } from "vitest";

import { cratesOf, cratesOfLock, packagesOfLock } from "./parts.ts";

describe("what the programs are made of", () => {
  it("is what is linked into them, not what only builds or tests them", () => {
    const source = "registry";
    const one = (name: string, from: string | null = source) => {
      return { id: name, name, version: "1.0.0", license: "MIT", source: from };
    };
    const dep = (pkg: string, kind: string | null = null) => ({ pkg, dep_kinds: [{ kind }] });
    const metadata = {
      packages: [
        one("vigie-server", null),
        one("kernel", null),
        one("serde"),
        one("cc"),
        one("insta"),
        one("other", null),
      ],
      resolve: {
        nodes: [
          { id: "vigie-server", deps: [dep("kernel"), dep("cc", "build"), dep("insta", "dev")] },
          { id: "kernel", deps: [dep("serde")] },
        ],
      },
    };
    expect(cratesOf(metadata, ["vigie-server"])).toEqual([{ name: "serde", version: "1.0.0", licence: "MIT" }]);
  });

  it("is what Cargo's lock names, where Cargo is not there", () => {
    const lock = `[[package]]\nname = "own"\nversion = "0.1.0"\n\n[[package]]\nname = "serde"\nversion = "1.2.3"\nsource = "registry"\n`;
    expect(cratesOfLock(lock)).toEqual([{ name: "serde", version: "1.2.3", licence: "" }]);
  });

  it("is what npm's lock keeps for the page", () => {
    const packages = {
      "": { version: "0" },
      "node_modules/react": { version: "19.0.0", license: "MIT" },
      "node_modules/a/node_modules/@b/c": { version: "2.0.0" },
      "node_modules/vite": { version: "8.0.0", license: "MIT", dev: true },
    };
    expect(packagesOfLock({ packages })).toEqual([
      { name: "@b/c", version: "2.0.0", licence: "" },
      { name: "react", version: "19.0.0", licence: "MIT" },
    ]);
  });
});
