/** What figures of a summary are called. */
import { useTranslation } from "react-i18next";

import type { SummaryFigure, SummaryGroupBy } from "../../api/types.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useLabels } from "../equipment/labels.tsx";

export function useFigureWords() {
  const { t } = useTranslation();
  const labels = useLabels();
  const named = useGivenName();
  return (by: SummaryGroupBy, figure: SummaryFigure): string => {
    if (figure.others) return t("reports.others");
    if (figure.name) return by === "customer" ? named(figure.name) : figure.name;
    if (figure.key === "" || figure.key === "unknown") return t("reports.unknown");
    if (by === "type") return labels.type(figure.key);
    if (by === "os_family") return labels.osFamily(figure.key);
    if (by === "age" || by === "memory" || by === "contact" || by === "attention")
      return t(`reports.classes.${by}.${figure.key}`);
    return figure.key;
  };
}

/** The list of equipment behind a figure; of all of it, and not the view that one opens the list with. */
export const listOf = (figure: SummaryFigure) => ({
  to: "/equipment" as const,
  search: { view: "all", ...Object.fromEntries(new URLSearchParams(figure.query)) },
});
