import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Words } from "./sections.ts";

export function useSectionWords(): Words & { field: (name: string) => string } {
  const { t } = useTranslation();
  return useMemo(
    () => ({
      yes: t("common.yes"),
      no: t("common.no"),
      field: (name) => t(`inventory.fields.${name}`, { defaultValue: name }),
      value: (field, value) =>
        ["kind", "state", "start", "status", "chassis", "mode", "family", "licence_state", "source"].includes(field)
          ? t(`inventory.values.${value}`, { defaultValue: value })
          : value,
    }),
    [t],
  );
}
