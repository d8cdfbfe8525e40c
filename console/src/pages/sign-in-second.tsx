import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { session } from "../api/index.ts";
import type { SecondFactorMethod, Session } from "../api/types.ts";
import { useProblemText } from "../components/states.tsx";
import { askPasskey, hasPasskeys, PasskeyNone } from "../lib/passkey.ts";
import classes from "./sign-in.module.css";

/** What the server asks for after the password. */
export interface Asked {
  ticket: string;
  methods: SecondFactorMethod[];
}

/** The second step of signing in: a code, a passkey, or a recovery code. */
export function SecondStep({
  asked,
  opened,
  back,
}: {
  asked: Asked;
  opened: (session: Session) => Promise<void>;
  back: () => void;
}) {
  const { t } = useTranslation();
  const text = useProblemText();
  const hasCode = asked.methods.includes("code");
  const hasRecovery = asked.methods.includes("recovery-code");
  const hasPasskey = asked.methods.includes("passkey") && hasPasskeys();
  const [recovery, setRecovery] = useState(!hasCode && !hasPasskey);
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = async (prove: () => Promise<Session>) => {
    setBusy(true);
    setProblem(null);
    try {
      await opened(await prove());
    } catch (error) {
      setProblem(error instanceof PasskeyNone ? t("factors.passkeyNone") : text(error));
      setCode("");
    } finally {
      setBusy(false);
    }
  };
  const typed = recovery || hasCode;
  const submit = () => {
    if (code.trim() === "") {
      setMissing(true);
      return;
    }
    const proof = recovery ? { recovery_code: code.trim() } : { code: code.trim() };
    void attempt(() => session.second(asked.ticket, proof));
  };
  const passkey = () =>
    void attempt(async () => {
      const { options } = await session.secondPasskey(asked.ticket);
      return session.second(asked.ticket, { passkey: await askPasskey(options) });
    });
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (typed) submit();
        else passkey();
      }}
    >
      <h2 className={classes.termsTitle}>{t("signIn.second")}</h2>
      {typed && (
        <TextInput
          key={recovery ? "recovery" : "code"}
          label={recovery ? t("signIn.recoveryCode") : t("signIn.code")}
          description={recovery ? t("signIn.recoveryHint") : t("signIn.codeHint")}
          name="code"
          autoComplete={recovery ? "off" : "one-time-code"}
          inputMode={recovery ? "text" : "numeric"}
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          value={code}
          error={missing && code.trim() === "" ? t("common.required") : undefined}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoFocus
        />
      )}
      <div role="alert">{problem && <p className={classes.problem}>{problem}</p>}</div>
      {typed && (
        <Button type="submit" size="sm" fullWidth loading={busy}>
          {t("signIn.submit")}
        </Button>
      )}
      {hasPasskey && (
        <Button variant={typed ? "default" : "filled"} size="sm" fullWidth disabled={busy} onClick={passkey}>
          {t("signIn.passkey")}
        </Button>
      )}
      {hasRecovery && !recovery && (
        <Button variant="subtle" size="sm" fullWidth disabled={busy} onClick={() => setRecovery(true)}>
          {t("signIn.useRecovery")}
        </Button>
      )}
      {recovery && (hasCode || hasPasskey) && (
        <Button variant="subtle" size="sm" fullWidth disabled={busy} onClick={() => setRecovery(false)}>
          {hasCode ? t("signIn.useCode") : t("common.cancel")}
        </Button>
      )}
      <Button variant="subtle" color="gray" size="sm" fullWidth disabled={busy} onClick={back}>
        {t("signIn.startAgain")}
      </Button>
    </form>
  );
}
