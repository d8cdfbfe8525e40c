/** Alerts: in which order their values stand, in which unit something was measured, and which of them a list is about. */
import type { Query } from "../api/client.ts";
import type { AlertSeverity, AlertType } from "../api/types.ts";
import type { Search } from "../router.tsx";

export const alertTypes = [
  "configuration",
  "trunk",
  "link",
  "service",
  "quality_of_service",
  "security",
] as const satisfies AlertType[];

/** The worst first. */
export const severities = ["critical", "major", "minor", "warning", "information"] as const satisfies AlertSeverity[];

export const alertStates = ["ongoing", "ended", "cleared", "all"] as const;

/** The kinds of conditions that this console has words for; others are called by their key. */
export const kinds = [
  "unreachable",
  "unit",
  "disk",
  "memory",
  "certificate",
  "log",
  "tcp",
  "ping",
  "command",
  "items",
  "clock",
] as const;

export const isKnownKind = (kind: string) => (kinds as readonly string[]).includes(kind);

/** Conditions of this begin are the server's own. */
const own = "vigie.";
export const isOwn = (condition: string) => condition.startsWith(own);

/** A number without more digits than one reads. */
const rounded = (value: number) => Math.round(value * 10) / 10;

export type Unit = "percent" | "days" | "matches" | "seconds" | "ping" | "none";
const units: Record<string, Unit> = {
  disk: "percent",
  memory: "percent",
  certificate: "days",
  log: "matches",
  ping: "ping",
  clock: "seconds",
};

/** In which unit a kind measures: `ping` tells loss or jitter, one cannot know which. */
export const unitOf = (kind: string): Unit => units[kind] ?? "none";

/** The words' key of a measured value, and the number in it. */
export function measuredAs(kind: string, value: number, isBound = false): { key: string; value: number } {
  const unit = unitOf(kind);
  const shown = rounded(value);
  if (unit !== "days" || isBound) return { key: unit, value: shown };
  const whole = Math.trunc(value);
  return whole < 0 ? { key: "over", value: -whole } : { key: "left", value: whole };
}

/** What the address says of the list of alerts, as the API asks for it; what it shows and clears is the same. */
export function filterOf(search: Search): Query {
  const names = [
    "state",
    "type",
    "severity",
    "customer_id",
    "system_id",
    "condition",
    "acknowledged",
    "assigned_to",
    "q",
  ];
  // A type that there is not is no filter: the page shows all of them.
  const known = (name: string, value: string) => name !== "type" || (alertTypes as readonly string[]).includes(value);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = search[name];
      return value && known(name, value) ? [[name, value]] : [];
    }),
  );
}

/** Until when something is muted: so many hours from now, or the next day at eight o'clock. */
export function mutedUntil(choice: "hour" | "hours" | "tomorrow", now: Date): Date {
  if (choice !== "tomorrow") return new Date(now.getTime() + (choice === "hour" ? 1 : 4) * 3_600_000);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8);
}

/** A moment as a field of date and time has it, where the reader is. */
export function localField(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
