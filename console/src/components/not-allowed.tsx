import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PolicyAction } from "../api/types.ts";
import { permissionsQuery, mayOf } from "../lib/permissions.ts";
import { PageHeader } from "./page-header.tsx";
import { Failed, Loading } from "./states.tsx";
import classes from "./states.module.css";

/** A page that the role does not open: its address stays, and says so. */
export function NotAllowed() {
  const { t } = useTranslation();
  const role = useQuery(permissionsQuery).data?.role;
  return (
    <div className={classes.state}>
      <span className={classes.mark}>
        <IconLock size={36} stroke={1.4} aria-hidden />
      </span>
      <PageHeader title={t("common.notAllowed.title")} bare />
      <p className={classes.text}>
        {t("common.notAllowed.text")} {role && t("common.notAllowed.role", { role: t(`shell.roles.${role}`) })}
      </p>
      <Button component={Link} to="/administration/roles" variant="default">
        {t("common.notAllowed.roles")}
      </Button>
    </div>
  );
}

/** Somebody who signed in, and to whom nobody has said yet what they may do. */
export function NoRole() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return (
    <div className={classes.state}>
      <span className={classes.mark}>
        <IconLock size={36} stroke={1.4} aria-hidden />
      </span>
      <PageHeader title={t("common.noRole.title")} bare />
      <p className={classes.text}>{t("common.noRole.text")}</p>
      <Button variant="default" onClick={() => void client.invalidateQueries()}>
        {t("common.noRole.again")}
      </Button>
    </div>
  );
}

/** Shows a page to those whose role opens it. */
export function Gate({ action, children }: { action: PolicyAction | null; children: ReactNode }) {
  const permissions = useQuery(permissionsQuery);
  if (action === null) return children;
  if (permissions.isError && !permissions.data) {
    return <Failed error={permissions.error} retry={() => void permissions.refetch()} />;
  }
  if (!permissions.data) return <Loading />;
  if (permissions.data.role === null || permissions.data.role === undefined) return <NoRole />;
  return mayOf(permissions.data, action).may ? children : <NotAllowed />;
}
