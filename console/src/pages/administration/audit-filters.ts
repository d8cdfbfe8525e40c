/** What the audit trail is narrowed by; each is a line: what the address calls it, and what it asks of the API. */
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { administration, customers, users } from "../../api/index.ts";
import type { Filter } from "../../components/data-list/types.ts";
import { endOf, isDay, startOf } from "../../lib/days.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { fullName } from "../../lib/people.ts";
import type { Search } from "../../router.tsx";
import { auditActions } from "./audit-actions.ts";

/** An actor's sign-in name. Agents, and users who are gone, have left it in the trail. */
async function actorName(id: string): Promise<string> {
  try {
    return (await users.get(id)).login;
  } catch {
    const { items } = await administration.audit({ actor_id: id, limit: 1 });
    return items[0]?.actor.name || id;
  }
}

export function useAuditFilters(): Filter[] {
  const { t } = useTranslation();
  const named = useGivenName();
  const search = useSearch({ strict: false }) as Search;
  const { from, to } = search;
  return useMemo(
    () => [
      {
        param: "action",
        label: t("administration.audit.action"),
        options: auditActions
          .map((value) => ({ value, label: t(`administration.audit.actions.${value}`) }))
          .sort((a, b) => a.label.localeCompare(b.label)),
      },
      {
        param: "actor_id",
        label: t("administration.audit.actor"),
        find: {
          key: ["users", "actors"],
          search: async (q, signal) => {
            const page = await users.list({ q, limit: 25 }, signal);
            return page.items.map((one) => ({ value: one.id, label: one.login, detail: fullName(one) || undefined }));
          },
          name: actorName,
        },
      },
      {
        param: "from",
        label: t("administration.audit.from"),
        day: { max: to && isDay(to) ? to : undefined },
        ask: (day) => ({ from: startOf(day) }),
      },
      {
        param: "to",
        label: t("administration.audit.to"),
        day: { min: from && isDay(from) ? from : undefined },
        ask: (day) => ({ to: endOf(day) }),
      },
      {
        // Not the customer that stays chosen from page to page: most of the trail is about none.
        param: "about",
        label: t("administration.audit.customer"),
        rare: true,
        find: {
          key: ["customers", "names"],
          search: async (q, signal) => {
            const page = await customers.list({ q, limit: 25 }, signal);
            return page.items.map((one) => ({
              value: one.id,
              label: named(one.name),
              detail: named(one.reseller.name),
            }));
          },
          name: async (id) => (await customers.get(id)).name,
        },
        ask: (customer_id) => ({ customer_id }),
      },
      { param: "object_id", label: t("administration.audit.objectFilter"), rare: true },
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, from, to],
  );
}
