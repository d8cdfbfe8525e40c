/** The filters one needs less often, under one button: choose which, then its value. */
import { Popover } from "@mantine/core";
import { IconChevronRight, IconFilterPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "./toolbar.module.css";
import { FilterChoice } from "./filter-choice.tsx";
import type { Filter } from "./types.ts";

interface Props {
  filters: Filter[];
  choose: (filter: Filter, value: string | undefined) => void;
}

export function MoreFilters({ filters, choose }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [chosen, setChosen] = useState<Filter | null>(null);
  const set = (filter: Filter, value: string | undefined) => {
    setOpened(false);
    setChosen(null);
    choose(filter, value);
  };
  const pick = (filter: Filter) => {
    const only = filter.options?.length === 1 ? filter.options[0] : undefined;
    if (only) set(filter, only.value);
    else setChosen(filter);
  };
  return (
    <Popover
      opened={opened}
      onChange={(now) => {
        setOpened(now);
        if (!now) setChosen(null);
      }}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
    >
      <span className={classes.filter}>
        <Popover.Target>
          <button type="button" className={classes.filterButton} onClick={() => setOpened((now) => !now)}>
            <IconFilterPlus size={13} stroke={1.8} aria-hidden /> {t("common.list.moreFilters")}
          </button>
        </Popover.Target>
      </span>
      <Popover.Dropdown p={4}>
        {chosen ? (
          <FilterChoice filter={chosen} value={undefined} choose={(value) => set(chosen, value)} />
        ) : (
          <ul className={classes.options}>
            {filters.map((filter) => (
              <li key={filter.param}>
                <button type="button" className={classes.option} onClick={() => pick(filter)}>
                  <span className="truncate">{filter.label}</span>
                  {filter.options?.length !== 1 && <IconChevronRight size={14} aria-hidden />}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
