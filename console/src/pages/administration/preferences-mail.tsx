/** The preferences about alerts, and about the mail server that takes notifications of them. */
import { Button, NumberInput, PasswordInput, Select, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration } from "../../api/index.ts";
import type { Mail, MailTested, Preferences } from "../../api/types.ts";
import { Greyed } from "../../components/may.tsx";
import { Section } from "../../components/section.tsx";
import { useProblemText } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { sessionQuery } from "../../lib/session.ts";
import classes from "../plain.module.css";

const securities: Mail["security"][] = ["starttls", "tls", "none"];

type Form = UseFormReturnType<Preferences>;

export function AlertPreferences({ form }: { form: Form }) {
  const { t } = useTranslation();
  return (
    <Section title={t("notify.alerts.title")} text={t("notify.alerts.text")}>
      <NumberInput
        className={classes.short}
        label={t("notify.alerts.unreachable_after_seconds")}
        description={t("notify.alerts.unreachable_after_secondsHint")}
        suffix={t("notify.alerts.seconds")}
        min={30}
        max={86_400}
        clampBehavior="blur"
        allowDecimal={false}
        allowNegative={false}
        {...form.getInputProps("unreachable_after_seconds")}
      />
    </Section>
  );
}

export function MailPreferences({ form }: { form: Form }) {
  const { t } = useTranslation();
  const { mail } = form.values;
  return (
    <Section title={t("notify.mail.title")} text={t("notify.mail.text")}>
      <TextInput
        className={classes.short}
        label={t("notify.mail.host")}
        description={t("notify.mail.hostHint")}
        maxLength={253}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps("mail.host")}
      />
      <NumberInput
        className={classes.short}
        label={t("notify.mail.port")}
        min={1}
        max={65_535}
        clampBehavior="blur"
        allowDecimal={false}
        allowNegative={false}
        thousandSeparator=""
        {...form.getInputProps("mail.port")}
      />
      <Select
        className={classes.short}
        label={t("notify.mail.security")}
        data={securities.map((value) => ({ value, label: t(`notify.mail.securities.${value}`) }))}
        allowDeselect={false}
        {...form.getInputProps("mail.security")}
      />
      <TextInput
        className={classes.short}
        label={t("notify.mail.user")}
        description={t("notify.mail.userHint")}
        maxLength={254}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps("mail.user")}
      />
      {mail.user !== "" && (
        <PasswordInput
          className={classes.short}
          label={t("notify.mail.password")}
          description={mail.has_password ? t("notify.mail.passwordKept") : undefined}
          maxLength={500}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("common.showPassword") }}
          {...form.getInputProps("mail.password")}
          value={mail.password ?? ""}
        />
      )}
      <TextInput
        className={classes.short}
        label={t("notify.mail.from")}
        description={t("notify.mail.fromHint")}
        type="email"
        maxLength={254}
        autoComplete="off"
        {...form.getInputProps("mail.from")}
      />
      <MailTest dirty={form.isDirty("mail")} off={form.values.mail.host === ""} />
    </Section>
  );
}

/** Sends a message by the mail server as it is saved, and says what that server answered. */
function MailTest({ dirty, off }: { dirty: boolean; off: boolean }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const me = useQuery(sessionQuery).data?.user;
  const [typed, setTyped] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ tested: MailTested } | { error: unknown } | null>(null);
  const to = typed ?? me?.email ?? "";
  const test = async () => {
    setBusy(true);
    setSaid(null);
    try {
      setSaid({ tested: await administration.testMail(to.trim()) });
    } catch (error) {
      setSaid({ error });
    } finally {
      setBusy(false);
    }
  };
  const why = off
    ? t("problems.mail-off")
    : dirty
      ? t("notify.mail.testDirty")
      : to === ""
        ? t("common.required")
        : undefined;
  return (
    <>
      <TextInput
        className={classes.short}
        label={t("notify.mail.testTo")}
        description={t("notify.mail.testHint")}
        type="email"
        maxLength={254}
        value={to}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <div className={classes.actions}>
        <Greyed why={why}>
          <Button
            variant="default"
            leftSection={<IconSend size={15} stroke={1.6} />}
            loading={busy}
            onClick={() => void test()}
          >
            {t("notify.mail.test")}
          </Button>
        </Greyed>
      </div>
      <div role="status">
        {said && "error" in said && <p className={classes.problem}>{text(said.error)}</p>}
        {said &&
          "tested" in said &&
          (said.tested.ok ? (
            <Status tone="good">{t("notify.mail.testOk")}</Status>
          ) : (
            <>
              <p className={classes.problem}>{t(`notify.mail.troubles.${said.tested.trouble ?? "unavailable"}`)}</p>
              {said.tested.detail && <p className="mono">{said.tested.detail}</p>}
            </>
          ))}
      </div>
    </>
  );
}
