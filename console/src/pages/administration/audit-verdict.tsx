/** Whether the trail is as it was written: while it is read, sound, or what is wrong and where. */
import { CloseButton, Loader } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { AuditVerdict } from "../../api/types.ts";
import { CopyField } from "../../components/copy.tsx";
import { useProblemText } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import classes from "./audit-verdict.module.css";

export function AuditVerdictBand({ verification }: { verification: UseMutationResult<AuditVerdict, Error, void> }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const { data: verdict, error, isPending } = verification;
  const band = (tone: Tone, title: string, rest: ReactNode) => (
    <div className={classes.band} data-tone={tone}>
      <div className={classes.bandWords}>
        <b>
          <Status tone={tone}>{title}</Status>
        </b>
        {rest}
      </div>
      <CloseButton
        size="sm"
        className={classes.close}
        aria-label={t("common.close")}
        onClick={() => verification.reset()}
      />
    </div>
  );
  return (
    <div role="status">
      {isPending && (
        <div className={classes.band}>
          <Loader size={16} />
          <p className={classes.bandWords}>{t("administration.audit.verifying")}</p>
        </div>
      )}
      {error && band("attention", t("administration.audit.notVerified"), <p>{text(error)}</p>)}
      {verdict?.sound && band("good", t("administration.audit.sound"), <Sound verdict={verdict} />)}
      {verdict && !verdict.sound && band("broken", t("administration.audit.unsound"), <Unsound verdict={verdict} />)}
    </div>
  );
}

function Sound({ verdict: { entries, head } }: { verdict: AuditVerdict }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = entries ?? 0;
  return (
    <>
      <p>{t("administration.audit.read", { count, shown: format.number(count) })}</p>
      {head && (
        <>
          <CopyField text={head} label={t("administration.audit.head")} wrap />
          <p className={classes.hint}>{t("administration.audit.headText")}</p>
        </>
      )}
    </>
  );
}

function Unsound({ verdict: { fault, entry, at } }: { verdict: AuditVerdict }) {
  const { t } = useTranslation();
  return (
    <>
      {fault && <p>{t(`administration.audit.faults.${fault}`)}.</p>}
      {entry && at && (
        <p>
          {t("administration.audit.firstWrong")} <Moment at={at} />,{" "}
          <Link
            to="/administration/audit"
            search={{ from: at, to: new Date(Date.parse(at) + 1000).toISOString(), preview: entry }}
          >
            {t("administration.audit.showEntry")}
          </Link>
        </p>
      )}
      <p className={classes.hint}>{t("administration.audit.unsoundText")}</p>
    </>
  );
}
