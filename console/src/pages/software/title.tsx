import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { software } from "../../api/index.ts";
import { Meter } from "../../components/meter.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { useFormat } from "../../lib/format.ts";
import type { Search } from "../../router.tsx";
import { useLabels } from "../equipment/labels.tsx";
import { MachineList } from "./machine-list.tsx";
import classes from "./software.module.css";

/** One program: its versions with how many machines have each, and those machines. */
export function SoftwareTitlePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const labels = useLabels();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const { name = "", publisher, version } = search;
  const versions = useQuery({
    queryKey: ["software", "versions", name, publisher],
    queryFn: ({ signal }) => software.versions({ name, publisher }, signal),
  });
  const rows = versions.data?.items ?? [];
  const total = rows.reduce((sum, row) => sum + row.machines, 0);
  const choose = (chosen: string | null) =>
    void navigate({
      to: ".",
      search: (old: Search) => ({
        ...old,
        version: chosen === null || chosen === version ? undefined : chosen,
        cursor: undefined,
        page: undefined,
      }),
      resetScroll: false,
    });
  const table = (
    <>
      <div className={classes.versions} tabIndex={0} role="region" aria-label={t("software.versions")}>
        {versions.isError ? (
          <Failed error={versions.error} retry={() => void versions.refetch()} />
        ) : !versions.data ? (
          <Loading lines={3} />
        ) : (
          <table className={classes.versionsTable}>
            <thead>
              <tr>
                <th scope="col">{t("software.version")}</th>
                <th scope="col">{t("software.source")}</th>
                <th scope="col">{t("inventory.fields.architecture")}</th>
                <th scope="col" data-align="right">
                  {t("software.machines")}
                </th>
                <th scope="col" className={classes.share}>
                  <span className="sr-only">{t("software.share")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index} data-chosen={(version !== undefined && row.version === version) || undefined}>
                  <td>
                    <button
                      type="button"
                      className={classes.versionButton}
                      aria-pressed={row.version === version}
                      onClick={() => choose(row.version)}
                    >
                      <span className="mono">{row.version || t("software.noVersion")}</span>
                    </button>
                  </td>
                  <td>{labels.softwareSource(row.source) || "—"}</td>
                  <td>{row.architecture || "—"}</td>
                  <td data-align="right">{format.number(row.machines)}</td>
                  <td className={classes.share}>
                    <Meter
                      share={total > 0 ? row.machines / total : 0}
                      label={format.percent(total > 0 ? row.machines / total : 0)}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <h2 className={classes.sectionTitle}>
        {version ? t("software.machinesWith", { version }) : t("software.machines")}
        {version && (
          <>
            {" "}
            <button type="button" className={classes.versionButton} onClick={() => choose(null)}>
              {t("software.allVersions")}
            </button>
          </>
        )}
      </h2>
    </>
  );
  return (
    <>
      <PageHeader
        title={name}
        parent={<Link to="/software">{t("shell.places.software")}</Link>}
        facts={
          <>
            {publisher && <span>{publisher}</span>}
            {versions.data && <span>{t("software.onMachines", { count: total, shown: format.number(total) })}</span>}
          </>
        }
      />
      <MachineList fixed={{ name, publisher, version }} above={table} emptyTitle={t("software.none.any", { name })} />
    </>
  );
}
