import { Button } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { systems } from "../../api/index.ts";
import type { CustomerSystem } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { ConnectivityBar, ConnectivityState, StateLine } from "../../components/connectivity.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { one } from "../../components/data-list/selection.ts";
import type { Action, Column, Filter, ListSpec, Selection } from "../../components/data-list/types.ts";
import { May } from "../../components/may.tsx";
import { Nothing } from "../../components/states.tsx";
import { Ago } from "../../components/time.tsx";
import { connectivities, toneOf } from "../../lib/connectivity.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useGreyed } from "../../lib/permissions.ts";
import names from "../equipment/list.module.css";
import { useRemoval } from "./removal.tsx";
import { SystemPreview } from "./preview.tsx";

export function SystemList({ add }: { add: () => void }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const [question, setQuestion] = useState<Question | null>(null);
  const removal = useRemoval(setQuestion);
  const greyed = useGreyed("customers.delete");
  // What profiles and versions there are; others can be typed.
  const known = useQuery({
    queryKey: ["systems", "values"],
    queryFn: ({ signal }) => systems.values(signal),
    staleTime: 60_000,
  }).data;
  const columns = useMemo<Column<CustomerSystem>[]>(
    () => [
      {
        id: "name",
        header: t("systems.fields.name"),
        sort: "name",
        width: 200,
        grow: true,
        fixed: true,
        cell: (row) => <SystemName row={row} />,
      },
      {
        id: "connectivity",
        header: t("systems.fields.connectivity"),
        sort: "connectivity",
        width: 236,
        fixed: true,
        cell: (row) => <ConnectivityState connectivity={row.connectivity} since={row.connectivity_since} />,
      },
      {
        id: "connectivity_since",
        header: t("systems.fields.connectivity_since"),
        sort: "connectivity_since",
        width: 136,
        cell: (row) => <Ago at={row.connectivity_since} />,
      },
      {
        id: "customer",
        header: t("systems.fields.customer"),
        width: 180,
        grow: true,
        cell: (row) => named(row.customer.name),
      },
      {
        id: "place",
        header: t("systems.fields.place"),
        width: 130,
        cell: (row) => t(`systems.places.${row.place}`),
      },
      {
        id: "profile",
        header: t("systems.fields.profile"),
        sort: "profile",
        width: 130,
        cell: (row) => row.profile,
      },
      { id: "version", header: t("systems.fields.version"), sort: "version", width: 100, cell: (row) => row.version },
      {
        id: "address",
        header: t("systems.fields.address"),
        width: 150,
        hidden: true,
        cell: (row) => <span className="mono">{row.address}</span>,
      },
      {
        id: "agent_version",
        header: t("systems.fields.agent_version"),
        width: 90,
        hidden: true,
        cell: (row) => row.agent_version,
      },
      {
        id: "platform",
        header: t("systems.fields.platform"),
        width: 150,
        hidden: true,
        cell: (row) => t(`systems.platforms.${row.platform}`, { defaultValue: row.platform }),
      },
      {
        id: "started_at",
        header: t("systems.fields.started_at"),
        width: 136,
        hidden: true,
        cell: (row) => <Ago at={row.started_at} />,
      },
      {
        id: "last_seen_at",
        header: t("systems.fields.last_seen_at"),
        width: 136,
        hidden: true,
        cell: (row) => <Ago at={row.last_seen_at} never={t("systems.never")} />,
      },
      {
        id: "enrolled_at",
        header: t("systems.fields.enrolled_at"),
        width: 136,
        hidden: true,
        cell: (row) => <Ago at={row.enrolled_at} />,
      },
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const filters = useMemo<Filter[]>(() => {
    const values = (of: "profiles" | "versions") =>
      (known?.[of] ?? []).map((one) => one.value).sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    return [
      {
        param: "connectivity",
        label: t("systems.fields.connectivity"),
        options: connectivities.map((value) => ({ value, label: t(`systems.connectivity.${value}.name`) })),
      },
      { param: "profile", label: t("systems.fields.profile"), proposed: values("profiles") },
      { param: "version", label: t("systems.fields.version"), proposed: values("versions") },
    ];
  }, [t, known]);
  const actions = (selection: Selection<CustomerSystem>): Action[] =>
    greyed([
      {
        label: t("systems.remove.action"),
        icon: <IconTrash size={15} stroke={1.6} />,
        danger: true,
        run: () => removal(selection),
      },
    ]);
  const spec: ListSpec<CustomerSystem> = {
    name: "systems",
    title: t("systems.title"),
    topics: ["systems"],
    load: systems.list,
    path: "/systems",
    rowId: (row) => row.id,
    rowName: (row) => row.name,
    columns,
    filters,
    byCustomer: true,
    sort: "name",
    searchLabel: t("systems.search"),
    link: (row) => ({ to: "/systems/$id", params: { id: row.id } }),
    rowActions: (row) => actions(one(row)),
    bulkActions: actions,
    loadOne: systems.get,
    preview: (row) => <SystemPreview system={row} />,
    line: (row) => ({
      title: <SystemName row={row} />,
      detail: (
        <StateLine
          state={<ConnectivityState connectivity={row.connectivity} since={row.connectivity_since} />}
          rest={named(row.customer.name)}
        />
      ),
      aside: row.version,
    }),
    views: "systems",
    empty: (
      <Nothing title={t("systems.empty.title")} text={t("systems.empty.text")}>
        <May action="customers.add">
          <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={add}>
            {t("systems.add.one")}
          </Button>
        </May>
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

function SystemName({ row }: { row: CustomerSystem }) {
  return (
    <span className={names.name}>
      <ConnectivityBar tone={toneOf(row.connectivity)} />
      <span className="truncate" title={row.name}>
        {row.name}
      </span>
    </span>
  );
}
