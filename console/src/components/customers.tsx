import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { customers } from "../api/index.ts";
import type { Named } from "../api/types.ts";
import { useGivenName } from "../lib/given-names.ts";

export function useCustomers() {
  return useQuery({ queryKey: ["customers"], queryFn: ({ signal }) => customers.list({}, signal), staleTime: 60_000 });
}

/** Chooses a customer. Where there are more than one page of them, the server searches; `known` is the one chosen before. */
export function CustomerSelect({ known, ...props }: Omit<SelectProps, "data"> & { known?: Named }) {
  const named = useGivenName();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const all = useCustomers();
  const found = useQuery({
    queryKey: ["customers", "search", wanted],
    queryFn: ({ signal }) => customers.list({ q: wanted, limit: 50 }, signal),
    enabled: wanted !== "" && all.data?.next_cursor !== null && all.data !== undefined,
    placeholderData: keepPreviousData,
  });
  const names = new Map<string, string>();
  if (known) names.set(known.id, known.name);
  for (const customer of [...(all.data?.items ?? []), ...(found.data?.items ?? [])])
    names.set(customer.id, customer.name);
  return (
    <Select
      {...props}
      data={[...names].map(([value, name]) => ({ value, label: named(name) }))}
      searchable
      allowDeselect={false}
      limit={100}
      onSearchChange={setText}
    />
  );
}
