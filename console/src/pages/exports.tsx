import { useTranslation } from "react-i18next";

import { ExportLine } from "../components/export-line.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { useExports } from "../components/shell/bell.tsx";
import { Failed, Loading, Nothing } from "../components/states.tsx";
import classes from "./plain.module.css";

/** Every export of mine: how far it is, and its file. */
export function ExportsPage() {
  const { t } = useTranslation();
  const list = useExports();
  return (
    <>
      <PageHeader title={t("shell.places.exports")} />
      <div className={classes.page}>
        {list.isError && !list.data ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : !list.data ? (
          <Loading />
        ) : list.data.items.length === 0 ? (
          <Nothing title={t("common.export.none")} text={t("common.export.noneText")} />
        ) : (
          <ul className={classes.narrow}>
            {list.data.items.map((one) => (
              <ExportLine key={one.id} export={one} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}
