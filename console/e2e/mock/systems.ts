/** Customers' systems in the mock: some dozens in every state there is, the tokens with which they enrol, service users. */
import type * as T from "../../src/api/types.ts";
import { toneOf, toneOfNetwork } from "../../src/lib/connectivity.ts";
import type { Tone } from "../../src/components/status.tsx";
import { ago, now } from "./fleet.ts";
import { Refusal } from "./list.ts";
import { random } from "./random.ts";

const day = 86_400;
export const states: T.Connectivity[] = [
  "connected",
  "waiting",
  "unreachable",
  "invalid_system",
  "authorisation_failed",
  "invalid_credentials",
  "disabled_by_administrator",
  "currently_disabled",
  "temporarily_locked",
  "password_expired",
  "password_must_be_changed",
  "insufficient_rights",
  "no_right_enabled",
  "service_monitoring_missing",
  "upgrade_missing",
  "no_authorisation",
  "remote_operations_not_allowed",
  "session_limit_exceeded",
  "connection_failed",
  "legacy",
];
const profiles = [
  { profile: "sip-server", versions: ["5.6.4", "5.7.2", "5.8.1"] },
  { profile: "linux-server", versions: ["12.11", "13.1"] },
  { profile: "windows-server", versions: ["2022", "2025"] },
];
const names = ["sip", "pbx", "srv-telephonie", "srv-fichiers", "srv-web", "passerelle"];
const places: T.SystemPlace[] = ["primary", "secondary", "expansion", "application"];
const colours: Partial<Record<Tone, T.CustomerColour>> = {
  good: "green",
  attention: "orange",
  broken: "red",
  off: "grey",
};
/** How many there are where nothing else is said. */
const some = 36;

interface Owner extends T.Named {
  reseller_id: string;
}

/** The web applications of a kind of system; they would be at its own address. */
const offered = (profile: string): Pick<T.CustomerSystem, "port" | "applications"> =>
  profile === "sip-server"
    ? { port: 8443, applications: [{ title: "Siremis", url: "https://192.0.2.7:8443/siremis" }] }
    : { port: null, applications: [] };

function system(index: number, customer: T.Named, place: T.SystemPlace): T.CustomerSystem {
  const r = random(index * 104_729 + 7);
  const kind = profiles[index % profiles.length]!;
  // The first ones are fixed: one well, one unreachable, one that is refused, then every state once.
  const connectivity =
    index < states.length ? states[(index * 7) % states.length]! : r.chance(0.8) ? "connected" : r.pick(states);
  const off = connectivity === "unreachable" || connectivity === "invalid_system" || connectivity === "waiting";
  const since = ago(r.int(off ? 9 * day : 40 * day) + 600);
  return {
    id: `sys_${index + 1}`,
    name:
      index === 4
        ? "passerelle-de-telephonie-du-siege-administratif-et-de-l-annexe.exemple.fr"
        : `${r.pick(names)}-${String(index + 1).padStart(2, "0")}`,
    customer: { id: customer.id, name: customer.name },
    place,
    profile: kind.profile,
    version: connectivity === "waiting" ? "" : r.pick(kind.versions),
    agent_version: connectivity === "legacy" ? "0.0.9" : "0.1.0",
    platform: kind.profile === "windows-server" ? "windows" : "linux",
    address: r.chance(0.15) ? `2001:db8:${r.hex(4)}::${r.hex(4)}` : `192.0.2.${1 + r.int(250)}`,
    ...offered(kind.profile),
    started_at: off ? null : ago(day + r.int(90 * day)),
    switches: {
      central_management: r.chance(0.8),
      central_logs: r.chance(0.6),
      remote_upgrade: r.chance(0.5),
      remote_access: r.chance(0.4),
      co_located_servers: r.chance(0.1),
      automatic_certificates: index % 3 === 2,
      device_certificates: index % 6 === 5,
    },
    connectivity,
    // Every other network is synchronised; application servers were added later.
    synchronised: Number(customer.id.split("_")[1]) % 2 === 0 ? place !== "application" : null,
    synchronisation_refusal: null,
    via_primary: place === "application" && index % 2 === 0,
    connectivity_since: since,
    last_seen_at: connectivity === "waiting" ? null : off ? since : ago(0),
    enrolled_at: ago(60 * day + r.int(300 * day)),
  };
}

export class Systems {
  all: T.CustomerSystem[] = [];
  tokens: T.EnrolmentToken[] = [];
  /** What a person entered, with the password that the systems happen to have. */
  users = new Map<string, T.TypedServiceUser>();
  /** Since when certificates are wanted anew. */
  renewed = new Map<string, string>();

