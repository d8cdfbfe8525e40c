/** What the person may do, as the server's table of roles says. The console greys by it; the server enforces it. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { policy } from "../api/index.ts";
import type { Action } from "../components/data-list/types.ts";
import type { Permissions, PolicyAction, Reach } from "../api/types.ts";

export const permissionsQuery = queryOptions({
  queryKey: ["session", "permissions"],
  queryFn: policy.mine,
  staleTime: Infinity,
});

export interface May {
  may: boolean;
  /** For which customers: nothing is done for others, even where the answer is yes. */
  reach: Reach;
  /** Why not, as the server's code says it. */
  reason: string | null;
}

/** An action with its bounds: `all` for what belongs to no one customer, where seeing some of them is not enough. */
export function mayOf(permissions: Permissions | undefined, action: PolicyAction, within?: "all"): May {
  const found = permissions?.actions.find((one) => one.action === action);
  if (!found) return { may: false, reach: "none", reason: permissions ? "role" : null };
  if (found.allowed && within === "all" && found.reach !== "all") {
    return { may: false, reach: found.reach, reason: "reach" };
  }
  return { may: found.allowed, reach: found.reach, reason: found.reason ?? null };
}

export function usePermissions(): Permissions | undefined {
  return useQuery(permissionsQuery).data;
}

/** Whether the person may do something, and the reason in words where not. */
export function useMay(action: PolicyAction, within?: "all"): May & { why: string | undefined } {
  const { t } = useTranslation();
  const found = mayOf(usePermissions(), action, within);
  return { ...found, why: found.may ? undefined : t(`common.may.${found.reason ?? "role"}`) };
}

/** Greys a list's actions with the reason, where the role may not. */
export function useGreyed(action: PolicyAction, within?: "all"): (actions: Action[]) => Action[] {
  const { why } = useMay(action, within);
  return (actions) => (why === undefined ? actions : actions.map((one) => ({ ...one, disabled: why })));
}
