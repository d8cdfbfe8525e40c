/** The overview on a wall, alerts first: large, by itself, with nothing to open or to change. */
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { dashboard, overview, session } from "../../api/index.ts";
import { useLive } from "../../lib/live.ts";
import { forgetSession } from "../../lib/session.ts";
import { FleetFigures } from "../../pages/fleet-figures.tsx";
import { Figures } from "../../pages/overview.tsx";
import parts from "../../pages/overview.module.css";
import { Mark } from "../mark.tsx";
import { PageHeader } from "../page-header.tsx";
import { Failed, Loading } from "../states.tsx";
import { Status } from "../status.tsx";
import { Ago } from "../time.tsx";
import classes from "./wallboard.module.css";

export function Wallboard() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  const fleet = useQuery({
    queryKey: ["dashboard"],
    queryFn: dashboard.get,
    refetchInterval: 60_000,
    refetchIntervalInBackground: true,
  });
  const figures = useQuery({
    queryKey: ["overview"],
    queryFn: overview.get,
    // Events tell of changes; asking again is for where they do not get through.
    refetchInterval: 60_000,
    refetchIntervalInBackground: true,
  });
  useLive(["systems", "alerts"], () => void client.invalidateQueries({ queryKey: ["dashboard"] }), 10_000);
  useLive(["pending", "equipment"], () => void client.invalidateQueries({ queryKey: ["overview"] }), 10_000);
  const again = async () => {
    await session.close().catch(() => undefined);
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
    await navigate({ to: "/sign-in", search: {}, ignoreBlocker: true });
    forgetSession(client);
  };
  // As old as the older of the two.
  const updated = Math.min(figures.dataUpdatedAt, fleet.dataUpdatedAt);
  return (
    <div className={classes.wall} data-wall>
      <header className={classes.head}>
        <Mark size={40} />
        <PageHeader title={about.data?.name ?? "Vigie"} bare />
        <span className={classes.updated}>
          {(figures.isError || fleet.isError) && updated > 0 ? (
            <Status tone="attention">
              {t("shell.wall.silent")} <Ago at={new Date(updated).toISOString()} />
            </Status>
          ) : (
            updated > 0 && (
              <>
                {t("common.list.updated")} <Ago at={new Date(updated).toISOString()} />
              </>
            )
          )}
        </span>
      </header>
      <main className={classes.main}>
        {fleet.data && figures.data ? (
          <>
            {fleet.data.systems.total > 0 && (
              <section className={parts.part}>
                <h2 className="sr-only">{t("shell.groups.fleet")}</h2>
                <FleetFigures data={fleet.data} still />
              </section>
            )}
            <section className={parts.part}>
              <h2 className="sr-only">{t("shell.groups.assets")}</h2>
              <Figures data={figures.data} still />
            </section>
          </>
        ) : figures.isError || fleet.isError ? (
          <Failed error={figures.error ?? fleet.error} />
        ) : (
          <Loading />
        )}
      </main>
      <footer className={classes.foot}>
        <Button className={classes.again} variant="subtle" color="gray" size="compact-sm" onClick={() => void again()}>
          {t("shell.wall.again")}
        </Button>
      </footer>
    </div>
  );
}
