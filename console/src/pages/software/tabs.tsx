/** All programs, or those that are watched for. */
import { SegmentedControl } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Search } from "../../router.tsx";

export function SoftwareTabs({ shown }: { shown: "all" | "key" }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("software.tabs.label")}
      value={shown}
      onChange={(value) =>
        void navigate({
          to: value === "key" ? "/software/key" : "/software",
          search: ({ customer_id }: Search) => ({ customer_id }),
        })
      }
      data={(["all", "key"] as const).map((value) => ({ value, label: t(`software.tabs.${value}`) }))}
    />
  );
}
