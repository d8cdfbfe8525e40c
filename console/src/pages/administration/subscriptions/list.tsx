import { Button } from "@mantine/core";
import { IconPencil, IconPlayerPause, IconPlayerPlay, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, subscriptions } from "../../../api/index.ts";
import type { AlertSubscription, AlertSubscriptionFields, Page } from "../../../api/types.ts";
import { Confirm, type Question } from "../../../components/confirm.tsx";
import { DataList } from "../../../components/data-list/data-list.tsx";
import type { Column, ListSpec } from "../../../components/data-list/types.ts";
import { Nothing, useTold } from "../../../components/states.tsx";
import { Status } from "../../../components/status.tsx";
import { Ago } from "../../../components/time.tsx";
import { done } from "../../../components/toast.ts";
import { addressOf, useSubscriptionWords } from "./words.ts";

async function load(): Promise<Page<AlertSubscription>> {
  const { items } = await subscriptions.list();
  return { items, next_cursor: null, total: items.length, total_is_minimum: false };
}

/** What it is now, as a change sends it. */
const fieldsOf = (row: AlertSubscription): AlertSubscriptionFields => ({
  name: row.name,
  is_on: row.is_on,
  channel: row.channel,
  filter: row.filter,
  tells_ends: row.tells_ends,
  interval_seconds: row.interval_seconds,
  revision: row.revision,
});

interface Props {
  add: () => void;
  edit: (row: AlertSubscription) => void;
}

export function SubscriptionList({ add, edit }: Props) {
  const { t } = useTranslation();
  const words = useSubscriptionWords();
  const client = useQueryClient();
  const told = useTold();
  const [question, setQuestion] = useState<Question | null>(null);
  const columns = useMemo<Column<AlertSubscription>[]>(
    () => [
      {
        id: "name",
        header: t("notify.fields.name"),
        width: 190,
        grow: true,
        fixed: true,
        cell: (row) => row.name,
      },
      {
        id: "is_on",
        header: t("notify.fields.is_on"),
        width: 100,
        cell: (row) => <IsOn row={row} />,
      },
      {
        id: "channel",
        header: t("notify.fields.channel"),
        width: 260,
        grow: true,
        cell: (row) => `${t(`notify.channels.${row.channel.kind}`)} · ${addressOf(row.channel)}`,
      },
      {
        id: "filter",
        header: t("notify.fields.filter"),
        width: 320,
        grow: true,
        cell: (row) => words.filterOf(row.filter),
      },
      {
        id: "interval",
        header: t("notify.fields.interval"),
        width: 150,
        hidden: true,
        cell: (row) => words.intervalOf(row.interval_seconds),
      },
      {
        id: "last_at",
        header: t("notify.fields.last_at"),
        width: 140,
        cell: (row) => <Ago at={row.last_at} />,
      },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const renew = () => client.invalidateQueries({ queryKey: ["alert-subscriptions"] });
  const turn = async (row: AlertSubscription) => {
    await told(() => subscriptions.change(row.id, { ...fieldsOf(row), is_on: !row.is_on }));
    await renew();
    done(t("notify.saved"));
  };
  const ask = (row: AlertSubscription) =>
    setQuestion({
      title: t("notify.delete.title"),
      about: row.name,
      text: t("notify.delete.text"),
      action: t("notify.delete.action"),
      danger: true,
      call: () => calls.deleteSubscription(row.id),
      run: async () => {
        await subscriptions.remove(row.id);
        await renew();
        await client.invalidateQueries({ queryKey: ["alert-deliveries"] });
        done(t("notify.delete.done"));
      },
    });
  const icon = { size: 15, stroke: 1.6 };
  const spec: ListSpec<AlertSubscription> = {
    name: "alert-subscriptions",
    title: t("notify.tabs.subscriptions"),
    topics: ["alerts"],
    load,
    path: "/alert-subscriptions",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => row.name,
    columns,
    sort: "",
    rowActions: (row) => [
      { label: t("common.edit"), icon: <IconPencil {...icon} />, run: () => edit(row) },
      {
        label: t(row.is_on ? "notify.turnOff" : "notify.turnOn"),
        icon: row.is_on ? <IconPlayerPause {...icon} /> : <IconPlayerPlay {...icon} />,
        run: () => void turn(row).catch(() => undefined),
      },
      {
        label: t("notify.delete.action"),
        icon: <IconTrash {...icon} />,
        danger: true,
        run: () => ask(row),
      },
    ],
    line: (row) => ({
      title: row.name,
      detail: `${t(`notify.channels.${row.channel.kind}`)} · ${words.filterOf(row.filter)}`,
      aside: <IsOn row={row} />,
    }),
    empty: (
      <Nothing title={t("notify.empty.title")} text={t("notify.empty.text")}>
        <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={add}>
          {t("notify.addOne")}
        </Button>
      </Nothing>
    ),
  };
  return (
    <>
      <DataList spec={spec} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function IsOn({ row }: { row: AlertSubscription }) {
  const { t } = useTranslation();
  return <Status tone={row.is_on ? "good" : "off"}>{t(row.is_on ? "notify.is.on" : "notify.is.off")}</Status>;
}
