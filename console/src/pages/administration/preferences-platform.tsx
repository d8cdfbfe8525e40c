/** The preferences about the server itself: its logs and its backups. */
import { NumberInput, Select, Switch } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { LogLevel, Preferences } from "../../api/types.ts";
import { Section } from "../../components/section.tsx";
import { Status } from "../../components/status.tsx";
import classes from "../plain.module.css";

const levels: LogLevel[] = ["error", "information", "debug"];

export function PlatformPreferences({ form }: { form: UseFormReturnType<Preferences> }) {
  const { t } = useTranslation();
  const whole = { clampBehavior: "blur", allowDecimal: false, allowNegative: false, className: classes.short } as const;
  return (
    <>
      <Section title={t("platform.preferences.log")} text={t("platform.preferences.logText")}>
        <Select
          className={classes.short}
          label={t("platform.preferences.level")}
          description={t("platform.preferences.levelHint")}
          data={levels.map((value) => ({ value, label: t(`platform.levels.${value}`) }))}
          allowDeselect={false}
          {...form.getInputProps("log_level")}
        />
        <div role="status">
          {form.values.log_level === "debug" && <Status tone="attention">{t("platform.preferences.debugHint")}</Status>}
        </div>
        <NumberInput
          label={t("platform.preferences.days")}
          description={t("platform.preferences.daysHint")}
          suffix={t("administration.preferences.days")}
          min={1}
          max={3650}
          {...whole}
          {...form.getInputProps("logs_days")}
        />
        <Switch
          label={t("platform.preferences.client")}
          description={t("platform.preferences.clientHint")}
          {...form.getInputProps("client_logging", { type: "checkbox" })}
        />
      </Section>
      <Section title={t("platform.preferences.backups")} text={t("platform.preferences.backupsText")}>
        <NumberInput
          label={t("platform.preferences.every")}
          description={t("platform.preferences.everyHint")}
          suffix={t("administration.preferences.days")}
          min={0}
          max={365}
          {...whole}
          {...form.getInputProps("backups.every_days")}
        />
        <NumberInput
          label={t("platform.preferences.keep")}
          description={t("platform.preferences.keepHint")}
          min={1}
          max={100}
          {...whole}
          {...form.getInputProps("backups.keep")}
        />
      </Section>
    </>
  );
}
