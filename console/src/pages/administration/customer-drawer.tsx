/** Adds a customer, and shows the token for it; or edits one. */
import { Button } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, calls, customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { done } from "../../components/toast.ts";
import { announce } from "../../lib/announce.ts";
import { isEmail, phoneOf } from "../../lib/people.ts";
import { useMay } from "../../lib/permissions.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import classes from "../plain.module.css";
import { AddedCustomer, useFirstToken } from "./customer-added.tsx";
import { CustomerFields } from "./customer-fields.tsx";
import { changesOf, isCode, newOf, valuesOf, type Values } from "./customer-values.ts";

interface Props {
  opened: boolean;
  close: () => void;
  /** Without one, a new one is made. */
  customer?: Customer;
}

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
      title={shown ? t("customers.editTitle") : t("customers.addTitle")}
      dirty={dirty}
    >
      <CustomerForm key={shown?.id} customer={shown} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

/** Whether the preferences let customers' ids change; who does not read them is told by the server. */
function useCodesMayChange(): boolean {
  const reads = useMay("preferences.manage").may;
  const preferences = useQuery({ queryKey: ["preferences"], queryFn: administration.preferences, enabled: reads });
  return reads ? preferences.data?.customer_codes_may_change === true : true;
}

interface FormProps {
  customer?: Customer;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function CustomerForm({ customer, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const [added, setAdded] = useState<Customer | null>(null);
  // What is sent is what was changed here, not what somebody else has changed meanwhile.
  const [began] = useState(customer);
  const token = useFirstToken();
  const codesMayChange = useCodesMayChange();
  const email = (value: string) => (isEmail(value) ? null : t("people.errors.email"));
  const form = useForm<Values>({
    initialValues: valuesOf(began),
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      code: (value) =>
        isCode(value.trim()) || (value.trim() === "" && !customer) ? null : t("customers.form.codeWrong"),
      phone: (value) => (phoneOf(value) === null ? t("people.errors.phone") : null),
      email,
      technical_email: email,
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty() && added === null;
  useTellDirty(dirty, tellDirty);
  // The form is long: what is wrong may be out of sight.
  const show = (field: string | undefined) => field && form.getInputNode(field)?.focus();
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in form.values)) return false;
    form.setFieldError(error.field, words(error));
    show(error.field);
    return true;
  });
  const add = async (values: Values) => {
    const made = await customers.create(newOf(values));
    setAdded(made);
    await client.invalidateQueries({ queryKey: ["customers"] });
    announce(t("customers.added", { name: made.name }));
    await token.make(made);
  };
  const change = async (before: Customer, values: Values) => {
    await customers.change(before.id, changesOf(before, values));
    await client.invalidateQueries({ queryKey: ["customers"] });
    done(t("common.saved"));
    close();
  };
  if (added) return <AddedCustomer customer={added} token={token} close={close} />;
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={form.onSubmit(
        (values) => void save(() => (began ? change(began, values) : add(values))),
        (errors) => show(Object.keys(errors)[0]),
      )}
    >
      <CustomerFields form={form} customer={customer} codesMayChange={codesMayChange} />
      <SaveProblem problem={problem} />
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {customer ? t("common.save") : t("customers.addAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl
          call={() =>
            began
              ? calls.changeCustomer(began.id, changesOf(began, form.values))
              : calls.createCustomer(newOf(form.values))
          }
        />
      </div>
    </form>
  );
}
