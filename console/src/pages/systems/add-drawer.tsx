/** Makes an enrolment token: for a reseller, whose customers its systems become, or for one customer. */
import { Button, NumberInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers, systems } from "../../api/index.ts";
import type { MadeEnrolmentToken, NewEnrolmentToken } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Field } from "../../components/section.tsx";
import { dayIn, endOf } from "../../lib/days.ts";
import { usualDays } from "../../lib/enrol-command.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import plain from "../plain.module.css";
import { MadeToken } from "./made-token.tsx";
import classes from "./systems.module.css";

/** Most systems that one token may enrol. */
const mostUses = 100_000;

interface Props {
  opened: boolean;
  close: () => void;
  /** The customer that the page is about. */
  customer?: string;
}

export function AddDrawer({ opened, close, customer }: Props) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={opened} close={close} title={t("systems.add.title")} size={520} dirty={dirty}>
      <AddForm customer={customer} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

interface Values {
  for: "reseller" | "customer";
  reseller_id: string | null;
  customer_id: string | null;
  uses: number | string;
  expires_at: string;
}

function AddForm({ customer, close, tellDirty }: Omit<Props, "opened"> & { tellDirty: (dirty: boolean) => void }) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const named = useGivenName();
  const client = useQueryClient();
  const [made, setMade] = useState<MadeEnrolmentToken | null>(null);
  const resellers = useQuery({ queryKey: ["resellers"], queryFn: ({ signal }) => customers.resellers({}, signal) });
  const known = useQuery({
    queryKey: ["customers", "one", customer],
    queryFn: () => customers.get(customer!),
    enabled: customer !== undefined,
  });
  const choices = resellers.data?.items ?? [];
  const only = choices.length === 1 ? choices[0]!.id : null;
  const form = useForm<Values>({
    initialValues: {
      for: customer ? "customer" : "reseller",
      reseller_id: null,
      customer_id: customer ?? null,
      uses: 1,
      expires_at: dayIn(usualDays),
    },
    validate: {
      reseller_id: (value, values) => (values.for === "reseller" && !value && !only ? t("common.required") : null),
      customer_id: (value, values) => (values.for === "customer" && !value ? t("common.required") : null),
      uses: (value) =>
        Number.isInteger(value) && Number(value) >= 1 && Number(value) <= mostUses
          ? null
          : t("problems.fields.out-of-range"),
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty() && made === null;
  useTellDirty(dirty, tellDirty);
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in form.values)) return false;
    form.setFieldError(error.field, words(error));
    return true;
  });
  const asked = (values: Values): NewEnrolmentToken => ({
    ...(values.for === "reseller"
      ? { reseller_id: values.reseller_id ?? only ?? undefined }
      : { customer_id: values.customer_id ?? undefined }),
    uses: Number(values.uses),
    expires_at: values.expires_at ? endOf(values.expires_at) : undefined,
  });
  const make = async (values: Values) => {
    setMade(await systems.makeToken(asked(values)));
    await client.invalidateQueries({ queryKey: ["enrolment-tokens"] });
  };
  if (made)
    return <MadeToken made={made} title={t("systems.add.madeTitle")} text={t("systems.add.madeText")} close={close} />;
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit((values) => void save(() => make(values)))}>
      <p className={classes.note}>{t("systems.add.text")}</p>
      <Field label={t("systems.add.for")}>
        <SegmentedControl
          aria-label={t("systems.add.for")}
          data={[
            { value: "reseller", label: t("systems.add.forReseller") },
            { value: "customer", label: t("systems.add.forCustomer") },
          ]}
          {...form.getInputProps("for")}
        />
      </Field>
      {form.values.for === "reseller" ? (
        <Select
          label={t("systems.add.reseller")}
          description={t("systems.add.forResellerText")}
          data={choices.map((one) => ({ value: one.id, label: named(one.name) }))}
          searchable
          allowDeselect={false}
          {...form.getInputProps("reseller_id")}
          value={form.values.reseller_id ?? only}
        />
      ) : (
        <CustomerSelect
          label={t("systems.add.customer")}
          description={t("systems.add.forCustomerText")}
          known={known.data}
          {...form.getInputProps("customer_id")}
        />
      )}
      <NumberInput
        label={t("systems.add.uses")}
        description={t("systems.add.usesHint")}
        min={1}
        max={mostUses}
        allowDecimal={false}
        allowNegative={false}
        {...form.getInputProps("uses")}
      />
      <TextInput
        type="date"
        label={t("systems.add.until")}
        description={t("systems.add.untilHint")}
        min={dayIn(0)}
        {...form.getInputProps("expires_at")}
      />
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("systems.add.make")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl call={() => calls.makeToken(asked(form.values))} />
      </div>
    </form>
  );
}
