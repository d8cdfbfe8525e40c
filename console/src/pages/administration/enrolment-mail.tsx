/** The enrolment e-mail: what is asked before it goes out, and who was not written to. */
import { Button, Group, Modal } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers } from "../../api/index.ts";
import type { Customer, EnrolmentMailSent } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import type { Selection } from "../../components/data-list/types.ts";
import { useTold } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import confirm from "../../components/confirm.module.css";
import classes from "./customer.module.css";
import { mostChosen, portions, rowsOf } from "./customer-selection.ts";

/** So many are written to in one request: the server answers when the last e-mail has left. */
const atOnce = 50;

/** Says what became of the e-mails; `unsent` names those who got none. */
function useMailReport(): { report: (answer: EnrolmentMailSent) => void; unsent: ReactNode } {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const [answer, setAnswer] = useState<EnrolmentMailSent | null>(null);
  const [shown, setShown] = useState(false);
  const report = (now: EnrolmentMailSent) => {
    const count = now.sent.length;
    if (count === 1) done(t("customers.mail.sentNamed", { name: named(now.sent[0]!.name) }));
    else if (count > 1) done(t("customers.mail.sent", { count, shown: format.number(count) }));
    if (now.without_address.length + now.failed.length === 0) return;
    setAnswer(now);
    setShown(true);
  };
  const close = () => setShown(false);
  const missed = [
    ...(answer?.failed ?? []).map((one) => ({ ...one, why: t("customers.mail.said", { words: one.detail }) })),
    ...(answer?.without_address ?? []).map((one) => ({ ...one, why: t("customers.mail.noAddress") })),
  ];
  const unsent = (
    <Modal
      opened={shown}
      onClose={close}
      title={t("customers.mail.unsentTitle")}
      size={480}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <div className={confirm.body}>
        <div className={classes.goes}>
          <ul tabIndex={0} aria-label={t("customers.mail.unsentTitle")}>
            {missed.map((one) => (
              <li key={one.id}>
                <Link to="/administration/customers/$id" params={{ id: one.id }} onClick={close}>
                  {named(one.name)}
                </Link>
                <div className="muted">{one.why}</div>
              </li>
            ))}
          </ul>
        </div>
        <Group justify="flex-end">
          <Button onClick={close}>{t("common.close")}</Button>
        </Group>
      </div>
    </Modal>
  );
  return { report, unsent };
}

export function useEnrolmentMail(ask: (question: Question) => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const told = useTold();
  const may = useMay("enrolment-mail.send");
  const { report, unsent } = useMailReport();

  /** Why it cannot be sent to them. */
  const why = ({ count, rows, all }: Selection<Customer>): string | undefined => {
    if (may.why !== undefined) return may.why;
    if (count > mostChosen) return t("customers.tooMany", { most: format.number(mostChosen) });
    if (all || rows.some((row) => row.technical_email !== "")) return undefined;
    return t(rows.length === 1 ? "customers.mail.nobody" : "customers.mail.nobodyOf");
  };

  const send = async (selection: Selection<Customer>) => {
    const rows = await told(() => rowsOf(selection));
    const without = rows.filter((row) => row.technical_email === "");
    const ids = rows.map((row) => row.id);
    const shown = (count: number) => ({ count, shown: format.number(count) });
    ask({
      title: t("customers.mail.action"),
      about: rows.length === 1 ? named(rows[0]!.name) : t("customers.count", shown(rows.length)),
      text: t("customers.mail.text", { count: rows.length }),
      fields: without.length > 0 && (
        <div className={classes.goes}>
          <p>{t("customers.mail.without", shown(without.length))}</p>
          <ul tabIndex={0} aria-label={t("customers.mail.noAddress")}>
            {without.map((row) => (
              <li key={row.id}>{named(row.name)}</li>
            ))}
          </ul>
        </div>
      ),
      action: t("customers.mail.send"),
      ready: without.length < rows.length,
      call: ids.length <= atOnce ? () => calls.enrolmentMail(ids) : undefined,
      run: async () => {
        const all: EnrolmentMailSent = { sent: [], without_address: [], failed: [] };
        try {
          for (const portion of portions(ids, atOnce)) {
            const answer = await customers.mail(portion);
            all.sent.push(...answer.sent);
            all.without_address.push(...answer.without_address);
            all.failed.push(...answer.failed);
          }
          selection.clear();
        } finally {
          // What has left has left, also where a later portion failed.
          report(all);
        }
      },
    });
  };
  return { why, send: (selection: Selection<Customer>) => void send(selection).catch(() => undefined), unsent };
}
