import { Button } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { pending } from "../../api/index.ts";
import type { PendingItem } from "../../api/types.ts";
import { useCustomers } from "../../components/customers.tsx";
import { Facts } from "../../components/facts.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { useProblemText } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import {
  changesBetween,
  EquipmentFields,
  noValues,
  showErrors,
  useFieldErrorWords,
  type Values,
} from "../equipment/fields.tsx";
import fields from "../equipment/fields.module.css";
import { useLabels } from "../equipment/labels.tsx";

/** Makes an equipment of a waiting machine: what was collected is filled in, and can be corrected. */
export function CreateFromDrawer({ item, close }: { item: PendingItem | null; close: () => void }) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={item !== null} close={close} title={t("pending.createTitle")} dirty={dirty}>
      {item && <Body key={item.id} item={item} close={close} tellDirty={setDirty} />}
    </FormDrawer>
  );
}

function Body({
  item,
  close,
  tellDirty,
}: {
  item: PendingItem;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}) {
  const { t } = useTranslation();
  const labels = useLabels();
  const text = useProblemText();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const customers = useCustomers();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const collected: Values = {
    ...noValues,
    name: item.name || "",
    type: item.type ?? "other",
    customer_id: item.customer?.id ?? "",
  };
  const form = useForm<Values>({
    initialValues: collected,
    validate: { name: (value) => (value.trim() === "" ? t("common.required") : null) },
    clearInputErrorOnChange: true,
  });
  const standard = customers.data?.items.find((customer) => customer.is_default)?.id;
  useEffect(() => {
    if (!standard || item.customer) return;
    form.setInitialValues({ ...collected, customer_id: standard });
    form.setFieldValue("customer_id", standard);
    form.resetDirty({ ...collected, customer_id: standard });
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
      // What stays as collected is left to the agent; only corrections are sent, and locked.
      const body = {
        ...changesBetween({ ...collected, status: noValues.status }, values),
        customer_id: values.customer_id || undefined,
      };
      const made = await pending.create(item.id, body);
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
      <Facts
        facts={[
          [t("equipment.fields.os"), labels.os(item.os)],
          [t("equipment.fields.model"), [item.manufacturer, item.model].filter(Boolean).join(" ")],
          [t("equipment.fields.serial"), item.serial && <span className="mono">{item.serial}</span>],
          [t("equipment.fields.agent"), labels.agent(item.agent)],
        ]}
      />
      <div style={{ height: 20 }} />
      <EquipmentFields form={form} short customer={item.customer ?? undefined} />
      <div className={fields.foot}>
        <div className={fields.problem} role="alert">
          {problem}
        </div>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" loading={busy}>
          {t("pending.createAction")}
        </Button>
      </div>
    </form>
  );
}
