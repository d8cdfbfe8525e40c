/** What somebody sees: by their role, by their labels, and by what they are given or kept from. */
import { ActionIcon, Button, SegmentedControl, Select, Tooltip } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers, users } from "../../../api/index.ts";
import type { Grant, GrantNode, NewGrant, User } from "../../../api/types.ts";
import { AskBeforeLeaving } from "../../../components/ask-before-leaving.tsx";
import { CopyCurl } from "../../../components/copy-curl.tsx";
import { CustomerSelect, useCustomers } from "../../../components/customers.tsx";
import { Section } from "../../../components/section.tsx";
import { Failed, Loading, useProblemText } from "../../../components/states.tsx";
import { Flag, Status } from "../../../components/status.tsx";
import { done } from "../../../components/toast.ts";
import { useGivenName } from "../../../lib/given-names.ts";
import { useMay } from "../../../lib/permissions.ts";
import { sessionQuery } from "../../../lib/session.ts";
import plain from "../../plain.module.css";
import { useProviders, useResellers } from "./labels.ts";
import classes from "./users.module.css";
import { isAssigned, useNodeWords, useRoleName } from "./words.ts";

/** What tells one node from another. */
export const keyOf = (node: GrantNode) => (node.kind === "everything" ? node.kind : `${node.kind} ${node.id}`);

/** A grant as the form has it: what exists, and what is about to. */
export interface Draft {
  allow: boolean;
  node: GrantNode;
  name: string | null;
}

/** A node said anew replaces what was said of it: each is named once. */
export function withDraft(drafts: Draft[], one: Draft): Draft[] {
  const key = keyOf(one.node);
  return [...drafts.filter((other) => keyOf(other.node) !== key), one];
}

const said = (drafts: Draft[]) =>
  drafts
    .map((one) => `${keyOf(one.node)} ${one.allow}`)
    .sort()
    .join("\n");

export function GrantsTab({ user }: { user: User }) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const grants = useQuery({ queryKey: ["users", "grants", user.id], queryFn: () => users.grants(user.id) });
  if (!isAssigned(user.role)) {
    return (
      <Section title={t("people.sees.title")}>
        <p>
          {user.role === null
            ? t("people.sees.nothing")
            : t("people.sees.all", { role: roleName(user.role), login: user.login })}
        </p>
      </Section>
    );
  }
  if (grants.isError) return <Failed error={grants.error} retry={() => void grants.refetch()} />;
  return (
    <>
      <LabelsSection user={user} />
      {grants.data ? (
        <GrantsSection key={grants.dataUpdatedAt} user={user} grants={grants.data.items} />
      ) : (
        <Loading lines={4} />
      )}
    </>
  );
}

