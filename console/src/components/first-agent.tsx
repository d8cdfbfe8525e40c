import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { administration } from "../api/index.ts";
import { CopyField } from "./copy.tsx";
import classes from "./first-agent.module.css";

/** The one line that brings the first machine, with its values filled in. */
export function FirstAgent() {
  const { t } = useTranslation();
  const distribution = useQuery({
    queryKey: ["distribution"],
    queryFn: administration.distribution,
    staleTime: 60_000,
  });
  return (
    <div className={classes.box}>
      {distribution.data ? (
        <CopyField text={distribution.data.install_command} label={t("common.installCommand")} wrap />
      ) : (
        <div className={classes.room} />
      )}
      <p className={classes.more}>
        {t("common.installMore")}{" "}
        <Link to="/administration/distribution" className={classes.link}>
          {t("shell.places.distribution")}
        </Link>
      </p>
    </div>
  );
}
