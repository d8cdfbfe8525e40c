/** Maintenance windows: which are open, which come, and adding and deleting them. */
import { Button } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Query } from "../../api/client.ts";
import { alerts, calls } from "../../api/index.ts";
import type { MaintenanceWindow, Page } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { May } from "../../components/may.tsx";
import { Nothing } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import { ownZone } from "../../lib/zones.ts";
import type { Search } from "../../router.tsx";
import classes from "./alerts.module.css";
import { MaintenanceDrawer } from "./maintenance-drawer.tsx";

type State = "active" | "planned" | "over";
const tones: Record<State, Tone> = { active: "running", planned: "waiting", over: "off" };
const order: State[] = ["active", "planned", "over"];

const stateOf = (row: MaintenanceWindow): State => (row.active ? "active" : row.next_at === null ? "over" : "planned");

/** All of them at once, those of now first; of a customer also those of everyone. */
async function load(query: Query, signal?: AbortSignal): Promise<Page<MaintenanceWindow>> {
  const { items } = await alerts.maintenance(signal);
  const shown = items
    .filter((row) => !query.customer_id || row.customer === null || row.customer.id === query.customer_id)
    .sort(
      (a, b) =>
        order.indexOf(stateOf(a)) - order.indexOf(stateOf(b)) ||
        Date.parse(a.next_at ?? a.starts_at) - Date.parse(b.next_at ?? b.starts_at),
    );
  return { items: shown, next_cursor: null, total: shown.length, total_is_minimum: false };
}

export function MaintenanceList() {
  const { t } = useTranslation();
  const named = useGivenName();
  const client = useQueryClient();
  const handle = useMay("alerts.handle");
  const all = useMay("alerts.handle", "all");
  const [question, setQuestion] = useState<Question | null>(null);
  const columns = useMemo<Column<MaintenanceWindow>[]>(
    () => [
      {
        id: "name",
        header: t("alerts.maintenance.fields.name"),
        width: 200,
        grow: true,
        fixed: true,
        cell: (row) => row.name,
      },
      {
        id: "state",
        header: t("alerts.maintenance.fields.state"),
        width: 130,
        fixed: true,
        cell: (row) => <WindowState row={row} />,
      },
      {
        id: "of",
        header: t("alerts.maintenance.fields.of"),
        width: 180,
        grow: true,
        cell: (row) => <Concerned row={row} />,
      },
      {
        id: "when",
        header: t("alerts.maintenance.fields.when"),
        width: 270,
        cell: (row) => <Span row={row} />,
      },
      {
        id: "repeats",
        header: t("alerts.maintenance.fields.repeats"),
        width: 150,
        cell: (row) => t(`alerts.maintenance.repeatsOf.${row.repeats}`),
      },
      {
        id: "next_at",
        header: t("alerts.maintenance.fields.next_at"),
        width: 170,
        cell: (row) => (row.active ? null : <Moment at={row.next_at} />),
      },
      {
        id: "created_by",
        header: t("alerts.maintenance.fields.created_by"),
        width: 120,
        cell: (row) => row.created_by,
      },
    ],
    [t],
  );
  const ask = (row: MaintenanceWindow) =>
    setQuestion({
      title: t("alerts.maintenance.delete.title"),
      about: row.name,
      text: t("alerts.maintenance.delete.text"),
      action: t("alerts.maintenance.delete.action"),
      danger: true,
      call: () => calls.deleteMaintenance(row.id),
      run: async () => {
        await alerts.deleteMaintenance(row.id);
        await client.invalidateQueries({ queryKey: ["maintenance"] });
        await client.invalidateQueries({ queryKey: ["alerts"] });
        done(t("alerts.maintenance.delete.done"));
      },
    });
  const spec: ListSpec<MaintenanceWindow> = {
    name: "maintenance",
    title: t("alerts.maintenance.title"),
    topics: ["alerts"],
    load,
    path: "/maintenance-windows",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => row.name,
    columns,
    byCustomer: true,
    sort: "",
    rowActions: (row) => [
      {
        label: t("alerts.maintenance.delete.action"),
        icon: <IconTrash size={15} stroke={1.6} />,
        danger: true,
        disabled: handle.why ?? (row.customer === null && !all.may ? t("alerts.maintenance.notYours") : undefined),
        run: () => ask(row),
      },
    ],
    line: (row) => ({
      title: row.name,
      detail: (
        <>
          {row.system?.name ?? (row.customer ? named(row.customer.name) : t("alerts.maintenance.allCustomers"))} ·{" "}
          <Span row={row} />
        </>
      ),
      aside: <WindowState row={row} />,
    }),
    empty: <Nothing title={t("alerts.maintenance.empty.title")} text={t("alerts.maintenance.empty.text")} />,
  };
  return (
    <>
      <DataList spec={spec} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** The button that opens the form; the address says that it is open. */
export function AddMaintenance() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const { may } = useMay("alerts.handle");
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  return (
    <>
      <May action="alerts.handle">
        <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
          {t("alerts.maintenance.add")}
        </Button>
      </May>
      <MaintenanceDrawer
        opened={may && search.new === "1"}
        close={() => open(undefined)}
        customer={search.customer_id}
      />
    </>
  );
}

function WindowState({ row }: { row: MaintenanceWindow }) {
  const { t } = useTranslation();
  const state = stateOf(row);
  return <Status tone={tones[state]}>{t(`alerts.maintenance.states.${state}`)}</Status>;
}

function Concerned({ row }: { row: MaintenanceWindow }) {
  const { t } = useTranslation();
  const named = useGivenName();
  if (row.system)
    return (
      <Link to="/systems/$id" params={{ id: row.system.id }} className={classes.cellLink} title={row.system.name}>
        {row.system.name}
      </Link>
    );
  if (!row.customer) return <span>{t("alerts.maintenance.allCustomers")}</span>;
  return (
    <Link
      to="/administration/customers/$id"
      params={{ id: row.customer.id }}
      className={classes.cellLink}
      title={named(row.customer.name)}
    >
      {named(row.customer.name)}
    </Link>
  );
}

/** From when to when: the present or the first time; with the zone, where it is not the reader's. */
function Span({ row }: { row: MaintenanceWindow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sameDay = format.date(row.starts_at) === format.date(row.ends_at);
  const daily = row.repeats === "daily";
  const words = t("alerts.maintenance.span", {
    from: daily ? format.time(row.starts_at) : format.dateTime(row.starts_at),
    to: daily || sameDay ? format.time(row.ends_at) : format.dateTime(row.ends_at),
  });
  const zone = row.repeats !== "never" && row.time_zone !== ownZone() ? ` (${row.time_zone})` : "";
  return (
    <span className="num" title={words + zone}>
      {words}
      {zone}
    </span>
  );
}
