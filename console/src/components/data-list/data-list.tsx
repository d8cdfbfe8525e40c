/** A list page: search, filters, table, selection, preview — everything in the address, everything sorted by the server. */
import { Button } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../../lib/keys.ts";
import { useNarrow } from "../../lib/narrow.ts";
import { Failed, Nothing, useLasting } from "../states.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import classes from "./data-list.module.css";
import { Lines } from "./lines.tsx";
import { Pager } from "./pager.tsx";
import { PreviewPane } from "./preview-pane.tsx";
import { Rows } from "./rows.tsx";
import { RowsSkeleton } from "./rows-skeleton.tsx";
import { Toolbar } from "./toolbar.tsx";
import type { ListSpec, Selection } from "./types.ts";
import { useColumns } from "./use-columns.ts";
import { useList } from "./use-list.ts";
import { Views } from "./views.tsx";

export function DataList<T>({ spec, above }: { spec: ListSpec<T>; above?: ReactNode }) {
  const { t } = useTranslation();
  const list = useList(spec);
  const columns = useColumns(spec, list);
  const narrow = useNarrow();
  const navigate = useNavigate();
  const region = useRef<HTMLDivElement>(null);
  const measured = useElementSize<HTMLDivElement>();
  const regionRef = useMergedRef(region, measured.ref);

  const [chosen, setChosen] = useState<ReadonlyMap<string, T>>(new Map());
  const [all, setAll] = useState(false);
  const scope = JSON.stringify([spec.name, list.narrowed]);
  const [scopeOfChoice, setScopeOfChoice] = useState(scope);
  if (scope !== scopeOfChoice) {
    // Another filter, another list: what was chosen in the old one is not meant here.
    setScopeOfChoice(scope);
    setChosen(new Map());
    setAll(false);
  }
  const clear = () => {
    setChosen(new Map());
    setAll(false);
  };
  const toggle = (row: T) => {
    setAll(false);
    setChosen((old) => {
      const now = new Map(old);
      const id = spec.rowId(row);
      if (!now.delete(id)) now.set(id, row);
      return now;
    });
  };

  const page = list.page;
  const rows = useMemo(() => page?.items ?? [], [page]);
  const total = page?.total ?? 0;
  const free = rows.filter((row) => spec.locked?.(row) === undefined);
  const pageChosen = free.length > 0 && free.every((row) => chosen.has(spec.rowId(row)));
  const togglePage = () => {
    setAll(false);
    setChosen((old) => {
      const now = new Map(old);
      for (const row of free) {
        if (pageChosen) now.delete(spec.rowId(row));
        else now.set(spec.rowId(row), row);
      }
      return now;
    });
  };
  const selection: Selection<T> = {
    count: all ? total : chosen.size,
    countIsMinimum: all && page?.total_is_minimum === true,
    // As they are now, as far as this page shows them.
    rows: all ? [] : [...chosen].map(([id, row]) => rows.find((one) => spec.rowId(one) === id) ?? row),
    all,
    target: all ? { all: list.narrowed } : { ids: [...chosen.keys()] },
    clear,
  };

  const previewParam = spec.previewParam ?? "preview";
  const previewed = spec.preview ? list.search[previewParam] : undefined;
  const previewIndex = rows.findIndex((row) => spec.rowId(row) === previewed);
  const elsewhere = useQuery({
    queryKey: [spec.name, "elsewhere", previewed],
    queryFn: () => spec.loadOne!(previewed!),
    enabled: previewed !== undefined && page !== undefined && previewIndex < 0 && spec.loadOne !== undefined,
  });
  const previewRow = previewIndex >= 0 ? rows[previewIndex] : previewed ? elsewhere.data : undefined;
  const preview = (id: string | undefined) =>
    void navigate({
      to: ".",
      search: (old: Record<string, string | undefined>) => ({ ...old, [previewParam]: id }),
      replace: previewed !== undefined,
      resetScroll: false,
    });
  const step = (by: number) => {
    const row = rows[previewIndex + by];
    if (row) preview(spec.rowId(row));
  };

  const links = () => [...(region.current?.querySelectorAll<HTMLElement>("[data-row-link]") ?? [])];
  const current = () => links().findIndex((link) => link.closest("[data-row]")?.contains(document.activeElement));
  const moveFocus = (by: number) => {
    const targets = links();
    const at = current();
    const target =
      targets[at < 0 ? (by > 0 ? 0 : targets.length - 1) : Math.min(targets.length - 1, Math.max(0, at + by))];
    target?.focus();
  };
  useKeys({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    x: () => {
      const row = rows[current()];
      if (row && spec.bulkActions && spec.locked?.(row) === undefined) toggle(row);
    },
    p: () => {
      const row = rows[current()];
      if (row && spec.preview) preview(spec.rowId(row));
    },
    ArrowDown: () => (previewed ? (step(1), undefined) : false),
    ArrowUp: () => (previewed ? (step(-1), undefined) : false),
    Escape: () => {
      if (previewed) preview(undefined);
      else if (selection.count > 0) clear();
      else return false;
      return undefined;
    },
  });

  useEffect(() => {
    region.current?.scrollTo({ top: 0 });
  }, [list.search.cursor, scope, list.sort]);

  const waiting = list.answer.isPending;
  const stale = useLasting(list.answer.isPlaceholderData);
  const skeleton = useLasting(waiting);
  const nothing = page !== undefined && rows.length === 0 && !list.answer.isPlaceholderData;
  const nothingYet = nothing && list.filterCount === 0 && !(spec.byCustomer && list.search.customer_id);

  return (
    <div className={classes.page} data-previewing={previewed ? true : undefined}>
      <div className={classes.main}>
        {above}
        {spec.views && <Views key={spec.views} page={spec.views} columns={columns} previewParam={previewParam} />}
        {!nothingYet && (
          <div className={classes.bars}>
            <Toolbar spec={spec} list={list} columns={columns} />
            {selection.count > 0 && spec.bulkActions && (
              <BulkBar
                selection={selection}
                actions={spec.bulkActions(selection)}
                offerAll={pageChosen && !all && (total > chosen.size || page?.total_is_minimum === true)}
                total={total}
                totalIsMinimum={page?.total_is_minimum === true}
                chooseAll={() => setAll(true)}
              />
            )}
          </div>
        )}
        {list.news !== null && (
          <div className={classes.news}>
            <Button size="compact-xs" variant="light" onClick={list.showNews}>
              {list.news > 0 ? t("common.list.news", { count: list.news }) : t("common.list.changed")}
            </Button>
          </div>
        )}
        <div ref={regionRef} className={classes.region} data-stale={stale || undefined} aria-busy={stale || waiting}>
          {list.answer.isError && !page ? (
            <Failed error={list.answer.error} retry={() => void list.answer.refetch()} />
          ) : nothingYet ? (
            spec.empty
          ) : nothing ? (
            <Nothing title={t("common.list.nothingFound")} text={t("common.list.nothingFoundText")}>
              <Button
                variant="default"
                onClick={() =>
                  list.change({
                    ...Object.fromEntries((spec.filters ?? []).map((filter) => [filter.param, undefined])),
                    q: undefined,
                    ...(spec.byCustomer ? { customer_id: undefined } : {}),
                  })
                }
              >
                {t("common.list.clearFilters")}
              </Button>
            </Nothing>
          ) : waiting ? (
            skeleton && <RowsSkeleton narrow={narrow} columns={columns.shown.length} />
          ) : narrow ? (
            <Lines spec={spec} rows={rows} chosen={chosen} all={all} toggle={toggle} />
          ) : (
            <Rows
              spec={spec}
              list={list}
              columns={columns}
              rows={rows}
              chosen={chosen}
              all={all}
              toggle={toggle}
              pageChosen={all || pageChosen}
              togglePage={togglePage}
              previewed={previewed}
              preview={spec.preview ? preview : undefined}
              room={measured.width}
            />
          )}
        </div>
        {!nothing && page && <Pager list={list} />}
      </div>
      {previewed && spec.preview && (
        <PreviewPane
          key={previewed}
          label={previewRow ? spec.rowName(previewRow) : ""}
          close={() => preview(undefined)}
          previous={previewIndex > 0 ? () => step(-1) : undefined}
          next={previewIndex >= 0 && previewIndex < rows.length - 1 ? () => step(1) : undefined}
        >
          {previewRow && spec.preview(previewRow)}
        </PreviewPane>
      )}
    </div>
  );
}
