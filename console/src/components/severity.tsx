/** How bad an alert is: a shape, a word and a colour, never a colour alone. */
import {
  IconAlertHexagonFilled,
  IconAlertSquareFilled,
  IconAlertTriangle,
  IconAlertTriangleFilled,
  IconInfoCircle,
  type Icon,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { AlertSeverity } from "../api/types.ts";
import classes from "./severity.module.css";

const icons: Record<AlertSeverity, Icon> = {
  critical: IconAlertHexagonFilled,
  major: IconAlertSquareFilled,
  minor: IconAlertTriangleFilled,
  warning: IconAlertTriangle,
  information: IconInfoCircle,
};

export function SeverityIcon({ severity, size = 15 }: { severity: AlertSeverity; size?: number }) {
  const Shape = icons[severity];
  return <Shape size={size} stroke={1.8} className={classes.icon} data-severity={severity} aria-hidden />;
}

export function SeverityMark({ severity }: { severity: AlertSeverity }) {
  const { t } = useTranslation();
  return (
    <span className={classes.mark} data-severity={severity}>
      <SeverityIcon severity={severity} />
      <span className="truncate">{t(`alerts.severities.${severity}`)}</span>
    </span>
  );
}
