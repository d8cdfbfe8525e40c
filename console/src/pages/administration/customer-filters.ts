/** What the list of customers is narrowed by: how they stand, their tags, the levels above them, who is assigned. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { customers, systems, users } from "../../api/index.ts";
import type { SystemValues } from "../../api/types.ts";
import type { Filter } from "../../components/data-list/types.ts";
import { connectivities } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { fullName } from "../../lib/people.ts";
import { useMay } from "../../lib/permissions.ts";
import { sessionQuery } from "../../lib/session.ts";
import type { Search } from "../../router.tsx";
import { isAssigned } from "./users/words.ts";

export const colours = ["red", "orange", "green", "grey"] as const;

export function useCustomerFilters(): Filter[] {
  const { t } = useTranslation();
  const named = useGivenName();
  const format = useFormat();
  const manages = useMay("users.manage").may;
  const me = useQuery(sessionQuery).data?.user;
  const { provider_id } = useSearch({ strict: false }) as Search;
  return useMemo(
    () => {
      /** What systems have, as far as the server tells of it. */
      const valueOf = (param: "version" | "profile", of: keyof SystemValues): Filter => ({
        param,
        label: t(`systems.fields.${param}`),
        rare: true,
        find: {
          key: ["systems", "values", param],
          search: async (q, signal) =>
            (await systems.values(signal))[of]
              .filter(({ value }) => value.toLowerCase().includes(q.toLowerCase()))
              .map(({ value, systems: count }) => ({
                value,
                label: value,
                detail: t("systems.count", { count, shown: format.number(count) }),
              })),
          name: async (value) => value,
        },
      });
      const assigned: Filter = {
        param: "assigned_to",
        label: t("customers.assignedTo"),
        rare: true,
        find: {
          key: ["users", "assigned"],
          search: async (q, signal) => {
            if (!manages) return me ? [{ value: me.id, label: me.login }] : [];
            const page = await users.list({ q: q || undefined, limit: 50 }, signal);
            return page.items
              .filter((one) => isAssigned(one.role))
              .map((one) => ({ value: one.id, label: one.login, detail: fullName(one) || undefined }));
          },
          name: async (id) => (id === me?.id ? me.login : (await users.get(id)).login),
        },
      };
      return [
        {
          param: "colour",
          label: t("customers.state"),
          options: colours.map((value) => ({ value, label: t(`dashboard.colours.${value}`) })),
        },
        {
          param: "tag",
          label: t("customers.tag"),
          find: {
            key: ["customers", "tags"],
            search: async (q, signal) =>
              (await customers.tags(q || undefined, signal)).items.map(({ name, customers: count }) => ({
                value: name,
                label: name,
                detail: t("customers.count", { count, shown: format.number(count) }),
              })),
            name: async (value) => value,
          },
        },
        {
          param: "provider_id",
          label: t("customers.provider"),
          // A reseller belongs to one provider.
          clears: ["reseller_id"],
          find: {
            key: ["providers", "names"],
            search: async (q, signal) => {
              const page = await customers.providers({ q, limit: 50 }, signal);
              return page.items.map((one) => ({ value: one.id, label: named(one.name) }));
            },
            name: async (id) => (await customers.level("providers", id)).name,
          },
        },
        {
          param: "reseller_id",
          label: t("customers.reseller"),
          find: {
            key: ["resellers", "names", provider_id],
            search: async (q, signal) => {
              const page = await customers.resellers({ q, provider_id, limit: 50 }, signal);
              return page.items.map((one) => ({
                value: one.id,
                label: named(one.name),
                detail: provider_id ? undefined : named(one.provider.name),
              }));
            },
            name: async (id) => (await customers.level("resellers", id)).name,
          },
        },
        {
          param: "connectivity",
          label: t("systems.fields.connectivity"),
          rare: true,
          options: connectivities.map((value) => ({ value, label: t(`systems.connectivity.${value}.name`) })),
        },
        valueOf("version", "versions"),
        valueOf("profile", "profiles"),
        assigned,
        {
          param: "deleted",
          label: t("customers.deleted.filter"),
          options: [{ value: "true", label: t("common.yes") }],
          rare: true,
        },
      ];
    },
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, provider_id, manages, me],
  );
}
