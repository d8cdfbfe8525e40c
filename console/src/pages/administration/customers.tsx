/** Whose machines are looked after: every customer, how it stands, who is assigned; what is done with one or with many. */
import { Button } from "@mantine/core";
import { IconArchiveOff, IconMail, IconPencil, IconPlus, IconTrash, IconUsers } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { NetworkState, StateLine } from "../../components/connectivity.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { one } from "../../components/data-list/selection.ts";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Action, ListSpec, Selection } from "../../components/data-list/types.ts";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { Moment } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { useLaunch } from "../systems/launch.tsx";
import { AssignmentsDrawer } from "./assignments-drawer.tsx";
import { CustomerName, useCustomerColumns, useDeletedColumns } from "./customer-columns.tsx";
import { useDeletion, useRestoring } from "./customer-deletion.tsx";
import { CustomerDrawer } from "./customer-drawer.tsx";
import { useCustomerFilters } from "./customer-filters.ts";
import { AlertsMark, AttentionMark } from "./customer-marks.tsx";
import classes from "./customer.module.css";
import { mostChosen, rowsOf } from "./customer-selection.ts";
import { useEnrolmentMail } from "./enrolment-mail.tsx";

const icon = { size: 15, stroke: 1.6 };

export function CustomersPage() {
  const { t } = useTranslation();
  const named = useGivenName();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const add = useMay("customers.add");
  const [question, setQuestion] = useState<Question | null>(null);
  const [editing, setEditing] = useState<Customer | null>(null);
  const [assigning, setAssigning] = useState<Customer | null>(null);
  const mail = useEnrolmentMail(setQuestion);
  const actions = useActions({ ask: setQuestion, mail, edit: setEditing, assign: setAssigning });
  const filters = useCustomerFilters();
  const people = useMay("users.manage");
  const columns = useCustomerColumns(people.may ? setAssigning : undefined);
  const deletedColumns = useDeletedColumns();
  const deleted = search.deleted === "true";
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  const spec: ListSpec<Customer> = {
    name: "customers",
    title: t("shell.places.customers"),
    topics: ["equipment", "systems", "alerts"],
    load: customers.list,
    path: "/customers",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => named(row.name),
    columns: deleted ? deletedColumns : columns,
    sort: "name",
    filters,
    searchLabel: t("customers.search"),
    rowActions: deleted ? actions.ofDeleted : actions.ofOne,
    bulkActions: deleted ? actions.ofDeletedSeveral : actions.ofSeveral,
    link: deleted ? undefined : (row) => ({ to: "/administration/customers/$id", params: { id: row.id } }),
    line: deleted
      ? (row) => ({
          title: named(row.name),
          detail: (
            <>
              {t("customers.about.keptUntil")} <Moment at={row.kept_until} />
            </>
          ),
        })
      : (row) => ({
          title: <CustomerName row={row} />,
          detail: (
            <StateLine
              state={<NetworkState network={row.network} customer={row.id} />}
              rest={row.network.system_name ?? ""}
            />
          ),
          aside: (
            <span className={classes.marks}>
              <AttentionMark row={row} />
              {row.alerts.open > 0 && <AlertsMark row={row} />}
            </span>
          ),
        }),
    views: "customers",
    empty: (
      <Nothing title={t("customers.empty.title")} text={t("customers.empty.text")}>
        <May action="customers.add">
          <Button onClick={() => open("1")}>{t("customers.addTitle")}</Button>
        </May>
      </Nothing>
    ),
  };
  return (
    <>
      <PageHeader
        title={t("shell.places.customers")}
        beside={<ListTotal name="customers" />}
        help="customers"
        actions={
          <May action="customers.add">
            <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
              {t("customers.add")}
            </Button>
          </May>
        }
      />
      {/* Other columns, other actions: rows of the one list do not stay while the other is fetched. */}
      <DataList key={String(deleted)} spec={spec} />
      <CustomerDrawer opened={add.may && search.new === "1"} close={() => open(undefined)} />
      <CustomerDrawer opened={editing !== null} customer={editing ?? undefined} close={() => setEditing(null)} />
      <AssignmentsDrawer customer={assigning} close={() => setAssigning(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
      {mail.unsent}
    </>
  );
}

interface Ways {
  ask: (question: Question) => void;
  mail: ReturnType<typeof useEnrolmentMail>;
  edit: (row: Customer) => void;
  assign: (row: Customer) => void;
}

/** What is done with one customer, with those that are selected, and with deleted ones. */
function useActions({ ask, mail, edit, assign }: Ways) {
  const { t } = useTranslation();
  const format = useFormat();
  const mayEdit = useMay("customers.edit", "all");
  const mayDelete = useMay("customers.delete");
  const people = useMay("users.manage");
  const deletion = useDeletion(ask);
  const launch = useLaunch();
  const restore = useRestoring();
  const send = (selection: Selection<Customer>): Action => ({
    label: t("customers.mail.action"),
    icon: <IconMail {...icon} />,
    disabled: mail.why(selection),
    run: () => mail.send(selection),
  });
  const remove = (selection: Selection<Customer>): Action => ({
    label: t("customers.deletion.action"),
    icon: <IconTrash {...icon} />,
    danger: true,
    disabled: deletion.why(selection),
    run: () => deletion.remove(selection),
  });
  const back = (selection: Selection<Customer>): Action => ({
    label: t("customers.deleted.restore"),
    icon: <IconArchiveOff {...icon} />,
    disabled:
      mayDelete.why ??
      (selection.count > mostChosen ? t("customers.tooMany", { most: format.number(mostChosen) }) : undefined),
    run: () =>
      void rowsOf(selection)
        .then(restore)
        .then(selection.clear)
        .catch(() => undefined),
  });
  return {
    ofOne: (row: Customer): Action[] => [
      {
        label: t("customers.edit"),
        icon: <IconPencil {...icon} />,
        disabled: mayEdit.why,
        run: () => edit(row),
      },
      {
        label: t("people.assigned.action"),
        icon: <IconUsers {...icon} />,
        disabled: people.why,
        run: () => assign(row),
      },
      ...launch(row.network.applications),
      send(one(row)),
      remove(one(row)),
    ],
    ofSeveral: (selection: Selection<Customer>) => [send(selection), remove(selection)],
    ofDeleted: (row: Customer) => [back(one(row))],
    ofDeletedSeveral: (selection: Selection<Customer>) => [back(selection)],
  };
}
