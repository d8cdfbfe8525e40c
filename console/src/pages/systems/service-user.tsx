/** By whom a customer's systems are managed: the name, who made it, and the form that enters another. */
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { systems } from "../../api/index.ts";
import type { ServiceUser } from "../../api/types.ts";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { May } from "../../components/may.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { done } from "../../components/toast.ts";
import type { FieldError } from "../../api/client.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import plain from "../plain.module.css";
import classes from "./systems.module.css";
import { TestButton, TestResult, useConnectionTest } from "./test.tsx";

/** Longest name, and longest password, characters. */
const longest = 128;

export function ServiceUserCard({ customer }: { customer: string }) {
  const { t } = useTranslation();
  return (
    <Section title={t("systems.customer.user")} text={t("systems.customer.userText")}>
      <ServiceUserRow customer={customer} />
    </Section>
  );
}

/** Who it is, and the form that enters another, in a drawer of its own. */
export function ServiceUserRow({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [dirty, setDirty] = useState(false);
  const user = useQuery({ queryKey: ["service-user", customer], queryFn: () => systems.serviceUser(customer) });
  if (user.isError) return <Failed error={user.error} retry={() => void user.refetch()} />;
  if (!user.data) return <Loading lines={2} />;
  const { name, is_entered } = user.data;
  return (
    <>
      <div className={plain.rows}>
        <div className={plain.row}>
          <div className={plain.words}>
            <span className={plain.name}>
              <span className="mono">{name}</span>
              <Flag tone={is_entered ? "good" : "off"}>
                {t(is_entered ? "systems.customer.entered" : "systems.customer.made")}
              </Flag>
            </span>
            <span className={plain.detail}>
              {t(is_entered ? "systems.customer.enteredText" : "systems.customer.madeText")}
            </span>
          </div>
          <May action="customers.edit" within="all">
            <Button variant="default" onClick={() => setOpened(true)}>
              {t(is_entered ? "systems.customer.change" : "systems.customer.enter")}
            </Button>
          </May>
        </div>
      </div>
      <FormDrawer
        opened={opened}
        close={() => setOpened(false)}
        title={t("systems.customer.enterTitle")}
        size={460}
        dirty={dirty}
      >
        <UserForm customer={customer} user={user.data} close={() => setOpened(false)} tellDirty={setDirty} />
      </FormDrawer>
    </>
  );
}

interface FormProps {
  customer: string;
  user: ServiceUser;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function UserForm({ customer, user, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const forget = useRef<() => void>(() => undefined);
  const form = useForm({
    initialValues: { name: user.name, password: "" },
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      password: (value) => (value === "" ? t("common.required") : null),
    },
    clearInputErrorOnChange: true,
    // What was tested is not what is typed now.
    onValuesChange: () => forget.current(),
  });
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);
  const atField = (error: FieldError) => {
    const field = error.field.replace(/^service_user\./, "");
    if (!(field in form.values)) return false;
    form.setFieldError(field, words(error));
    return true;
  };
  const test = useConnectionTest(customer, atField);
  useLayoutEffect(() => {
    forget.current = test.forget;
  });
  const { busy, problem, save } = useSaving(atField);
  const typed = (values: typeof form.values) => ({ name: values.name.trim(), password: values.password });
  const store = async (values: typeof form.values) => {
    await systems.setServiceUser(customer, typed(values));
    await client.invalidateQueries({ queryKey: ["service-user", customer] });
    await client.invalidateQueries({ queryKey: ["systems"] });
    done(t("systems.customer.saved"));
    close();
  };
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit((values) => void save(() => store(values)))}>
      <p className={classes.note}>{t("systems.customer.countsForAll")}</p>
      <TextInput
        label={t("systems.customer.userName")}
        maxLength={longest}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <PasswordInput
        label={t("systems.customer.userPassword")}
        description={t("systems.customer.userPasswordHint")}
        maxLength={longest}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("common.reveal") }}
        {...form.getInputProps("password")}
      />
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("common.save")}
        </Button>
        <TestButton test={test} typed={() => (form.validate().hasErrors ? null : typed(form.values))} />
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
      <TestResult test={test} />
    </form>
  );
}
