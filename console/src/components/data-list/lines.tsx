/** The list on a telephone: two lines a row. */
import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import classes from "./lines.module.css";
import { RowMenu } from "./row-menu.tsx";
import type { ListSpec } from "./types.ts";

interface Props<T> {
  spec: ListSpec<T>;
  rows: T[];
  chosen: ReadonlyMap<string, T>;
  all: boolean;
  toggle: (row: T) => void;
}

export function Lines<T>({ spec, rows, chosen, all, toggle }: Props<T>) {
  const { t } = useTranslation();
  return (
    <ul className={classes.lines} aria-label={spec.title}>
      {rows.map((row) => {
        const id = spec.rowId(row);
        const line = spec.line(row);
        const link = spec.link?.(row) ?? {
          to: ".",
          search: (old: object) => ({ ...old, [spec.previewParam ?? "preview"]: id }),
        };
        const locked = spec.locked?.(row);
        const selected = (all && locked === undefined) || chosen.has(id);
        return (
          <li key={id} className={classes.lineRow} data-row data-selected={selected || undefined}>
            {spec.bulkActions && (
              <Checkbox
                size="sm"
                checked={selected}
                disabled={locked !== undefined}
                title={locked}
                onChange={() => toggle(row)}
                aria-label={t("common.list.selectRow", { name: spec.rowName(row) })}
              />
            )}
            <div className={classes.lineBody}>
              <div className={classes.lineTop}>
                {spec.link || spec.preview ? (
                  <Link {...link} className={classes.lineTitle} data-row-link>
                    {line.title}
                  </Link>
                ) : (
                  <span className={classes.lineTitle}>{line.title}</span>
                )}
                {line.aside && <span className={classes.lineAside}>{line.aside}</span>}
              </div>
              <div className={classes.lineDetail}>{line.detail}</div>
            </div>
            <RowMenu spec={spec} row={row} />
          </li>
        );
      })}
    </ul>
  );
}
