/** Programs that are watched for on every machine: who has them, who has them too old, who has them not. */
import { Button } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Query } from "../../api/client.ts";
import { calls, keySoftware } from "../../api/index.ts";
import type { KeySoftware, KeySoftwareState, Page } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { useGreyed, useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { stateTones } from "../equipment/key-software.tsx";
import { KeySoftwareDrawer } from "./key-software-drawer.tsx";
import { SoftwareTabs } from "./tabs.tsx";
import classes from "./software.module.css";

async function load(query: Query, signal?: AbortSignal): Promise<Page<KeySoftware>> {
  const { items } = await keySoftware.list({ customer_id: query.customer_id }, signal);
  return { items, next_cursor: null, total: items.length, total_is_minimum: false };
}

export function KeySoftwarePage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const manage = useMay("preferences.manage");
  const greyed = useGreyed("preferences.manage");
  const [editing, setEditing] = useState<KeySoftware | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const platform = (row: KeySoftware) =>
    row.platform ? t(`inventory.values.${row.platform}`) : t("software.key.everywhere");

  const columns = useMemo<Column<KeySoftware>[]>(
    () => [
      {
        id: "name",
        header: t("software.key.fields.name"),
        width: 190,
        grow: true,
        fixed: true,
        cell: (row) => row.name,
      },
      {
        id: "pattern",
        header: t("software.key.fields.pattern"),
        width: 200,
        grow: true,
        cell: (row) => [row.pattern, row.publisher].filter(Boolean).join(" · "),
      },
      { id: "platform", header: t("software.key.fields.platform"), width: 150, cell: platform },
      {
        id: "lowest_version",
        header: t("software.key.fields.lowest_version"),
        width: 130,
        cell: (row) => row.lowest_version && <span className="mono">{row.lowest_version}</span>,
      },
      ...(["present", "old", "absent"] as const).map((state): Column<KeySoftware> => ({
        id: state,
        header: t(`software.key.states.${state}`),
        width: 116,
        align: "right",
        cell: (row) => <Machines row={row} state={state} />,
      })),
      { id: "note", header: t("software.key.fields.note"), width: 200, hidden: true, cell: (row) => row.note },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const add = () => void navigate({ to: ".", search: (old: Search) => ({ ...old, new: "1" }) });
  const ask = (row: KeySoftware) =>
    setQuestion({
      title: t("software.key.delete.title"),
      about: row.name,
      text: t("software.key.delete.text"),
      action: t("software.key.delete.action"),
      danger: true,
      call: () => calls.deleteKeySoftware(row.id),
      run: async () => {
        await keySoftware.remove(row.id);
        await client.invalidateQueries({ queryKey: ["key-software"] });
        done(t("software.key.delete.done"));
      },
    });
  const icon = { size: 15, stroke: 1.6 };
  const spec: ListSpec<KeySoftware> = {
    name: "key-software",
    title: t("software.key.title"),
    topics: ["software", "equipment"],
    load,
    path: "/key-software",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => row.name,
    columns,
    byCustomer: true,
    sort: "",
    rowActions: (row) =>
      greyed([
        { label: t("common.edit"), icon: <IconPencil {...icon} />, run: () => setEditing(row) },
        {
          label: t("software.key.delete.action"),
          icon: <IconTrash {...icon} />,
          danger: true,
          run: () => ask(row),
        },
      ]),
    line: (row) => ({
      title: row.name,
      detail: (
        <span className={classes.counts}>
          {(["present", "old", "absent"] as const).map((state) => (
            <Machines key={state} row={row} state={state} named />
          ))}
        </span>
      ),
      aside: row.lowest_version && <span className="mono">≥ {row.lowest_version}</span>,
    }),
    empty: (
      <Nothing title={t("software.key.empty.title")} text={t("software.key.empty.text")}>
        <May action="preferences.manage">
          <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={add}>
            {t("software.key.addOne")}
          </Button>
        </May>
      </Nothing>
    ),
  };
  return (
    <>
      <PageHeader
        title={t("software.key.title")}
        parent={<Link to="/software">{t("shell.places.software")}</Link>}
        help="inventory"
        beside={<ListTotal name="key-software" />}
        actions={
          <>
            <SoftwareTabs shown="key" />
            <May action="preferences.manage">
              <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={add}>
                {t("software.key.add")}
              </Button>
            </May>
          </>
        }
      />
      <DataList spec={spec} above={<Waiting customer={search.customer_id} />} />
      <KeySoftwareDrawer
        opened={manage.may && search.new === "1"}
        close={() => void navigate({ to: ".", search: (old: Search) => ({ ...old, new: undefined }), replace: true })}
      />
      <KeySoftwareDrawer
        key={editing?.id}
        opened={editing !== null}
        program={editing ?? undefined}
        close={() => setEditing(null)}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** How many machines stand so, and their list. */
function Machines({ row, state, named }: { row: KeySoftware; state: KeySoftwareState; named?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = row.machines[state];
  const words = t(`software.key.states.${state}`);
  if (count === 0) return <span className={classes.noMachines}>{named ? `${words} 0` : "0"}</span>;
  return (
    <Link
      to="/equipment"
      search={(old: Search) => ({ customer_id: old.customer_id, key_software: `${row.id}:${state}` })}
      aria-label={t("software.key.open", { name: row.name, state: words, count, shown: format.number(count) })}
      className={classes.machines}
    >
      <Status tone={stateTones[state]}>
        {named && `${words} `}
        {format.number(count)}
      </Status>
    </Link>
  );
}

/** Says while machines are still being looked at. */
function Waiting({ customer }: { customer?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const list = useQuery({
    queryKey: ["key-software", "waiting", customer],
    queryFn: ({ signal }) => keySoftware.list({ customer_id: customer }, signal),
  });
  useLive(["software", "equipment"], () => list.refetch());
  const count = list.data?.waiting ?? 0;
  if (count === 0) return null;
  return (
    <p className={classes.looking} role="status">
      <Status tone="running">{t("software.key.waiting", { count, shown: format.number(count) })}</Status>
    </p>
  );
}
