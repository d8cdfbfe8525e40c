/** What the server's administrators choose, in one form: only what was changed is sent. */
import { Button } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, Problem } from "../../api/index.ts";
import type { Preferences } from "../../api/types.ts";
import { AskBeforeLeaving } from "../../components/ask-before-leaving.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import classes from "../plain.module.css";
import { DataPreferences, isHostAndPort } from "./preferences-data.tsx";
import { AlertPreferences, MailPreferences } from "./preferences-mail.tsx";
import { PlatformPreferences } from "./preferences-platform.tsx";
import { SignInPreferences } from "./preferences-sign-in.tsx";

const key = ["preferences"];

export function PreferencesPage() {
  const { t } = useTranslation();
  const data = useQuery({ queryKey: key, queryFn: administration.preferences });
  return (
    <>
      <PageHeader title={t("administration.preferences.title")} help="retention" />
      <div className={classes.page}>
        {data.isError && !data.data ? (
          <Failed error={data.error} retry={() => void data.refetch()} />
        ) : !data.data ? (
          <Loading />
        ) : (
          <PreferencesForm key={data.dataUpdatedAt} current={data.data} />
        )}
      </div>
    </>
  );
}

function PreferencesForm({ current }: { current: Preferences }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Preferences>({
    initialValues: current,
    validate: {
      server_name: (value) => (value.trim() === "" ? t("common.required") : null),
      mail: {
        from: (value, { mail }) => (mail.host.trim() !== "" && value.trim() === "" ? t("notify.mail.required") : null),
      },
      syslog: {
        address: (value) => (isHostAndPort(value.trim()) ? null : t("administration.preferences.syslogAddressWrong")),
      },
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  // The form is long: what is wrong may be out of sight.
  const show = (field: string | undefined) => field && form.getInputNode(field)?.focus();
  const save = async (values: Preferences) => {
    setBusy(true);
    setProblem(null);
    try {
      const syslog = { ...values.syslog, address: values.syslog.address.trim() };
      const { has_password: _kept, ...mail } = values.mail;
      const changed = Object.fromEntries(
        Object.entries({ ...values, syslog }).filter(
          ([name, value]) => JSON.stringify(value) !== JSON.stringify(current[name as keyof Preferences]),
        ),
      ) as Partial<Preferences>;
      // The mail server is set as a whole; an empty password leaves the one there is.
      const changes = changed.mail ? { ...changed, mail: { ...mail, password: mail.password || undefined } } : changed;
      const saved = await administration.updatePreferences(changes);
      client.setQueryData(key, saved);
      await client.invalidateQueries({ queryKey: ["about"] });
      await client.invalidateQueries({ queryKey: ["overview"] });
      done(t("common.saved"));
    } catch (error) {
      if (error instanceof Problem && error.errors.length > 0) {
        for (const one of error.errors)
          form.setFieldError(
            one.field,
            one.field === "syslog.address" ? t("administration.preferences.syslogAddressWrong") : words(one),
          );
        show(error.errors[0]?.field);
      } else setProblem(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <form
        noValidate
        onSubmit={form.onSubmit(
          (values) => void save(values),
          (errors) => show(Object.keys(errors)[0]),
        )}
      >
        <SignInPreferences form={form} />
        <AlertPreferences form={form} />
        <MailPreferences form={form} />
        <DataPreferences form={form} />
        <PlatformPreferences form={form} />
        <Section>
          <div className={classes.actions}>
            <Button type="submit" disabled={!dirty} loading={busy}>
              {t("common.save")}
            </Button>
            <Button variant="default" disabled={!dirty} onClick={() => form.reset()}>
              {t("common.revert")}
            </Button>
          </div>
          <div role="alert">{problem && <p className={classes.problem}>{problem}</p>}</div>
        </Section>
      </form>
      <AskBeforeLeaving dirty={dirty} busy={busy} />
    </>
  );
}
