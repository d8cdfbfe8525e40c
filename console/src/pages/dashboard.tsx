/** The first page: how customers' systems are, what is wrong with them; then the machines of the inventory. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { dashboard, overview } from "../api/index.ts";
import { May } from "../components/may.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Failed, Loading } from "../components/states.tsx";
import { Ago } from "../components/time.tsx";
import { useLive } from "../lib/live.ts";
import type { Search } from "../router.tsx";
import { FleetFigures } from "./fleet-figures.tsx";
import { Figures, Welcome } from "./overview.tsx";
import classes from "./overview.module.css";

export function DashboardPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const search = useSearch({ strict: false }) as Search;
  const fleet = useQuery({ queryKey: ["dashboard"], queryFn: dashboard.get });
  const assets = useQuery({ queryKey: ["overview"], queryFn: overview.get });
  useLive(["systems", "alerts"], () => void client.invalidateQueries({ queryKey: ["dashboard"] }), 10_000);
  useLive(["pending", "equipment"], () => void client.invalidateQueries({ queryKey: ["overview"] }), 10_000);
  const { data: systems } = fleet;
  const { data: machines } = assets;
  const error = !systems ? fleet.error : !machines ? assets.error : null;
  const noSystems = systems?.systems.total === 0;
  const noMachines = machines?.equipment.total === 0 && machines.pending === 0;
  const empty = noSystems && noMachines && !search.customer_id;
  return (
    <>
      <PageHeader
        title={t("shell.places.overview")}
        help="getting-started"
        actions={
          systems && !empty ? (
            <span className={classes.updated}>
              {t("common.list.updated")} <Ago at={new Date(fleet.dataUpdatedAt).toISOString()} />
            </span>
          ) : undefined
        }
      />
      {error ? (
        <Failed
          error={error}
          retry={() => {
            void fleet.refetch();
            void assets.refetch();
          }}
        />
      ) : !systems || !machines ? (
        <div className={classes.page}>
          <Loading />
        </div>
      ) : empty ? (
        <Welcome>
          <AddSystem />
        </Welcome>
      ) : (
        <>
          <section className={classes.part} aria-labelledby="fleet">
            <h2 id="fleet" className={classes.partTitle}>
              {t("shell.groups.fleet")}
            </h2>
            {noSystems ? (
              <div className={classes.first}>
                <h3>{t("dashboard.empty.title")}</h3>
                <p>{t("dashboard.empty.text")}</p>
                <AddSystem primary />
              </div>
            ) : (
              <FleetFigures data={systems} />
            )}
          </section>
          {!noMachines && (
            <section className={classes.part} aria-labelledby="assets">
              <h2 id="assets" className={classes.partTitle}>
                {t("shell.groups.assets")}
              </h2>
              <Figures data={machines} customer={search.customer_id} />
            </section>
          )}
        </>
      )}
    </>
  );
}

/** Where an empty fleet leads. */
function AddSystem({ primary }: { primary?: boolean }) {
  const { t } = useTranslation();
  return (
    <May action="customers.add">
      <Button
        component={Link}
        to="/systems"
        search={{ new: "1" } as never}
        variant={primary ? "filled" : "default"}
        leftSection={<IconPlus size={15} stroke={2} />}
      >
        {t("systems.add.one")}
      </Button>
    </May>
  );
}
