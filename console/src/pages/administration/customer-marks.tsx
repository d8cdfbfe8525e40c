/** What stands in a customer's row beside its words: open alerts by the worst of them, and what needs attention. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Customer } from "../../api/types.ts";
import { SeverityIcon } from "../../components/severity.tsx";
import { useFormat } from "../../lib/format.ts";
import classes from "./customer.module.css";

/** How many alerts are open, with the shape and colour of the worst; opens the list of them. */
export function AlertsMark({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { open, worst } = row.alerts;
  const shown = format.number(open);
  if (open === 0 || worst === null)
    return (
      <span className="muted" title={t("customers.alerts.none")}>
        {shown}
      </span>
    );
  const words = t("customers.alerts.open", { count: open, shown, severity: t(`alerts.severities.${worst}`) });
  return (
    <Link
      to="/alerts"
      search={{ customer_id: row.id }}
      className={classes.count}
      data-severity={worst}
      aria-label={words}
      title={words}
    >
      <SeverityIcon severity={worst} />
      {shown}
    </Link>
  );
}

/** That something needs attention, and what: on hover, on focus, and to the touch. */
export function AttentionMark({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const why = row.network.attention.map((one) => t(`customers.attention.${one}`)).join(" ");
  if (why === "") return null;
  const words = t("customers.attentionMark", { why });
  return (
    <Tooltip label={words} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <ActionIcon size={26} aria-label={words} className={classes.attention}>
        <IconAlertTriangle size={16} stroke={1.8} />
      </ActionIcon>
    </Tooltip>
  );
}
