/** The machines of the inventory in figures: what there is, what waits, what wants attention. Every figure opens its list. */
import { Button } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Overview } from "../api/types.ts";
import { FirstAgent } from "../components/first-agent.tsx";
import { Mark } from "../components/mark.tsx";
import { Meter } from "../components/meter.tsx";
import { Shape, type Tone } from "../components/status.tsx";
import { useFormat } from "../lib/format.ts";
import { TypeIcon, useLabels } from "./equipment/labels.tsx";
import classes from "./overview.module.css";

/** Before there is anything: what the first steps are; `children` stand beside the first of them. */
export function Welcome({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.welcome}>
      <div className={classes.welcomeMark}>
        <Mark size={64} />
      </div>
      <h2>{t("overview.welcome.title")}</h2>
      <p>{t("overview.welcome.text")}</p>
      <ol className={classes.steps}>
        {(["run", "appear", "create"] as const).map((step, index) => (
          <li key={step}>
            <span className={classes.stepNumber} aria-hidden>
              {index + 1}
            </span>
            <span>{t(`overview.welcome.${step}`)}</span>
          </li>
        ))}
      </ol>
      <div className={classes.welcomeAction}>
        <FirstAgent />
        {children}
      </div>
    </div>
  );
}

/** The figures; `still` on a wall, where nothing is opened. */
export function Figures({ data, customer, still }: { data: Overview; customer?: string; still?: boolean }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const { equipment } = data;
  const agents = data.agents_by_version;
  return (
    <div className={classes.page}>
      <ul className={classes.tiles}>
        <Tile
          still={still}
          label={t("shell.places.equipment")}
          value={equipment.total}
          link={{ to: "/equipment", search: { view: "all" } }}
        />
        <Tile
          still={still}
          label={t("shell.places.pendingShort")}
          value={data.pending}
          tone={data.pending > 0 ? "waiting" : "good"}
          hint={data.pending > 0 ? t("overview.toDecide") : t("overview.allDone")}
          link={{ to: "/pending", search: { view: "all" } }}
        />
        <Tile
          still={still}
          label={t("overview.stale")}
          value={data.stale}
          tone={data.stale > 0 ? "attention" : "good"}
          hint={t("overview.staleHint", { count: data.stale_after_days })}
          link={{ to: "/equipment", search: { stale: "true" } }}
        />
        <Tile
          still={still}
          label={t("overview.disks")}
          value={data.disks_nearly_full}
          tone={data.disks_nearly_full > 0 ? "attention" : "good"}
          hint={t("overview.disksHint")}
          link={{ to: "/equipment", search: { disk_nearly_full: "true" } }}
        />
        <Tile
          still={still}
          label={t("overview.clones")}
          value={data.clones}
          tone={data.clones > 0 ? "attention" : "good"}
          hint={t("overview.clonesHint")}
          link={{ to: "/equipment", search: { clone: "true" } }}
        />
      </ul>
      {equipment.total === 0 ? (
        <section className={classes.first}>
          <h3>{t("overview.first.title", { count: data.pending })}</h3>
          <p>{t("overview.first.text")}</p>
          {!still && (
            <Button component={Link} to="/pending">
              {t("overview.first.action")}
            </Button>
          )}
        </section>
      ) : (
        <div className={classes.panels}>
          <Panel title={t("overview.byType")}>
            <Bars
              still={still}
              rows={equipment.by_type.map(({ key, count }) => ({
                id: key || "",
                label: labels.type(key) || t("overview.unknown"),
                icon: <TypeIcon type={key} />,
                count,
                link: { to: "/equipment", search: { type: key || undefined } },
              }))}
              total={equipment.total}
            />
          </Panel>
          <Panel title={t("overview.bySystem")}>
            <Bars
              still={still}
              rows={equipment.by_os.map(({ key, count }) => ({
                id: key || "",
                label: key ? labels.osFamily(key) : t("overview.noSystem"),
                count,
                link: key
                  ? { to: "/equipment", search: { os: key } }
                  : { to: "/equipment", search: { agent: "without" } },
              }))}
              total={equipment.total}
            />
          </Panel>
          <Panel title={t("overview.byAgent")}>
            {agents.length === 0 ? (
              <p className={classes.none}>{t("overview.noAgents")}</p>
            ) : (
              <Bars
                still={still}
                rows={agents.map((agent) => ({
                  id: `${agent.kind}/${agent.version}`,
                  label: labels.agent(agent),
                  count: agent.count,
                  link: {
                    to: "/configuration/agents",
                    search: { kind: agent.kind, version: agent.version || undefined },
                  },
                }))}
                total={agents.reduce((sum, agent) => sum + agent.count, 0)}
              />
            )}
          </Panel>
        </div>
      )}
      {customer && <p className={classes.scope}>{t("overview.scope")}</p>}
    </div>
  );
}

/** What leads to its list, but on a wall, where nothing is opened. */
function Way(props: { link: LinkProps; still?: boolean; className?: string; children: ReactNode }) {
  if (props.still) return <div className={`${props.className} ${classes.still}`}>{props.children}</div>;
  return (
    <Link {...props.link} className={props.className}>
      {props.children}
    </Link>
  );
}

export function Tile(props: {
  label: string;
  value: number;
  link: LinkProps;
  tone?: Tone;
  hint?: string;
  still?: boolean;
}) {
  const format = useFormat();
  const quiet = props.tone === "good" || props.value === 0;
  return (
    <li className={classes.tile} data-tone={props.tone}>
      <Way link={props.link} still={props.still} className={classes.tileLink}>
        <span className={classes.tileLabel}>
          {props.tone && <Shape tone={props.tone} />}
          <span>{props.label}</span>
        </span>
        <span className={classes.tileValue} data-quiet={quiet || undefined}>
          {format.number(props.value)}
        </span>
        {props.hint && <span className={classes.tileHint}>{props.hint}</span>}
      </Way>
    </li>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.panel}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface Bar {
  id: string;
  label: string;
  icon?: ReactNode;
  count: number;
  link: LinkProps;
}

const most = 8;

function Bars({ rows, total, still }: { rows: Bar[]; total: number; still?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const shown = rows.slice(0, most);
  const rest = rows.slice(most).reduce((sum, row) => sum + row.count, 0);
  const share = (count: number) => (total > 0 ? format.percent(count / total) : "");
  return (
    <ul className={classes.bars}>
      {shown.map((row) => (
        <li key={row.id}>
          <Way link={row.link} still={still} className={classes.bar}>
            <span className={classes.barLabel}>
              {row.icon}
              <span className="truncate" title={row.label}>
                {row.label}
              </span>
            </span>
            <span className={classes.barCount}>{format.number(row.count)}</span>
            <span className={classes.barShare}>{share(row.count)}</span>
            <span className={classes.barMeter}>
              <Meter share={total > 0 ? row.count / total : 0} label={share(row.count)} />
            </span>
          </Way>
        </li>
      ))}
      {rest > 0 && (
        <li className={classes.bar}>
          <span className={classes.barLabel}>{t("overview.others", { count: rows.length - most })}</span>
          <span className={classes.barCount}>{format.number(rest)}</span>
          <span className={classes.barShare}>{share(rest)}</span>
          <span className={classes.barMeter}>
            <Meter share={total > 0 ? rest / total : 0} label={share(rest)} tone="other" />
          </span>
        </li>
      )}
    </ul>
  );
}
