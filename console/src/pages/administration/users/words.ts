/** What pages about users say alike: roles, the state of an account, why somebody sees a customer. */
import { useTranslation } from "react-i18next";

import type { AccessReason, GrantNode, Role, User } from "../../../api/types.ts";
import type { Tone } from "../../../components/status.tsx";
import { useFormat } from "../../../lib/format.ts";
import { useGivenName } from "../../../lib/given-names.ts";
import { stateOf, today } from "../../../lib/people.ts";

export const roles: Role[] = [
  "administrator",
  "support",
  "supervisor",
  "operator",
  "read-only",
  "equipment-manager",
  "technician",
];

/** Whether a role sees assigned customers only; the others see all. */
export const isAssigned = (role: Role | null) => role !== null && role !== "administrator" && role !== "support";
/** Whether a role only looks, and may stay on a wall. */
export const isReadOnly = (role: Role | null) => role === "support" || role === "read-only";

export function useRoleName(): (role: Role | null) => string {
  const { t } = useTranslation();
  return (role) => t(`shell.roles.${role ?? "none"}`);
}

const tones: Record<string, Tone> = { enabled: "good", disabled: "off", expires: "good", expired: "attention" };

export function useAccountState(): (user: User) => { tone: Tone; words: string } {
  const { t } = useTranslation();
  const format = useFormat();
  return (user) => {
    const state = stateOf(user, today());
    const date = user.expires_on ? format.date(user.expires_on) : "";
    return { tone: tones[state]!, words: t(`people.states.${state}`, { date }) };
  };
}

/** A level of the hierarchy in words: everything, or all present and future customers of something, or one customer. */
export function useNodeWords(): (kind: GrantNode["kind"], name: string | null) => string {
  const { t } = useTranslation();
  const named = useGivenName();
  return (kind, name) => t(`people.nodes.${kind}`, { name: named(name ?? "") });
}

/** One reason why somebody sees a customer, or does not, as a sentence. */
export function useReasonWords(): (reason: AccessReason) => string {
  const { t } = useTranslation();
  const named = useGivenName();
  const roleName = useRoleName();
  return (reason) => {
    if (reason.by === "role") return t("people.why.role", { role: roleName(reason.name as Role) });
    const name = named(reason.name ?? "");
    if (reason.by === "label") return t(`people.why.label.${reason.at}`, { name });
    return t(`people.why.${reason.allow ? "given" : "kept"}.${reason.at}`, { name });
  };
}
