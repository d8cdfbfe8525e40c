/** The form that makes an equipment, by hand or of a waiting machine. */
import { Button } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { send, type Call } from "../../api/index.ts";
import type { Equipment, Named } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { useProblemText } from "../../components/states.tsx";
import { useTellDirty } from "../../components/form-drawer.tsx";
import { done } from "../../components/toast.ts";
import classes from "./fields.module.css";
import { EquipmentFields, showErrors, useFieldErrorWords, type Values } from "./fields.tsx";

interface Props {
  /** What is known before anyone types. */
  start: Values;
  /** Whose it is unless someone says otherwise; may become known while the form is open. */
  owner?: string;
  customer?: Named;
  short?: boolean;
  above?: ReactNode;
  action: string;
  call: (values: Values) => Call;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

export function CreateForm({ start, owner, customer, short, above, action, call, close, tellDirty }: Props) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<Values>({
    initialValues: start,
    validate: { name: (value) => (value.trim() === "" ? t("common.required") : null) },
    clearInputErrorOnChange: true,
  });
  useEffect(() => {
    if (!owner || form.values.customer_id !== "") return;
    form.setInitialValues({ ...start, customer_id: owner });
    form.setFieldValue("customer_id", owner);
    // What was typed before the default became known stays a change.
    form.resetDirty({ ...start, customer_id: owner });
    // Only when the default becomes known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [owner]);
  const dirty = form.isDirty();
  // Before the next key: Escape must know of what was just typed.
  useTellDirty(dirty, tellDirty);

  const save = async (values: Values) => {
    setBusy(true);
    setProblem(null);
    try {
      const made = await send<Equipment>(call(values));
      await client.invalidateQueries();
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
      {above}
      <EquipmentFields form={form} short={short} customer={customer} />
      <div className={classes.foot}>
        <CopyCurl call={() => call(form.values)} />
        <div className={classes.problem} role="alert">
          {problem}
        </div>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" loading={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
