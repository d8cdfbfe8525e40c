/** The machines that have a program: the answer to the question, and part of a title's page. */
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { software } from "../../api/index.ts";
import type { Query } from "../../api/client.ts";
import type { SoftwareMachine } from "../../api/types.ts";
import { DataList } from "../../components/data-list/data-list.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { Nothing } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { Ago } from "../../components/time.tsx";
import { useLabels } from "../equipment/labels.tsx";
import classes from "../equipment/list.module.css";

interface Props {
  fixed: Query;
  above?: ReactNode;
  emptyTitle: string;
  emptyText?: string;
}

export function MachineList({ fixed, above, emptyTitle, emptyText }: Props) {
  const { t } = useTranslation();
  const labels = useLabels();
  const columns = useMemo<Column<SoftwareMachine>[]>(
    () => [
      {
        id: "machine",
        header: t("software.machine"),
        sort: "name",
        width: 220,
        grow: true,
        fixed: true,
        cell: (row) => (
          <span className={classes.name}>
            <span className="truncate" title={row.name || undefined}>
              {row.equipment?.name || row.name || row.inventory_id}
            </span>
            {row.pending && <Flag tone="waiting">{t("software.pending")}</Flag>}
          </span>
        ),
      },
      {
        id: "version",
        header: t("software.version"),
        width: 220,
        cell: (row) => (
          <span className="mono" title={row.version || undefined}>
            {row.version || ""}
          </span>
        ),
      },
      {
        id: "customer",
        header: t("equipment.fields.customer"),
        width: 200,
        grow: true,
        cell: (row) => labels.customer(row.customer),
      },
      { id: "os", header: t("equipment.fields.os"), width: 200, grow: true, cell: (row) => labels.osShort(row.os) },
      { id: "source", header: t("software.source"), width: 110, cell: (row) => labels.softwareSource(row.source) },
      {
        id: "publisher",
        header: t("software.publisher"),
        width: 160,
        hidden: true,
        cell: (row) => row.publisher || "",
      },
      {
        id: "received_at",
        header: t("equipment.fields.last_inventory_at"),
        width: 148,
        cell: (row) => <Ago at={row.received_at} />,
      },
    ],
    // The labels follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const spec: ListSpec<SoftwareMachine> = {
    name: "software-machines",
    title: t("software.machines"),
    load: software.machines,
    path: "/software/machines",
    copyable: false,
    fixed,
    rowId: (row) => `${row.inventory_id}\u001f${row.version || ""}\u001f${row.source || ""}`,
    rowName: (row) => row.equipment?.name || row.name || row.inventory_id,
    columns,
    byCustomer: true,
    sort: "name",
    searchLabel: t("software.searchMachine"),
    link: (row) =>
      row.equipment
        ? { to: "/equipment/$id", params: { id: row.equipment.id } }
        : { to: "/pending", search: { q: row.name || undefined } },
    line: (row) => ({
      title: row.equipment?.name || row.name || row.inventory_id,
      detail: [labels.customer(row.customer), row.os?.name].filter(Boolean).join(" · "),
      aside: <span className="mono">{row.version}</span>,
    }),
    empty: <Nothing title={emptyTitle} text={emptyText} />,
    exportAs: "software-machines",
  };
  return <DataList spec={spec} above={above} />;
}
