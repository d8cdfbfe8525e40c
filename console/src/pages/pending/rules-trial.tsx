/** What association rules would do with the machines that wait now, and having them do it. */
import { Button } from "@mantine/core";
import { IconPlayerPlay, IconTestPipe } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { association } from "../../api/index.ts";
import type { AssociationRulesGiven, AssociationVerdict } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { May } from "../../components/may.tsx";
import { Section } from "../../components/section.tsx";
import { useProblemText } from "../../components/states.tsx";
import { Flag, Status } from "../../components/status.tsx";
import { done, failed } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useLabels } from "../equipment/labels.tsx";
import plain from "../plain.module.css";
import classes from "./rules.module.css";

/** Results that are shown before one asks for more. */
const enough = 100;

interface Found {
  looked: number;
  associated: number;
  items: AssociationVerdict[];
  next: string | null;
}

const nothing: Found = { looked: 0, associated: 0, items: [], next: null };

interface Props {
  /** The rules as they are typed. */
  given: AssociationRulesGiven;
  /** Whether they are not stored yet. */
  dirty: boolean;
}

export function RulesTrial({ given, dirty }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useProblemText();
  const client = useQueryClient();
  const [found, setFound] = useState<Found | null>(null);
  const [busy, setBusy] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const look = async (before: Found) => {
    setBusy(true);
    const now = { ...before, items: [...before.items] };
    try {
      do {
        const part = await association.dryRun({ rules: given, after: now.next });
        now.looked += part.looked_at;
        now.associated += part.associated;
        now.items.push(...part.items);
        now.next = part.next;
      } while (now.next !== null && now.items.length - before.items.length < enough);
      setFound(now);
    } catch (error) {
      failed(text(error));
    } finally {
      setBusy(false);
    }
  };
  const run = async () => {
    let after: string | null = null;
    let associated = 0;
    do {
      const part: { associated: number; next: string | null } = await association.run({ after });
      associated += part.associated;
      after = part.next;
    } while (after !== null);
    setFound(null);
    await client.invalidateQueries();
    done(t("pending.rules.ran", { count: associated, shown: format.number(associated) }));
  };
  const ask = () =>
    setQuestion({
      title: t("pending.rules.runTitle"),
      text: t("pending.rules.runText"),
      action: t("pending.rules.run"),
      run,
    });
  return (
    <Section title={t("pending.rules.trial")} text={t("pending.rules.trialText")}>
      <div className={plain.actions}>
        <May action="agents.manage" within="all">
          <Button
            variant="default"
            loading={busy}
            leftSection={<IconTestPipe size={15} stroke={1.6} />}
            onClick={() => void look(nothing)}
          >
            {t("pending.rules.try")}
          </Button>
        </May>
        <May action="agents.manage" within="all">
          <Button variant="default" leftSection={<IconPlayerPlay size={15} stroke={1.6} />} onClick={ask}>
            {t("pending.rules.runNow")}
          </Button>
        </May>
        {dirty && <span className={plain.detail}>{t("pending.rules.unsaved")}</span>}
      </div>
      <div role="status">
        {found && (
          <p>
            {t("pending.rules.looked", { count: found.looked, shown: format.number(found.looked) })}{" "}
            <b>{t("pending.rules.would", { count: found.associated, shown: format.number(found.associated) })}</b>
          </p>
        )}
      </div>
      {found && found.items.length > 0 && (
        <ul className={plain.rows} aria-label={t("pending.rules.results")}>
          {found.items.map((verdict) => (
            <VerdictLine key={verdict.pending_id} verdict={verdict} />
          ))}
        </ul>
      )}
      {found?.next && (
        <div>
          <Button variant="default" loading={busy} onClick={() => void look(found)}>
            {t("pending.rules.further")}
          </Button>
        </div>
      )}
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

function VerdictLine({ verdict }: { verdict: AssociationVerdict }) {
  const { t } = useTranslation();
  const labels = useLabels();
  return (
    <li className={classes.verdict}>
      <div className={plain.words}>
        <span className={plain.name}>
          <Link to="/pending" search={{ preview: verdict.pending_id }}>
            {verdict.name || verdict.serial || verdict.pending_id}
          </Link>
          <span className={plain.detail}>
            {[labels.customer(verdict.customer), verdict.serial].filter(Boolean).join(" · ")}
          </span>
        </span>
        {verdict.equipment.map((one) => (
          <span key={one.id}>
            →{" "}
            <Link to="/equipment/$id" params={{ id: one.id }}>
              {one.name}
            </Link>{" "}
            <span className={plain.detail}>{labels.customer(one.customer)}</span>
          </span>
        ))}
        {verdict.reasons.length > 0 && (
          <span className={classes.reasons}>
            {verdict.reasons.map((reason, index) => (
              <Flag key={index} tone="good" title={reason.value || undefined}>
                {labels.reason(reason)}
              </Flag>
            ))}
          </span>
        )}
      </div>
      <span className={classes.outcome}>
        {verdict.why_not === null ? (
          <Status tone="good">{t("pending.rules.associated")}</Status>
        ) : (
          <Status tone="attention">{t(`pending.rules.whyNot.${verdict.why_not}`)}</Status>
        )}
      </span>
    </li>
  );
}
