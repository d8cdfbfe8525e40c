/** The preferences about data: what the server trusts and sends, its inventory, for how long things are kept. */
import { NumberInput, Select, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Preferences } from "../../api/types.ts";
import { Section } from "../../components/section.tsx";
import classes from "../plain.module.css";

/** How the audit trail travels, the safest last. */
const transports: Preferences["syslog"]["transport"][] = ["udp", "tcp", "tls"];

/** Whether this can be `host:port`; empty sends nothing. */
export const isHostAndPort = (text: string) => {
  const [, port] = /^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(text) ?? [];
  return text === "" || (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535);
};

export function DataPreferences({ form }: { form: UseFormReturnType<Preferences> }) {
  const { t } = useTranslation();
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
    <>
      <Section title={t("administration.preferences.inventory")}>
        {days("stale_after_days", 1, 365)}
        <Switch
          label={t("administration.agents.intake")}
          description={t("administration.agents.intakeHint")}
          {...form.getInputProps("foreign_intake", { type: "checkbox" })}
        />
      </Section>
      <Section title={t("administration.preferences.customers")}>
        <Switch
          label={t("administration.preferences.customer_codes_may_change")}
          description={t("administration.preferences.customer_codes_may_changeHint")}
          {...form.getInputProps("customer_codes_may_change", { type: "checkbox" })}
        />
      </Section>
      <Section
        title={t("administration.preferences.retentionTitle")}
        text={t("administration.preferences.retentionText")}
      >
        {days("retention.synchronisations_days", 1, 3650)}
        {days("retention.history_days", 1, 3650)}
        {days("retention.deleted_customers_days", 1, 365)}
        {days("retention.deleted_equipment_days", 1, 3650)}
        {days("retention.pending_days", 1, 3650)}
        {days("retention.cleared_alerts_days", 1, 3650)}
        {days("retention.audit_days", 30, 3650)}
      </Section>
      <Section title={t("administration.preferences.syslog")} text={t("administration.preferences.syslogText")}>
        <TextInput
          className={classes.short}
          label={t("administration.preferences.syslogAddress")}
          description={t("administration.preferences.syslogAddressHint")}
          placeholder={t("administration.preferences.syslogAddressExample")}
          maxLength={260}
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps("syslog.address")}
        />
        <Select
          className={classes.short}
          label={t("administration.preferences.syslogTransport")}
          description={t(`administration.preferences.syslogTransportHints.${form.values.syslog.transport}`)}
          data={transports.map((value) => ({
            value,
            label: t(`administration.preferences.syslogTransports.${value}`),
          }))}
          allowDeselect={false}
          {...form.getInputProps("syslog.transport")}
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
    </>
  );
}
