/** Correcting an equipment. What a person sets is locked against agents; a lock shows both values and can be lifted. */
import { Button } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconLock } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { equipment, Problem } from "../../api/index.ts";
import type { Equipment, FieldLock } from "../../api/types.ts";
import { AskBeforeLeaving } from "../../components/ask-before-leaving.tsx";
import { useProblemText } from "../../components/states.tsx";
import { done, failed } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { equipmentQuery } from "./detail.tsx";
import classes from "./edit-tab.module.css";
import { changesBetween, EquipmentFields, showErrors, useFieldErrorWords, valuesOf, type Values } from "./fields.tsx";

export function EditTab({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const before = valuesOf(item);
  const form = useForm<Values>({
    initialValues: before,
    validate: { name: (value) => (value.trim() === "" ? t("common.required") : null) },
    clearInputErrorOnChange: true,
  });
  const changes = changesBetween(before, form.values);
  const dirty = Object.keys(changes).length > 0;

  const adopt = (fresh: Equipment) => {
    client.setQueryData(equipmentQuery(item.id).queryKey, fresh);
    void client.invalidateQueries({ queryKey: ["equipment", "list"] });
  };
  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      adopt(await equipment.update(item.id, { ...changes, revision: item.revision }));
      done(t("common.saved"));
    } catch (error) {
      if (!showErrors(form, error, words)) setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const unlock = async (lock: FieldLock) => {
    try {
      adopt(await equipment.update(item.id, { unlock: [lock.field], revision: item.revision }));
      done(t("equipment.unlocked", { field: t(`equipment.fields.${lock.field}`, { defaultValue: lock.field }) }));
    } catch (error) {
      failed(text(error));
    }
  };
  const stale = problem instanceof Problem && problem.code === "revision-stale";

  return (
    <>
      <form className={classes.form} noValidate onSubmit={form.onSubmit(() => void save())}>
        {item.agent && <p className="muted">{t("equipment.editHint")}</p>}
        <EquipmentFields
          form={form}
          customer={item.customer}
          under={(field) => {
            const lock = item.locks.find((one) => one.field === field);
            return lock ? <LockLine lock={lock} unlock={() => void unlock(lock)} disabled={dirty} /> : null;
          }}
        />
        <div className={classes.foot}>
          <div className={classes.problem} role="alert">
            {problem !== null && text(problem)}
            {stale && (
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => void client.invalidateQueries({ queryKey: equipmentQuery(item.id).queryKey })}
              >
                {t("equipment.reload")}
              </Button>
            )}
          </div>
          <Button variant="default" disabled={!dirty} onClick={() => form.reset()}>
            {t("common.revert")}
          </Button>
          <Button type="submit" disabled={!dirty} loading={busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
      <AskBeforeLeaving dirty={dirty} busy={busy} tab="edit" />
    </>
  );
}

function LockLine({ lock, unlock, disabled }: { lock: FieldLock; unlock: () => void; disabled: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const mine = lock.locked_by
    ? t("equipment.lockedBy", { by: lock.locked_by, when: format.dateTime(lock.locked_at) })
    : t("equipment.lockedOn", { when: format.dateTime(lock.locked_at) });
  return (
    <div className={classes.lock}>
      <IconLock size={13} stroke={1.8} aria-hidden />
      <span title={mine}>
        {t("equipment.agentSays")} <b>{lock.agent_value || "—"}</b>
      </span>
      <Button
        variant="subtle"
        size="compact-xs"
        onClick={unlock}
        disabled={disabled}
        title={disabled ? t("equipment.saveFirst") : mine}
      >
        {t("equipment.unlock")}
      </Button>
    </div>
  );
}
