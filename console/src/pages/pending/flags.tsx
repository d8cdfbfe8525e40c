import { useTranslation } from "react-i18next";

import type { PendingItem } from "../../api/types.ts";
import { Flag } from "../../components/status.tsx";

/** What is remarkable about a waiting machine. */
export function PendingFlags({ item }: { item: PendingItem }) {
  const { t } = useTranslation();
  return (
    <>
      {item.enrolled_again && (
        <Flag
          tone="attention"
          title={t("pending.flags.enrolledAgainHint", { name: item.enrolled_again.equipment.name })}
        >
          {t("pending.flags.enrolledAgain", { name: item.enrolled_again.equipment.name })}
        </Flag>
      )}
      {item.clone && (
        <Flag tone="attention" title={t("pending.flags.cloneHint")}>
          {item.clone.of_equipment
            ? t("pending.flags.cloneOf", { name: item.clone.of_equipment.name })
            : t("pending.flags.clone")}
        </Flag>
      )}
      {item.incomplete && (
        <Flag tone="attention" title={t("pending.flags.incompleteHint")}>
          {t("pending.flags.incomplete")}
        </Flag>
      )}
      {item.clock_skew_seconds !== null && item.clock_skew_seconds !== 0 && (
        <Flag tone="attention" title={t("pending.flags.clockHint")}>
          {t("pending.flags.clock")}
        </Flag>
      )}
      {item.agent && !item.agent.proven && (
        <Flag tone="off" title={t("equipment.flags.notProvenHint")}>
          {t("equipment.flags.notProven")}
        </Flag>
      )}
    </>
  );
}
