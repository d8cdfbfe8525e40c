/** The overview on a wall: large, by itself, with nothing to open or to change. */
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { overview, session } from "../../api/index.ts";
import { useLive } from "../../lib/live.ts";
import { forgetSession } from "../../lib/session.ts";
import { Figures } from "../../pages/overview.tsx";
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
  const figures = useQuery({
    queryKey: ["overview"],
    queryFn: overview.get,
    // Events tell of changes; asking again is for where they do not get through.
    refetchInterval: 60_000,
    refetchIntervalInBackground: true,
  });
  useLive(["pending", "equipment"], () => void client.invalidateQueries({ queryKey: ["overview"] }), 10_000);
  const again = async () => {
    await session.close().catch(() => undefined);
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
    await navigate({ to: "/sign-in", search: {}, ignoreBlocker: true });
    forgetSession(client);
  };
  return (
    <div className={classes.wall} data-wall>
      <header className={classes.head}>
        <Mark size={40} />
        <PageHeader title={about.data?.name ?? "Vigie"} bare />
        <span className={classes.updated}>
          {figures.isError && figures.data ? (
            <Status tone="attention">
              {t("shell.wall.silent")} <Ago at={new Date(figures.dataUpdatedAt).toISOString()} />
            </Status>
          ) : (
            figures.data && (
              <>
                {t("common.list.updated")} <Ago at={new Date(figures.dataUpdatedAt).toISOString()} />
              </>
            )
          )}
        </span>
      </header>
      <main className={classes.main}>
        {figures.data ? (
          <Figures data={figures.data} still />
        ) : figures.isError ? (
          <Failed error={figures.error} />
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
