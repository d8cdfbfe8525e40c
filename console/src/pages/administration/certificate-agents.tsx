/** What another certificate means for agents: it depends on whether they have a listener of their own. */
import { useTranslation } from "react-i18next";

import type { Certificate } from "../../api/types.ts";
import classes from "../plain.module.css";

export function AgentsNote({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  return (
    <p className={classes.detail}>
      {t(
        certificate.agents.share_listener
          ? "administration.certificate.agentsShared"
          : "administration.certificate.agentsApart",
      )}
    </p>
  );
}
