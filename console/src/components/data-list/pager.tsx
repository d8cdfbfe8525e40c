import { ActionIcon, NativeSelect, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useFormat } from "../../lib/format.ts";
import { Ago } from "../time.tsx";
import classes from "./data-list.module.css";
import { pageSizes, type ListState } from "./use-list.ts";

export function Pager<T>({ list }: { list: ListState<T> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const page = list.page!;
  const from = (list.pageNumber - 1) * list.size + 1;
  const to = from + page.items.length - 1;
  const total = format.number(page.total) + (page.total_is_minimum ? "+" : "");
  return (
    <nav className={classes.pager} aria-label={t("common.list.pages")}>
      <span className={classes.range}>
        {t("common.list.range", { from: format.number(from), to: format.number(to), total })}
      </span>
      <span className={classes.updated}>
        {t("common.list.updated")} <Ago at={new Date(list.answer.dataUpdatedAt).toISOString()} />
      </span>
      <NativeSelect
        size="xs"
        className={classes.size}
        aria-label={t("common.list.pageSize")}
        value={String(list.size)}
        onChange={(event) => list.setSize(Number(event.currentTarget.value))}
        data={pageSizes.map((size) => ({ value: String(size), label: t("common.list.perPage", { count: size }) }))}
      />
      <Tooltip label={t("common.list.previous")}>
        <ActionIcon
          variant="default"
          aria-label={t("common.list.previous")}
          disabled={list.pageNumber === 1 && !list.search.cursor}
          onClick={list.previous}
        >
          <IconChevronLeft size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("common.list.next")}>
        <ActionIcon
          variant="default"
          aria-label={t("common.list.next")}
          disabled={!page.next_cursor}
          onClick={list.next}
        >
          <IconChevronRight size={16} />
        </ActionIcon>
      </Tooltip>
    </nav>
  );
}
