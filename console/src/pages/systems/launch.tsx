/** Opening a system's web applications, each in a tab of its own. */
import { IconExternalLink } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Application } from "../../api/types.ts";
import type { Action } from "../../components/data-list/types.ts";
import { useGreyed } from "../../lib/permissions.ts";

/** The actions for a menu: one for each application, or a greyed one that says why there is none. */
export function useLaunch(): (applications: Application[]) => Action[] {
  const { t } = useTranslation();
  const greyed = useGreyed("application.launch");
  const icon = <IconExternalLink size={15} stroke={1.6} />;
  return (applications) => {
    if (applications.length === 0) {
      return [{ label: t("systems.launch.any"), icon, disabled: t("systems.launch.none"), run: () => undefined }];
    }
    return greyed(
      applications.map(({ title, url }) => ({
        label: t("systems.launch.one", { title }),
        icon,
        run: () => void window.open(url, "_blank", "noopener,noreferrer"),
      })),
    );
  };
}
