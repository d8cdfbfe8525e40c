import { Button } from "@mantine/core";
import { IconPackageExport } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useMay } from "../lib/permissions.ts";

/** The way to the first machine. The line to run holds a secret: only the page it leads to shows it. */
export function FirstAgent() {
  const { t } = useTranslation();
  // Who may not install agents is not led to a page that says no.
  if (!useMay("agents.manage").may) return null;
  return (
    <Button
      component={Link}
      to="/administration/distribution"
      leftSection={<IconPackageExport size={15} stroke={1.6} />}
    >
      {t("common.installAgent")}
    </Button>
  );
}
