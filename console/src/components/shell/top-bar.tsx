import { ActionIcon } from "@mantine/core";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { session } from "../../api/index.ts";
import type { Me } from "../../api/types.ts";
import { useMay } from "../../lib/permissions.ts";
import { Bell } from "./bell.tsx";
import { CustomerSwitcher } from "./customer-switcher.tsx";
import classes from "./shell.module.css";
import { UserMenu } from "./user-menu.tsx";

interface Props {
  user: Me;
  openMenu: () => void;
  openPalette: () => void;
  openKeys: () => void;
  openAbout: () => void;
}

/** Support and read-only look at everything and change nothing, but for what the table of roles gives them. */
const isReadOnly = (user: Me) => user.role === "support" || user.role === "read-only";

const apple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

export function TopBar({ user, openMenu, openPalette, openKeys, openAbout }: Props) {
  const { t } = useTranslation();
  const sees = useMay("customers.see");
  const seesEquipment = useMay("equipment.see");
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  return (
    <header className={classes.bar}>
      <ActionIcon className={classes.burger} size={36} aria-label={t("shell.openMenu")} onClick={openMenu}>
        <IconMenu2 size={20} stroke={1.6} />
      </ActionIcon>
      {about.data && (
        <>
          <span className={`${classes.server} truncate`} title={about.data.name}>
            {about.data.name}
          </span>
          {sees.may && (
            <span className={classes.slash} aria-hidden>
              /
            </span>
          )}
        </>
      )}
      {sees.may && <CustomerSwitcher />}
      <button type="button" className={classes.find} onClick={openPalette} aria-label={t("shell.find")}>
        <IconSearch size={15} stroke={1.8} aria-hidden />
        <span className="truncate">{t("shell.findShort")}</span>
        <kbd>{apple ? "⌘ K" : t("shell.ctrlK")}</kbd>
      </button>
      <div className={classes.right}>
        {seesEquipment.may && <Bell />}
        {isReadOnly(user) && (
          <span className={classes.readOnly} title={t("shell.readOnlyHint")}>
            {t("shell.readOnly")}
          </span>
        )}
        <UserMenu user={user} openKeys={openKeys} openAbout={openAbout} />
      </div>
    </header>
  );
}
