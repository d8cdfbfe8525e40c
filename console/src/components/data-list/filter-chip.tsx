/** A filter as a chip: what it is, its value in words, a click to choose another, a cross to take it away. */
import { Popover } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { isDay } from "../../lib/days.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import type { Search } from "../../router.tsx";
import { FilterChoice } from "./filter-choice.tsx";
import classes from "./toolbar.module.css";
import type { Filter, Finder } from "./types.ts";

/** What the address says once a filter has another value. */
export const choice = (filter: Filter, value: string | undefined): Search => ({
  ...Object.fromEntries((filter.clears ?? []).map((param) => [param, undefined])),
  [filter.param]: value,
});

interface Props {
  filter: Filter;
  value: string | undefined;
  choose: (value: string | undefined) => void;
}

export function FilterChip({ filter, value, choose }: Props) {
  const { t } = useTranslation();
  return (
    <span className={classes.filter} data-active={value !== undefined || undefined}>
      <Popover position="bottom-start" shadow="md" trapFocus returnFocus>
        <Popover.Target>
          <button type="button" className={classes.filterButton}>
            {value === undefined ? (
              <>
                <IconPlus size={12} stroke={2} aria-hidden /> {filter.label}
              </>
            ) : (
              <Chosen filter={filter} value={value} />
            )}
          </button>
        </Popover.Target>
        <Popover.Dropdown p={4}>
          <FilterChoice filter={filter} value={value} choose={choose} />
        </Popover.Dropdown>
      </Popover>
      {value !== undefined && (
        <button
          type="button"
          className={classes.filterClear}
          aria-label={t("common.list.clearFilter", { filter: filter.label })}
          onClick={() => choose(undefined)}
        >
          <IconX size={12} stroke={2} aria-hidden />
        </button>
      )}
    </span>
  );
}

function Chosen({ filter, value }: { filter: Filter; value: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  // A filter that only says yes needs no value beside its name.
  if (filter.options?.length === 1 && filter.param !== "other_than") return <b>{filter.label}</b>;
  if (filter.day)
    return (
      <>
        {filter.label} <b>{isDay(value) ? format.date(value) : format.dateTime(value)}</b>
      </>
    );
  return (
    <>
      {t("common.list.filterIs", { filter: filter.label })}{" "}
      {filter.find ? (
        <Found find={filter.find} value={value} />
      ) : (
        <b>{filter.options?.find((option) => option.value === value)?.label ?? filter.nameOf?.(value) ?? value}</b>
      )}
    </>
  );
}

/** The name of what was found; its id where nobody knows it any more. */
function Found({ find, value }: { find: Finder; value: string }) {
  const named = useGivenName();
  const name = useQuery({
    queryKey: [...find.key, "name", value],
    queryFn: () => find.name(value),
    staleTime: 60_000,
    retry: false,
  });
  const shown = name.data === undefined ? (name.isPending ? "…" : value) : named(name.data);
  return <b title={shown}>{shown}</b>;
}
