/** Whose machines are looked after: every customer, its reseller, how much equipment it has. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import type { Search } from "../../router.tsx";
import list from "../equipment/list.module.css";
import { CustomerDrawer } from "./customer-drawer.tsx";

export function CustomersPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const columns = useMemo<Column<Customer>[]>(
    () => [
      {
        id: "name",
        header: t("equipment.fields.name"),
        sort: "name",
        width: 320,
        grow: true,
        fixed: true,
        cell: (row) => <CustomerName row={row} />,
      },
      {
        id: "reseller",
        header: t("administration.customers.reseller"),
        width: 220,
        grow: true,
        cell: (row) => named(row.reseller.name),
      },
      {
        id: "provider",
        header: t("administration.customers.provider"),
        width: 220,
        hidden: true,
        cell: (row) => named(row.provider.name),
      },
      {
        id: "equipment",
        header: t("shell.places.equipment"),
        width: 140,
        align: "right",
        cell: (row) => format.number(row.equipment),
      },
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, format],
  );
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  const spec: ListSpec<Customer> = {
    name: "customers",
    title: t("shell.places.customers"),
    topics: ["equipment"],
    load: customers.list,
    path: "/customers",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => named(row.name),
    columns,
    sort: "name",
    searchLabel: t("administration.customers.search"),
    link: (row) => ({ to: "/equipment", search: { customer_id: row.id } }),
    line: (row) => ({
      title: <CustomerName row={row} />,
      detail: named(row.reseller.name),
      aside: t("administration.customers.equipment", { count: row.equipment, shown: format.number(row.equipment) }),
    }),
    empty: <Nothing title={t("shell.noCustomer")} />,
  };
  return (
    <>
      <PageHeader
        title={t("shell.places.customers")}
        beside={<ListTotal name="customers" />}
        actions={
          <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
            {t("administration.customers.add")}
          </Button>
        }
      />
      <DataList spec={spec} />
      <CustomerDrawer opened={search.new === "1"} close={() => open(undefined)} />
    </>
  );
}

function CustomerName({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const name = useGivenName()(row.name);
  return (
    <span className={list.name}>
      <span className="truncate" title={name}>
        {name}
      </span>
      {row.is_default && name === row.name && (
        <Flag tone="off" title={t("administration.customers.defaultHint")}>
          {t("administration.customers.default")}
        </Flag>
      )}
    </span>
  );
}
