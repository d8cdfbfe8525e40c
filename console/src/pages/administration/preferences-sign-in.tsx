/** The preferences about people: what the server is called, its sign-in page, sessions and passwords. */
import { NumberInput, Switch, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Preferences } from "../../api/types.ts";
import { Section } from "../../components/section.tsx";
import classes from "../plain.module.css";

export function SignInPreferences({ form }: { form: UseFormReturnType<Preferences> }) {
  const { t } = useTranslation();
  return (
    <>
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
        <Switch
          label={t("administration.preferences.sign_in_page.banner_shown")}
          description={t("administration.preferences.sign_in_page.banner_shownHint")}
          {...form.getInputProps("sign_in_page.banner_shown", { type: "checkbox" })}
        />
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
    </>
  );
}
