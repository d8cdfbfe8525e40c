/** Which pending machines are associated by themselves: for all customers, and for some of them otherwise. */
import { Button, Switch } from "@mantine/core";
import { IconDeviceFloppy, IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { association, calls } from "../../api/index.ts";
import type { AssociationRule, AssociationRules, AssociationRulesFields, Named } from "../../api/types.ts";
import { AskBeforeLeaving } from "../../components/ask-before-leaving.tsx";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import plain from "../plain.module.css";
import { RulesTrial } from "./rules-trial.tsx";
import classes from "./rules.module.css";

const switches = ["serial", "uuid", "same_customer", "unproven"] as const;

export function AssociationRulesPage() {
  const { t } = useTranslation();
  const stored = useQuery({ queryKey: ["association-rules"], queryFn: association.rules });
  return (
    <>
      <PageHeader
        title={t("pending.rules.title")}
        parent={<Link to="/pending">{t("shell.places.pending")}</Link>}
        help="inventory"
      />
      <div className={plain.page}>
        {stored.isError && !stored.data ? (
          <Failed error={stored.error} retry={() => void stored.refetch()} />
        ) : stored.data ? (
          <Rules key={stored.data.revision} stored={stored.data} />
        ) : (
          <Loading />
        )}
      </div>
    </>
  );
}

interface Exception {
  customer: Named;
  rules: AssociationRule;
}

function Rules({ stored }: { stored: AssociationRules }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const may = useMay("agents.manage", "all");
  const named = useGivenName();
  const [all, setAll] = useState(stored.default);
  const [others, setOthers] = useState<Exception[]>(stored.customers);
  const { busy, problem, save } = useSaving();
  const given = {
    default: all,
    customers: others.map(({ customer, rules }) => ({ customer_id: customer.id, rules })),
  };
  const body: AssociationRulesFields = { ...given, revision: stored.revision };
  const dirty = JSON.stringify([all, others]) !== JSON.stringify([stored.default, stored.customers]);
  const set = (id: string, rules: AssociationRule) =>
    setOthers(others.map((one) => (one.customer.id === id ? { ...one, rules } : one)));
  const store = async () => {
    client.setQueryData(["association-rules"], await association.change(body));
    done(t("pending.rules.saved"));
  };
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save(store);
        }}
      >
        <Section title={t("pending.rules.all")} text={t("pending.rules.allText")}>
          <Switches rules={all} set={setAll} readOnly={!may.may} />
          <p className={plain.hint}>{t("pending.rules.never")}</p>
        </Section>
        <Section title={t("pending.rules.exceptions")} text={t("pending.rules.exceptionsText")}>
          {others.length > 0 && (
            <ul className={plain.rows}>
              {others.map(({ customer, rules }) => (
                <li key={customer.id} className={classes.exception}>
                  <div className={classes.head}>
                    <b>{named(customer.name)}</b>
                    <May action="agents.manage" within="all">
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        leftSection={<IconX size={14} stroke={1.6} />}
                        aria-label={t("pending.rules.removeNamed", { name: named(customer.name) })}
                        onClick={() => setOthers(others.filter((one) => one.customer.id !== customer.id))}
                      >
                        {t("pending.rules.remove")}
                      </Button>
                    </May>
                  </div>
                  <Switches
                    rules={rules}
                    set={(changed) => set(customer.id, changed)}
                    readOnly={!may.may}
                    of={named(customer.name)}
                  />
                </li>
              ))}
            </ul>
          )}
          {may.may && (
            <AddException
              add={(customer) => {
                if (others.some((one) => one.customer.id === customer.id)) return;
                setOthers([...others, { customer, rules: all }]);
              }}
            />
          )}
          {!may.may && others.length === 0 && <p className="muted">{t("pending.rules.noException")}</p>}
        </Section>
        <Section>
          <SaveProblem problem={problem} />
          <div className={plain.actions}>
            <May action="agents.manage" within="all">
              <Button type="submit" loading={busy} leftSection={<IconDeviceFloppy size={15} stroke={1.6} />}>
                {t("common.save")}
              </Button>
            </May>
            <CopyCurl call={() => calls.changeAssociationRules(body)} />
            {stored.changed_at && (
              <span className={plain.detail}>
                {t("pending.rules.changed", { name: stored.changed_by })} · <Moment at={stored.changed_at} />
              </span>
            )}
          </div>
        </Section>
      </form>
      <RulesTrial given={given} dirty={dirty} />
      <AskBeforeLeaving dirty={dirty} busy={busy} />
    </>
  );
}

interface SwitchesProps {
  rules: AssociationRule;
  set: (rules: AssociationRule) => void;
  readOnly: boolean;
  /** Whose: said to the ear, where there are several. */
  of?: string;
}

function Switches({ rules, set, readOnly, of }: SwitchesProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.switches} role="group" aria-label={of}>
      {switches.map((name) => (
        <Switch
          key={name}
          label={t(`pending.rules.switches.${name}`)}
          description={of === undefined ? t(`pending.rules.hints.${name}`) : undefined}
          checked={rules[name]}
          disabled={readOnly}
          onChange={(event) => set({ ...rules, [name]: event.currentTarget.checked })}
        />
      ))}
    </div>
  );
}

function AddException({ add }: { add: (customer: Named) => void }) {
  const { t } = useTranslation();
  return (
    <CustomerSelect
      className={plain.short}
      label={t("pending.rules.add")}
      placeholder={t("pending.rules.addHint")}
      value={null}
      onChange={(id, option) => {
        if (id) add({ id, name: option?.label ?? id });
      }}
    />
  );
}
