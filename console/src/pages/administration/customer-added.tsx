/** A customer that was just added waits for its first connection: the token for it, and the same by e-mail. */
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customers, systems } from "../../api/index.ts";
import type { Customer, EnrolmentMailSent, MadeEnrolmentToken } from "../../api/types.ts";
import { Greyed } from "../../components/may.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Loading } from "../../components/states.tsx";
import { dayIn, endOf } from "../../lib/days.ts";
import { usualDays } from "../../lib/enrol-command.ts";
import { useMay } from "../../lib/permissions.ts";
import plain from "../plain.module.css";
import { MadeToken } from "../systems/made-token.tsx";
import classes from "./customer.module.css";

/** The token of a new customer's first system; `make` is called again where it failed. */
export function useFirstToken() {
  const client = useQueryClient();
  const [made, setMade] = useState<MadeEnrolmentToken | null>(null);
  const { busy, problem, save } = useSaving();
  const make = (customer: Customer) =>
    save(async () => {
      setMade(await systems.makeToken({ customer_id: customer.id, uses: 1, expires_at: endOf(dayIn(usualDays)) }));
      await client.invalidateQueries({ queryKey: ["enrolment-tokens"] });
    });
  return { made, busy, problem, make };
}

interface Props {
  customer: Customer;
  token: ReturnType<typeof useFirstToken>;
  close: () => void;
}

export function AddedCustomer({ customer, token, close }: Props) {
  const { t } = useTranslation();
  if (token.made)
    return (
      <MadeToken
        made={token.made}
        title={t("customers.waiting.title", { name: customer.name })}
        text={t("customers.waiting.text", { days: usualDays })}
        close={close}
      >
        <ByMail customer={customer} />
        <Link to="/administration/customers/$id" params={{ id: customer.id }}>
          {t("customers.waiting.open")}
        </Link>
      </MadeToken>
    );
  if (token.problem === null) return <Loading lines={6} />;
  return (
    <div className={plain.form}>
      <p>{t("customers.waiting.failed")}</p>
      <SaveProblem problem={token.problem} />
      <div className={plain.actions}>
        <Button loading={token.busy} onClick={() => void token.make(customer)}>
          {t("customers.waiting.again")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.close")}
        </Button>
      </div>
    </div>
  );
}

function ByMail({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const may = useMay("enrolment-mail.send");
  const [answer, setAnswer] = useState<EnrolmentMailSent | null>(null);
  const { busy, problem, save } = useSaving();
  const address = customer.technical_email;
  const sent = answer !== null && answer.sent.length > 0;
  const send = async () => setAnswer(await customers.mail([customer.id]));
  return (
    <div className={plain.form}>
      <div>
        <h3 className={classes.part}>{t("customers.waiting.mailTitle")}</h3>
        <p className={classes.note} role="status">
          {address === ""
            ? t("customers.waiting.mailNobody")
            : t(sent ? "customers.waiting.mailSent" : "customers.waiting.mailText", { address })}
        </p>
      </div>
      {!sent && (
        <div>
          <Greyed why={may.why ?? (address === "" ? t("customers.waiting.mailNobody") : undefined)}>
            <Button variant="default" loading={busy} onClick={() => void save(send)}>
              {t("customers.mail.action")}
            </Button>
          </Greyed>
        </div>
      )}
      {answer?.failed.map((one) => (
        <p key={one.id} role="alert" className={plain.problem}>
          {t("customers.mail.said", { words: one.detail })}
        </p>
      ))}
      <SaveProblem problem={problem} />
    </div>
  );
}
