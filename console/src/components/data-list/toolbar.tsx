/** Search, filters as chips, columns, export. */
import { ActionIcon, Button, Checkbox, Menu, Popover, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconColumns3, IconDownload, IconSearch, IconTerminal2 } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { exportsOf } from "../../api/index.ts";
import type { ExportFormat } from "../../api/types.ts";
import { useCopyCurl } from "../copy-curl.tsx";
import { Greyed } from "../may.tsx";
import { useProblemText } from "../states.tsx";
import { done, failed } from "../toast.ts";
import classes from "./toolbar.module.css";
import { choice, FilterChip } from "./filter-chip.tsx";
import { MoreFilters } from "./more-filters.tsx";
import type { ListSpec } from "./types.ts";
import type { Columns } from "./use-columns.ts";
import type { ListState } from "./use-list.ts";

interface Props<T> {
  spec: ListSpec<T>;
  list: ListState<T>;
  columns: Columns<T>;
}

export function Toolbar<T>({ spec, list, columns }: Props<T>) {
  const { t } = useTranslation();
  const copyCurl = useCopyCurl();
  const anyFilter = Object.keys(list.active).length > 0;
  const shown = (spec.filters ?? []).filter((filter) => !filter.rare || list.active[filter.param] !== undefined);
  const hidden = (spec.filters ?? []).filter((filter) => !shown.includes(filter));
  return (
    <div className={classes.toolbar}>
      {spec.searchLabel && <SearchField key={spec.name} label={spec.searchLabel} list={list} />}
      {(spec.filters ?? []).length > 0 && (
        <div className={classes.filters} role="group" aria-label={t("common.list.filters")}>
          {shown.map((filter) => (
            <FilterChip
              key={filter.param}
              filter={filter}
              value={list.active[filter.param]}
              choose={(value) => list.change(choice(filter, value))}
            />
          ))}
          {hidden.length > 0 && (
            <MoreFilters filters={hidden} choose={(filter, value) => list.change(choice(filter, value))} />
          )}
          {anyFilter && (
            <button
              type="button"
              className={classes.clearAll}
              onClick={() =>
                list.change(Object.fromEntries(Object.keys(list.active).map((param) => [param, undefined])))
              }
            >
              {t("common.list.clearFilters")}
            </button>
          )}
        </div>
      )}
      <div className={classes.tools}>
        {spec.exportAs && <ExportMenu spec={spec} list={list} />}
        {spec.download && <Download download={spec.download} list={list} />}
        <Tooltip label={t("common.list.copyCurl")}>
          <ActionIcon
            variant="default"
            aria-label={t("common.list.copyCurl")}
            className={classes.wideOnly}
            onClick={() => copyCurl({ method: "GET", path: spec.path, query: list.query })}
          >
            <IconTerminal2 size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <Popover position="bottom-end" shadow="md" trapFocus returnFocus width={220}>
          <Popover.Target>
            <Tooltip label={t("common.list.columns")}>
              <ActionIcon variant="default" aria-label={t("common.list.columns")} className={classes.wideOnly}>
                <IconColumns3 size={16} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
          </Popover.Target>
          <Popover.Dropdown>
            <div className={classes.columnChoice} role="group" aria-label={t("common.list.columns")}>
              {columns.all.map((column) => (
                <Checkbox
                  key={column.id}
                  label={column.header}
                  checked={columns.visibility[column.id]}
                  disabled={column.fixed}
                  onChange={() => columns.toggle(column.id)}
                />
              ))}
              <Button variant="subtle" size="compact-xs" onClick={columns.reset}>
                {t("common.list.resetColumns")}
              </Button>
            </div>
          </Popover.Dropdown>
        </Popover>
      </div>
    </div>
  );
}

function SearchField<T>({ label, list }: { label: string; list: ListState<T> }) {
  const [text, setText] = useState(list.search.q ?? "");
  const [known, setKnown] = useState(list.search.q ?? "");
  if ((list.search.q ?? "") !== known) {
    // The address changed by itself (back, cleared filters): the field follows it.
    setKnown(list.search.q ?? "");
    setText(list.search.q ?? "");
  }
  const search = useDebouncedCallback((value: string) => {
    setKnown(value.trim());
    list.change({ q: value.trim() || undefined }, true);
  }, 250);
  return (
    <TextInput
      size="xs"
      type="search"
      className={classes.search}
      placeholder={label}
      aria-label={label}
      data-list-search
      leftSection={<IconSearch size={14} stroke={1.8} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

function ExportMenu<T>({ spec, list }: { spec: ListSpec<T>; list: ListState<T> }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const start = async (format: ExportFormat) => {
    try {
      await exportsOf.start(spec.exportAs!, format, list.narrowed, list.sort);
      await client.invalidateQueries({ queryKey: ["exports"] });
      done(t("common.export.started"));
    } catch (error) {
      failed(text(error));
    }
  };
  return (
    <Menu width={200}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} stroke={1.8} />}>
          {t("common.export.export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void start("xlsx")}>{t("common.export.xlsx")}</Menu.Item>
        <Menu.Item onClick={() => void start("csv")}>{t("common.export.csv")}</Menu.Item>
        <Menu.Item onClick={() => void start("json")}>{t("common.export.json")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A link to the file, for the browser to fetch in its own way: it may be large. */
function Download<T>({ download, list }: { download: NonNullable<ListSpec<T>["download"]>; list: ListState<T> }) {
  const { t } = useTranslation();
  const { q: _words, ...filters } = list.narrowed;
  const link = (
    <Button
      component="a"
      href={download.address(filters)}
      download
      variant="default"
      leftSection={<IconDownload size={14} stroke={1.8} />}
    >
      {t("common.export.export")}
      <span className={classes.wideOnly}>&nbsp;({download.format})</span>
    </Button>
  );
  if (download.disabled !== undefined) return <Greyed why={download.disabled}>{link}</Greyed>;
  return (
    <Tooltip label={download.hint} multiline maw={300}>
      {link}
    </Tooltip>
  );
}
