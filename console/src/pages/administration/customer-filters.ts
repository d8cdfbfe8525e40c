/** What the list of customers is narrowed by: the levels above them. */
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import type { Filter } from "../../components/data-list/types.ts";
import { useGivenName } from "../../lib/given-names.ts";
import type { Search } from "../../router.tsx";

export function useCustomerFilters(): Filter[] {
  const { t } = useTranslation();
  const named = useGivenName();
  const { provider_id } = useSearch({ strict: false }) as Search;
  return useMemo(
    () => [
      {
        param: "provider_id",
        label: t("administration.customers.provider"),
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
        label: t("administration.customers.reseller"),
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
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, provider_id],
  );
}
