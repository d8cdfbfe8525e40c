/** What became of the agents of one roll-out. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { rollouts } from "../../../api/index.ts";
import type { RolloutAgent } from "../../../api/types.ts";
import { DataList } from "../../../components/data-list/data-list.tsx";
import type { Column, Filter, ListSpec } from "../../../components/data-list/types.ts";
import { Nothing } from "../../../components/states.tsx";
import { Status } from "../../../components/status.tsx";
import { Ago } from "../../../components/time.tsx";
import { useLabels } from "../../equipment/labels.tsx";
import classes from "./rollouts.module.css";
import { agentStates, stateTones } from "./words.ts";

export function RolloutAgents({ id }: { id: string }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const one = useQuery({ queryKey: ["rollouts", id], queryFn: () => rollouts.get(id) });
  const columns = useMemo<Column<RolloutAgent>[]>(
    () => [
      { id: "name", header: t("administration.agents.machine"), width: 200, grow: true, fixed: true, cell: nameOf },
      {
        id: "state",
        header: t("administration.agents.state"),
        width: 190,
        cell: (row) => <Status tone={stateTones[row.state]}>{t(`updates.agentStates.${row.state}`)}</Status>,
      },
      { id: "words", header: t("updates.words"), width: 320, grow: true, cell: (row) => row.words },
      { id: "version", header: t("software.version"), width: 110, cell: (row) => row.version },
      {
        id: "platform",
        header: t("administration.agents.platform"),
        width: 110,
        cell: (row) => labels.osFamily(row.platform),
      },
      {
        id: "offered_at",
        header: t("updates.offeredAt"),
        sort: "offered_at",
        width: 140,
        cell: (row) => <Ago at={row.offered_at} />,
      },
      { id: "ended_at", header: t("updates.endedAt"), width: 140, cell: (row) => <Ago at={row.ended_at} /> },
    ],
    // The labels follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const filters = useMemo<Filter[]>(
    () => [
      {
        param: "state",
        label: t("administration.agents.state"),
        options: agentStates.map((value) => ({ value, label: t(`updates.agentStates.${value}`) })),
      },
    ],
    [t],
  );
  const spec: ListSpec<RolloutAgent> = {
    name: "rollout-agents",
    title: t("updates.agents", { version: one.data?.version ?? "" }),
    topics: ["equipment"],
    load: (query, signal) => rollouts.agents(id, query, signal),
    path: `/rollouts/${id}/agents`,
    rowId: (row) => row.agent_id,
    rowName: nameOf,
    columns,
    filters,
    sort: "-offered_at",
    link: (row) => ({ to: "/configuration/agents", search: { tab: "list", q: row.name || undefined } }),
    line: (row) => ({
      title: nameOf(row),
      detail: [t(`updates.agentStates.${row.state}`), row.words].filter(Boolean).join(" · "),
      aside: <Ago at={row.ended_at ?? row.offered_at} />,
    }),
    empty: <Nothing title={t("updates.noAgents")} text={t("updates.noAgentsText")} />,
  };
  return (
    <>
      <p className={classes.back}>
        <Link to="." search={{ tab: "updates" }}>
          {t("updates.back")}
        </Link>
        {one.data && <span>{t("updates.agents", { version: one.data.version })}</span>}
      </p>
      <DataList key={id} spec={spec} />
    </>
  );
}

const nameOf = (row: RolloutAgent) => row.name || row.agent_id;