  constructor(customers: Owner[], count = some) {
    // The default customer and another have none; the rest get a network each, as large as it takes.
    const owners = customers.slice(1, -1);
    for (let index = 0; index < count; index += 1) {
      const owner = owners[index % owners.length]!;
      const round = Math.floor(index / owners.length);
      this.all.push(system(index, owner, round === 0 ? "primary" : places[1 + ((index + round) % 3)]!));
    }
    if (count === 0) return;
    const token = (values: Partial<T.EnrolmentToken>): T.EnrolmentToken => ({
      id: `etk_${this.tokens.length + 1}`,
      reseller_id: "res_1",
      customer_id: null,
      place: null,
      uses: 1,
      used: 0,
      created_by: "admin",
      created_at: ago((this.tokens.length + 1) * 5 * day),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
      ...values,
    });
    for (const one of [
      { uses: 20, used: 3, reseller_id: "res_2", last_used_at: ago(2 * day), expires_at: ago(-20 * day) },
      { customer_id: "cus_2", expires_at: ago(-day) },
      { used: 1, last_used_at: ago(14 * day), created_by: "mkeribin", customer_id: "cus_4" },
      { expires_at: ago(3 * day), reseller_id: "res_3", uses: 5, used: 2, last_used_at: ago(9 * day) },
      { revoked_at: ago(7 * day), created_by: "ancien", expires_at: ago(-30 * day) },
    ])
      this.tokens.push(token(one));
  }

  of(customer: string): T.CustomerSystem[] {
    return this.all.filter((one) => one.customer.id === customer);
  }

  network(customer: string): T.Network {
    const own = this.of(customer);
    const primary = own.find((one) => one.place === "primary");
    const away = own.some((one) => one.connectivity === "unreachable");
    const network: T.Network = {
      colour: "grey",
      attention: [
        ...(away ? (["systems-unreachable"] as const) : []),
        ...(primary && toneOf(primary.connectivity) === "attention" ? (["service-user"] as const) : []),
        ...(own.some((one) => one.connectivity === "waiting") ? (["systems-waiting"] as const) : []),
        ...(primary?.connectivity === "legacy" ? (["legacy"] as const) : []),
        ...(primary ? [] : (["no-primary"] as const)),
      ],
      connectivity: primary?.connectivity ?? "waiting",
      connectivity_since: primary?.connectivity_since ?? null,
      system_id: primary?.id ?? null,
      system_name: primary?.name ?? null,
      version: primary?.version ?? null,
      address: primary?.address ?? null,
      port: primary?.port ?? null,
      applications: primary?.applications ?? [],
      profiles: [...new Set(own.map((one) => one.profile).filter(Boolean))].sort(),
      systems: own.length,
      unconnected: own.filter((one) => one.connectivity !== "connected").length,
      unsynchronised: own.filter((one) => one.synchronised === false).length,
    };
    return { ...network, colour: colours[toneOfNetwork(network)] ?? "red" };
  }

  /** What was issued: nothing where the owner does not want it; one system in two has phones that are not done yet. */
  certificates(one: T.CustomerSystem): T.SystemCertificates {
    const { automatic_certificates: on, device_certificates: devices } = one.switches;
    const ends_at = ago(-300 * day);
    const entry = (values: Partial<T.SystemCertificate>): T.SystemCertificate => ({
      key: "sip",
      title: "SIP over TLS",
      devices: false,
      wanted: 1,
      installed: 1,
      ends_at,
      trouble: "",
      ...values,
    });
    if (!on) return { authority: null, entries: [], issued: [], anew_since: null };
    const phones = entry({
      key: "phones",
      title: "Phones",
      devices: true,
      wanted: 42,
      installed: 40,
      trouble: "k175-12: the server issued the same certificate a moment ago",
    });
    return {
      authority: {
        certificate: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        sha256: "5d0190163d8694739bb06f4a0f4d3f5d1e5d0190163d8694739bb06f4a0f4d3f",
        not_before: ago(65 * day),
        not_after: ago(-3587 * day),
      },
      entries: [entry({}), ...(devices ? [phones] : [])],
      issued: [
        {
          key: "sip",
          names: [one.name, one.address],
          serial: "4f0190163d8694739bb06f4a0f4d3f5d",
          sha256: "1e0190163d8694739bb06f4a0f4d3f5d1e0190163d8694739bb06f4a0f4d3f5d",
          issued_at: this.renewed.get(one.id) ?? ago(65 * day),
          not_after: ends_at,
        },
      ],
      anew_since: this.renewed.get(one.id) ?? null,
    };
  }

  /** What the test says: who has a link is asked, others are as they were known. */
  test(customer: string, typed: T.TypedServiceUser | undefined): T.TestedConnection {
    const at = new Date(now).toISOString();
    const primary = this.of(customer).find((one) => one.place === "primary");
    if (!primary) return { connectivity: "waiting", system_id: null, is_fresh: true, at };
    const linked = !["unreachable", "invalid_system", "waiting", "connection_failed", "legacy"].includes(
      primary.connectivity,
    );
    const answer = (connectivity: T.Connectivity, is_fresh = true) => ({
      connectivity,
      system_id: primary.id,
      is_fresh,
      at,
    });
    if (!linked) return answer(primary.connectivity, false);
    if (!typed) return answer(primary.connectivity);
    if (typed.name !== "vigie") return answer("invalid_credentials");
    return answer(typed.password === "Phare-de-Brest" ? "connected" : "authorisation_failed");
  }
}

/** Refuses a service user as the server does. */
export function checkUser(user: T.TypedServiceUser): void {
  const invalid = (field: string, detail: string) =>
    new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);
  // eslint-disable-next-line no-control-regex
  if (user.name.trim() === "" || user.name.length > 128 || /[\u0000-\u001f\u007f]/.test(user.name))
    throw invalid("name", "must be 1 to 128 characters, none of them a control character");
  if (user.password === "" || user.password.length > 128) throw invalid("password", "must be 1 to 128 characters");
}
