import { Autocomplete } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { software } from "../../api/index.ts";
import type { SoftwareTitle } from "../../api/types.ts";
import classes from "./software.module.css";

interface Props {
  value: string;
  change: (text: string, known: SoftwareTitle | undefined) => void;
  autoFocus?: boolean;
  error?: boolean;
}

/** A program's name, with those that are known to choose from. */
export function TitleField({ value, change, autoFocus, error }: Props) {
  const { t } = useTranslation();
  const [wanted] = useDebouncedValue(value.trim(), 180);
  const found = useQuery({
    queryKey: ["software", "suggest", wanted],
    queryFn: ({ signal }) => software.titles({ q: wanted, limit: 12, sort: "-machines" }, signal),
    enabled: wanted.length >= 2,
    placeholderData: keepPreviousData,
  });
  const items = wanted.length >= 2 ? (found.data?.items ?? []) : [];
  return (
    <Autocomplete
      size="xs"
      className={classes.titleField}
      aria-label={t("software.question.name")}
      placeholder={t("software.question.name")}
      data={[...new Set(items.map((item) => item.name))]}
      filter={({ options }) => options}
      value={value}
      onChange={(text) => change(text, undefined)}
      onOptionSubmit={(text) => {
        const same = items.filter((item) => item.name === text);
        change(text, same.length === 1 ? same[0] : undefined);
      }}
      autoFocus={autoFocus}
      error={error || undefined}
    />
  );
}
