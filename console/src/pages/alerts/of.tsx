/** The open alerts of a system or of a customer, the newest few, and the way to all of them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { alerts } from "../../api/index.ts";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Ago } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import classes from "./alerts.module.css";
import { AlertTitle, Phase } from "./words.tsx";

const most = 5;

interface Props {
  of: { system_id: string } | { customer_id: string };
  /** What else there is to do about them, below. */
  children?: ReactNode;
}

export function AlertsOf({ of, children }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const key = ["alerts", "of", of];
  const found = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => alerts.list({ ...of, limit: most, sort: "-last_at" }, signal),
  });
  useLive(["alerts"], () => void client.invalidateQueries({ queryKey: key }));
  const total = found.data?.total ?? 0;
  const ofSystem = "system_id" in of;
  return (
    <Section title={t("alerts.of.title")} text={t("alerts.of.text")}>
      {found.isError && !found.data ? (
        <Failed error={found.error} retry={() => void found.refetch()} />
      ) : !found.data ? (
        <Loading lines={3} />
      ) : total === 0 ? (
        <p className="muted">{t("alerts.of.none")}</p>
      ) : (
        <>
          <ul className={classes.few}>
            {found.data.items.map((alert) => (
              <li key={alert.id} className={classes.fewRow}>
                <span className={classes.fewWords}>
                  <Link to="/alerts" search={{ ...of, alert: alert.id }}>
                    <AlertTitle alert={alert} withSeverity />
                  </Link>
                  <span className={classes.fewDetail}>
                    {t(`alerts.severities.${alert.severity}`)}
                    {!ofSystem && ` · ${alert.system.name}`} · <Ago at={alert.last_at} />
                  </span>
                </span>
                <Phase alert={alert} />
              </li>
            ))}
          </ul>
          <Link to="/alerts" search={of}>
            {t("alerts.of.all", { count: total, shown: format.number(total) })}
          </Link>
        </>
      )}
      {children}
    </Section>
  );
}
