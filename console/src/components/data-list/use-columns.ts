/** Which columns are shown; this browser remembers what was changed. */
import { useMemo, useState } from "react";

import { remember, remembered } from "../../lib/storage.ts";
import type { Column, ListSpec } from "./types.ts";

export function useColumns<T>(spec: ListSpec<T>) {
  const key = `columns.${spec.name}`;
  const [choice, setChoice] = useState<Record<string, boolean>>(() => {
    try {
      return JSON.parse(remembered(key) ?? "{}") as Record<string, boolean>;
    } catch {
      return {};
    }
  });
  const visible = (column: Column<T>) => column.fixed || (choice[column.id] ?? !column.hidden);
  const visibility = Object.fromEntries(spec.columns.map((column) => [column.id, visible(column)]));
  const visibilityKey = JSON.stringify(visibility);
  const stable = useMemo(() => JSON.parse(visibilityKey) as Record<string, boolean>, [visibilityKey]);
  return {
    all: spec.columns,
    shown: spec.columns.filter(visible),
    visibility: stable,
    toggle: (id: string) => {
      const column = spec.columns.find((one) => one.id === id);
      if (!column || column.fixed) return;
      const now = { ...choice, [id]: !visible(column) };
      setChoice(now);
      remember(key, JSON.stringify(now));
    },
    reset: () => {
      setChoice({});
      remember(key, null);
    },
  };
}

export type Columns<T> = ReturnType<typeof useColumns<T>>;
