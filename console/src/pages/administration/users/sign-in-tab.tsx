/** How somebody signs in beside their password: second factors, and who they are at the OpenID provider. */
import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, calls, session, users } from "../../../api/index.ts";
import type { OpenIdIdentity, User } from "../../../api/types.ts";
import { Confirm, type Question } from "../../../components/confirm.tsx";
import { Greyed } from "../../../components/may.tsx";
import { Section } from "../../../components/section.tsx";
import { Failed, Loading } from "../../../components/states.tsx";
import { Status } from "../../../components/status.tsx";
import { Moment } from "../../../components/time.tsx";
import { done } from "../../../components/toast.ts";
import { useMay } from "../../../lib/permissions.ts";
import { sessionQuery } from "../../../lib/session.ts";
import plain from "../../plain.module.css";

export function SignInTab({ user }: { user: User }) {
  return (
    <>
      <FactorSection user={user} />
      <OpenIdSection user={user} />
    </>
  );
}

/** Why nobody does it to their own account, or the role to no account at all. */
function useWhyNot(user: User, own: string): string | undefined {
  const me = useQuery(sessionQuery).data?.user;
  const { why } = useMay("users.manage");
  return why ?? (user.id === me?.id ? own : undefined);
}

function FactorSection({ user }: { user: User }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question | null>(null);
  const whyNot = useWhyNot(user, t("people.self"));
  const preferences = useQuery({
    queryKey: ["preferences"],
    queryFn: administration.preferences,
    enabled: useMay("preferences.manage").may,
  });
  const roles = preferences.data?.second_factor_roles;
  const needed = user.role !== null && roles?.includes(user.role) === true;
  const why = whyNot ?? (user.second_factor ? undefined : t("people.signIn.resetNothing"));
  const ask = () =>
    setQuestion({
      title: t("people.signIn.reset"),
      about: t("people.bulk.aboutOne", { login: user.login }),
      text: (
        <>
          {t("people.signIn.resetText")} {roles && t(needed ? "people.signIn.resetNeeded" : "people.signIn.resetThen")}
        </>
      ),
      action: t("people.signIn.reset"),
      danger: true,
      call: () => calls.resetFactors(user.id),
      run: async () => {
        await users.resetFactors(user.id);
        await client.invalidateQueries({ queryKey: ["users"] });
        done(t("people.signIn.resetDone", { login: user.login }));
      },
    });
  return (
    <Section title={t("people.signIn.factor")} text={t("people.signIn.factorText")}>
      <ul className={plain.rows}>
        <li className={plain.row}>
          <div className={plain.words}>
            <span className={plain.name}>
              {user.second_factor ? (
                <Status tone="good">{t("people.signIn.has")}</Status>
              ) : (
                <Status tone={needed ? "attention" : "off"}>{t("people.signIn.none")}</Status>
              )}
            </span>
            <span className={plain.detail}>
              {user.second_factor
                ? t("people.signIn.hasText")
                : t(needed ? "people.signIn.noneNeeded" : "people.signIn.noneText")}
            </span>
          </div>
          <Greyed why={why}>
            <Button variant="default" onClick={ask}>
              {t("people.signIn.reset")}
            </Button>
          </Greyed>
        </li>
      </ul>
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

function OpenIdSection({ user }: { user: User }) {
  const { t } = useTranslation();
  const key = ["users", "openid", user.id];
  const linked = useQuery({ queryKey: key, queryFn: () => users.identities(user.id) });
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  if (linked.isError && !linked.data) return <Failed error={linked.error} retry={() => void linked.refetch()} />;
  return (
    <Section title={t("people.signIn.openid")} text={t("people.signIn.openidText")}>
      {linked.data && about.data ? (
        <Identities user={user} items={linked.data.items} offered={Boolean(about.data.single_sign_on)} />
      ) : (
        <Loading lines={2} />
      )}
    </Section>
  );
}

interface IdentitiesProps {
  user: User;
  items: OpenIdIdentity[];
  /** Whether single sign-on is set up. */
  offered: boolean;
}

function Identities({ user, items, offered }: IdentitiesProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [linking, setLinking] = useState(false);
  const [subject, setSubject] = useState("");
  const [question, setQuestion] = useState<Question | null>(null);
  const mayNot = useWhyNot(user, t("people.signIn.linkOwn"));
  const manages = useMay("users.manage");
  const refresh = () => client.invalidateQueries({ queryKey: ["users"] });
  const about = t("people.bulk.aboutOne", { login: user.login });
  const wanted = subject.trim();
  const link: Question = {
    title: t("people.signIn.linkTitle"),
    about,
    text: t("people.signIn.linkText"),
    fields: (
      <TextInput
        label={t("people.signIn.subject")}
        description={t("people.signIn.subjectHint")}
        value={subject}
        onChange={(event) => setSubject(event.currentTarget.value)}
        maxLength={255}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
    ),
    ready: wanted !== "",
    action: t("people.signIn.link"),
    call: () => calls.linkUser(user.id, wanted),
    run: async () => {
      await users.link(user.id, wanted);
      await refresh();
      done(t("people.signIn.linkDone", { login: user.login }));
    },
  };
  const unlink = () =>
    setQuestion({
      title: t("people.signIn.unlink"),
      about,
      text: (
        <>
          {t("people.signIn.unlinkText")} {items.length > 1 && t("people.signIn.unlinkSeveral")}{" "}
          {user.origin === "openid" && t("people.signIn.unlinkOrigin")}
        </>
      ),
      action: t("people.signIn.unlink"),
      danger: true,
      call: () => calls.unlinkUser(user.id),
      run: async () => {
        await users.unlink(user.id);
        await refresh();
        done(t("people.signIn.unlinkDone", { login: user.login }));
      },
    });
  return (
    <>
      {items.length === 0 ? (
        <p className="muted">{t("people.signIn.notLinked")}</p>
      ) : (
        <ul className={plain.rows} aria-label={t("people.signIn.openid")}>
          {items.map((one) => (
            <li key={`${one.issuer} ${one.subject}`} className={plain.row}>
              <div className={plain.words}>
                <span className={plain.name}>{one.issuer}</span>
                <span className={plain.detail}>
                  <span className="mono">{one.subject}</span> · {t("factors.since")} <Moment at={one.created_at} />
                </span>
              </div>
            </li>
          ))}
        </ul>
      )}
      <div className={plain.actions}>
        <Greyed why={mayNot ?? (offered ? undefined : t("problems.openid-off"))}>
          <Button
            variant="default"
            onClick={() => {
              setSubject("");
              setLinking(true);
            }}
          >
            {t("people.signIn.link")}
          </Button>
        </Greyed>
        {items.length > 0 && (
          <Greyed why={manages.why}>
            <Button variant="default" onClick={unlink}>
              {t("people.signIn.unlink")}
            </Button>
          </Greyed>
        )}
      </div>
      <Confirm question={linking ? link : null} close={() => setLinking(false)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
