/** The list of alerts, and the one that the address names beside it. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { alerts, systems } from "../../api/index.ts";
import type { Alert, AlertType } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { one } from "../../components/data-list/selection.ts";
import type { Column, Filter, ListSpec } from "../../components/data-list/types.ts";
import { SeverityMark } from "../../components/severity.tsx";
import { Nothing } from "../../components/states.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { alertStates, severities } from "../../lib/alerts.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import { sessionQuery } from "../../lib/session.ts";
import classes from "./alerts.module.css";
import { AlertDetail } from "./detail.tsx";
import { useHandling } from "./handle.tsx";
import { AlertTitle, Phase, SilenceMark, Times, useAlertWords, useNameOf } from "./words.tsx";

function useAlertFilters(): Filter[] {
  const { t } = useTranslation();
  const handles = useMay("alerts.handle").may;
  const me = useQuery(sessionQuery).data?.user;
  return useMemo(() => {
    const mine = me ? [{ value: me.id, label: t("alerts.me", { login: me.login }) }] : [];
    const assigned: Filter = handles
      ? {
          param: "assigned_to",
          label: t("alerts.fields.assigned_to"),
          find: {
            key: ["alerts", "assignees"],
            search: async (q, signal) => {
              const { items } = await alerts.assignees(q, signal);
              const others = items.filter((person) => person.id !== me?.id);
              return [
                ...(q === "" ? mine : items.filter((person) => person.id === me?.id).length > 0 ? mine : []),
                ...others.map(({ id, login, name }) => ({ value: id, label: login, detail: name || undefined })),
              ];
            },
            name: async (id) => {
              if (id === me?.id) return t("alerts.me", { login: me.login });
              return (await alerts.assignees()).items.find((person) => person.id === id)?.login ?? id;
            },
          },
        }
      : {
          param: "assigned_to",
          label: t("alerts.fields.assigned_to"),
          options: me ? [{ value: me.id, label: t("alerts.me", { login: me.login }) }] : [],
        };
    return [
      {
        param: "state",
        label: t("alerts.fields.state"),
        options: alertStates.map((value) => ({ value, label: t(`alerts.states.${value}`) })),
      },
      {
        param: "severity",
        label: t("alerts.fields.severity"),
        options: severities.map((value) => ({ value, label: t(`alerts.severities.${value}`) })),
      },
      {
        param: "system_id",
        label: t("alerts.fields.system"),
        find: {
          key: ["systems", "names"],
          search: async (q, signal) => {
            const page = await systems.list({ q, limit: 50, sort: "name" }, signal);
            return page.items.map((row) => ({ value: row.id, label: row.name, detail: row.customer.name }));
          },
          name: async (id) => (await systems.get(id)).name,
        },
      },
      {
        param: "acknowledged",
        label: t("alerts.fields.acknowledged"),
        options: (["true", "false"] as const).map((value) => ({ value, label: t(`alerts.isAcknowledged.${value}`) })),
      },
      assigned,
      { param: "condition", label: t("alerts.fields.condition"), rare: true },
    ];
  }, [t, handles, me]);
}

export function AlertList({ type }: { type?: AlertType }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const format = useFormat();
  const words = useAlertWords();
  const nameOf = useNameOf();
  const filters = useAlertFilters();
  const [question, setQuestion] = useState<Question | null>(null);
  const { actions } = useHandling(setQuestion);
  const columns = useMemo<Column<Alert>[]>(
    () => [
      {
        id: "title",
        header: t("alerts.fields.title"),
        width: 190,
        grow: true,
        fixed: true,
        cell: (row) => <AlertTitle alert={row} />,
      },
      {
        id: "severity",
        header: t("alerts.fields.severity"),
        sort: "severity",
        width: 130,
        fixed: true,
        cell: (row) => <SeverityMark severity={row.severity} />,
      },
      {
        id: "state",
        header: t("alerts.fields.state"),
        width: 100,
        cell: (row) => <Phase alert={row} />,
      },
      {
        id: "system",
        header: t("alerts.fields.system"),
        width: 124,
        grow: true,
        cell: (row) => (
          <Link to="/systems/$id" params={{ id: row.system.id }} className={classes.cellLink} title={row.system.name}>
            {row.system.name}
          </Link>
        ),
      },
      {
        id: "customer",
        header: t("alerts.fields.customer"),
        width: 124,
        grow: true,
        cell: (row) => (
          <Link
            to="/administration/customers/$id"
            params={{ id: row.customer.id }}
            className={classes.cellLink}
            title={named(row.customer.name)}
          >
            {named(row.customer.name)}
          </Link>
        ),
      },
      {
        id: "summary",
        header: t("alerts.fields.summary"),
        width: 136,
        grow: true,
        cell: (row) => words.found(row) || words.measured(row),
      },
      {
        id: "occurrences",
        header: t("alerts.fields.occurrences"),
        sort: "occurrences",
        width: 76,
        align: "right",
        cell: (row) => <Times alert={row} />,
      },
      {
        id: "last_at",
        header: t("alerts.fields.last_at"),
        sort: "last_at",
        width: 126,
        cell: (row) => <Ago at={row.last_at} />,
      },
      {
        id: "handling",
        header: t("alerts.fields.handling"),
        width: 132,
        cell: (row) => <Handling alert={row} />,
      },
      {
        id: "type",
        header: t("alerts.fields.type"),
        sort: "type",
        width: 130,
        hidden: true,
        cell: (row) => t(`alerts.types.${row.type}`),
      },
      {
        id: "value",
        header: t("alerts.fields.value"),
        width: 180,
        hidden: true,
        cell: (row) => words.measured(row),
      },
      {
        id: "first_at",
        header: t("alerts.fields.first_at"),
        sort: "first_at",
        width: 130,
        hidden: true,
        cell: (row) => <Ago at={row.first_at} />,
      },
      {
        id: "ended_at",
        header: t("alerts.fields.ended_at"),
        width: 160,
        hidden: true,
        cell: (row) =>
          row.ended_at ? <Moment at={row.ended_at} /> : <span className="muted">{t("alerts.goesOn")}</span>,
      },
      {
        id: "condition",
        header: t("alerts.fields.condition"),
        width: 140,
        hidden: true,
        cell: (row) => <span className="mono">{row.condition}</span>,
      },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, format],
  );
  const spec: ListSpec<Alert> = {
    name: "alerts",
    title: t("alerts.title"),
    topics: ["alerts"],
    // What is wrong is to be seen within a second; the server gathers changes for half of one.
    every: 400,
    load: alerts.list,
    path: "/alerts",
    fixed: { type },
    rowId: (row) => row.id,
    rowName: nameOf,
    columns,
    filters,
    byCustomer: true,
    sort: "-last_at",
    searchLabel: t("alerts.search"),
    rowActions: (row) => actions(one(row)),
    bulkActions: actions,
    locked: (row) => (row.cleared ? t("alerts.clear.cleared") : undefined),
    previewParam: "alert",
    loadOne: alerts.get,
    preview: (row) => <AlertDetail alert={row} actions={actions(one(row))} />,
    line: (row) => ({
      title: <AlertTitle alert={row} withSeverity />,
      detail: [t(`alerts.severities.${row.severity}`), row.system.name, named(row.customer.name)].join(" · "),
      aside: <Ago at={row.last_at} />,
    }),
    views: "alerts",
    empty: type ? (
      <Nothing title={t("alerts.empty.typeTitle")} text={t("alerts.empty.typeText")} />
    ) : (
      <Nothing title={t("alerts.empty.title")} text={t("alerts.empty.text")}>
        <Button component={Link} to="/alerts" search={{ state: "all" } as never} variant="default">
          {t("alerts.empty.history")}
        </Button>
      </Nothing>
    ),
  };
  return (
    <>
      <DataList key={type ?? "all"} spec={spec} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** Who knows of it, who looks after it, and whether anybody is notified: as much as has room. */
function Handling({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const said = [
    alert.assigned_to && t("alerts.assignedTo", { name: alert.assigned_to.login }),
    alert.acknowledged && t("alerts.acknowledgedBy", { name: alert.acknowledged.by }),
  ].filter(Boolean);
  if (alert.cleared) return <span className="muted truncate">{t("alerts.clearedBy", { name: alert.cleared.by })}</span>;
  if (said.length === 0 && !alert.silence) return null;
  return (
    <span className={classes.handled}>
      <SilenceMark silence={alert.silence} />
      {said.length > 0 && (
        <span className="truncate" title={said.join(", ")}>
          {said.join(", ")}
        </span>
      )}
    </span>
  );
}
