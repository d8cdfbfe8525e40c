/** The figures of customers, their systems and alerts. Every part of a chart opens its list. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Dashboard, Share } from "../api/types.ts";
import { OverTime } from "../components/charts/over-time.tsx";
import { paintOf, Shares, type Part } from "../components/charts/shares.tsx";
import charts from "../components/charts/charts.module.css";
import { SeverityIcon } from "../components/severity.tsx";
import { Shape, type Tone } from "../components/status.tsx";
import { Ago } from "../components/time.tsx";
import { useFormat } from "../lib/format.ts";
import { useGivenName } from "../lib/given-names.ts";
import few from "./alerts/alerts.module.css";
import { AlertTitle } from "./alerts/words.tsx";
import { Tile } from "./overview.tsx";
import classes from "./overview.module.css";

const colours: [colour: "red" | "orange" | "green" | "grey", tone: Tone, paint: string][] = [
  ["red", "broken", "--v-broken"],
  ["orange", "attention", "--v-attention-mark"],
  ["green", "good", "--v-good"],
  ["grey", "off", "--v-bar-other"],
];
const severityPaints = {
  critical: "--v-broken",
  major: "--v-major",
  minor: "--v-attention-mark",
  warning: "--v-warning",
  information: "--v-bar-other",
};

/** So many have a part of their own. */
const most = 7;

/** The most frequent ones, and all others together. */
function folded(values: Share[]): Share[] {
  if (values.length <= most + 1) return values;
  const count = values.slice(most).reduce((sum, one) => sum + one.count, 0);
  return [...values.slice(0, most), { value: null, count }];
}

interface Props {
  data: Dashboard;
  /** On a wall, where nothing is opened. */
  still?: boolean;
}

export function FleetFigures({ data, still }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { alerts, systems, customers } = data;
  const critical = alerts.severities.find((one) => one.severity === "critical")?.alerts ?? 0;
  const away = systems.total - systems.connected;
  const shares = (values: Share[], link: (value: string) => Part["link"]): Part[] =>
    folded(values).map(({ value, count }, index) => ({
      id: value ?? "*",
      label: value === null ? t("dashboard.others") : value || t("dashboard.unknown"),
      count,
      paint: value === null ? "--v-bar-other" : paintOf(index),
      link: value ? link(value) : undefined,
    }));
  const severities: Part[] = alerts.severities.map(({ severity, alerts: count }) => ({
    id: severity,
    label: t(`alerts.severities.${severity}`),
    count,
    paint: severityPaints[severity],
    icon: <SeverityIcon severity={severity} size={14} />,
    link: { to: "/alerts", search: { severity } },
  }));
  const types: Part[] = alerts.types.map(({ type, alerts: count }) => ({
    id: type,
    label: t(`alerts.types.${type}`),
    count,
    paint: "--v-bar-fill",
    link: { to: "/alerts", search: { type } },
  }));
  const states: Part[] = colours.map(([colour, tone, paint]) => ({
    id: colour,
    label: t(`dashboard.colours.${colour}`),
    count: customers[colour],
    paint,
    icon: <Shape tone={tone} />,
    link: { to: "/administration/customers", search: { colour } },
  }));
  return (
    <div className={classes.page}>
      <ul className={`${classes.tiles} ${classes.fleetTiles}`}>
        <Tile
          still={still}
          label={t("dashboard.openAlerts")}
          value={alerts.alerts}
          tone={alerts.ongoing > 0 ? "attention" : "good"}
          hint={
            alerts.alerts > 0
              ? t("dashboard.ongoing", { count: alerts.ongoing, shown: format.number(alerts.ongoing) })
              : t("dashboard.noAlerts")
          }
          link={{ to: "/alerts" }}
        />
        <Tile
          still={still}
          label={t("dashboard.critical")}
          value={critical}
          tone={critical > 0 ? "broken" : "good"}
          hint={t("dashboard.criticalHint")}
          link={{ to: "/alerts", search: { severity: "critical" } }}
        />
        <Tile
          still={still}
          label={t("dashboard.systems")}
          value={systems.connected}
          tone={away > 0 ? "attention" : "good"}
          hint={t("dashboard.systemsOf", { count: systems.total, shown: format.number(systems.total) })}
          link={{ to: "/systems", search: { connectivity: "connected" } }}
        />
        <Tile
          still={still}
          label={t("shell.places.customers")}
          value={customers.total}
          hint={t("dashboard.customersRed", { count: customers.red, shown: format.number(customers.red) })}
          link={{ to: "/administration/customers" }}
        />
      </ul>
      <div className={classes.charts}>
        <Shares
          title={t("dashboard.bySeverity")}
          parts={severities}
          what={t("dashboard.alerts")}
          none={t("dashboard.noAlerts")}
          still={still}
        />
        <Shares title={t("dashboard.byType")} parts={types} kind="bars" none={t("dashboard.noAlerts")} still={still} />
        <Recent data={data} still={still} />
        <Shares
          title={t("dashboard.byState")}
          parts={states}
          what={t("dashboard.customers")}
          none={t("dashboard.noCustomers")}
          still={still}
        />
        <Shares
          title={t("dashboard.byVersion")}
          parts={shares(data.versions, (version) => ({ to: "/systems", search: { version } }))}
          what={t("dashboard.systemsShort")}
          none={t("dashboard.noSystems")}
          still={still}
        />
        <Shares
          title={t("dashboard.byProfile")}
          parts={shares(data.profiles, (profile) => ({ to: "/systems", search: { profile } }))}
          what={t("dashboard.systemsShort")}
          none={t("dashboard.noSystems")}
          still={still}
        />
        {data.tags && (
          <Shares
            title={t("dashboard.byTag")}
            parts={shares(
              data.tags.map(({ name, customers: count }) => ({ value: name, count })),
              (tag) => ({ to: "/administration/customers", search: { tag } }),
            )}
            kind="bars"
            none={t("dashboard.noTags")}
            still={still}
          />
        )}
        <div className={classes.wideChart} data-beside={data.tags ? undefined : true}>
          <OverTime title={t("dashboard.connected.title")} samples={data.connected} />
        </div>
      </div>
    </div>
  );
}

function Recent({ data, still }: Props) {
  const { t } = useTranslation();
  const named = useGivenName();
  return (
    <section className={`${charts.panel} ${classes.recentPanel}`}>
      <h3>{t("dashboard.recent")}</h3>
      {data.recent.length === 0 ? (
        <p className={charts.none}>{t("dashboard.noAlerts")}</p>
      ) : (
        <ul className={classes.recent}>
          {data.recent.map((alert) => (
            <li key={alert.id} className={classes.recentRow}>
              {still ? (
                <AlertTitle alert={alert} withSeverity />
              ) : (
                <Link to="/alerts" search={{ alert: alert.id }} className={classes.recentLink}>
                  <AlertTitle alert={alert} withSeverity />
                </Link>
              )}
              <span className={classes.recentAgo}>
                <Ago at={alert.last_at} />
              </span>
              <span className={`truncate ${few.fewDetail}`}>
                {alert.system.name} · {named(alert.customer.name)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
