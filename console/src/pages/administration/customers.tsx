/** Whose machines are looked after: every customer, how its systems are connected, how much equipment it has. */
import { Button } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash, IconUsers } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { ConnectivityBar, NetworkState, StateLine } from "../../components/connectivity.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { done } from "../../components/toast.ts";
import { toneOfNetwork } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import list from "../equipment/list.module.css";
import { AssignedButton, AssignmentsDrawer } from "./assignments-drawer.tsx";
import { CustomerDrawer } from "./customer-drawer.tsx";
import { useCustomerFilters } from "./customer-filters.ts";

export function CustomersPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const client = useQueryClient();
  const add = useMay("customers.add");
  const edit = useMay("customers.edit", "all");
  const remove = useMay("customers.delete");
  const people = useMay("users.manage");
  const [question, setQuestion] = useState<Question | null>(null);
  const [editing, setEditing] = useState<Customer | null>(null);
  const [assigning, setAssigning] = useState<Customer | null>(null);
  const filters = useCustomerFilters();
  const systemCount = ({ network: { systems: count } }: Customer) =>
    t("systems.count", { count, shown: format.number(count) });
  const equipmentCount = ({ equipment: count }: Customer) =>
    t("administration.customers.equipment", { count, shown: format.number(count) });
  const columns = useMemo<Column<Customer>[]>(
    () => [
      {
        id: "name",
        header: t("equipment.fields.name"),
        sort: "name",
        width: 190,
        grow: true,
        fixed: true,
        cell: (row) => <CustomerName row={row} />,
      },
      {
        id: "connectivity",
        header: t("systems.fields.connectivity"),
        width: 208,
        grow: true,
        fixed: true,
        cell: (row) => <NetworkState network={row.network} customer={row.id} />,
      },
      {
        id: "system_name",
        header: t("systems.fields.system_name"),
        width: 116,
        grow: true,
        cell: (row) => row.network.system_name,
      },
      { id: "version", header: t("systems.fields.version"), width: 76, cell: (row) => row.network.version },
      {
        id: "profiles",
        header: t("systems.fields.profiles"),
        width: 124,
        grow: true,
        cell: (row) => row.network.profiles.join(", "),
      },
      {
        id: "systems",
        header: t("systems.fields.systems"),
        width: 88,
        align: "right",
        cell: (row) => (
          <Link to="/systems" search={{ customer_id: row.id }} aria-label={systemCount(row)}>
            {format.number(row.network.systems)}
          </Link>
        ),
      },
      {
        id: "equipment",
        header: t("shell.places.equipment"),
        width: 104,
        align: "right",
        cell: (row) => (
          <Link to="/equipment" search={{ customer_id: row.id }} aria-label={equipmentCount(row)}>
            {format.number(row.equipment)}
          </Link>
        ),
      },
      {
        id: "reseller",
        header: t("administration.customers.reseller"),
        width: 124,
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
      ...(people.may
        ? [
            {
              id: "assigned",
              header: t("people.assigned.column"),
              width: 92,
              cell: (row: Customer) => <AssignedButton customer={row} open={() => setAssigning(row)} />,
            },
          ]
        : []),
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, format, people.may],
  );
  const ask = (row: Customer) =>
    setQuestion({
      title: t("administration.customers.delete"),
      about: named(row.name),
      text:
        row.equipment > 0
          ? t("administration.customers.notEmpty", { count: row.equipment, shown: format.number(row.equipment) })
          : row.network.systems > 0
            ? t("systems.customer.notEmpty", { count: row.network.systems, shown: format.number(row.network.systems) })
            : t("administration.customers.deleteText"),
      action: t("common.delete"),
      danger: true,
      call: () => calls.deleteCustomer(row.id),
      run: async () => {
        await customers.remove(row.id);
        await client.invalidateQueries({ queryKey: ["customers"] });
        done(t("administration.customers.deleted", { name: named(row.name) }));
      },
    });
  const icon = { size: 15, stroke: 1.6 };
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  const spec: ListSpec<Customer> = {
    name: "customers",
    title: t("shell.places.customers"),
    topics: ["equipment", "systems"],
    load: customers.list,
    path: "/customers",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => named(row.name),
    columns,
    sort: "name",
    filters,
    searchLabel: t("administration.customers.search"),
    rowActions: (row) => [
      {
        label: t("administration.customers.edit"),
        icon: <IconPencil {...icon} />,
        disabled: edit.why,
        run: () => setEditing(row),
      },
      {
        label: t("people.assigned.action"),
        icon: <IconUsers {...icon} />,
        disabled: people.why,
        run: () => setAssigning(row),
      },
      {
        label: t("administration.customers.delete"),
        icon: <IconTrash {...icon} />,
        danger: true,
        disabled: remove.why ?? (row.is_default ? t("problems.default-customer") : undefined),
        run: () => ask(row),
      },
    ],
    link: (row) => ({ to: "/administration/customers/$id", params: { id: row.id } }),
    line: (row) => ({
      title: <CustomerName row={row} />,
      detail: (
        <StateLine state={<NetworkState network={row.network} customer={row.id} />} rest={named(row.reseller.name)} />
      ),
      aside: row.network.systems > 0 ? systemCount(row) : undefined,
    }),
    empty: <Nothing title={t("shell.noCustomer")} />,
  };
  return (
    <>
      <PageHeader
        title={t("shell.places.customers")}
        beside={<ListTotal name="customers" />}
        help="users"
        actions={
          <May action="customers.add">
            <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
              {t("administration.customers.add")}
            </Button>
          </May>
        }
      />
      <DataList spec={spec} />
      <CustomerDrawer opened={add.may && search.new === "1"} close={() => open(undefined)} />
      <CustomerDrawer opened={editing !== null} customer={editing ?? undefined} close={() => setEditing(null)} />
      <AssignmentsDrawer customer={assigning} close={() => setAssigning(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function CustomerName({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const name = useGivenName()(row.name);
  return (
    <span className={list.name}>
      <ConnectivityBar tone={toneOfNetwork(row.network)} />
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
