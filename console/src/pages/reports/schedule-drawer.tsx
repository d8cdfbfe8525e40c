/** Makes or changes a schedule of reports. */
import { Button, NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, reports } from "../../api/index.ts";
import type { ReportRepeats, ReportSchedule, ReportScheduleFields } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { useCustomers } from "../../components/customers.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { ownZone, zones } from "../../lib/zones.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import plain from "../plain.module.css";
import { useTimes } from "./schedules.tsx";

interface Props {
  opened: boolean;
  close: () => void;
  /** The one to change; without it a new one is made. */
  schedule?: ReportSchedule;
}

export function ScheduleDrawer({ opened, close, schedule }: Props) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={opened} close={close} title={t(schedule ? "reports.editOne" : "reports.addOne")} dirty={dirty}>
      <ScheduleForm schedule={schedule} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

interface Values {
  name: string;
  is_on: boolean;
  customer_id: string;
  language: string;
  repeats: ReportRepeats;
  weekday: string;
  month_day: number;
  time_of_day: string;
  time_zone: string;
  recipients: string;
  keep: number;
}

const addresses = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

type FormProps = Omit<Props, "opened"> & { tellDirty: (dirty: boolean) => void };

function ScheduleForm({ schedule, close, tellDirty }: FormProps) {
  const { t, i18n } = useTranslation();
  const words = useFieldErrorWords();
  const named = useGivenName();
  const { dayName } = useTimes();
  const client = useQueryClient();
  const customers = useCustomers();
  const form = useForm<Values>({
    initialValues: {
      name: schedule?.name ?? "",
      is_on: schedule?.is_on ?? true,
      customer_id: schedule?.customer_id ?? "",
      language: schedule?.language ?? i18n.language,
      repeats: schedule?.repeats ?? "weekly",
      weekday: String(schedule?.weekday ?? 1),
      month_day: schedule?.month_day ?? 1,
      time_of_day: schedule?.time_of_day ?? "07:00",
      time_zone: schedule?.time_zone ?? ownZone(),
      recipients: schedule?.recipients.join("\n") ?? "",
      keep: schedule?.keep ?? 12,
    },
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      time_of_day: (value) => (/^\d\d:\d\d$/.test(value) ? null : t("common.required")),
    },
    clearInputErrorOnChange: true,
  });
  const { values } = form;
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in values)) return false;
    form.setFieldError(error.field, words(error));
    return true;
  });
  const body = (): ReportScheduleFields => ({
    ...values,
    customer_id: values.customer_id || null,
    reseller_id: schedule?.reseller_id && !values.customer_id ? schedule.reseller_id : null,
    weekday: Number(values.weekday),
    month_day: Number(values.month_day) || 1,
    keep: Number(values.keep) || 12,
    recipients: addresses(values.recipients),
    revision: schedule?.revision,
  });
  const store = async () => {
    if (schedule) await reports.change(schedule.id, body());
    else await reports.create(body());
    await client.invalidateQueries({ queryKey: ["report-schedules"] });
    done(t("reports.saved"));
    close();
  };
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit(() => void save(store))}>
      <TextInput
        label={t("reports.fields.name")}
        description={t("reports.hints.name")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <Switch label={t("reports.fields.is_on")} {...form.getInputProps("is_on", { type: "checkbox" })} />
      <Select
        label={t("reports.fields.of")}
        description={t("reports.hints.of")}
        data={[
          { value: "", label: t("reports.all") },
          ...new Map([
            ...(schedule?.customer_id ? [[schedule.customer_id, schedule.of ?? schedule.customer_id] as const] : []),
            ...(customers.data?.items ?? []).map((one) => [one.id, named(one.name)] as const),
          ]),
        ].map((one) => (Array.isArray(one) ? { value: one[0]!, label: one[1]! } : one))}
        searchable
        limit={100}
        allowDeselect={false}
        {...form.getInputProps("customer_id")}
      />
      <Select
        label={t("reports.fields.repeats")}
        data={(["daily", "weekly", "monthly"] as const).map((value) => ({
          value,
          label: t(`reports.repeats.${value}`),
        }))}
        allowDeselect={false}
        {...form.getInputProps("repeats")}
      />
      {values.repeats === "weekly" && (
        <Select
          label={t("reports.fields.weekday")}
          data={[1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: dayName(day) }))}
          allowDeselect={false}
          {...form.getInputProps("weekday")}
        />
      )}
      {values.repeats === "monthly" && (
        <NumberInput
          label={t("reports.fields.month_day")}
          description={t("reports.hints.month_day")}
          min={1}
          max={31}
          {...form.getInputProps("month_day")}
        />
      )}
      <div className={plain.pair}>
        <TextInput type="time" label={t("reports.fields.time_of_day")} {...form.getInputProps("time_of_day")} />
        <Select
          label={t("reports.fields.time_zone")}
          data={zones()}
          searchable
          limit={100}
          allowDeselect={false}
          {...form.getInputProps("time_zone")}
        />
      </div>
      <Select
        label={t("reports.fields.language")}
        data={(["fr", "en"] as const).map((value) => ({ value, label: t(`notify.languages.${value}`) }))}
        allowDeselect={false}
        {...form.getInputProps("language")}
      />
      <Textarea
        label={t("reports.fields.recipients")}
        description={t("reports.hints.recipients")}
        autosize
        minRows={2}
        maxRows={8}
        {...form.getInputProps("recipients")}
      />
      <NumberInput label={t("reports.fields.keep")} min={1} max={60} {...form.getInputProps("keep")} />
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("common.save")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl
          call={() => (schedule ? calls.changeReportSchedule(schedule.id, body()) : calls.createReportSchedule(body()))}
        />
      </div>
    </form>
  );
}
