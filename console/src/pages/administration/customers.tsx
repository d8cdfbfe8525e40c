/** Whose machines are looked after: every customer, how it stands, who is assigned, how much there is of it. */
import { Button } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash, IconUsers } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { NetworkState, StateLine } from "../../components/connectivity.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { ListSpec } from "../../components/data-list/types.ts";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { AssignmentsDrawer } from "./assignments-drawer.tsx";
import { CustomerName, useCustomerColumns, useSystemCount } from "./customer-columns.tsx";
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
  const systemCount = useSystemCount();
  const columns = useCustomerColumns(people.may ? setAssigning : undefined);
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
