/** A filter's values: a short list to choose from, a day, something to be found, or a word to type. */
import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { isDay } from "../../lib/days.ts";
import { useProblemText } from "../states.tsx";
import classes from "./toolbar.module.css";
import type { Filter, FilterOption, Finder } from "./types.ts";

interface Props {
  filter: Filter;
  value: string | undefined;
  choose: (value: string | undefined) => void;
}

export function FilterChoice({ filter, value, choose }: Props) {
  if (filter.find) return <FoundChoice filter={filter} find={filter.find} value={value} choose={choose} />;
  if (filter.options) return <ListedChoice options={filter.options} value={value} choose={choose} />;
  return <TypedChoice filter={filter} value={value} choose={choose} />;
}

function TypedChoice({ filter, value, choose }: Props) {
  const { t } = useTranslation();
  const proposals = useId();
  const { day } = filter;
  const [typed, setTyped] = useState(value !== undefined && (!day || isDay(value)) ? value : "");
  return (
    <form
      className={classes.typed}
      onSubmit={(event) => {
        event.preventDefault();
        choose(typed.trim() || undefined);
      }}
    >
      <TextInput
        size="xs"
        aria-label={filter.label}
        {...(day ? { type: "date", min: day.min, max: day.max } : { placeholder: filter.label })}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        list={filter.proposed && proposals}
        data-autofocus
      />
      {filter.proposed && (
        <datalist id={proposals}>
          {filter.proposed.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <Button type="submit">{t("common.apply")}</Button>
    </form>
  );
}

interface ListedProps {
  options: FilterOption[];
  value: string | undefined;
  choose: (value: string | undefined) => void;
}

function ListedChoice({ options, value, choose }: ListedProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  return (
    <div className={classes.choice}>
      {options.length > 8 && (
        <TextInput
          size="xs"
          aria-label={t("common.list.narrow")}
          placeholder={t("common.list.narrow")}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <Options
        options={options.filter((option) => option.label.toLowerCase().includes(wanted))}
        value={value}
        choose={choose}
      />
    </div>
  );
}

function FoundChoice({ filter, find, value, choose }: Props & { find: Finder }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [typed, setTyped] = useState("");
  const [wanted] = useDebouncedValue(typed.trim(), 200);
  const found = useQuery({
    queryKey: [...find.key, "found", wanted],
    queryFn: ({ signal }) => find.search(wanted, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <div className={classes.choice}>
      <TextInput
        size="xs"
        aria-label={filter.label}
        placeholder={t("common.search")}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-autofocus
      />
      <div role="status" className={classes.found}>
        {found.isError ? text(found.error) : found.data?.length === 0 && t("common.list.nothingFound")}
      </div>
      <Options options={found.data ?? []} value={value} choose={choose} />
    </div>
  );
}

function Options({ options, value, choose }: ListedProps) {
  return (
    <ul className={classes.options}>
      {options.map((option) => (
        <li key={option.value}>
          <button
            type="button"
            className={classes.option}
            aria-pressed={option.value === value}
            onClick={() => choose(option.value === value ? undefined : option.value)}
          >
            <span className={classes.optionWords} title={option.detail && `${option.label}, ${option.detail}`}>
              <span className="truncate">{option.label}</span>
              {option.detail && <span className={classes.optionDetail}>{option.detail}</span>}
            </span>
            {option.value === value && <IconCheck size={14} aria-hidden />}
          </button>
        </li>
      ))}
    </ul>
  );
}
