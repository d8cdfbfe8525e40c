/** The table itself, on TanStack Table: the server sorts and pages, the table knows columns and selection. */
import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import {
  columnVisibilityFeature,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from "@tanstack/react-table";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useMemo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import classes from "./rows.module.css";
import { RowMenu } from "./row-menu.tsx";
import type { Column, ListSpec } from "./types.ts";
import type { Columns } from "./use-columns.ts";
import type { ListState } from "./use-list.ts";

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature, rowSortingFeature });

interface Props<T> {
  spec: ListSpec<T>;
  list: ListState<T>;
  columns: Columns<T>;
  rows: T[];
  chosen: ReadonlyMap<string, T>;
  all: boolean;
  toggle: (row: T) => void;
  pageChosen: boolean;
  togglePage: () => void;
  previewed?: string;
  preview?: (id: string | undefined) => void;
  /** Pixels there are for the table. */
  room: number;
}

/** The first columns that have room: beside a preview the table keeps to what can be read. */
function fitting<T>(columns: Column<T>[], room: number): Column<T>[] {
  let left = room;
  const kept = columns.filter((column, index) => {
    left -= column.width;
    return index === 0 || left >= 0;
  });
  return room > 0 ? kept : columns;
}

/** The order after a column's heading is pressed: ascending, descending, then none of its own, which is the list's. */
export function nextSort(column: string, now: string, usual: string): string | undefined {
  const descending = `-${column}`;
  const next = now === column ? descending : now === descending && usual !== descending ? usual : column;
  return next === usual ? undefined : next;
}

const inert = (target: EventTarget) => (target as Element).closest("a, button, input, label, [role=menu]") !== null;

export function Rows<T>(props: Props<T>) {
  const { spec, list, columns, rows, chosen, all } = props;
  const { t } = useTranslation();
  const byId = useMemo(() => new Map(columns.all.map((column) => [column.id, column])), [columns.all]);
  const defs = useMemo(
    () =>
      columns.all.map(
        (column) =>
          ({
            id: column.id,
            header: column.header,
            cell: ({ row }: { row: { original: T } }) => column.cell(row.original),
            enableSorting: column.sort !== undefined,
          }) as unknown as ColumnDef<typeof features, T & object>,
      ),
    [columns.all],
  );
  const descending = list.sort.startsWith("-");
  const sorted = columns.all.find((column) => column.sort === list.sort.replace(/^-/, ""));
  const table = useTable({
    features,
    columns: defs,
    data: rows as (T & object)[],
    getRowId: (row) => spec.rowId(row),
    manualSorting: true,
    state: {
      columnVisibility: columns.visibility,
      sorting: sorted ? [{ id: sorted.id, desc: descending }] : [],
      rowSelection: Object.fromEntries([...chosen.keys()].map((id) => [id, true])),
    },
  });
  const selectable = spec.bulkActions !== undefined;
  const edges = (selectable ? 52 : 0) + 44;
  const shown = props.previewed ? fitting(columns.shown, props.room - edges) : columns.shown;
  const minimum = shown.reduce((sum, column) => sum + column.width, edges);
  const growing = shown.reduce((sum, column) => sum + (column.grow ? column.width : 0), 0);
  const extra = Math.max(0, props.room - minimum);
  const widthOf = (column: Column<T>) =>
    column.grow ? column.width + Math.floor((extra * column.width) / growing) : column.width;

  const sortBy = (column: Column<T>) => list.change({ sort: nextSort(column.sort!, list.sort, spec.sort) });
  const click = (event: MouseEvent, id: string) => {
    if (!props.preview || inert(event.target) || window.getSelection()?.toString()) return;
    props.preview(props.previewed === id ? undefined : id);
  };

  return (
    <table className={classes.table} style={{ minWidth: minimum }}>
      <caption className="sr-only">{spec.title}</caption>
      <colgroup>
        {selectable && <col style={{ width: 52 }} />}
        {shown.map((column) => (
          <col key={column.id} style={{ width: widthOf(column) }} />
        ))}
        <col style={{ width: 44 }} />
      </colgroup>
      <thead>
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id}>
            {selectable && (
              <th scope="col" className={classes.check}>
                <Checkbox
                  checked={props.pageChosen}
                  indeterminate={!props.pageChosen && rows.some((row) => chosen.has(spec.rowId(row)))}
                  onChange={props.togglePage}
                  aria-label={t("common.list.selectPage")}
                />
              </th>
            )}
            {group.headers.map((header) => {
              const column = byId.get(header.column.id)!;
              if (!shown.includes(column)) return null;
              const active = sorted?.id === column.id;
              return (
                <th
                  key={header.id}
                  scope="col"
                  data-align={column.align}
                  aria-sort={active ? (descending ? "descending" : "ascending") : undefined}
                >
                  {column.sort ? (
                    <button type="button" className={classes.sort} data-active={active} onClick={() => sortBy(column)}>
                      <span className="truncate">{column.header}</span>
                      {active && descending ? (
                        <IconArrowDown size={13} stroke={2} aria-hidden />
                      ) : (
                        <IconArrowUp size={13} stroke={2} aria-hidden />
                      )}
                    </button>
                  ) : (
                    <span className="truncate">{column.header}</span>
                  )}
                </th>
              );
            })}
            <th>
              <span className="sr-only">{t("common.list.actions")}</span>
            </th>
          </tr>
        ))}
      </thead>
      <tbody>
        {table.getRowModel().rows.map((row) => {
          const item = row.original as T;
          const id = row.id;
          const locked = spec.locked?.(item);
          const selected = (all && locked === undefined) || chosen.has(id);
          const link = spec.link?.(item);
          return (
            <tr
              key={id}
              data-row
              data-selected={selected || undefined}
              data-previewed={props.previewed === id || undefined}
              data-clickable={props.preview !== undefined || undefined}
              onClick={(event) => click(event, id)}
            >
              {selectable && (
                <td className={classes.check}>
                  <Checkbox
                    checked={selected}
                    disabled={locked !== undefined}
                    title={locked}
                    onChange={() => props.toggle(item)}
                    aria-label={t("common.list.selectRow", { name: spec.rowName(item) })}
                  />
                </td>
              )}
              {row.getVisibleCells().map((cell, index) => {
                const column = byId.get(cell.column.id)!;
                if (!shown.includes(column)) return null;
                const content = column.cell(item);
                return (
                  <td key={cell.id} data-align={column.align} title={typeof content === "string" ? content : undefined}>
                    {index === 0 && link ? (
                      <Link {...link} className={classes.name} data-row-link>
                        {content}
                      </Link>
                    ) : index === 0 && props.preview ? (
                      <button
                        type="button"
                        className={classes.name}
                        data-row-link
                        onClick={() => props.preview!(props.previewed === id ? undefined : id)}
                      >
                        {content}
                      </button>
                    ) : (
                      content
                    )}
                  </td>
                );
              })}
              <td className={classes.menu}>
                <RowMenu spec={spec} row={item} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
