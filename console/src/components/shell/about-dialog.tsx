/** What runs here, and what it is made of. */
import { Loader, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { session } from "../../api/index.ts";
import { Mark } from "../mark.tsx";
import { Failed } from "../states.tsx";
import classes from "./about-dialog.module.css";

export function AboutDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("shell.about.title")}
      size={640}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Body />
    </Modal>
  );
}

function Body() {
  const { t } = useTranslation();
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  const parts = useQuery({ queryKey: ["parts"], queryFn: () => import("virtual:parts"), staleTime: Infinity });
  return (
    <div className={classes.body}>
      <p className={classes.name}>
        <Mark size={36} />
        <span>
          <b>Vigie {about.data?.version}</b>
          <span className={classes.licence}>{t("shell.about.licence")}</span>
        </span>
      </p>
      <p>{t("shell.about.text")}</p>
      {parts.isError ? (
        <Failed error={parts.error} retry={() => void parts.refetch()} />
      ) : !parts.data ? (
        <Loader size="sm" aria-label={t("common.loading")} />
      ) : (
        <>
          <Parts title={t("shell.about.packages", { count: parts.data.packages.length })} rows={parts.data.packages} />
          <Parts title={t("shell.about.crates", { count: parts.data.crates.length })} rows={parts.data.crates} />
        </>
      )}
    </div>
  );
}

function Parts({ title, rows }: { title: string; rows: { name: string; version: string; licence: string }[] }) {
  const { t } = useTranslation();
  return (
    <details className={classes.parts}>
      <summary>{title}</summary>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("shell.about.part")}</th>
              <th scope="col">{t("software.version")}</th>
              <th scope="col">{t("shell.about.partLicence")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.name} ${row.version}`}>
                <td>{row.name}</td>
                <td className="num">{row.version}</td>
                <td>{row.licence || "—"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
