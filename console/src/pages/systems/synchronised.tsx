import { useTranslation } from "react-i18next";

import type { CustomerSystem } from "../../api/types.ts";
import { Status } from "../../components/status.tsx";
import classes from "./systems.module.css";

/** On the primary; it asks for nothing more than a password. */
const command = "vigie-agent system synchronise --generate";

/** That a system's service user is not as the primary ordered: why, where it said so, and what to do. */
export function NotSynchronised({ system }: { system: CustomerSystem }) {
  const { t } = useTranslation();
  const refusal = system.synchronisation_refusal;
  return (
    <span className={classes.unsynchronised}>
      <Status tone="attention">{t("systems.synchronised.no")}</Status>
      <span className="muted">
        {refusal && `${t(`systems.synchronised.refusals.${refusal}`)} `}
        {t("systems.synchronised.noText")} <code>{command}</code>
      </span>
    </span>
  );
}
