/** What a connection's state looks like, and the command with which a system's owner mends it. */
import type { Connectivity, CustomerColour, Network, Switches } from "../api/types.ts";
import type { Tone } from "../components/status.tsx";

/** Every state, as one looks for them. */
export const connectivities = [
  "connected",
  "waiting",
  "unreachable",
  "invalid_system",
  "connection_failed",
  "authorisation_failed",
  "invalid_credentials",
  "no_authorisation",
  "disabled_by_administrator",
  "currently_disabled",
  "temporarily_locked",
  "password_expired",
  "password_must_be_changed",
  "insufficient_rights",
  "no_right_enabled",
  "service_monitoring_missing",
  "upgrade_missing",
  "remote_operations_not_allowed",
  "session_limit_exceeded",
  "legacy",
] as const satisfies Connectivity[];

/** Whether a word is one of the states. */
export const isConnectivity = (word: string): word is Connectivity =>
  (connectivities as readonly string[]).includes(word);

const red = new Set<Connectivity>(["waiting", "unreachable", "invalid_system", "connection_failed"]);

/** No connection is broken; connected but not let in, for whatever reason, wants attention. */
export function toneOf(connectivity: Connectivity): Tone {
  if (connectivity === "connected") return "good";
  if (connectivity === "legacy") return "off";
  return red.has(connectivity) ? "broken" : "attention";
}

/** A customer is as its primary is; with a system of its network off line it is not all well. */
export function toneOfNetwork(network: Network): Tone {
  const tone = toneOf(network.connectivity);
  return tone === "good" && network.unconnected > 0 ? "attention" : tone;
}

const serviceUser = (options: string) => `vigie-agent system service-user ${options}`;
const rights = serviceUser("--right back-up=on --right upgrade=on --right read-service-monitoring=on");

/** The colour that the server gives a customer, as a tone. */
export const toneOfColour: Record<CustomerColour, Tone> = {
  red: "broken",
  orange: "attention",
  green: "good",
  grey: "off",
};

/** What is run on the system, where one command mends it. */
export const remedies: Partial<Record<Connectivity, string>> = {
  unreachable: "vigie-agent system show",
  authorisation_failed: serviceUser("--password-stdin"),
  invalid_credentials: "vigie-agent system show",
  disabled_by_administrator: serviceUser("--enable"),
  currently_disabled: serviceUser("--valid-from always --valid-until never"),
  temporarily_locked: serviceUser("--unlock"),
  password_expired: serviceUser("--password-stdin --password-expires never"),
  password_must_be_changed: serviceUser("--password-stdin"),
  insufficient_rights: rights,
  no_right_enabled: rights,
  service_monitoring_missing: serviceUser("--right read-service-monitoring=on"),
  upgrade_missing: serviceUser("--right upgrade=on"),
  no_authorisation: serviceUser("--enable --password-stdin"),
  remote_operations_not_allowed: serviceUser("--remote-operations on"),
  session_limit_exceeded: serviceUser("--sessions 5"),
};

/** The owner's switches, in the order in which they are shown. */
export const switchNames = [
  "central_management",
  "central_logs",
  "remote_upgrade",
  "remote_access",
  "co_located_servers",
  "automatic_certificates",
  "device_certificates",
] as const satisfies (keyof Switches)[];

/** How a system's owner turns a switch to the other side. */
export const switchCommand = (name: keyof Switches, now: boolean) =>
  `vigie-agent system set ${name.replaceAll("_", "-")}=${now ? "off" : "on"}`;