function LabelsSection({ user }: { user: User }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const same = (name: string) => (one: { name: string }) => one.name.toLowerCase() === name.toLowerCase();
  const resellers = useResellers().data?.items ?? [];
  const providers = useProviders().data?.items ?? [];
  const meaning = (label: string) => {
    const name = named(label);
    if (resellers.some(same(label))) return t("people.nodes.reseller", { name });
    if (providers.some(same(label))) return t("people.nodes.provider", { name });
    return t("people.sees.labelOfNothing");
  };
  return (
    <Section title={t("people.fields.labels")} text={t("people.sees.labelsText")}>
      {user.labels.length === 0 ? (
        <p className="muted">{t("people.sees.noLabels")}</p>
      ) : (
        <ul className={plain.rows}>
          {user.labels.map((label) => (
            <li key={label} className={plain.row}>
              <div className={plain.words}>
                <span className={plain.name}>{named(label)}</span>
                <span className={plain.detail}>{meaning(label)}</span>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** What a supervisor was given by hand: only that may they give on, and only that do they take back. */
function useMine(grants: Grant[], bounded: boolean): Set<string> | null {
  const me = useQuery(sessionQuery).data?.user;
  const ids = grants.flatMap((one) => (one.node.kind === "customer" ? [one.node.id] : []));
  const mine = useQuery({
    queryKey: ["users", "given-to-me", ids],
    enabled: bounded && me !== undefined,
    queryFn: async () => {
      const held = await Promise.all(
        ids.map(async (id) => {
          const assigned = await customers.assignments(id).catch(() => ({ items: [] }));
          return assigned.items.some((one) => one.id === me?.id && one.by_hand) ? [id] : [];
        }),
      );
      return held.flat();
    },
  });
  return bounded ? new Set(mine.data ?? []) : null;
}

function GrantsSection({ user, grants }: { user: User; grants: Grant[] }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useNodeWords();
  const client = useQueryClient();
  const bounded = useMay("users.manage").reach !== "all";
  const mine = useMine(grants, bounded);
  const [drafts, setDrafts] = useState<Draft[]>(grants);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const dirty = said(drafts) !== said(grants);
  const isNew = (one: Draft) => !grants.some((old) => keyOf(old.node) === keyOf(one.node) && old.allow === one.allow);
  /** Whether the one at the console may take it away or say it otherwise. */
  const free = (one: Draft) => mine === null || isNew(one) || (one.node.kind === "customer" && mine.has(one.node.id));
  const wanted = (): NewGrant[] => drafts.filter(free).map(({ allow, node }) => ({ allow, node }));
  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const saved = await users.setGrants(user.id, wanted());
      client.setQueryData(["users", "grants", user.id], saved);
      await client.invalidateQueries({ queryKey: ["users", "why", user.id] });
      await client.invalidateQueries({ queryKey: ["assignments"] });
      done(t("common.saved"));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={t("people.grants.title")} text={t("people.grants.text")}>
      {drafts.length === 0 ? (
        <p className="muted">{t("people.grants.none")}</p>
      ) : (
        <ul className={plain.rows} aria-label={t("people.grants.title")}>
          {drafts.map((one) => {
            const name = words(one.node.kind, one.name);
            return (
              <li key={keyOf(one.node)} className={plain.row}>
                <div className={plain.words}>
                  <span className={plain.name}>
                    <Status tone={one.allow ? "good" : "broken"}>
                      {t(one.allow ? "people.grants.given" : "people.grants.kept")}
                    </Status>
                    {name}
                    {isNew(one) && <Flag tone="waiting">{t("people.grants.notSaved")}</Flag>}
                  </span>
                </div>
                <Tooltip label={free(one) ? t("people.grants.remove") : t("people.grants.notYours")}>
                  <ActionIcon
                    aria-label={t("people.grants.removeOne", { name })}
                    aria-disabled={!free(one) || undefined}
                    data-disabled={!free(one) || undefined}
                    onClick={() => free(one) && setDrafts(drafts.filter((other) => other !== one))}
                  >
                    <IconTrash size={16} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              </li>
            );
          })}
        </ul>
      )}
      <AddGrant bounded={bounded} add={(one) => setDrafts(withDraft(drafts, one))} />
      <div role="alert">{problem !== null && <p className={plain.problem}>{text(problem)}</p>}</div>
      <div className={plain.actions}>
        <Button disabled={!dirty} loading={busy} onClick={() => void save()}>
          {t("common.save")}
        </Button>
        <Button variant="default" disabled={!dirty} onClick={() => setDrafts(grants)}>
          {t("common.revert")}
        </Button>
        <CopyCurl call={() => calls.setGrants(user.id, wanted())} />
      </div>
      <AskBeforeLeaving dirty={dirty} busy={busy} tab="sees" />
    </Section>
  );
}

function AddGrant({ bounded, add }: { bounded: boolean; add: (one: Draft) => void }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const resellers = useResellers().data?.items ?? [];
  const providers = useProviders().data?.items ?? [];
  const known = useCustomers().data?.items ?? [];
  const [allow, setAllow] = useState(true);
  const [kind, setKind] = useState<GrantNode["kind"]>("customer");
  const [id, setId] = useState<string | null>(null);
  const kinds: GrantNode["kind"][] = bounded ? ["customer"] : ["everything", "provider", "reseller", "customer"];
  const list = kind === "provider" ? providers : resellers;
  const put = async () => {
    if (kind === "everything") add({ allow, node: { kind }, name: null });
    else if (id !== null) {
      const found = kind === "customer" ? known.find((one) => one.id === id) : list.find((one) => one.id === id);
      const name = found?.name ?? (await customers.get(id)).name;
      add({ allow, node: { kind, id }, name });
    }
    setId(null);
  };
  return (
    <div className={classes.add} role="group" aria-label={t("people.grants.add")}>
      <SegmentedControl
        className={classes.addKind}
        size="xs"
        aria-label={t("people.grants.way")}
        value={allow ? "give" : "keep"}
        data={[
          { value: "give", label: t("people.grants.give") },
          { value: "keep", label: t("people.grants.keep") },
        ]}
        onChange={(value) => setAllow(value === "give")}
      />
      <Select
        label={t("people.grants.level")}
        data={kinds.map((value) => ({ value, label: t(`people.grants.kinds.${value}`) }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => {
          setKind(value as GrantNode["kind"]);
          setId(null);
        }}
      />
      {kind === "customer" ? (
        <CustomerSelect label={t("people.grants.which")} value={id} onChange={setId} />
      ) : (
        <Select
          key={kind}
          label={t("people.grants.which")}
          description={undefined}
          data={list.map((one) => ({ value: one.id, label: named(one.name) }))}
          disabled={kind === "everything"}
          placeholder={kind === "everything" ? t("people.nodes.everything") : undefined}
          searchable
          limit={100}
          value={id}
          onChange={setId}
        />
      )}
      <Button
        variant="default"
        leftSection={<IconPlus size={15} stroke={2} />}
        disabled={kind !== "everything" && id === null}
        onClick={() => void put()}
      >
        {t("people.grants.addAction")}
      </Button>
    </div>
  );
}
