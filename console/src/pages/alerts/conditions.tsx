/** What a customer's systems look at for alerts, and what is changed about it for all of them. */
import { ActionIcon, Button, NumberInput, Select, Switch, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconPencil } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { alerts, calls } from "../../api/index.ts";
import type { AlertCondition, AlertRule, AlertSeverity, CustomerCondition } from "../../api/types.ts";
import { AskBeforeLeaving } from "../../components/ask-before-leaving.tsx";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { Greyed } from "../../components/may.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Section } from "../../components/section.tsx";
import { SeverityMark } from "../../components/severity.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { done } from "../../components/toast.ts";
import { isOwn, severities, unitOf } from "../../lib/alerts.ts";
import { useFormat } from "../../lib/format.ts";
import { useMay } from "../../lib/permissions.ts";
import plain from "../plain.module.css";
import classes from "./conditions.module.css";
import { useAlertWords } from "./words.tsx";

const longestHold = 86_400;

const asProfile = (condition: string): AlertRule => ({
  condition,
  off: false,
  severity: null,
  bound: null,
  hold: null,
});
const isChanged = (rule: AlertRule) => rule.off || rule.severity !== null || rule.bound !== null || rule.hold !== null;

export function Conditions({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const key = ["alerts", "conditions", customer];
  const found = useQuery({ queryKey: key, queryFn: () => alerts.conditions(customer) });
  return (
    <Section title={t("alerts.conditions.title")} text={t("alerts.conditions.text")}>
      <div id="conditions">
        {found.isError && !found.data ? (
          <Failed error={found.error} retry={() => void found.refetch()} />
        ) : !found.data ? (
          <Loading lines={4} />
        ) : (
          <ConditionsForm key={found.dataUpdatedAt} customer={customer} items={found.data.items} />
        )}
      </div>
    </Section>
  );
}

function ConditionsForm({ customer, items }: { customer: string; items: CustomerCondition[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const may = useMay("alerts.handle");
  const before = items.map(({ condition, rule }) => rule ?? asProfile(condition.key));
  const [rules, setRules] = useState(before);
  const dirty = JSON.stringify(rules) !== JSON.stringify(before);
  const { busy, problem, save } = useSaving();
  const changed = rules.filter(isChanged);
  const wrong = rules.some(({ bound, hold }) => isWrong(bound, Infinity) || isWrong(hold, longestHold));
  const store = async () => {
    await alerts.setRules(customer, changed);
    done(t("alerts.conditions.saved"));
    await client.invalidateQueries({ queryKey: ["alerts", "conditions", customer] });
  };
  const set = (index: number, rule: AlertRule) => setRules((old) => old.map((one, at) => (at === index ? rule : one)));
  return (
    <>
      <ul className={classes.conditions}>
        {items.map((item, index) => (
          <Condition
            key={item.condition.key}
            item={item}
            rule={rules[index]!}
            why={may.why}
            change={(rule) => set(index, rule)}
          />
        ))}
      </ul>
      {may.may && (
        <div className={plain.actions}>
          <Button disabled={!dirty || wrong} loading={busy} onClick={() => void save(store)}>
            {t("common.save")}
          </Button>
          <Button variant="default" disabled={!dirty} onClick={() => setRules(before)}>
            {t("common.revert")}
          </Button>
          <CopyCurl call={() => calls.setAlertRules(customer, changed)} />
        </div>
      )}
      <SaveProblem problem={problem} />
      <AskBeforeLeaving dirty={dirty} busy={busy} />
    </>
  );
}

const isWrong = (value: number | null, most: number) => value !== null && !(value >= 0 && value <= most);

interface Props {
  item: CustomerCondition;
  rule: AlertRule;
  /** Why it cannot be changed. */
  why: string | undefined;
  change: (rule: AlertRule) => void;
}

function Condition({ item: { condition, systems }, rule, why, change }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useAlertWords();
  const [open, setOpen] = useState(false);
  const name = words.titleOf(condition, condition.key);
  const holds = useHolds();
  const own = isOwn(condition.key);
  const bound = rule.bound ?? condition.bound;
  const hold = rule.hold ?? condition.hold;
  const said = [
    bound !== null && t("alerts.conditions.bound", { value: words.measure(condition.kind, bound, true) }),
    !own && hold > 0 && t("alerts.conditions.held", { value: holds(hold) }),
    own
      ? t("alerts.conditions.own")
      : systems > 0
        ? t("alerts.conditions.systems", { count: systems, shown: format.number(systems) })
        : t("alerts.conditions.noSystems"),
  ].filter(Boolean);
  return (
    <li className={classes.condition} data-off={rule.off || undefined}>
      <div className={classes.head}>
        <span className={classes.words}>
          <span className={classes.name}>
            <b>{name}</b>
            {condition.target && <span className={`mono ${classes.target}`}>{condition.target}</span>}
            {isChanged(rule) && <Flag tone="off">{t("alerts.conditions.changed")}</Flag>}
          </span>
          <span className={classes.detail}>
            <SeverityMark severity={rule.severity ?? condition.severity} />
            <span>{t(`alerts.types.${condition.type}`)}</span>
            {said.map((one) => (
              <span key={String(one)}>{one}</span>
            ))}
          </span>
        </span>
        <span className={classes.tools}>
          {isChanged(rule) && why === undefined && (
            <Tooltip label={t("alerts.conditions.reset")}>
              <ActionIcon
                aria-label={t("alerts.conditions.resetNamed", { name })}
                onClick={() => change(asProfile(condition.key))}
              >
                <IconArrowBackUp size={16} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
          )}
          <Greyed why={why}>
            <ActionIcon
              aria-label={t("alerts.conditions.editNamed", { name })}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              <IconPencil size={16} stroke={1.6} />
            </ActionIcon>
          </Greyed>
          <Switch
            size="xs"
            checked={!rule.off}
            disabled={why !== undefined}
            aria-label={t("alerts.conditions.watchNamed", { name })}
            onChange={(event) => change({ ...rule, off: !event.currentTarget.checked })}
          />
        </span>
      </div>
      {open && why === undefined && <Fields condition={condition} rule={rule} own={own} change={change} />}
    </li>
  );
}

function useHolds(): (seconds: number) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (seconds) =>
    seconds === 0
      ? t("alerts.conditions.holdAtOnce")
      : t("alerts.conditions.holdSeconds", { value: format.number(seconds) });
}

interface FieldsProps {
  condition: AlertCondition;
  rule: AlertRule;
  own: boolean;
  change: (rule: AlertRule) => void;
}

function Fields({ condition, rule, own, change }: FieldsProps) {
  const { t } = useTranslation();
  const words = useAlertWords();
  const holds = useHolds();
  const number = (value: string | number) => (value === "" ? null : Number(value));
  const known = unitOf(condition.kind) !== "none";
  return (
    <div className={classes.fields}>
      <Select
        label={t("alerts.conditions.severity")}
        data={[
          {
            value: "",
            label: t("alerts.conditions.asProfile", { value: t(`alerts.severities.${condition.severity}`) }),
          },
          ...severities.map((value) => ({ value, label: t(`alerts.severities.${value}`) })),
        ]}
        allowDeselect={false}
        value={rule.severity ?? ""}
        onChange={(value) => change({ ...rule, severity: value ? (value as AlertSeverity) : null })}
      />
      {!own && condition.bound !== null && (
        <NumberInput
          label={t(`alerts.boundOf.${known ? condition.kind : "other"}`)}
          description={t("alerts.conditions.profile", { value: words.measure(condition.kind, condition.bound, true) })}
          placeholder={String(condition.bound)}
          min={0}
          value={rule.bound ?? ""}
          onChange={(value) => change({ ...rule, bound: number(value) })}
          error={isWrong(rule.bound, Infinity) && t("alerts.conditions.boundWrong")}
        />
      )}
      {!own && (
        <NumberInput
          label={t("alerts.conditions.hold")}
          description={t("alerts.conditions.profile", { value: holds(condition.hold) })}
          placeholder={String(condition.hold)}
          min={0}
          allowDecimal={false}
          value={rule.hold ?? ""}
          onChange={(value) => change({ ...rule, hold: number(value) })}
          error={isWrong(rule.hold, longestHold) && t("alerts.conditions.holdWrong")}
        />
      )}
    </div>
  );
}
