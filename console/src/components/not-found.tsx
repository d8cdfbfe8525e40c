import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { PageHeader } from "./page-header.tsx";
import classes from "./states.module.css";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className={classes.state}>
      <PageHeader title={t("common.notFound.title")} bare />
      <p className={classes.text}>{t("common.notFound.text")}</p>
      <Button component={Link} to="/" variant="default">
        {t("common.notFound.home")}
      </Button>
    </div>
  );
}
