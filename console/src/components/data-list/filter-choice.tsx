/** A filter's values: a short list to choose from, or a word to type. */
import { Button, TextInput } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "./data-list.module.css";
import type { Filter } from "./types.ts";

interface Props {
  filter: Filter;
  value: string | undefined;
  choose: (value: string | undefined) => void;
}

export function FilterChoice({ filter, value, choose }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(filter.options ? "" : (value ?? ""));
  if (!filter.options) {
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
          placeholder={filter.label}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        <Button type="submit">{t("common.apply")}</Button>
      </form>
    );
  }
  const wanted = typed.trim().toLowerCase();
  const options = filter.options.filter((option) => option.label.toLowerCase().includes(wanted));
  return (
    <div className={classes.choice}>
      {filter.options.length > 8 && (
        <TextInput
          size="xs"
          aria-label={t("common.list.narrow")}
          placeholder={t("common.list.narrow")}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <ul className={classes.options}>
        {options.map((option) => (
          <li key={option.value}>
            <button
              type="button"
              className={classes.option}
              aria-pressed={option.value === value}
              onClick={() => choose(option.value === value ? undefined : option.value)}
            >
              <span className="truncate">{option.label}</span>
              {option.value === value && <IconCheck size={14} aria-hidden />}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
