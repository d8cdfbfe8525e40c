/** Which columns are shown: those that the address names, else by themselves; this browser remembers what was changed. */
import { useMemo, useState } from "react";

import { remember, remembered } from "../../lib/storage.ts";
import type { Column, ListSpec } from "./types.ts";
import type { ListState } from "./use-list.ts";

export function useColumns<T>(spec: ListSpec<T>, list: ListState<T>) {
  const key = `columns.${spec.name}`;
  const [choice, setChoice] = useState<Record<string, boolean>>(() => {
    try {
      return JSON.parse(remembered(key) ?? "{}") as Record<string, boolean>;
    } catch {
      return {};
    }
  });
  const inAddress = list.search.columns?.split(",");
  const visible = (column: Column<T>) =>
    column.fixed || (inAddress ? inAddress.includes(column.id) : (choice[column.id] ?? !column.hidden));
  const chosen = spec.columns.filter((column) => !column.fixed && visible(column)).map((column) => column.id);
  const byThemselves = spec.columns.filter((column) => !column.fixed && !column.hidden).map((column) => column.id);
  const visibility = Object.fromEntries(spec.columns.map((column) => [column.id, visible(column)]));
  const visibilityKey = JSON.stringify(visibility);
  const stable = useMemo(() => JSON.parse(visibilityKey) as Record<string, boolean>, [visibilityKey]);
  return {
    all: spec.columns,
    shown: spec.columns.filter(visible),
    visibility: stable,
    /** As an address names them; none where they are as they are by themselves. */
    named: chosen.join() === byThemselves.join() ? undefined : chosen.join(),
    toggle: (id: string) => {
      const column = spec.columns.find((one) => one.id === id);
      if (!column || column.fixed) return;
      if (inAddress) {
        const wanted = (one: Column<T>) => (one === column ? !visible(one) : visible(one));
        const ids = spec.columns.filter((one) => !one.fixed && wanted(one)).map((one) => one.id);
        list.change({ columns: ids.join() || "-" }, true);
        return;
      }
      const now = { ...choice, [id]: !visible(column) };
      setChoice(now);
      remember(key, JSON.stringify(now));
    },
    reset: () => {
      if (inAddress) list.change({ columns: undefined }, true);
      setChoice({});
      remember(key, null);
    },
  };
}

export type Columns<T> = ReturnType<typeof useColumns<T>>;
