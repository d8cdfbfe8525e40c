/** The names that a label can have: those of resellers and providers. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { customers } from "../../../api/index.ts";

export function useResellers() {
  return useQuery({ queryKey: ["resellers"], queryFn: ({ signal }) => customers.resellers({}, signal) });
}

export function useProviders() {
  return useQuery({ queryKey: ["providers"], queryFn: ({ signal }) => customers.providers({}, signal) });
}

export function useLabelNames(): string[] {
  const resellers = useResellers().data?.items;
  const providers = useProviders().data?.items;
  return useMemo(() => {
    const names = [...(resellers ?? []), ...(providers ?? [])].map((one) => one.name);
    return [...new Set(names)].sort((a, b) => a.localeCompare(b));
  }, [resellers, providers]);
}
