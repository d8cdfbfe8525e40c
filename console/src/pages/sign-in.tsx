import { Button, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem, session } from "../api/index.ts";
import type { Locale, Session } from "../api/types.ts";
import { Markup } from "../components/markup.tsx";
import { Mark } from "../components/mark.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { useProblemText } from "../components/states.tsx";
import { locales, speak } from "../i18n/index.ts";
import { askPasskey, hasPasskeys, PasskeyNone } from "../lib/passkey.ts";
import { adoptSession, safeBack } from "../lib/session.ts";
import type { Search } from "../router.tsx";
import { SecondStep, type Asked } from "./sign-in-second.tsx";
import classes from "./sign-in.module.css";

/** How someone signs in. */
type Way = "password" | "passkey" | "provider";

export function SignInPage() {
  const { t, i18n } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const search = useSearch({ strict: false }) as Search;
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  // Someone may come back from the provider who has not accepted the terms yet.
  const [terms, setTerms] = useState<Way | null>(search.openid === "licence" ? "provider" : null);
  const [asked, setAsked] = useState<Asked | null>(null);

  const opened = async (session: Session) => {
    adoptSession(client, session);
    if (session.must_change_password) await navigate({ to: "/password", search: { back: search.back } });
    else if (session.must_enrol_factor) await navigate({ to: "/second-factor", search: { back: search.back } });
    else router.history.push(safeBack(search.back));
  };

  const attempt = async (way: Way, sign: () => Promise<Session>) => {
    setBusy(true);
    setProblem(null);
    try {
      await opened(await sign());
    } catch (error) {
      // Who it is, is clear; what is missing is asked for with all else kept.
      if (error instanceof Problem && error.code === "licence-not-accepted" && terms === null) {
        await about.refetch();
        setTerms(way);
        return;
      }
      setTerms(null);
      if (error instanceof Problem && error.code === "second-factor-required") {
        setAsked({ ticket: String(error.more.ticket), methods: error.more.methods as Asked["methods"] });
        setPassword("");
        return;
      }
      setProblem(error instanceof PasskeyNone ? t("factors.passkeyNone") : text(error));
      if (way === "password") {
        setPassword("");
        document.getElementById("password")?.focus();
      }
    } finally {
      setBusy(false);
    }
  };

  const submit = async () => {
    if (login.trim() === "" || password === "") {
      setMissing(true);
      return;
    }
    await attempt("password", () => session.open(login.trim(), password, terms !== null));
  };
  const passkey = () =>
    attempt("passkey", async () => {
      const { ceremony, options } = await session.passkeyOptions();
      return session.passkey(ceremony, await askPasskey(options), terms !== null);
    });
  const provider = (accepted: boolean) => window.location.assign(session.openidStart(search.back, accepted));
  const again = async () => {
    if (terms === "provider") provider(true);
    else await (terms === "passkey" ? passkey() : submit());
  };
  const refused = search.openid && search.openid !== "licence" ? search.openid : null;

  return (
    <div className={classes.page}>
      <main className={classes.card}>
        <div className={classes.brand}>
          <Mark size={44} />
          <span className={classes.wordmark}>Vigie</span>
        </div>
        <div>
          <PageHeader title={t("signIn.title")} bare />
          <p className={classes.server}>{about.data?.name || "\u00a0"}</p>
        </div>
        {search.why === "idle" && <p className={classes.note}>{t("signIn.idle")}</p>}
        {search.why === "ended" && <p className={classes.note}>{t("signIn.ended")}</p>}
        {search.why === "password" && <p className={classes.note}>{t("signIn.passwordChanged")}</p>}
        {about.data?.banner && (
          <section className={classes.banner} aria-label={about.data.banner.title || t("signIn.banner")}>
            {about.data.banner.title && <h2>{about.data.banner.title}</h2>}
            {about.data.banner.text && <Markup text={about.data.banner.text} />}
          </section>
        )}
        {refused && (
          <p className={classes.note} role="status">
            {t(`signIn.openid.${refused}`, { defaultValue: t("signIn.openid.provider") })}
          </p>
        )}
        {terms && (
          <div className={classes.form}>
            <h2 className={classes.termsTitle}>{t("signIn.terms")}</h2>
            <div className={classes.terms} tabIndex={0} role="region" aria-label={t("signIn.terms")}>
              <Markup text={about.data?.licence ?? ""} />
            </div>
            <Button size="sm" fullWidth loading={busy} onClick={() => void again()} data-autofocus>
              {t("signIn.accept")}
            </Button>
            <Button variant="default" size="sm" fullWidth disabled={busy} onClick={() => setTerms(null)}>
              {t("common.cancel")}
            </Button>
          </div>
        )}
        {asked && !terms && <SecondStep asked={asked} opened={opened} back={() => setAsked(null)} />}
        <form
          hidden={terms !== null || asked !== null}
          className={classes.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <TextInput
            label={t("signIn.login")}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            value={login}
            error={missing && login.trim() === "" ? t("common.required") : undefined}
            onChange={(event) => setLogin(event.currentTarget.value)}
            autoFocus
          />
          <PasswordInput
            id="password"
            label={t("signIn.password")}
            name="password"
            autoComplete="current-password"
            value={password}
            error={missing && password === "" ? t("common.required") : undefined}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("common.showPassword") }}
          />
          <div role="alert">{problem && <p className={classes.problem}>{problem}</p>}</div>
          <Button type="submit" size="sm" fullWidth loading={busy}>
            {t("signIn.submit")}
          </Button>
          {about.data?.passkeys && hasPasskeys() && (
            <Button variant="default" size="sm" fullWidth disabled={busy} onClick={() => void passkey()}>
              {t("signIn.passkey")}
            </Button>
          )}
          {about.data?.single_sign_on && (
            <Button variant="default" size="sm" fullWidth disabled={busy} onClick={() => provider(false)}>
              {t("signIn.with", { label: about.data.single_sign_on.label })}
            </Button>
          )}
        </form>
      </main>
      <footer className={classes.foot}>
        <SegmentedControl
          size="xs"
          className={classes.language}
          aria-label={t("signIn.language")}
          value={i18n.language}
          data={locales.map(({ code, name }) => ({ value: code, label: name }))}
          onChange={(value) => void speak(value as Locale)}
        />
        <span>{about.data ? t("shell.version", { version: about.data.version }) : "\u00a0"}</span>
      </footer>
    </div>
  );
}
