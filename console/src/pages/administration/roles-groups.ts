/** The rows of the table of roles, by what they are about. */
import type { Policy } from "../../api/types.ts";

type Row = Policy["actions"][number];

/** The first part of an action's code says what it is about. */
const groups: Record<string, string[]> = {
  customers: ["customers", "dashboard", "remote-assistance", "alerts", "connection", "enrolment-mail"],
  systems: ["application", "backup", "system", "logs", "customization", "files", "proxy-accounts", "jobs"],
  assets: ["equipment", "agents", "sites"],
  desk: ["incidents", "connectors"],
  server: ["users", "preferences"],
};

/** Every row is in a group: one that this console does not know yet is in the last. */
export function groupsOf(rows: Row[]): { name: string; rows: Row[] }[] {
  const known = Object.entries(groups).map(([name, parts]) => ({
    name,
    rows: rows.filter((row) => parts.includes(row.action.split(".")[0]!)),
  }));
  const rest = rows.filter((row) => !known.some((group) => group.rows.includes(row)));
  return [...known, { name: "other", rows: rest }].filter((group) => group.rows.length > 0);
}
