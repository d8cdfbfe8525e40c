import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/index.ts";
import type { MyFactors, Proof } from "../api/types.ts";
import { PasskeyNone } from "../lib/passkey.ts";
import classes from "../pages/plain.module.css";
import { useProblemText } from "./states.tsx";

interface Props {
  factors: Pick<MyFactors, "has_password" | "totp_since">;
  action: string;
  danger?: boolean;
  /** What is said or asked above. */
  children?: ReactNode;
  run: (proof: Proof) => Promise<void>;
  close?: () => void;
}

/** Asks who it is before a change of how they sign in: the password, and a code where a generator is set up. */
export function ProofForm({ factors, action, danger, children, run, close }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const wantsCode = factors.totp_since !== null;
  const missing = (factors.has_password && password === "") || (wantsCode && code.trim() === "");
  const about = problem instanceof Problem ? problem.code : null;
  const submit = async () => {
    setTried(true);
    if (missing) return;
    setBusy(true);
    setProblem(null);
    try {
      await run({ current_password: password, code: wantsCode ? code.trim() : undefined });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const own = about === "password-wrong" || about === "code-wrong" || about === "code-required";
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children}
      {factors.has_password ? (
        <PasswordInput
          label={t("password.current")}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={
            about === "password-wrong" ? text(problem) : tried && password === "" ? t("common.required") : undefined
          }
          visibilityToggleButtonProps={{ "aria-label": t("common.showPassword") }}
          data-autofocus
        />
      ) : (
        <p className="muted">{t("factors.noPassword")}</p>
      )}
      {wantsCode && (
        <TextInput
          label={t("factors.code")}
          description={t("factors.codeOrRecovery")}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={
            about === "code-wrong" || about === "code-required"
              ? text(problem)
              : tried && code.trim() === ""
                ? t("common.required")
                : undefined
          }
        />
      )}
      <div role="alert">
        {problem !== null && !own && (
          <p className={classes.problem}>{problem instanceof PasskeyNone ? t("factors.passkeyNone") : text(problem)}</p>
        )}
      </div>
      <div className={classes.actions}>
        <Button type="submit" loading={busy} color={danger ? "red" : undefined}>
          {action}
        </Button>
        {close && (
          <Button variant="default" onClick={close}>
            {t("common.cancel")}
          </Button>
        )}
      </div>
    </form>
  );
}
