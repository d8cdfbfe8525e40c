import { describe, expect, it } from "vitest";

import type { Network } from "../api/types.ts";
import en from "../i18n/en/systems.json";
import fr from "../i18n/fr/systems.json";
import { tokenState } from "../pages/systems/token-state.ts";
import { anchorOf } from "./anchor.ts";
import { switchCommand, switchNames, toneOf, toneOfNetwork } from "./connectivity.ts";
import { enrolCommand } from "./enrol-command.ts";
import { loadHelp } from "./help.ts";

describe("connectivity", () => {
  it("is red without a connection, orange when not let in, green when well, grey when too old", () => {
    expect(
      ["waiting", "unreachable", "invalid_system", "connection_failed"].map((one) => toneOf(one as never)),
    ).toEqual(Array.from({ length: 4 }, () => "broken"));
    expect(toneOf("password_expired")).toBe("attention");
    expect(toneOf("connected")).toBe("good");
    expect(toneOf("legacy")).toBe("off");
  });

  it("of a customer is its primary's, orange when another system is off line", () => {
    const network: Network = {
      colour: "green",
      attention: [],
      connectivity: "connected",
      connectivity_since: null,
      system_id: "sy_1",
      system_name: "a",
      address: "192.0.2.7",
      port: null,
      applications: [],
      version: "1",
      profiles: [],
      systems: 2,
      unconnected: 0,
      unsynchronised: 0,
    };
    expect(toneOfNetwork(network)).toBe("good");
    expect(toneOfNetwork({ ...network, unconnected: 1 })).toBe("attention");
    expect(toneOfNetwork({ ...network, connectivity: "unreachable", unconnected: 1 })).toBe("broken");
  });

  it.each([
    ["en", en],
    ["fr", fr],
  ] as const)("has a place in the help for each state, to which its card leads: %s", async (locale, words) => {
    const page = (await loadHelp(locale)).find((one) => one.name === "connection")!;
    const anchors = page.headings.map((heading) => heading.anchor);
    const names = Object.values(words.connectivity).map((state) => anchorOf(state.name));
    expect(names).toHaveLength(20);
    expect(names.filter((name) => !anchors.includes(name))).toEqual([]);
  });

  it("is switched by commands as the agent takes them", () => {
    expect(switchNames.map((name) => switchCommand(name, false))).toContain(
      "vigie-agent system set co-located-servers=on",
    );
    expect(switchCommand("remote_access", true)).toBe("vigie-agent system set remote-access=off");
  });
});

describe("an enrolment token", () => {
  const token = { uses: 2, used: 0, expires_at: null, revoked_at: null };
  const now = Date.parse("2026-11-22T12:00:00Z");
  it("is good until it is used up, over or revoked", () => {
    expect(tokenState(token, now)).toBe("good");
    expect(tokenState({ ...token, used: 2 }, now)).toBe("used");
    expect(tokenState({ ...token, expires_at: "2026-11-22T12:00:00Z" }, now)).toBe("expired");
    expect(tokenState({ ...token, expires_at: "2026-11-22T12:00:01Z" }, now)).toBe("good");
    expect(tokenState({ ...token, used: 2, revoked_at: "2026-11-01T00:00:00Z" }, now)).toBe("revoked");
  });

  it("comes with a line that believes nothing whose fingerprint it does not know", () => {
    const line = enrolCommand({ server: "https://vigie.example/", token: "vge_x", fingerprint: "ab12" });
    expect(line.split(" && ")).toEqual([
      "curl -fsSk https://vigie.example/install/ca.pem -o vigie-ca.pem",
      "echo 'ab12  vigie-ca.pem' | sha256sum -c --quiet",
      "sudo vigie-agent system run --server https://vigie.example --ca vigie-ca.pem --enrolment-token vge_x" +
        " --state-dir /var/lib/vigie-agent/system --profile PROFILE.toml",
    ]);
    expect(enrolCommand({ server: "https://vigie.example", token: "vge_x" })).not.toContain("sha256sum");
  });
});
