/** What changed between one inventory and the next, newest first. */
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { equipment } from "../../api/index.ts";
import type { Equipment, HistoryEntry, InventoryRecord, SectionChange } from "../../api/types.ts";
import { Failed, Loading, Nothing } from "../../components/states.tsx";
import { useFormat } from "../../lib/format.ts";
import { Ago } from "../../components/time.tsx";
import classes from "./history-tab.module.css";
import { sectionColumns, showValue } from "./sections.ts";
import { useSectionWords } from "./use-section-words.ts";

export function HistoryTab({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const history = useInfiniteQuery({
    queryKey: ["equipment", "history", item.id, item.inventory_id],
    queryFn: ({ pageParam }) => equipment.history(item.id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (history.isError) return <Failed error={history.error} retry={() => void history.refetch()} />;
  if (!history.data) return <Loading />;
  const entries = history.data.pages.flatMap((page) => page.items);
  if (entries.length === 0)
    return <Nothing title={t("equipment.history.none")} text={t("equipment.history.noneText")} />;
  return (
    <>
      <ol className={classes.timeline}>
        {entries.map((entry, index) => (
          <Entry key={entry.id} entry={entry} opened={index === 0} />
        ))}
      </ol>
      {history.hasNextPage && (
        <Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t("common.older")}
        </Button>
      )}
    </>
  );
}

function Entry({ entry, opened }: { entry: HistoryEntry; opened: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useSectionWords();
  const [open, setOpen] = useState(opened);
  return (
    <li className={classes.entry}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className={classes.summary}>
          <span className={classes.when}>
            {format.dateTime(entry.at)}
            <span className="muted">
              {" · "}
              <Ago at={entry.at} />
            </span>
          </span>
          <span className={classes.chips}>
            {entry.sections.map((change) => (
              <span key={change.section} className={classes.chip}>
                {t(`inventory.sections.${change.section}`, { defaultValue: change.section })}
                <Count sign="+" count={change.added?.length} />
                <Count sign="−" count={change.removed?.length} />
                <Count sign="~" count={change.changed?.length} />
              </span>
            ))}
          </span>
        </summary>
        {open &&
          entry.sections.map((change) => (
            <section key={change.section} className={classes.section}>
              <h2>{t(`inventory.sections.${change.section}`, { defaultValue: change.section })}</h2>
              <Changes change={change} />
            </section>
          ))}
      </details>
    </li>
  );

  function Count({ sign, count }: { sign: string; count: number | undefined }) {
    if (!count) return null;
    return (
      <span className={classes.count} data-sign={sign}>
        {sign}
        {format.number(count)}
      </span>
    );
  }

  function Changes({ change }: { change: SectionChange }) {
    const [all, setAll] = useState(false);
    const lines = [
      ...(change.changed ?? []).map((one) => ({ kind: "changed" as const, before: one.before, after: one.after })),
      ...(change.added ?? []).map((after) => ({ kind: "added" as const, before: null, after })),
      ...(change.removed ?? []).map((before) => ({ kind: "removed" as const, before, after: null })),
    ];
    const shown = all ? lines : lines.slice(0, 30);
    return (
      <>
        <ul className={classes.lines}>
          {shown.map((line, index) => (
            <li key={index} className={classes.line} data-kind={line.kind}>
              <span className={classes.kind}>{t(`equipment.history.${line.kind}`)}</span>
              <span className={classes.what}>
                {line.kind === "changed" ? (
                  <Differences section={change.section} before={line.before} after={line.after} />
                ) : (
                  <>
                    <b>{nameOf(change.section, line.after ?? line.before)}</b>{" "}
                    <span className="muted">{restOf(change.section, line.after ?? line.before)}</span>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
        {lines.length > shown.length && (
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
            {t("inventory.showMore", { rest: format.number(lines.length - shown.length) })}
          </Button>
        )}
      </>
    );
  }

  function nameField(section: string, record: InventoryRecord): string | undefined {
    const order = ["name", ...(sectionColumns[section] ?? [])];
    return order.find((field) => typeof record[field] === "string" && record[field] !== "");
  }

  function nameOf(section: string, record: InventoryRecord): string {
    const field = nameField(section, record);
    return field ? String(record[field]) : t(`inventory.sections.${section}`, { defaultValue: section });
  }

  function restOf(section: string, record: InventoryRecord): string {
    const name = nameField(section, record);
    return Object.entries(record)
      .filter(([field]) => field !== name)
      .map(([field, value]) => showValue(section, field, value, format, words))
      .filter((text) => text !== "")
      .slice(0, 4)
      .join(" · ");
  }

  function Differences({
    section,
    before,
    after,
  }: {
    section: string;
    before: InventoryRecord;
    after: InventoryRecord;
  }) {
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
    );
    return (
      <>
        <b>{nameOf(section, after)}</b>
        <span className={classes.fields}>
          {fields.map((field) => (
            <span key={field} className={classes.field}>
              <span className="muted">{words.field(field)}</span>{" "}
              <del>{showValue(section, field, before[field], format, words) || "—"}</del>
              <span aria-hidden> → </span>
              <ins>{showValue(section, field, after[field], format, words) || "—"}</ins>
            </span>
          ))}
        </span>
      </>
    );
  }
}
