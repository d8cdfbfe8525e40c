/** From a page to what the help says about it, in a tab of its own. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { HelpPageName } from "../lib/help.ts";

export function HelpLink({ page, anchor }: { page: HelpPageName; anchor?: string }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={t("common.help")}>
      <ActionIcon
        component="a"
        href={`/help/${page}${anchor ? `#${anchor}` : ""}`}
        target="_blank"
        rel="noopener"
        size={24}
        aria-label={`${t("common.help")} ${t("common.newTab")}`}
      >
        <IconHelpCircle size={17} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
