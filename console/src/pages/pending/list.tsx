/** Machines that report and that no equipment stands for yet: one decides here what becomes of them. */
import { Button, SegmentedControl } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconEyeOff, IconLink, IconPlus, IconTrash, IconWand } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { pending } from "../../api/index.ts";
import type { PendingItem } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { one } from "../../components/data-list/selection.ts";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Action, Column, Filter, ListSpec, Selection } from "../../components/data-list/types.ts";
import { FirstAgent } from "../../components/first-agent.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing, useProblemText } from "../../components/states.tsx";
import { Ago } from "../../components/time.tsx";
import { done, failed } from "../../components/toast.ts";
import { useGreyed } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { TypeIcon, useLabels } from "../equipment/labels.tsx";
import classes from "../equipment/list.module.css";
import { AssociateDrawer } from "./associate-drawer.tsx";
import { CreateFromDrawer } from "./create-drawer.tsx";
import { PendingFlags } from "./flags.tsx";
import { PendingPreview } from "./preview.tsx";
import { usePendingQuestions } from "./questions.tsx";

export const nameOf = (item: PendingItem) => item.name || item.serial || item.uuid || item.id;

export function PendingPage() {
  const { t } = useTranslation();
  const labels = useLabels();
  const text = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [question, setQuestion] = useState<Question | null>(null);
  const [creating, setCreating] = useState<PendingItem | null>(null);
  const [associating, setAssociating] = useState<PendingItem | null>(null);
  const questions = usePendingQuestions(setQuestion);
  const state = search.state === "ignored" ? "ignored" : "pending";

  const columns = useMemo<Column<PendingItem>[]>(
    () => [
      {
        id: "name",
        header: t("equipment.fields.name"),
        sort: "name",
        width: 160,
        grow: true,
        fixed: true,
        cell: (row) => (
          <span className={classes.name}>
            <TypeIcon type={row.type} />
            <span className="truncate" title={nameOf(row)}>
              {nameOf(row)}
            </span>
          </span>
        ),
      },
      {
        id: "flags",
        header: t("pending.remarkable"),
        width: 208,
        cell: (row) => (
          <span className={classes.flags}>
            <PendingFlags item={row} />
          </span>
        ),
      },
      {
        id: "os",
        header: t("equipment.fields.os"),
        sort: "os",
        width: 170,
        grow: true,
        cell: (row) => labels.osShort(row.os),
      },
      {
        id: "model",
        header: t("equipment.fields.model"),
        width: 140,
        grow: true,
        cell: (row) => row.model || row.manufacturer || "",
      },
      {
        id: "serial",
        header: t("equipment.fields.serial"),
        width: 120,
        hidden: true,
        cell: (row) => row.serial && <span className="mono">{row.serial}</span>,
      },
      {
        id: "uuid",
        header: t("equipment.fields.uuid"),
        width: 140,
        cell: (row) =>
          row.uuid && (
            <span className="mono" title={row.uuid}>
              {row.uuid}
            </span>
          ),
      },
      {
        id: "source_address",
        header: t("pending.source"),
        sort: "source_address",
        width: 134,
        cell: (row) =>
          row.source_address && (
            <span className="mono" title={row.source_address}>
              {row.source_address}
            </span>
          ),
      },
      {
        id: "customer",
        header: t("equipment.fields.customer"),
        width: 150,
        hidden: true,
        cell: (row) => labels.customer(row.customer),
      },
      { id: "tag", header: t("pending.tag"), width: 110, hidden: true, cell: (row) => row.tag ?? "" },
      {
        id: "agent",
        header: t("equipment.fields.agent"),
        width: 120,
        hidden: true,
        cell: (row) => labels.agent(row.agent),
      },
      {
        id: "received_at",
        header: t("equipment.fields.last_inventory_at"),
        sort: "received_at",
        width: 148,
        cell: (row) => <Ago at={row.received_at} />,
      },
    ],
    // The labels follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const filters = useMemo<Filter[]>(
    () => [
      {
        param: "flag",
        label: t("pending.remarkable"),
        options: ["enrolled-again", "clone", "incomplete"].map((value) => ({
          value,
          label: t(`pending.flagNames.${value}`),
        })),
      },
    ],
    [t],
  );

  const accept = async (item: PendingItem) => {
    try {
      const accepted = await pending.accept(item.id);
      await client.invalidateQueries();
      done(t("pending.accepted", { name: accepted.name }));
    } catch (error) {
      failed(text(error));
    }
  };
  const icon = { size: 15, stroke: 1.6 };
  const greyed = useGreyed("equipment.edit");
  const actionsOf = (item: PendingItem): Action[] => greyed(actionsFor(item));
  const bulkActions = (selection: Selection<PendingItem>): Action[] => greyed(bulkFor(selection));
  const actionsFor = (item: PendingItem): Action[] => {
    const selection = one(item);
    if (state === "ignored") {
      return [
        {
          label: t("pending.actions.unignore"),
          icon: <IconArrowBackUp {...icon} />,
          run: () => questions.unignore(selection),
        },
        {
          label: t("pending.actions.delete"),
          icon: <IconTrash {...icon} />,
          danger: true,
          run: () => questions.remove(selection),
        },
      ];
    }
    return [
      ...(item.enrolled_again
        ? [
            {
              label: t("pending.actions.acceptAs", { name: item.enrolled_again.equipment.name }),
              icon: <IconCheck {...icon} />,
              run: () => void accept(item),
            },
          ]
        : []),
      { label: t("pending.actions.create"), icon: <IconPlus {...icon} />, run: () => setCreating(item) },
      { label: t("pending.actions.associate"), icon: <IconLink {...icon} />, run: () => setAssociating(item) },
      { label: t("pending.actions.ignore"), icon: <IconEyeOff {...icon} />, run: () => questions.ignore(selection) },
      {
        label: t("pending.actions.delete"),
        icon: <IconTrash {...icon} />,
        danger: true,
        run: () => questions.remove(selection),
      },
    ];
  };
  const bulkFor = (selection: Selection<PendingItem>): Action[] => {
    const known = selection.rows.filter((row) => row.enrolled_again).length;
    if (state === "ignored") {
      return [
        {
          label: t("pending.actions.unignore"),
          icon: <IconArrowBackUp {...icon} />,
          run: () => questions.unignore(selection),
        },
        {
          label: t("pending.actions.delete"),
          icon: <IconTrash {...icon} />,
          danger: true,
          run: () => questions.remove(selection),
        },
      ];
    }
    return [
      { label: t("pending.actions.create"), icon: <IconPlus {...icon} />, run: () => questions.create(selection) },
      {
        label: t("pending.actions.accept"),
        icon: <IconCheck {...icon} />,
        disabled: !selection.all && known === 0 ? t("pending.noneEnrolledAgain") : undefined,
        run: () => questions.accept(selection),
      },
      {
        label: t("pending.actions.associate"),
        icon: <IconLink {...icon} />,
        disabled: selection.count === 1 && selection.rows[0] ? undefined : t("pending.oneAtATime"),
        run: () => setAssociating(selection.rows[0] ?? null),
      },
      { label: t("pending.actions.ignore"), icon: <IconEyeOff {...icon} />, run: () => questions.ignore(selection) },
      {
        label: t("pending.actions.delete"),
        icon: <IconTrash {...icon} />,
        danger: true,
        run: () => questions.remove(selection),
      },
    ];
  };

  const spec: ListSpec<PendingItem> = {
    name: "pending",
    title: t("shell.places.pending"),
    topics: ["pending"],
    load: pending.list,
    path: "/pending-equipment",
    fixed: { state },
    rowId: (row) => row.id,
    rowName: nameOf,
    columns,
    filters,
    byCustomer: true,
    sort: "-received_at",
    searchLabel: t("pending.search"),
    rowActions: actionsOf,
    bulkActions,
    loadOne: pending.get,
    preview: (row) => (
      <PendingPreview
        item={row}
        ignored={state === "ignored"}
        accept={() => void accept(row)}
        create={() => setCreating(row)}
        associate={() => setAssociating(row)}
        more={actionsOf(row)}
      />
    ),
    line: (row) => ({
      title: (
        <span className={classes.name}>
          <TypeIcon type={row.type} />
          <span className="truncate">{nameOf(row)}</span>
        </span>
      ),
      detail: [labels.os(row.os) || row.model, row.source_address].filter(Boolean).join(" · "),
      aside:
        row.enrolled_again || row.clone || row.incomplete || row.clock_skew_seconds ? (
          <PendingFlags item={{ ...row, agent: null }} />
        ) : (
          <Ago at={row.received_at} />
        ),
    }),
    empty:
      state === "ignored" ? (
        <Nothing title={t("pending.emptyIgnored.title")} text={t("pending.emptyIgnored.text")} />
      ) : (
        <Nothing title={t("pending.empty.title")} text={t("pending.empty.text")}>
          <FirstAgent />
        </Nothing>
      ),
    exportAs: "pending",
    views: "pending",
  };

  return (
    <>
      <PageHeader
        title={t("shell.places.pending")}
        help="console"
        beside={<ListTotal name="pending" />}
        actions={
          <>
            <Button
              component={Link}
              to="/pending/rules"
              variant="default"
              leftSection={<IconWand size={15} stroke={1.6} />}
            >
              {t("pending.rules.title")}
            </Button>
            <SegmentedControl
              size="xs"
              aria-label={t("pending.show")}
              value={state}
              data={[
                { value: "pending", label: t("pending.states.pending") },
                { value: "ignored", label: t("pending.states.ignored") },
              ]}
              onChange={(value) =>
                void navigate({
                  to: ".",
                  search: (old: Search) => ({
                    ...old,
                    state: value === "ignored" ? value : undefined,
                    cursor: undefined,
                    page: undefined,
                    preview: undefined,
                  }),
                })
              }
            />
          </>
        }
      />
      <DataList key={state} spec={spec} />
      <CreateFromDrawer item={creating} close={() => setCreating(null)} />
      <AssociateDrawer item={associating} close={() => setAssociating(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
