import { Select, type SelectProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { customers } from "../api/index.ts";

export function useCustomers() {
  return useQuery({ queryKey: ["customers"], queryFn: ({ signal }) => customers.list({}, signal), staleTime: 60_000 });
}

export function CustomerSelect(props: Omit<SelectProps, "data">) {
  const all = useCustomers();
  const data = (all.data?.items ?? []).map((customer) => ({ value: customer.id, label: customer.name }));
  return <Select {...props} data={data} searchable allowDeselect={false} limit={100} />;
}
