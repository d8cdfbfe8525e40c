/** An enrolment token that was just made, with what to do with it: shown where it was asked for, this once. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { administration, customers } from "../../api/index.ts";
import type { MadeEnrolmentToken } from "../../api/types.ts";
import { SecretOnce } from "../../components/secret-once.tsx";
import { enrolCommand } from "../../lib/enrol-command.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import classes from "./systems.module.css";

interface Props {
  made: MadeEnrolmentToken;
  title: string;
  text: string;
  close: () => void;
  /** Another way to hand it on, below. */
  children?: ReactNode;
}

/** The token, this once, with the line to run and what follows. */
export function MadeToken({ made, title, text, close, children }: Props) {
  const { t } = useTranslation();
  const named = useGivenName();
  // Who may install agents knows the fingerprint: the line then checks what it fetches.
  const trusts = useMay("agents.manage").may;
  const distribution = useQuery({ queryKey: ["distribution"], queryFn: administration.distribution, enabled: trusts });
  const owner = useQuery({
    queryKey: ["customers", "one", made.customer_id],
    queryFn: () => customers.get(made.customer_id!),
    enabled: made.customer_id !== null,
  });
  const fingerprint = distribution.data?.ca_sha256;
  const steps = [
    t("systems.add.then.key"),
    made.customer_id === null
      ? t("systems.add.then.reseller")
      : t("systems.add.then.customer", { customer: owner.data ? named(owner.data.name) : "…" }),
    t("systems.add.then.user"),
  ];
  return (
    <SecretOnce
      title={title}
      text={text}
      values={[
        [t("systems.add.server"), made.server],
        [t("systems.add.token"), made.token],
        [t("systems.add.command"), enrolCommand({ server: made.server, token: made.token, fingerprint })],
      ]}
      close={close}
    >
      <p className={classes.note}>
        {t("systems.add.commandHint")} {!trusts && t("systems.add.checkHint")}
      </p>
      <div>
        <h3 className={classes.then}>{t("systems.add.thenTitle")}</h3>
        <ol className={classes.steps}>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </div>
      {children}
    </SecretOnce>
  );
}
