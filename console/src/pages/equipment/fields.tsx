/** The fields that a person may set, as a form: on a new equipment, on one made from a pending machine, and on one that exists. */
import { ActionIcon, Button, Select, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { FieldError } from "../../api/client.ts";
import { Problem } from "../../api/index.ts";
import type { Equipment, EquipmentInput, Named } from "../../api/types.ts";
import { CustomerSelect } from "../../components/customers.tsx";
import classes from "./fields.module.css";
import { useLabels } from "./labels.tsx";

export interface Values {
  name: string;
  type: string;
  status: string;
  customer_id: string;
  manufacturer: string;
  model: string;
  serial: string;
  uuid: string;
  location: string;
  person: string;
  asset_number: string;
  purchase_date: string;
  warranty_end: string;
  supplier: string;
  notes: string;
  custom_fields: { name: string; value: string }[];
}

export const noValues: Values = {
  name: "",
  type: "workstation",
  status: "in-use",
  customer_id: "",
  manufacturer: "",
  model: "",
  serial: "",
  uuid: "",
  location: "",
  person: "",
  asset_number: "",
  purchase_date: "",
  warranty_end: "",
  supplier: "",
  notes: "",
  custom_fields: [],
};

export function valuesOf(item: Equipment): Values {
  return {
    name: item.name,
    type: item.type,
    status: item.status,
    customer_id: item.customer.id,
    manufacturer: item.manufacturer || "",
    model: item.model || "",
    serial: item.serial || "",
    uuid: item.uuid || "",
    location: item.location || "",
    person: item.person || "",
    asset_number: item.asset_number || "",
    purchase_date: item.purchase_date ?? "",
    warranty_end: item.warranty_end ?? "",
    supplier: item.supplier ?? "",
    notes: item.notes ?? "",
    custom_fields: Object.entries(item.custom_fields).map(([name, value]) => ({ name, value })),
  };
}

/** What differs between two states of the form, as the API takes it: an emptied field is an empty text. */
export function changesBetween(before: Values, after: Values): EquipmentInput {
  const changes: Record<string, unknown> = {};
  for (const key of Object.keys(noValues) as (keyof Values)[]) {
    if (key === "custom_fields") continue;
    const value = (after[key] as string).trim();
    if (value === (before[key] as string)) continue;
    changes[key] = value;
  }
  const custom = (values: Values) =>
    Object.fromEntries(
      values.custom_fields
        .filter((field) => field.name.trim() !== "")
        .map((field) => [field.name.trim(), field.value.trim()]),
    );
  if (JSON.stringify(custom(before)) !== JSON.stringify(custom(after))) changes.custom_fields = custom(after);
  return changes as EquipmentInput;
}

/** Puts the server's errors beside their fields; says whether there was a place for all of them. */
export function showErrors(
  form: UseFormReturnType<Values>,
  error: unknown,
  words: (one: FieldError) => string,
): boolean {
  if (!(error instanceof Problem) || error.errors.length === 0) return false;
  const known = error.errors.filter((one) => one.field in noValues);
  for (const one of known) form.setFieldError(one.field as keyof Values, words(one));
  return known.length === error.errors.length;
}

export function useFieldErrorWords() {
  const { t } = useTranslation();
  return (one: FieldError) =>
    t(`problems.fields.${one.code}`, { defaultValue: one.detail ? one.detail : t("problems.value-invalid") });
}

interface Props {
  form: UseFormReturnType<Values>;
  /** Only what one wants to correct when a machine becomes an equipment. */
  short?: boolean;
  /** Whose it is now. */
  customer?: Named;
  /** Under a field: who set it, and what the agent says. */
  under?: (field: keyof Values) => ReactNode;
}

export function EquipmentFields({ form, short, customer, under }: Props) {
  const { t } = useTranslation();
  const labels = useLabels();
  const text = (field: Exclude<keyof Values, "custom_fields">, more: object = {}) => (
    <div className={classes.field}>
      <TextInput label={labels.field(field)} {...form.getInputProps(field)} {...more} />
      {under?.(field)}
    </div>
  );
  const hint = (field: string) => t(`equipment.hints.${field}`);
  return (
    <div className={classes.fields}>
      <fieldset className={classes.group}>
        <legend>{t("equipment.groups.what")}</legend>
        {text("name", { required: true, withAsterisk: true, "data-autofocus": true })}
        <div className={classes.pair}>
          <div className={classes.field}>
            <Select
              label={labels.field("type")}
              data={labels.typeOptions}
              allowDeselect={false}
              {...form.getInputProps("type")}
            />
            {under?.("type")}
          </div>
          <Select
            label={labels.field("status")}
            data={labels.statusOptions}
            allowDeselect={false}
            {...form.getInputProps("status")}
          />
        </div>
        <CustomerSelect
          known={customer}
          label={labels.field("customer")}
          description={short ? t("equipment.hints.customer") : undefined}
          {...form.getInputProps("customer_id")}
        />
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t("equipment.groups.where")}</legend>
        <div className={classes.pair}>
          {text("location")}
          {text("person")}
        </div>
        {text("asset_number", { description: hint("asset_number") })}
      </fieldset>
      {!short && (
        <>
          <fieldset className={classes.group}>
            <legend>{t("equipment.groups.identity")}</legend>
            <div className={classes.pair}>
              {text("manufacturer")}
              {text("model")}
            </div>
            {text("serial")}
            {text("uuid")}
          </fieldset>
          <fieldset className={classes.group}>
            <legend>{t("equipment.groups.purchase")}</legend>
            <div className={classes.pair}>
              {text("purchase_date", { type: "date" })}
              {text("warranty_end", { type: "date" })}
            </div>
            {text("supplier")}
          </fieldset>
        </>
      )}
      <fieldset className={classes.group}>
        <legend>{t("equipment.groups.notes")}</legend>
        <Textarea label={labels.field("notes")} autosize minRows={3} maxRows={10} {...form.getInputProps("notes")} />
        {!short && (
          <>
            {form.values.custom_fields.map((_, index) => (
              <div key={index} className={classes.custom}>
                <TextInput
                  aria-label={t("equipment.customName")}
                  placeholder={t("equipment.customName")}
                  {...form.getInputProps(`custom_fields.${index}.name`)}
                />
                <TextInput
                  aria-label={t("equipment.customValue")}
                  placeholder={t("equipment.customValue")}
                  {...form.getInputProps(`custom_fields.${index}.value`)}
                />
                <ActionIcon
                  size={36}
                  aria-label={t("equipment.removeCustom")}
                  onClick={() => form.removeListItem("custom_fields", index)}
                >
                  <IconX size={16} />
                </ActionIcon>
              </div>
            ))}
            <Button
              variant="subtle"
              size="compact-xs"
              className={classes.addCustom}
              leftSection={<IconPlus size={13} />}
              onClick={() => form.insertListItem("custom_fields", { name: "", value: "" })}
            >
              {t("equipment.addCustom")}
            </Button>
          </>
        )}
      </fieldset>
    </div>
  );
}
