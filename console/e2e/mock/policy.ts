/** The table of roles, out of the file that the server's own test holds it to, and what each operation asks of it. */
import { readFileSync } from "node:fs";

import type * as T from "../../src/api/types.ts";

const lines = readFileSync(new URL("../../../crates/kernel/roles.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");
export const roles = lines[0]!.trim().split(/\s+/) as T.Role[];
const table = new Map(
  lines.slice(1).map((line) => {
    const [action, ...cells] = line.trim().split(/\s+/);
    return [action as T.PolicyAction, cells.map((cell) => (cell === "-" ? "none" : cell) as T.Reach)] as const;
  }),
);

export const cell = (role: T.Role | null, action: T.PolicyAction): T.Reach =>
  role === null ? "none" : table.get(action)![roles.indexOf(role)]!;

/** Whether a role sees the customers that it is assigned to only. */
export const isAssigned = (role: T.Role | null) => cell(role, "customers.see") === "assigned";
export const isReadOnly = (role: T.Role | null) => role === "support" || role === "read-only";

export const policy = (): T.Policy => ({
  actions: [...table].map(([action, cells]) => ({
    action,
    roles: Object.fromEntries(
      roles.map((role, index) => [role, cells[index]!]),
    ) as T.Policy["actions"][number]["roles"],
  })),
});

export const permissions = (role: T.Role | null, wallboard: boolean): T.Permissions => ({
  role,
  actions: [...table.keys()].map((action) => {
    const reach = cell(role, action);
    const reason =
      role === null
        ? ("no-role" as const)
        : reach === "none"
          ? ("role" as const)
          : wallboard && action !== "dashboard.see" && action !== "customers.see"
            ? ("wallboard" as const)
            : null;
    return { action, allowed: reason === null, reach, reason };
  }),
});

/** What an operation asks of the role; the first line that fits. `all`: for what belongs to no one customer. */
export const needs: [methods: RegExp, path: RegExp, action: T.PolicyAction, within?: "all"][] = [
  [/POST/, /^\/notifications/, "equipment.see"],
  [/POST|DELETE/, /^\/exports/, "equipment.see"],
  [/./, /^\/(reports|report-schedules|saved-views)\b/, "equipment.see"],
  [/GET/, /^\/key-software\b/, "equipment.see"],
  [/./, /^\/key-software\b/, "preferences.manage"],
  [/./, /^\/imports\b/, "equipment.edit"],
  [/GET/, /^\/association-rules/, "equipment.see"],
  [/./, /^\/association-rules/, "agents.manage"],
  [/GET/, /^\/(equipment|pending-equipment|software|agents|exports|notifications)\b/, "equipment.see"],
  [/POST|PATCH|PUT|DELETE/, /^\/(equipment|pending-equipment)\b/, "equipment.edit"],
  [/GET/, /^\/(overview|dashboard)/, "dashboard.see"],
  [/GET/, /^\/alerts\/assignees$/, "alerts.handle"],
  [/GET/, /^\/(alerts|maintenance-windows)\b/, "dashboard.see"],
  [/POST|DELETE/, /^\/(alerts|maintenance-windows)\b/, "alerts.handle"],
  [/PUT/, /^\/customers\/[^/]+\/alert-rules$/, "alerts.handle"],
  [/./, /^\/alert-(subscriptions|deliveries)\b/, "preferences.manage"],
  [/GET/, /^\/systems\b/, "dashboard.see"],
  [/POST/, /^\/systems\/[^/]+\/certificates\/renewal$/, "customers.edit", "all"],
  [/DELETE/, /^\/systems\b/, "customers.delete"],
  [/PATCH/, /^\/systems\b/, "customers.edit", "all"],
  [/./, /^\/enrolment-tokens\b/, "customers.add"],
  [/GET/, /^\/customers\/[^/]+\/service-user$/, "dashboard.see"],
  [/PUT/, /^\/customers\/[^/]+\/service-user$/, "customers.edit", "all"],
  [/POST/, /^\/customers\/[^/]+\/test-connection$/, "connection.test"],
  [/./, /^\/(agent-configuration|agent-releases|rollouts|distribution|api-clients)/, "agents.manage"],
  [/./, /^\/(preferences|certificate|audit)/, "preferences.manage"],
  [/./, /^\/customers\/[^/]+\/assignments$/, "users.manage"],
  [/GET/, /^\/customers\/[^/]+\/deletion$/, "customers.delete"],
  [/POST/, /^\/customers\/(delete$|[^/]+\/restore$)/, "customers.delete"],
  [/POST/, /^\/customers\/enrolment-mail$/, "enrolment-mail.send"],
  [/GET/, /^\/(customers|resellers|providers|tags)/, "customers.see"],
  [/POST/, /^\/customers/, "customers.add"],
  [/DELETE/, /^\/customers/, "customers.delete"],
  [/PATCH/, /^\/customers/, "customers.edit", "all"],
  [/POST/, /^\/(resellers|providers)/, "customers.add", "all"],
  [/DELETE/, /^\/(resellers|providers)/, "customers.delete", "all"],
  [/PATCH/, /^\/(resellers|providers)/, "customers.edit", "all"],
  [/./, /^\/users(?!\/me\b)/, "users.manage"],
];
