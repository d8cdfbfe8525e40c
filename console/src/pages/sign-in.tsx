import { Button, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem, session } from "../api/index.ts";
import type { Locale } from "../api/types.ts";
import { Markup } from "../components/markup.tsx";
import { Mark } from "../components/mark.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { useProblemText } from "../components/states.tsx";
import { locales, speak } from "../i18n/index.ts";
import { adoptSession, safeBack } from "../lib/session.ts";
import type { Search } from "../router.tsx";
import classes from "./sign-in.module.css";

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
  const [terms, setTerms] = useState(false);

  const submit = async () => {
    if (login.trim() === "" || password === "") {
      setMissing(true);
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const opened = await session.open(login.trim(), password, terms);
      adoptSession(client, opened);
      if (opened.must_change_password) await navigate({ to: "/password", search: { back: search.back } });
      else router.history.push(safeBack(search.back));
    } catch (error) {
      // Name and password are right; what is missing is asked for with them kept.
      if (error instanceof Problem && error.code === "licence-not-accepted" && !terms) {
        await about.refetch();
        setTerms(true);
        return;
      }
      setTerms(false);
      setProblem(text(error));
      setPassword("");
      document.getElementById("password")?.focus();
    } finally {
      setBusy(false);
    }
  };

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
        {terms && (
          <div className={classes.form}>
            <h2 className={classes.termsTitle}>{t("signIn.terms")}</h2>
            <div className={classes.terms} tabIndex={0} role="region" aria-label={t("signIn.terms")}>
              <Markup text={about.data?.licence ?? ""} />
            </div>
            <Button size="sm" fullWidth loading={busy} onClick={() => void submit()} data-autofocus>
              {t("signIn.accept")}
            </Button>
            <Button variant="default" size="sm" fullWidth disabled={busy} onClick={() => setTerms(false)}>
              {t("common.cancel")}
            </Button>
          </div>
        )}
        <form
          hidden={terms}
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
