import { Button, NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, Problem } from "../../api/index.ts";
import type { Preferences } from "../../api/types.ts";
import { Confirm } from "../../components/confirm.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import classes from "../plain.module.css";
import { PlatformPreferences } from "./preferences-platform.tsx";

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
    validate: { server_name: (value) => (value.trim() === "" ? t("common.required") : null) },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  const blocker = useBlocker({
    shouldBlockFn: ({ current: from, next }) => dirty && !busy && from.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  const save = async (values: Preferences) => {
    setBusy(true);
    setProblem(null);
    try {
      const changes = Object.fromEntries(
        Object.entries(values).filter(
          ([name, value]) => JSON.stringify(value) !== JSON.stringify(current[name as keyof Preferences]),
        ),
      ) as Partial<Preferences>;
      const saved = await administration.updatePreferences(changes);
      client.setQueryData(key, saved);
      await client.invalidateQueries({ queryKey: ["about"] });
      await client.invalidateQueries({ queryKey: ["overview"] });
      done(t("common.saved"));
    } catch (error) {
      if (error instanceof Problem && error.errors.length > 0) {
        for (const one of error.errors) form.setFieldError(one.field, words(one));
      } else setProblem(text(error));
    } finally {
      setBusy(false);
    }
  };
  const days = (field: string, least: number, most: number) => (
    <NumberInput
      label={t(`administration.preferences.${field}`)}
      description={t(`administration.preferences.${field}Hint`)}
      suffix={t("administration.preferences.days")}
      min={least}
      max={most}
      clampBehavior="blur"
      allowDecimal={false}
      allowNegative={false}
      className={classes.short}
      {...form.getInputProps(field)}
    />
  );
  return (
    <form noValidate onSubmit={form.onSubmit((values) => void save(values))}>
      <Section title={t("administration.preferences.server")}>
        <TextInput
          className={classes.short}
          label={t("administration.preferences.server_name")}
          description={t("administration.preferences.server_nameHint")}
          maxLength={32}
          {...form.getInputProps("server_name")}
        />
      </Section>
      <Section title={t("administration.preferences.signInPage")} text={t("administration.preferences.signInPageText")}>
        <TextInput
          label={t("administration.preferences.sign_in_page.banner_title")}
          maxLength={100}
          {...form.getInputProps("sign_in_page.banner_title")}
        />
        {(["banner_text", "licence_text"] as const).map((field) => (
          <Textarea
            key={field}
            label={t(`administration.preferences.sign_in_page.${field}`)}
            description={t(`administration.preferences.sign_in_page.${field}Hint`)}
            autosize
            minRows={3}
            maxRows={12}
            maxLength={field === "banner_text" ? 5_000 : 100_000}
            {...form.getInputProps(`sign_in_page.${field}`)}
          />
        ))}
      </Section>
      <Section title={t("administration.preferences.sessions")} text={t("administration.preferences.sessionsText")}>
        <NumberInput
          className={classes.short}
          label={t("administration.preferences.session_timeout_minutes")}
          description={t("administration.preferences.session_timeout_minutesHint")}
          suffix={t("administration.preferences.minutes")}
          min={5}
          max={30}
          step={5}
          clampBehavior="blur"
          allowDecimal={false}
          {...form.getInputProps("session_timeout_minutes")}
        />
        <NumberInput
          className={classes.short}
          label={t("administration.preferences.remembered_passwords")}
          description={t("administration.preferences.remembered_passwordsHint")}
          min={1}
          max={24}
          clampBehavior="blur"
          allowDecimal={false}
          {...form.getInputProps("remembered_passwords")}
        />
        <NumberInput
          className={classes.short}
          label={t("administration.preferences.longest_password")}
          description={t("administration.preferences.longest_passwordHint")}
          suffix={t("administration.preferences.characters")}
          min={31}
          max={128}
          clampBehavior="blur"
          allowDecimal={false}
          {...form.getInputProps("longest_password")}
        />
      </Section>
      <Section title={t("administration.preferences.outgoing")} text={t("administration.preferences.outgoingText")}>
        <Select
          className={classes.short}
          label={t("administration.preferences.certificate_check")}
          description={t("administration.preferences.certificate_checkHint")}
          data={(["standard", "strict"] as const).map((value) => ({
            value,
            label: t(`administration.preferences.certificateChecks.${value}`),
          }))}
          allowDeselect={false}
          {...form.getInputProps("certificate_check")}
        />
      </Section>
      <Section title={t("administration.preferences.inventory")}>
        {days("stale_after_days", 1, 365)}
        <Switch
          label={t("administration.agents.intake")}
          description={t("administration.agents.intakeHint")}
          {...form.getInputProps("foreign_intake", { type: "checkbox" })}
        />
      </Section>
      <Section
        title={t("administration.preferences.retentionTitle")}
        text={t("administration.preferences.retentionText")}
      >
        {days("retention.synchronisations_days", 1, 3650)}
        {days("retention.history_days", 1, 3650)}
        {days("retention.deleted_equipment_days", 1, 3650)}
        {days("retention.pending_days", 1, 3650)}
        {days("retention.audit_days", 30, 3650)}
      </Section>
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
      <Confirm
        question={
          blocker.status === "blocked"
            ? {
                title: t("common.unsaved.title"),
                text: t("common.unsaved.text"),
                action: t("common.unsaved.discard"),
                danger: true,
                run: async () => blocker.proceed(),
              }
            : null
        }
        close={() => blocker.reset?.()}
      />
    </form>
  );
}
