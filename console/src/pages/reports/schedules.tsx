/** When reports are written, for whom, and those that are kept. */
import { Button } from "@mantine/core";
import { IconFileText, IconPencil, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, reports } from "../../api/index.ts";
import type { Page, ReportSchedule } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyField } from "../../components/copy.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { Facts } from "../../components/facts.tsx";
import { Nothing, useTold } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { ScheduleDrawer } from "./schedule-drawer.tsx";
import classes from "./reports.module.css";

async function load(): Promise<Page<ReportSchedule>> {
  const { items } = await reports.schedules();
  return { items, next_cursor: null, total: items.length, total_is_minimum: false };
}

/** When it is written, in words. */
export function useTimes() {
  const { t, i18n } = useTranslation();
  const day = (weekday: number) =>
    new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, weekday));
  return {
    dayName: day,
    timesOf: (row: ReportSchedule) =>
      t(`reports.times.${row.repeats}`, { day: day(row.weekday), date: row.month_day, time: row.time_of_day }),
  };
}

/** What went wrong: codes have words, what a mail server said is shown as it said it. */
function useTrouble() {
  const { t } = useTranslation();
  return (error: string) => t(`reports.troubles.${error}`, { defaultValue: error });
}

export function ScheduleList({ adding, add, added }: { adding: boolean; add: () => void; added: () => void }) {
  const { t } = useTranslation();
  const { timesOf } = useTimes();
  const trouble = useTrouble();
  const client = useQueryClient();
  const told = useTold();
  const [editing, setEditing] = useState<ReportSchedule | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const columns = useMemo<Column<ReportSchedule>[]>(
    () => [
      { id: "name", header: t("reports.fields.name"), width: 200, grow: true, fixed: true, cell: (row) => row.name },
      { id: "times", header: t("reports.fields.repeats"), width: 210, grow: true, cell: timesOf },
      { id: "of", header: t("reports.fields.of"), width: 160, grow: true, cell: (row) => row.of ?? t("reports.all") },
      {
        id: "recipients",
        header: t("reports.fields.recipients"),
        width: 180,
        grow: true,
        cell: (row) => row.recipients.join(", "),
      },
      { id: "owner", header: t("reports.fields.owner"), width: 110, hidden: true, cell: (row) => row.owner },
      {
        id: "last",
        header: t("reports.fields.last"),
        width: 170,
        cell: (row) =>
          row.last_error ? (
            <Status tone="attention" title={trouble(row.last_error)}>
              {trouble(row.last_error)}
            </Status>
          ) : (
            <Ago at={row.reports[0]?.made_at ?? null} never={t("reports.never")} />
          ),
      },
      {
        id: "next_at",
        header: t("reports.fields.next_at"),
        width: 150,
        cell: (row) => (row.next_at ? <Moment at={row.next_at} /> : <Status tone="off">{t("reports.off")}</Status>),
      },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const renew = () => client.invalidateQueries({ queryKey: ["report-schedules"] });
  const run = async (row: ReportSchedule) => {
    await told(() => reports.run(row.id));
    await renew();
    done(t("reports.running"));
  };
  const ask = (row: ReportSchedule) =>
    setQuestion({
      title: t("reports.delete.title"),
      about: row.name,
      text: t("reports.delete.text"),
      action: t("reports.delete.action"),
      danger: true,
      call: () => calls.deleteReportSchedule(row.id),
      run: async () => {
        await reports.remove(row.id);
        await renew();
        done(t("reports.delete.done"));
      },
    });
  const icon = { size: 15, stroke: 1.6 };
  const spec: ListSpec<ReportSchedule> = {
    name: "report-schedules",
    title: t("reports.tabs.scheduled"),
    topics: ["exports"],
    load,
    path: "/report-schedules",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => row.name,
    columns,
    sort: "",
    preview: (row) => <Detail row={row} />,
    rowActions: (row) => [
      {
        label: t("reports.openLatest"),
        icon: <IconFileText {...icon} />,
        run: () => void window.open(reports.latestAddress(row.id), "_blank", "noopener"),
        disabled: row.reports.length === 0 ? t("reports.never") : undefined,
      },
      {
        label: t("reports.run"),
        icon: <IconPlayerPlay {...icon} />,
        run: () => void run(row).catch(() => undefined),
      },
      { label: t("common.edit"), icon: <IconPencil {...icon} />, run: () => setEditing(row) },
      { label: t("reports.delete.action"), icon: <IconTrash {...icon} />, danger: true, run: () => ask(row) },
    ],
    line: (row) => ({
      title: row.name,
      detail: timesOf(row),
      aside: row.last_error ? (
        <Status tone="attention">{trouble(row.last_error)}</Status>
      ) : (
        <Ago at={row.reports[0]?.made_at ?? null} never={t("reports.never")} />
      ),
    }),
    empty: (
      <Nothing title={t("reports.noSchedules.title")} text={t("reports.noSchedules.text")}>
        <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={add}>
          {t("reports.addOne")}
        </Button>
      </Nothing>
    ),
  };
  return (
    <>
      <DataList spec={spec} />
      <ScheduleDrawer opened={adding} close={added} />
      <ScheduleDrawer
        key={editing?.id}
        opened={editing !== null}
        schedule={editing ?? undefined}
        close={() => setEditing(null)}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** The reports that are kept, and the address that always leads to the newest. */
function Detail({ row }: { row: ReportSchedule }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { timesOf } = useTimes();
  const trouble = useTrouble();
  return (
    <div className={classes.detail}>
      <Facts
        facts={[
          [t("reports.fields.repeats"), `${timesOf(row)} · ${row.time_zone}`],
          [t("reports.fields.of"), row.of ?? t("reports.all")],
          [t("reports.fields.owner"), row.owner || t("reports.troubles.owner-gone")],
          [t("reports.fields.recipients"), row.recipients.join(", ")],
          [t("reports.fields.last_error"), row.last_error && trouble(row.last_error)],
        ]}
      />
      <div>
        <CopyField
          text={`${window.location.origin}${reports.latestAddress(row.id)}`}
          label={t("reports.latest")}
          wrap
        />
        <p className={classes.hint}>{t("reports.latestHint")}</p>
      </div>
      {row.reports.length > 0 && (
        <ul className={classes.reports} aria-label={t("reports.kept")}>
          {row.reports.map((one) => (
            <li key={one.id}>
              <a href={reports.reportAddress(row.id, one.id)} target="_blank" rel="noopener">
                {format.dateTime(one.made_at)}
                <span className="sr-only"> {t("common.newTab")}</span>
              </a>
              <span className={classes.zero}>
                {one.unsent > 0 ? t("reports.unsent", { count: one.unsent }) : format.bytes(one.bytes)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
