import { Button } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { equipment } from "../../api/index.ts";
import { useCustomers } from "../../components/customers.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { useProblemText } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import type { Search } from "../../router.tsx";
import classes from "./fields.module.css";
import { changesBetween, EquipmentFields, noValues, showErrors, useFieldErrorWords, type Values } from "./fields.tsx";

/** An equipment made by hand: what has no agent. */
export function CreateDrawer({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={opened} close={close} title={t("equipment.addTitle")} dirty={dirty}>
      <Body close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

function Body({ close, tellDirty }: { close: () => void; tellDirty: (dirty: boolean) => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const customers = useCustomers();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Values>({
    initialValues: noValues,
    validate: { name: (value) => (value.trim() === "" ? t("common.required") : null) },
    clearInputErrorOnChange: true,
  });
  const standard = search.customer_id ?? customers.data?.items.find((customer) => customer.is_default)?.id;
  useEffect(() => {
    if (standard && form.values.customer_id === "") {
      form.setInitialValues({ ...noValues, customer_id: standard });
      form.setFieldValue("customer_id", standard);
      // What was typed before the default became known stays a change.
      form.resetDirty({ ...noValues, customer_id: standard });
    }
    // Only when the default becomes known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [standard]);
  const dirty = form.isDirty();
  // Before the next key: Escape must know of what was just typed.
  useLayoutEffect(() => {
    tellDirty(dirty);
    return () => tellDirty(false);
  }, [dirty, tellDirty]);

  const save = async (values: Values) => {
    setBusy(true);
    setProblem(null);
    try {
      const body = changesBetween({ ...noValues, type: "", status: "" }, values);
      const made = await equipment.create(body);
      await client.invalidateQueries({ queryKey: ["equipment"] });
      done(t("equipment.created", { name: made.name }));
      close();
      await navigate({ to: "/equipment/$id", params: { id: made.id } });
    } catch (error) {
      if (!showErrors(form, error, words)) setProblem(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={form.onSubmit((values) => void save(values))} noValidate>
      <EquipmentFields form={form} />
      <div className={classes.foot}>
        <div className={classes.problem} role="alert">
          {problem}
        </div>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" loading={busy}>
          {t("equipment.addAction")}
        </Button>
      </div>
    </form>
  );
}
