import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../api/index.ts";
import type { Customer, Reseller } from "../api/types.ts";
import { useGivenName } from "../lib/given-names.ts";

interface Props extends Omit<SelectProps, "data" | "description"> {
  /** Whose reseller was chosen before. */
  customer?: Customer;
  description: string;
}

/** Chooses a reseller, which says the provider, too. Where there is one only, there is nothing to choose. */
export function ResellerSelect({ customer, description, value, ...props }: Props) {
  const { t } = useTranslation();
  const named = useGivenName();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const all = useQuery({ queryKey: ["resellers"], queryFn: ({ signal }) => customers.resellers({}, signal) });
  const found = useQuery({
    queryKey: ["resellers", "search", wanted],
    queryFn: ({ signal }) => customers.resellers({ q: wanted, limit: 50 }, signal),
    // Where all of them are here, the field searches by itself.
    enabled: wanted !== "" && all.data !== undefined && all.data.next_cursor !== null,
    placeholderData: keepPreviousData,
  });
  const known = new Map<string, Reseller>();
  if (customer) known.set(customer.reseller.id, { ...customer.reseller, provider: customer.provider });
  for (const one of [...(all.data?.items ?? []), ...(found.data?.items ?? [])]) known.set(one.id, one);
  if (known.size < 2) return null;
  const chosen = value ? known.get(value) : undefined;
  return (
    <Select
      {...props}
      value={value}
      label={t("customers.reseller")}
      description={
        chosen ? `${t("customers.form.ofProvider", { name: named(chosen.provider.name) })} ${description}` : description
      }
      data={[...known.values()].map((one) => ({ value: one.id, label: named(one.name) }))}
      nothingFoundMessage={t("customers.form.noReseller")}
      searchable
      limit={100}
      onSearchChange={setText}
    />
  );
}
