import { Button, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers } from "../../api/index.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import type { Customer } from "../../api/types.ts";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import classes from "../plain.module.css";

interface Props {
  opened: boolean;
  close: () => void;
  /** Without one, a new one is made. */
  customer?: Customer;
}

/** A new customer, or another name or reseller for one; the reseller is asked for where there is a choice. */
export function CustomerDrawer({ opened, close, customer }: Props) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  // What is edited stays while the drawer goes.
  const [shown, setShown] = useState(customer);
  if (opened && customer !== shown) setShown(customer);
  return (
    <FormDrawer
      opened={opened}
      close={close}
      title={shown ? t("administration.customers.edit") : t("administration.customers.addTitle")}
      size={460}
      dirty={dirty}
    >
      <CustomerForm key={shown?.id} customer={shown} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

interface FormProps {
  customer?: Customer;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function CustomerForm({ customer, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const named = useGivenName();
  const client = useQueryClient();
  const resellers = useQuery({ queryKey: ["resellers"], queryFn: ({ signal }) => customers.resellers({}, signal) });
  const form = useForm({
    initialValues: { name: customer?.name ?? "", reseller_id: customer?.reseller.id ?? "" },
    validate: { name: (value) => (value.trim() === "" ? t("common.required") : null) },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  useLayoutEffect(() => {
    tellDirty(dirty);
    return () => tellDirty(false);
  }, [dirty, tellDirty]);
  const changed = (values: typeof form.values) => ({
    name: values.name.trim(),
    reseller_id: values.reseller_id || undefined,
  });
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in form.values)) return false;
    form.setFieldError(error.field, words(error));
    return true;
  });
  const store = async (values: typeof form.values) => {
    const made = customer
      ? await customers.change(customer.id, changed(values))
      : await customers.create(changed(values));
    await client.invalidateQueries({ queryKey: ["customers"] });
    done(customer ? t("common.saved") : t("administration.customers.added", { name: made.name }));
    close();
  };
  const choices = resellers.data?.items ?? [];
  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => void save(() => store(values)))}>
      <TextInput
        label={t("equipment.fields.name")}
        description={t("administration.customers.nameHint")}
        maxLength={100}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("name")}
      />
      {choices.length > 1 && (
        <Select
          label={t("administration.customers.reseller")}
          description={customer ? t("administration.customers.moveHint") : t("administration.customers.resellerHint")}
          data={choices.map((reseller) => ({ value: reseller.id, label: named(reseller.name) }))}
          searchable
          clearable={!customer}
          allowDeselect={!customer}
          {...form.getInputProps("reseller_id")}
        />
      )}
      <SaveProblem problem={problem} />
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {customer ? t("common.save") : t("administration.customers.addAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl
          call={() =>
            customer
              ? calls.changeCustomer(customer.id, changed(form.values))
              : calls.createCustomer(changed(form.values))
          }
        />
      </div>
    </form>
  );
}
