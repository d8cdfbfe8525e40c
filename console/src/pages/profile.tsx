import { Button, SegmentedControl } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { me } from "../api/index.ts";
import type { ColorScheme, Density, Locale, SessionItem } from "../api/types.ts";
import { Confirm, type Question } from "../components/confirm.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { PasswordForm } from "../components/password-form.tsx";
import { Field, Section } from "../components/section.tsx";
import { useMyChoices } from "../components/shell/user-menu.tsx";
import { Failed, Loading } from "../components/states.tsx";
import { Flag } from "../components/status.tsx";
import { Ago } from "../components/time.tsx";
import { done } from "../components/toast.ts";
import { locales } from "../i18n/index.ts";
import { forgetSession, sessionQuery } from "../lib/session.ts";
import { browserOf } from "../lib/user-agent.ts";
import { fullName } from "../lib/people.ts";
import classes from "./plain.module.css";
import { FactorsSections } from "./profile-factors.tsx";
import { DetailsSection, PictureSection } from "./profile-details.tsx";
import { TokensSection } from "./profile-tokens.tsx";

export function ProfilePage() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const choices = useMyChoices();
  const user = session.data?.user;
  if (!user) return null;
  return (
    <>
      <PageHeader
        title={t("shell.places.profile")}
        help="users"
        facts={
          <>
            <b>{user.login}</b>
            {fullName(user) && <span>{fullName(user)}</span>}
            <span>{t(`shell.roles.${user.role ?? "none"}`)}</span>
          </>
        }
      />
      <div className={classes.page}>
        <DetailsSection user={user} />
        <PictureSection user={user} />
        <Section title={t("administration.profile.console")} text={t("administration.profile.consoleText")}>
          <Field label={t("shell.user.language")}>
            <SegmentedControl
              className={classes.short}
              aria-label={t("shell.user.language")}
              size="xs"
              value={i18n.language}
              data={locales.map(({ code, name }) => ({ value: code, label: name }))}
              onChange={(value) => choices.language(value as Locale)}
            />
          </Field>
          <Field label={t("shell.user.scheme")}>
            <SegmentedControl
              className={classes.short}
              aria-label={t("shell.user.scheme")}
              size="xs"
              value={user.color_scheme}
              data={(["auto", "light", "dark"] as const).map((value) => ({
                value,
                label: t(`shell.schemes.${value}`),
              }))}
              onChange={(value) => choices.scheme(value as ColorScheme)}
            />
          </Field>
          <Field label={t("shell.user.density")}>
            <SegmentedControl
              className={classes.short}
              aria-label={t("shell.user.density")}
              size="xs"
              value={user.density}
              data={(["comfortable", "compact"] as const).map((value) => ({
                value,
                label: t(`shell.densities.${value}`),
              }))}
              onChange={(value) => choices.density(value as Density)}
            />
          </Field>
        </Section>
        <Section title={t("signIn.password")} text={t("administration.profile.passwordText")}>
          <div className={classes.short}>
            <PasswordForm
              login={user.login}
              changed={() =>
                void navigate({ to: "/sign-in", search: { why: "password" } }).then(() => forgetSession(client))
              }
            />
          </div>
        </Section>
        <FactorsSections />
        <SessionsSection />
        <TokensSection />
      </div>
    </>
  );
}

function SessionsSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question | null>(null);
  const list = useQuery({ queryKey: ["my-sessions"], queryFn: me.sessions });
  const end = (one: SessionItem) =>
    setQuestion({
      title: t("administration.profile.endSession"),
      text: t("administration.profile.endSessionText", {
        where: browserOf(one.user_agent) || one.source_address || "",
      }),
      action: t("administration.profile.endSession"),
      danger: true,
      run: async () => {
        await me.endSession(one.id);
        await client.invalidateQueries({ queryKey: ["my-sessions"] });
        done(t("administration.profile.sessionEnded"));
      },
    });
  return (
    <Section title={t("administration.profile.sessions")} text={t("administration.profile.sessionsText")}>
      {list.isError ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading lines={2} />
      ) : (
        <ul className={classes.rows}>
          {list.data.items.map((one) => (
            <li key={one.id} className={classes.row}>
              <div className={classes.words}>
                <span className={classes.name}>
                  {browserOf(one.user_agent) || t("administration.profile.unknownBrowser")}
                  {one.current && <Flag tone="good">{t("administration.profile.thisSession")}</Flag>}
                </span>
                <span className={classes.detail}>
                  {one.source_address && <span className="mono">{one.source_address}</span>} ·{" "}
                  {t("administration.profile.lastSeen")} <Ago at={one.last_seen_at} /> ·{" "}
                  {t("administration.profile.opened")} <Ago at={one.created_at} />
                </span>
              </div>
              {!one.current && (
                <Button variant="default" onClick={() => end(one)}>
                  {t("administration.profile.endSession")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}
