/** A list's state: what the address says, the page it names, and what has changed on the server since. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";

import type { Query } from "../../api/client.ts";
import type { Page } from "../../api/types.ts";
import { useLive } from "../../lib/live.ts";
import { remember, remembered } from "../../lib/storage.ts";
import type { Search } from "../../router.tsx";
import type { ListSpec } from "./types.ts";

export const pageSizes = [25, 50, 100, 200];

/** Cursors of the pages before the one shown, so that one can go back; a link opened afresh has none. */
const before = new Map<string, (string | undefined)[]>();

export function useList<T>(spec: ListSpec<T>) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const client = useQueryClient();
  const [size, setSizeState] = useState(() => {
    const stored = Number(remembered("page-size"));
    return pageSizes.includes(stored) ? stored : 50;
  });

  const inUse = (spec.filters ?? []).flatMap((filter) => {
    const value = search[filter.param];
    return value ? [{ filter, value }] : [];
  });
  const sort = search.sort ?? spec.sort;
  const active = Object.fromEntries(inUse.map(({ filter, value }) => [filter.param, value]));
  const asked = inUse.map(({ filter, value }): Query => filter.ask?.(value) ?? { [filter.param]: value });
  const narrowed: Query = {
    ...spec.fixed,
    ...(spec.byCustomer ? { customer_id: search.customer_id } : {}),
    ...Object.assign({}, ...asked),
    q: search.q,
  };
  const query: Query = { ...narrowed, sort, limit: size, cursor: search.cursor };
  const key = [spec.name, "list", query];
  const listKey = JSON.stringify([spec.name, narrowed, sort, size]);
  const pageNumber = Math.max(1, Number(search.page ?? 1) || 1);

  const answer = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => spec.load(query, signal),
    placeholderData: keepPreviousData,
  });

  // What others changed: values are renewed in place, but rows neither come nor go under the pointer.
  const [waiting, setWaiting] = useState<{ key: string; page: Page<T>; news: number } | null>(null);
  const keyText = JSON.stringify(key);
  useLive(
    spec.topics ?? [],
    () =>
      spec
        .load(query)
        .then((fresh) => {
          const shown = client.getQueryData<Page<T>>(key);
          if (!shown) return;
          const ids = shown.items.map(spec.rowId);
          const freshIds = fresh.items.map(spec.rowId);
          if (shown.items.length === 0 || ids.join() === freshIds.join()) {
            client.setQueryData(key, fresh);
            setWaiting(null);
            return;
          }
          const byId = new Map(fresh.items.map((row) => [spec.rowId(row), row]));
          client.setQueryData(key, { ...shown, items: shown.items.map((row) => byId.get(spec.rowId(row)) ?? row) });
          const news = freshIds.filter((id) => !ids.includes(id)).length;
          setWaiting({ key: keyText, page: fresh, news });
        })
        .catch(() => undefined),
    spec.every,
  );
  const showNews = () => {
    if (waiting) client.setQueryData(key, waiting.page);
    setWaiting(null);
  };

  const previewParam = spec.previewParam ?? "preview";
  const change = useCallback(
    (changes: Search, replace = false) => {
      void navigate({
        to: ".",
        search: (old: Search) => ({
          ...old,
          cursor: undefined,
          page: undefined,
          [previewParam]: undefined,
          ...changes,
        }),
        replace,
        resetScroll: false,
      });
    },
    [navigate, previewParam],
  );

  const next = () => {
    const cursor = answer.data?.next_cursor;
    if (!cursor || answer.isPlaceholderData) return;
    const trail = before.get(listKey) ?? [];
    trail[pageNumber - 1] = search.cursor;
    before.set(listKey, trail);
    change({ cursor, page: String(pageNumber + 1) });
  };
  const previous = () => {
    const trail = before.get(listKey) ?? [];
    if (pageNumber - 2 < trail.length && pageNumber > 1) {
      change({ cursor: trail[pageNumber - 2], page: pageNumber > 2 ? String(pageNumber - 1) : undefined });
    } else change({});
  };
  const setSize = (value: number) => {
    remember("page-size", String(value));
    setSizeState(value);
    change({});
  };

  // A cursor of another time is no reason to fail: the list starts again.
  const code = (answer.error as { code?: string } | null)?.code;
  useEffect(() => {
    if (code === "cursor-invalid" && search.cursor) change({}, true);
  }, [code, search.cursor, change]);

  return {
    search,
    query,
    narrowed,
    sort,
    active,
    answer,
    page: answer.data,
    size,
    setSize,
    pageNumber,
    change,
    next,
    previous,
    news: waiting && waiting.key === keyText ? waiting.news : null,
    showNews,
    filterCount: Object.keys(active).length + (search.q ? 1 : 0),
  };
}

export type ListState<T> = ReturnType<typeof useList<T>>;
