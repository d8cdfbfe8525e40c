/** A customer's tags: those that there are are proposed, a new word makes one, and one too many is refused with words. */
import { Pill, TagsInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import { useFormat } from "../../lib/format.ts";
import classes from "./customer.module.css";
import { longest, mostTags, tagsAfter } from "./customer-values.ts";

/** So many of the tags that there are stand over the word that would be a new one. */
const mostProposed = 20;

interface Props {
  value?: string[];
  onChange: (tags: string[]) => void;
  /** What the server said of them. */
  error?: ReactNode;
}

export function TagsField({ value = [], onChange, error }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const word = text.trim();
  const [wanted] = useDebouncedValue(word, 200);
  const found = useQuery({
    queryKey: ["customers", "tags", "proposed", wanted],
    queryFn: ({ signal }) => customers.tags(wanted || undefined, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const counts = new Map((found.data?.items ?? []).map((tag) => [tag.name, tag.customers]));
  const known = [...counts.keys()];
  const is = (tag: string) => tag.toLowerCase() === word.toLowerCase();
  const proposed = known.filter((tag) => tag.toLowerCase().includes(word.toLowerCase())).slice(0, mostProposed);
  const isNew = word !== "" && !known.some(is) && !value.some(is);
  const change = (asked: string[]) => {
    const after = tagsAfter(value, asked, known);
    if ("tags" in after) {
      setRefused(null);
      onChange(after.tags);
    } else
      setRefused(t(`customers.tagsField.${after.refused}`, { most: mostTags, longest: longest.tag, tag: after.tag }));
  };
  return (
    <TagsInput
      label={t("customers.tags")}
      description={t("customers.tagsField.hint", { most: mostTags })}
      error={refused ?? error}
      value={value}
      onChange={change}
      searchValue={text}
      onSearchChange={(now) => {
        setText(now);
        if (now.trim() !== "") setRefused(null);
      }}
      // With as many as there may be, nothing is proposed: what is said of one more stays to be read.
      data={value.length < mostTags ? [...proposed, ...(isNew ? [word] : [])] : []}
      // The server has searched, in more than is shown.
      filter={({ options }) => options}
      renderOption={({ option }) => {
        const count = counts.get(option.value);
        return (
          <span className={classes.proposed}>
            <span className="truncate">
              {count === undefined ? t("customers.tagsField.make", { tag: option.value }) : option.value}
            </span>
            {count !== undefined && (
              <span className="muted">
                {t("customers.tagsField.customers", { count, shown: format.number(count) })}
              </span>
            )}
          </span>
        );
      }}
      renderPill={({ value: tag, onRemove }) => (
        <Pill
          withRemoveButton
          onRemove={onRemove}
          removeButtonProps={{
            "aria-label": t("customers.tagsField.remove", { tag }),
            "aria-hidden": false,
            tabIndex: 0,
          }}
        >
          {tag}
        </Pill>
      )}
    />
  );
}
