import { Button, TextInput } from "@mantine/core";
import { QRCodeSVG } from "qrcode.react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { factors, Problem } from "../api/index.ts";
import type { TotpEnrolment } from "../api/types.ts";
import classes from "../pages/plain.module.css";
import { CopyField } from "./copy.tsx";
import own from "./factors.module.css";
import { Field } from "./section.tsx";
import { useProblemText } from "./states.tsx";

/** What a generator of codes is told, and the first code back. */
export function EnrolTotp({ made, done }: { made: TotpEnrolment; done: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const wrong = problem instanceof Problem && problem.code === "code-wrong";
  const submit = async () => {
    setTried(true);
    if (code.trim() === "") return;
    setBusy(true);
    setProblem(null);
    try {
      done((await factors.totpConfirm(code.trim())).recovery_codes);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p>{t("factors.scan")}</p>
      <div className={own.picture}>
        <QRCodeSVG value={made.uri} size={184} level="M" title={t("factors.qr")} />
      </div>
      <Field label={t("factors.secret")} hint={t("factors.secretHint")}>
        <CopyField text={made.secret} label={t("factors.secret")} wrap />
      </Field>
      <TextInput
        label={t("factors.firstCode")}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        error={wrong ? text(problem) : tried && code.trim() === "" ? t("common.required") : undefined}
        data-autofocus
      />
      <div role="alert">{problem !== null && !wrong && <p className={classes.problem}>{text(problem)}</p>}</div>
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("factors.confirm")}
        </Button>
      </div>
    </form>
  );
}
