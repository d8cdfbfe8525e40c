/** The messages of the last weeks: which are through, which are tried again, which were given up. */
import { IconSend } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { subscriptions } from "../../../api/index.ts";
import type { AlertDelivery, AlertDeliveryState } from "../../../api/types.ts";
import { DataList } from "../../../components/data-list/data-list.tsx";
import type { Column, Filter, ListSpec } from "../../../components/data-list/types.ts";
import { Nothing, useTold } from "../../../components/states.tsx";
import { Status, type Tone } from "../../../components/status.tsx";
import { Ago, Moment } from "../../../components/time.tsx";
import { done } from "../../../components/toast.ts";
import { useFormat } from "../../../lib/format.ts";

const tones: Record<AlertDeliveryState, Tone> = { waiting: "waiting", delivered: "good", dead: "broken" };
const states: AlertDeliveryState[] = ["waiting", "delivered", "dead"];

export function MessageList() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const told = useTold();
  const all = useQuery({ queryKey: ["alert-subscriptions", "names"], queryFn: subscriptions.list });
  const names = all.data?.items;
  const columns = useMemo<Column<AlertDelivery>[]>(
    () => [
      {
        id: "subscription",
        header: t("notify.message.subscription"),
        width: 180,
        grow: true,
        fixed: true,
        cell: (row) => row.subscription,
      },
      {
        id: "state",
        header: t("notify.message.state"),
        width: 130,
        fixed: true,
        cell: (row) => <Status tone={tones[row.state]}>{t(`notify.states.${row.state}`)}</Status>,
      },
      {
        id: "alerts",
        header: t("notify.message.alerts"),
        width: 80,
        align: "right",
        cell: (row) => format.number(row.alerts),
      },
      {
        id: "notices",
        header: t("notify.message.notices"),
        width: 70,
        align: "right",
        cell: (row) => format.number(row.notices),
      },
      {
        id: "attempts",
        header: t("notify.message.attempts"),
        width: 76,
        align: "right",
        cell: (row) => format.number(row.attempts),
      },
      {
        id: "created_at",
        header: t("notify.message.created_at"),
        width: 130,
        cell: (row) => <Ago at={row.created_at} />,
      },
      {
        id: "next_at",
        header: t("notify.message.next_at"),
        width: 170,
        cell: (row) => row.next_at && <Moment at={row.next_at} />,
      },
      {
        id: "error",
        header: t("notify.message.error"),
        width: 240,
        grow: true,
        cell: (row) => row.error ?? "",
      },
    ],
    [t, format],
  );
  const filters = useMemo<Filter[]>(
    () => [
      {
        param: "state",
        label: t("notify.message.state"),
        options: states.map((value) => ({ value, label: t(`notify.states.${value}`) })),
      },
      {
        param: "subscription_id",
        label: t("notify.message.subscription"),
        options: (names ?? []).map(({ id, name }) => ({ value: id, label: name })),
      },
    ],
    [t, names],
  );
  const again = async (row: AlertDelivery) => {
    await told(() => subscriptions.again(row.id));
    await client.invalidateQueries({ queryKey: ["alert-deliveries"] });
    done(t("notify.message.againDone"));
  };
  const spec: ListSpec<AlertDelivery> = {
    name: "alert-deliveries",
    title: t("notify.tabs.messages"),
    topics: ["alerts"],
    load: subscriptions.deliveries,
    path: "/alert-deliveries",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => `${row.subscription}, ${format.dateTime(row.created_at)}`,
    columns,
    filters,
    sort: "",
    rowActions: (row) => [
      {
        label: t("notify.message.again"),
        icon: <IconSend size={15} stroke={1.6} />,
        disabled: row.state === "delivered" ? t("notify.message.delivered") : undefined,
        run: () => void again(row).catch(() => undefined),
      },
    ],
    line: (row) => ({
      title: row.subscription,
      detail: [
        row.alerts > 0 && t("alerts.count", { count: row.alerts, shown: format.number(row.alerts) }),
        row.notices > 0 && t("notify.message.noticeCount", { count: row.notices, shown: format.number(row.notices) }),
        row.error,
      ]
        .filter(Boolean)
        .join(" · "),
      aside: <Status tone={tones[row.state]}>{t(`notify.states.${row.state}`)}</Status>,
    }),
    empty: <Nothing title={t("notify.message.empty.title")} text={t("notify.message.empty.text")} />,
  };
  return <DataList spec={spec} />;
}
