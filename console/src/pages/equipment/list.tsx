/** Every machine: find it, narrow the list, act on many at once. */
import { Button } from "@mantine/core";
import {
  IconArchiveOff,
  IconArrowsRight,
  IconPlus,
  IconRefresh,
  IconReplace,
  IconTableImport,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { customers, equipment, keySoftware, overview } from "../../api/index.ts";
import type { EquipmentItem } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { one } from "../../components/data-list/selection.ts";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Action, Column, Filter, ListSpec, Selection } from "../../components/data-list/types.ts";
import { FirstAgent } from "../../components/first-agent.tsx";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { Ago } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import { useGreyed, useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { useBulkQuestions } from "./bulk-questions.tsx";
import { CreateDrawer } from "./create-drawer.tsx";
import { KeySoftwareCell } from "./key-software.tsx";
import { EquipmentFlags, EquipmentStatus, TypeIcon, useLabels } from "./labels.tsx";
import classes from "./list.module.css";
import { EquipmentPreview } from "./preview.tsx";

const ages = ["under-1", "1-3", "3-5", "over-5", "unknown"] as const;
const memories = ["under-4", "4-8", "8-16", "16-32", "32-64", "over-64", "unknown"] as const;
const contacts = ["day", "week", "month", "older"] as const;

/** How many are named one by one; an address may hold anything. */
function lengthOf(text: string): number {
  try {
    const named: unknown = JSON.parse(text);
    return Array.isArray(named) ? named.length : 0;
  } catch {
    return 0;
  }
}

export function EquipmentListPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const labels = useLabels();
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const [question, setQuestion] = useState<Question | null>(null);
  const questions = useBulkQuestions(setQuestion);
  const figures = useQuery({ queryKey: ["overview"], queryFn: overview.get });
  const watched = useQuery({ queryKey: ["key-software", "names"], queryFn: () => keySoftware.list() });
  const deleted = search.deleted === "true";

  const columns = useMemo<Column<EquipmentItem>[]>(
    () => [
      {
        id: "name",
        header: t("equipment.fields.name"),
        sort: "name",
        width: 240,
        grow: true,
        fixed: true,
        cell: (row) => (
          <span className={classes.name}>
            <TypeIcon type={row.type} />
            <span className="truncate" title={row.name}>
              {row.name}
            </span>
            <span className={classes.flags}>
              <EquipmentFlags item={deleted ? { ...row, deleted_at: null } : row} />
            </span>
          </span>
        ),
      },
      {
        id: "type",
        header: t("equipment.fields.type"),
        sort: "type",
        width: 130,
        hidden: true,
        cell: (row) => labels.type(row.type),
      },
      deleted
        ? {
            id: "deleted_at",
            header: t("equipment.filters.deleted"),
            width: 120,
            cell: (row) => <Ago at={row.deleted_at} />,
          }
        : {
            id: "status",
            header: t("equipment.fields.status"),
            sort: "status",
            width: 120,
            cell: (row) => <EquipmentStatus status={row.status} />,
          },
      {
        id: "customer",
        header: t("equipment.fields.customer"),
        width: 170,
        grow: true,
        cell: (row) => labels.customer(row.customer),
      },
      {
        id: "os",
        header: t("equipment.fields.os"),
        sort: "os",
        width: 180,
        grow: true,
        cell: (row) => labels.osShort(row.os),
      },
      {
        id: "manufacturer",
        header: t("equipment.fields.manufacturer"),
        sort: "manufacturer",
        width: 120,
        hidden: true,
        cell: (row) => row.manufacturer || "",
      },
      {
        id: "model",
        header: t("equipment.fields.model"),
        sort: "model",
        width: 140,
        grow: true,
        cell: (row) => row.model || "",
      },
      {
        id: "serial",
        header: t("equipment.fields.serial"),
        width: 110,
        cell: (row) =>
          row.serial && (
            <span className="mono" title={row.serial}>
              {row.serial}
            </span>
          ),
      },
      { id: "person", header: t("equipment.fields.person"), width: 140, hidden: true, cell: (row) => row.person || "" },
      {
        id: "location",
        header: t("equipment.fields.location"),
        width: 140,
        hidden: true,
        cell: (row) => row.location || "",
      },
      {
        id: "asset_number",
        header: t("equipment.fields.asset_number"),
        width: 120,
        hidden: true,
        cell: (row) => row.asset_number || "",
      },
      {
        id: "agent",
        header: t("equipment.fields.agent"),
        width: 130,
        hidden: true,
        cell: (row) => labels.agent(row.agent),
      },
      {
        id: "memory_bytes",
        header: t("equipment.fields.memory_bytes"),
        width: 100,
        align: "right",
        hidden: true,
        cell: (row) => (row.memory_bytes === null ? "" : format.bytes(row.memory_bytes)),
      },
      {
        id: "age_from",
        header: t("equipment.fields.age_from"),
        width: 110,
        hidden: true,
        cell: (row) => (row.age_from ? format.date(row.age_from) : ""),
      },
      {
        id: "key_software",
        header: t("equipment.fields.key_software"),
        width: 170,
        hidden: true,
        cell: (row) => <KeySoftwareCell summary={row.key_software} />,
      },
      {
        id: "last_inventory_at",
        header: t("equipment.fields.last_inventory_at"),
        sort: "last_inventory_at",
        width: 148,
        cell: (row) => <Ago at={row.last_inventory_at} never={t("equipment.never")} />,
      },
    ],
    // The labels follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, deleted],
  );

  const systems = figures.data?.equipment.by_os;
  const versions = figures.data?.agents_by_version;
  const programs = watched.data?.items;
  const others = search.other_than;
  const filters = useMemo<Filter[]>(() => {
    const yes = (param: string, label: string): Filter => ({
      param,
      label,
      options: [{ value: "true", label: t("common.yes") }],
      rare: true,
    });
    const typed = (param: "os_name" | "os_version" | "manufacturer"): Filter => ({
      param,
      label: t(`equipment.fields.${param}`),
      rare: true,
      // What is not known has a word of its own in addresses.
      nameOf: (value) => (value === "-" ? t("equipment.filters.unknown") : value),
    });
    const classes = (param: "age" | "memory" | "contact", codes: readonly string[]): Filter => ({
      param,
      label: t(`equipment.fields.${param}`),
      rare: true,
      options: codes.map((value) => ({ value, label: t(`reports.classes.${param}.${value}`) })),
    });
    return [
      { param: "type", label: t("equipment.fields.type"), options: labels.typeOptions },
      { param: "status", label: t("equipment.fields.status"), options: labels.statusOptions },
      {
        param: "os",
        label: t("equipment.fields.os"),
        options: (systems ?? []).flatMap(({ key }) => (key ? [{ value: key, label: labels.osFamily(key) }] : [])),
      },
      {
        param: "os_family",
        label: t("equipment.fields.os_family"),
        rare: true,
        options: (systems ?? []).map(({ key }) => ({
          value: key || "-",
          label: key ? labels.osFamily(key) : t("equipment.filters.unknown"),
        })),
      },
      typed("os_name"),
      typed("os_version"),
      typed("manufacturer"),
      classes("age", ages),
      classes("memory", memories),
      classes("contact", contacts),
      {
        param: "agent",
        label: t("equipment.fields.agent"),
        options: [
          { value: "with", label: t("equipment.filters.withAgent") },
          { value: "without", label: t("equipment.filters.withoutAgent") },
        ],
      },
      {
        param: "agent_version",
        label: t("equipment.fields.agent_version"),
        rare: true,
        options: [...new Set((versions ?? []).flatMap(({ version }) => (version ? [version] : [])))].map((value) => ({
          value,
          label: value,
        })),
      },
      ...(programs && programs.length > 0
        ? [
            {
              param: "key_software",
              label: t("equipment.fields.key_software"),
              rare: true,
              options: programs.flatMap(({ id, name }) =>
                (["absent", "old", "present"] as const).map((state) => ({
                  value: `${id}:${state}`,
                  label: t(`equipment.key.filter.${state}`, { name }),
                })),
              ),
            },
          ]
        : []),
      {
        param: "reseller_id",
        label: t("equipment.fields.reseller_id"),
        rare: true,
        find: {
          key: ["resellers"],
          search: async (text, signal) => {
            const found = await customers.resellers({ q: text || undefined, limit: 50 }, signal);
            return found.items.map(({ id, name }) => ({ value: id, label: name }));
          },
          name: async (id) => (await customers.level("resellers", id)).name,
        },
      },
      // Behind the figure for all that a summary does not name; it is met in addresses only.
      ...(others
        ? [
            {
              param: "other_than",
              label: t("equipment.filters.others"),
              options: [{ value: others, label: t("equipment.filters.otherThan", { count: lengthOf(others) }) }],
            },
          ]
        : []),
      yes("stale", t("equipment.flags.stale")),
      yes("disk_nearly_full", t("equipment.flags.disk")),
      yes("clone", t("equipment.flags.clone")),
      yes("deleted", t("equipment.filters.deleted")),
    ];
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [t, systems, versions, programs, others]);

  const icon = { size: 15, stroke: 1.6 };
  const greyed = useGreyed("equipment.edit");
  const edit = useMay("equipment.edit");
  const bulkActions = (selection: Selection<EquipmentItem>): Action[] => greyed(actionsFor(selection));
  const actionsFor = (selection: Selection<EquipmentItem>): Action[] =>
    deleted
      ? [
          {
            label: t("equipment.actions.restore"),
            icon: <IconArchiveOff {...icon} />,
            run: () => questions.restore(selection),
          },
        ]
      : [
          {
            label: t("equipment.actions.fresh"),
            icon: <IconRefresh {...icon} />,
            run: () => questions.fresh(selection),
          },
          {
            label: t("equipment.actions.move"),
            icon: <IconArrowsRight {...icon} />,
            run: () => questions.move(selection),
          },
          {
            label: t("equipment.actions.status"),
            icon: <IconReplace {...icon} />,
            run: () => questions.status(selection),
          },
          {
            label: t("equipment.actions.delete"),
            icon: <IconTrash {...icon} />,
            danger: true,
            run: () => questions.remove(selection),
          },
        ];

  const spec: ListSpec<EquipmentItem> = {
    name: "equipment",
    title: t("shell.places.equipment"),
    topics: ["equipment"],
    load: equipment.list,
    path: "/equipment",
    rowId: (row) => row.id,
    rowName: (row) => row.name,
    columns,
    filters,
    byCustomer: true,
    sort: "name",
    searchLabel: t("equipment.search"),
    link: (row) => ({ to: "/equipment/$id", params: { id: row.id } }),
    rowActions: (row) => bulkActions(one(row)),
    bulkActions,
    loadOne: equipment.get,
    preview: (row) => <EquipmentPreview item={row} />,
    line: (row) => ({
      title: (
        <span className={classes.name}>
          <TypeIcon type={row.type} />
          <span className="truncate">{row.name}</span>
        </span>
      ),
      detail: [labels.customer(row.customer), labels.os(row.os) || row.model].filter(Boolean).join(" · "),
      aside: deleted ? (
        <Ago at={row.deleted_at} />
      ) : row.stale || row.disk_nearly_full || row.clone || row.deleted_at ? (
        <EquipmentFlags item={{ ...row, agent: null }} />
      ) : (
        <Ago at={row.last_inventory_at} never={t("equipment.never")} />
      ),
    }),
    empty: (
      <Nothing title={t("equipment.empty.title")} text={t("equipment.empty.text")}>
        <FirstAgent />
      </Nothing>
    ),
    exportAs: "equipment",
    views: "equipment",
  };

  return (
    <>
      <PageHeader
        title={deleted ? t("equipment.deletedTitle") : t("shell.places.equipment")}
        help="console"
        parent={
          deleted ? (
            <Link to="/equipment" search={{}}>
              {t("shell.places.equipment")}
            </Link>
          ) : undefined
        }
        beside={<ListTotal name="equipment" />}
        actions={
          !deleted && (
            <>
              {edit.may && (
                <Button
                  component={Link}
                  to="/imports"
                  variant="default"
                  leftSection={<IconTableImport size={15} stroke={1.6} />}
                >
                  {t("imports.import")}
                </Button>
              )}
              <May action="equipment.edit">
                <Button
                  leftSection={<IconPlus size={15} stroke={2} />}
                  onClick={() => void navigate({ to: ".", search: (old: Search) => ({ ...old, new: "1" }) })}
                >
                  {t("equipment.add")}
                </Button>
              </May>
            </>
          )
        }
      />
      <DataList spec={spec} />
      <CreateDrawer
        opened={edit.may && search.new === "1"}
        close={() => void navigate({ to: ".", search: (old: Search) => ({ ...old, new: undefined }), replace: true })}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
