/** The whole inventory in charts and tables; every figure opens its list. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { reports } from "../../api/index.ts";
import type { Query } from "../../api/client.ts";
import type { InventorySummary, SummaryGroup, SummaryGroupBy } from "../../api/types.ts";
import { paintOf, Shares, type Part } from "../../components/charts/shares.tsx";
import { FirstAgent } from "../../components/first-agent.tsx";
import { Failed, Loading, Nothing } from "../../components/states.tsx";
import { Shape, Status } from "../../components/status.tsx";
import { Ago } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { stateTones } from "../equipment/key-software.tsx";
import { TypeIcon } from "../equipment/labels.tsx";
import classes from "./reports.module.css";
import { listOf, useFigureWords } from "./words.ts";

/** Values that are many are bars; parts of a whole are a ring. */
const bars = new Set<SummaryGroupBy>(["system", "manufacturer", "customer", "attention"]);

export function SummaryFigures({ narrowed }: { narrowed: Query }) {
  const { t } = useTranslation();
  const summary = useQuery({
    queryKey: ["reports", "summary", narrowed],
    queryFn: ({ signal }) => reports.summary(narrowed, signal),
  });
  useLive(["equipment", "software"], () => summary.refetch(), 10_000);
  const { data } = summary;
  if (summary.isError && !data) return <Failed error={summary.error} retry={() => void summary.refetch()} />;
  if (!data)
    return (
      <div className={classes.page}>
        <Loading />
      </div>
    );
  if (data.total.count === 0)
    return (
      <Nothing title={t("reports.empty.title")} text={t("reports.empty.text")}>
        <FirstAgent />
      </Nothing>
    );
  return <Charts data={data} />;
}

function Charts({ data }: { data: InventorySummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes.page}>
      <p className={classes.total}>
        <Link {...listOf(data.total)} className={classes.totalLink}>
          {format.number(data.total.count)}
        </Link>{" "}
        {t("reports.pieces", { count: data.total.count })}
        <span className={classes.made}>
          {data.of && `${data.of} · `}
          {t("reports.made")} <Ago at={data.made_at} />
        </span>
      </p>
      <h2 className="sr-only">{t("reports.tabs.summary")}</h2>
      <div className={classes.charts}>
        {data.groups.map((group) => (
          <Chart key={group.by} group={group} />
        ))}
      </div>
      <Programs data={data} />
    </div>
  );
}

function Chart({ group }: { group: SummaryGroup }) {
  const { t } = useTranslation();
  const words = useFigureWords();
  const parts = group.figures
    .filter((figure) => figure.count > 0)
    .map((figure, index): Part => ({
      id: figure.others ? "*" : figure.key,
      label: words(group.by, figure),
      count: figure.count,
      paint:
        figure.others || figure.key === "" || figure.key === "unknown"
          ? "--v-bar-other"
          : bars.has(group.by)
            ? "--v-bar-fill"
            : paintOf(index),
      icon:
        group.by === "type" ? (
          <TypeIcon type={figure.key} size={14} />
        ) : group.by === "attention" ? (
          <Shape tone="attention" />
        ) : undefined,
      link: listOf(figure),
    }));
  return (
    <Shares
      title={t(`reports.by.${group.by}`)}
      parts={parts}
      kind={bars.has(group.by) ? "bars" : "ring"}
      none={t("reports.none")}
    />
  );
}

/** Key software: how machines stand to each program. */
function Programs({ data }: { data: InventorySummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className={classes.programs}>
      <div className={classes.programsHead}>
        <h2>{t("software.key.title")}</h2>
        {data.waiting > 0 && (
          <Status tone="running">
            {t("software.key.waiting", { count: data.waiting, shown: format.number(data.waiting) })}
          </Status>
        )}
      </div>
      {data.key_software.length === 0 ? (
        <p className={classes.none}>
          {t("reports.noPrograms")}{" "}
          <Button component={Link} to="/software/key" variant="default" size="compact-xs">
            {t("software.key.title")}
          </Button>
        </p>
      ) : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("software.key.title")}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t("software.key.fields.name")}</th>
                <th scope="col">{t("software.key.fields.lowest_version")}</th>
                {(["present", "old", "absent"] as const).map((state) => (
                  <th key={state} scope="col" data-align="right">
                    {t(`software.key.states.${state}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.key_software.map((program) => (
                <tr key={program.name}>
                  <th scope="row">{program.name}</th>
                  <td className="mono">{program.lowest_version}</td>
                  {program.figures.map((figure) => {
                    const state = figure.key as keyof typeof stateTones;
                    return (
                      <td key={state} data-align="right">
                        {figure.count === 0 ? (
                          <span className={classes.zero}>0</span>
                        ) : (
                          <Link
                            {...listOf(figure)}
                            aria-label={t("software.key.open", {
                              name: program.name,
                              state: t(`software.key.states.${state}`),
                              count: figure.count,
                              shown: format.number(figure.count),
                            })}
                          >
                            <Status tone={stateTones[state]}>{format.number(figure.count)}</Status>
                          </Link>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
