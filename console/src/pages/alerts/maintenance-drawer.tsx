/** Sets a maintenance window: for everyone, for a customer, or for one system. */
import { Button, Select, SegmentedControl, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { alerts, calls, customers, systems } from "../../api/index.ts";
import type { MaintenanceRepeats, Named, NewMaintenanceWindow } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Field } from "../../components/section.tsx";
import { done } from "../../components/toast.ts";
import { localField } from "../../lib/alerts.ts";
import { useMay } from "../../lib/permissions.ts";
import { momentIn, ownZone, zones } from "../../lib/zones.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import plain from "../plain.module.css";

interface Props {
  opened: boolean;
  close: () => void;
  /** The customer that the page is about. */
  customer?: string;
  /** The system that the page is about. */
  system?: Named;
}

export function MaintenanceDrawer({ opened, close, ...about }: Props) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={opened} close={close} title={t("alerts.maintenance.add")} size={520} dirty={dirty}>
      <MaintenanceForm {...about} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

const repeatsOf: MaintenanceRepeats[] = ["never", "daily", "weekly"];
const hour = 3_600_000;

interface Values {
  name: string;
  of: "all" | "customer" | "system";
  customer_id: string | null;
  system_id: string | null;
  starts_at: string;
  ends_at: string;
  repeats: MaintenanceRepeats;
  time_zone: string;
  until: string;
}

type FormProps = Omit<Props, "opened"> & { tellDirty: (dirty: boolean) => void };

function MaintenanceForm({ customer, system, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const everyone = useMay("alerts.handle", "all").may;
  const known = useQuery({
    queryKey: ["customers", "one", customer],
    queryFn: () => customers.get(customer!),
    enabled: customer !== undefined,
  });
  const [opened] = useState(() => new Date());
  const form = useForm<Values>({
    initialValues: {
      name: "",
      of: system ? "system" : customer || !everyone ? "customer" : "all",
      customer_id: customer ?? null,
      system_id: system?.id ?? null,
      starts_at: localField(opened),
      ends_at: localField(new Date(opened.getTime() + 2 * hour)),
      repeats: "never",
      time_zone: ownZone(),
      until: "",
    },
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      customer_id: (value, values) => (values.of === "customer" && !value ? t("common.required") : null),
      system_id: (value, values) => (values.of === "system" && !value ? t("common.required") : null),
      starts_at: (value) => (value === "" ? t("common.required") : null),
      ends_at: (value, values) =>
        value === "" ? t("common.required") : value <= values.starts_at ? t("alerts.maintenance.endWrong") : null,
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in form.values)) return false;
    form.setFieldError(error.field, error.field === "ends_at" ? t("alerts.maintenance.tooLong") : words(error));
    return true;
  });
  const asked = (values: Values): NewMaintenanceWindow => ({
    name: values.name.trim(),
    customer_id: values.of === "customer" ? values.customer_id : undefined,
    system_id: values.of === "system" ? values.system_id : undefined,
    starts_at: momentIn(values.time_zone, values.starts_at) ?? values.starts_at,
    ends_at: momentIn(values.time_zone, values.ends_at) ?? values.ends_at,
    repeats: values.repeats,
    time_zone: values.time_zone,
    until:
      values.repeats !== "never" && values.until
        ? (momentIn(values.time_zone, `${values.until}T23:59`) ?? undefined)
        : undefined,
  });
  const create = async (values: Values) => {
    await alerts.createMaintenance(asked(values));
    await client.invalidateQueries({ queryKey: ["maintenance"] });
    await client.invalidateQueries({ queryKey: ["alerts"] });
    done(t("alerts.maintenance.created"));
    close();
  };
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit((values) => void save(() => create(values)))}>
      <p className={plain.hint}>{t("alerts.maintenance.text")}</p>
      <TextInput
        label={t("alerts.maintenance.fields.name")}
        description={t("alerts.maintenance.nameHint")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <Field label={t("alerts.maintenance.for")} hint={!everyone && t("alerts.maintenance.onlyYours")}>
        <SegmentedControl
          aria-label={t("alerts.maintenance.for")}
          data={[
            { value: "all", label: t("alerts.maintenance.forAll"), disabled: !everyone },
            { value: "customer", label: t("alerts.maintenance.forCustomer") },
            { value: "system", label: t("alerts.maintenance.forSystem") },
          ]}
          {...form.getInputProps("of")}
        />
      </Field>
      {form.values.of === "customer" && (
        <CustomerSelect label={t("alerts.fields.customer")} known={known.data} {...form.getInputProps("customer_id")} />
      )}
      {form.values.of === "system" && (
        <SystemSelect known={system} customer={customer} {...form.getInputProps("system_id")} />
      )}
      <div className={plain.pair}>
        <TextInput
          type="datetime-local"
          label={t("alerts.maintenance.fields.starts_at")}
          {...form.getInputProps("starts_at")}
        />
        <TextInput
          type="datetime-local"
          label={t("alerts.maintenance.fields.ends_at")}
          {...form.getInputProps("ends_at")}
        />
      </div>
      <Select
        label={t("alerts.maintenance.fields.repeats")}
        data={repeatsOf.map((value) => ({ value, label: t(`alerts.maintenance.repeatsOf.${value}`) }))}
        allowDeselect={false}
        {...form.getInputProps("repeats")}
      />
      {form.values.repeats !== "never" && (
        <TextInput
          type="date"
          label={t("alerts.maintenance.fields.until")}
          description={t("alerts.maintenance.untilHint")}
          {...form.getInputProps("until")}
        />
      )}
      <Select
        label={t("alerts.maintenance.fields.time_zone")}
        description={t("alerts.maintenance.zoneHint")}
        data={zones()}
        searchable
        limit={100}
        allowDeselect={false}
        {...form.getInputProps("time_zone")}
      />
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("alerts.maintenance.create")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl call={() => calls.createMaintenance(asked(form.values))} />
      </div>
    </form>
  );
}

interface SystemProps {
  known?: Named;
  customer?: string;
  value?: string | null;
  onChange?: (value: string | null) => void;
  error?: React.ReactNode;
}

function SystemSelect({ known, customer, ...props }: SystemProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const q = wanted === known?.name ? "" : wanted;
  const found = useQuery({
    queryKey: ["systems", "choice", customer, q],
    queryFn: ({ signal }) => systems.list({ q, customer_id: customer, limit: 50, sort: "name" }, signal),
    placeholderData: keepPreviousData,
  });
  const names = new Map(known ? [[known.id, known.name]] : []);
  for (const one of found.data?.items ?? []) names.set(one.id, one.name);
  return (
    <Select
      label={t("alerts.fields.system")}
      data={[...names].map(([value, label]) => ({ value, label }))}
      searchable
      allowDeselect={false}
      limit={100}
      onSearchChange={setText}
      {...props}
    />
  );
}
