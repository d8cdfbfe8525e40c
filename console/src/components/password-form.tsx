import { Button, PasswordInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { me, Problem } from "../api/index.ts";
import { checkPassword } from "../lib/password.ts";
import classes from "../pages/sign-in.module.css";
import { RulesOfPassword } from "./password-rules.tsx";
import { useProblemText } from "./states.tsx";

/** Changes one's own password; says the rules and ticks them off while one types. */
export function PasswordForm({ login, changed }: { login: string; changed: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const rules = checkPassword(wanted, login);
  const good = rules.long && rules.mixed && rules.nameless;
  const same = wanted !== "" && wanted === again;
  const code = problem instanceof Problem ? problem.code : null;
  const aboutCurrent = code === "password-wrong";
  const aboutWanted = code === "password-weak" || code === "password-reused";

  const submit = async () => {
    setTried(true);
    if (!good || !same || current === "") return;
    setBusy(true);
    setProblem(null);
    try {
      await me.password(current, wanted);
      changed();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const toggle = { "aria-label": t("common.showPassword") };
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <input type="text" name="username" autoComplete="username" value={login} readOnly hidden />
      <PasswordInput
        label={t("password.current")}
        autoComplete="current-password"
        value={current}
        onChange={(event) => {
          setCurrent(event.currentTarget.value);
          if (aboutCurrent) setProblem(null);
        }}
        error={aboutCurrent ? text(problem) : tried && current === "" ? t("common.required") : undefined}
        visibilityToggleButtonProps={toggle}
      />
      <PasswordInput
        label={t("password.new")}
        autoComplete="new-password"
        value={wanted}
        onChange={(event) => {
          setWanted(event.currentTarget.value);
          if (aboutWanted) setProblem(null);
        }}
        aria-describedby="password-rules"
        error={aboutWanted ? text(problem) : tried && !good ? t("password.notYet") : undefined}
        visibilityToggleButtonProps={toggle}
      />
      <RulesOfPassword id="password-rules" rules={rules} fresh />
      <PasswordInput
        label={t("password.again")}
        autoComplete="new-password"
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        error={tried && !same ? t("password.differ") : undefined}
        visibilityToggleButtonProps={toggle}
      />
      <div role="alert">
        {problem !== null && !aboutCurrent && !aboutWanted && <p className={classes.problem}>{text(problem)}</p>}
      </div>
      <Button type="submit" size="sm" loading={busy}>
        {t("password.submit")}
      </Button>
      <p className="muted">{t("password.after")}</p>
    </form>
  );
}
