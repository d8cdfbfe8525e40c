/** What is asked before something happens to one equipment or to many: what it touches, and the missing value. */
import { Select } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, equipment, type Call, type Target } from "../../api/index.ts";
import type { BulkResult, EquipmentItem } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import type { Selection } from "../../components/data-list/types.ts";
import { done, failed } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useLabels } from "./labels.tsx";

/** The server takes at most this many ids at once. */
const most = 200;

/** One call for all of it, where one is enough. */
export function inOneCall(target: Target, call: () => Call): (() => Call) | undefined {
  return "ids" in target && target.ids.length > most ? undefined : call;
}

export async function inPortions(target: Target, run: (target: Target) => Promise<BulkResult>): Promise<BulkResult> {
  if (!("ids" in target) || target.ids.length <= most) return run(target);
  const result: BulkResult = { done: 0, failed: [] };
  for (let at = 0; at < target.ids.length; at += most) {
    const part = await run({ ids: target.ids.slice(at, at + most) });
    result.done += part.done;
    result.failed.push(...part.failed);
  }
  return result;
}

export function useBulkReport() {
  const { t } = useTranslation();
  const format = useFormat();
  return (result: BulkResult) => {
    if (result.done > 0) done(t("common.bulk.done", { count: result.done, shown: format.number(result.done) }));
    if (result.failed.length > 0) {
      const reasons = [...new Set(result.failed.map((one) => t(`problems.${one.code}`, { defaultValue: one.title })))];
      failed(
        t("common.bulk.failed", {
          count: result.failed.length,
          shown: format.number(result.failed.length),
          reasons: reasons.slice(0, 3).join(" "),
        }),
      );
    }
  };
}

/** Above this many, the number has to be typed before anything is deleted. */
const wide = 25;

export function useBulkQuestions(ask: (question: Question | null) => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const report = useBulkReport();

  const touched = (selection: Selection<EquipmentItem>) => {
    if (selection.count === 1 && selection.rows[0]) return t("equipment.confirm.one", { name: selection.rows[0].name });
    const shown = format.number(selection.count) + (selection.countIsMinimum ? "+" : "");
    const machines = t("equipment.confirm.many", { count: selection.count, shown });
    if (selection.all) return machines;
    const owners = new Set(selection.rows.map((row) => row.customer.id)).size;
    return t("equipment.confirm.ofCustomers", { machines, count: owners });
  };
  const runBulk = async (
    selection: Selection<EquipmentItem>,
    action: Parameters<typeof equipment.bulk>[0],
    values?: { customer_id?: string; status?: string },
  ) => {
    report(await inPortions(selection.target, (target) => equipment.bulk(action, target, values)));
    selection.clear();
    await client.invalidateQueries();
  };

  const callOf = (
    { target }: Selection<EquipmentItem>,
    action: Parameters<typeof equipment.bulk>[0],
    values?: { customer_id?: string; status?: string },
  ) => inOneCall(target, () => calls.equipmentBulk(action, target, values));

  return {
    fresh: (selection: Selection<EquipmentItem>) =>
      ask({
        title: t("equipment.actions.fresh"),
        about: touched(selection),
        text: t("equipment.confirm.freshText"),
        action: t("equipment.confirm.freshAction"),
        call: callOf(selection, "fresh-inventory"),
        run: () => runBulk(selection, "fresh-inventory"),
      }),
    restore: (selection: Selection<EquipmentItem>) =>
      ask({
        title: t("equipment.actions.restore"),
        about: touched(selection),
        text: t("equipment.confirm.restoreText"),
        action: t("equipment.actions.restore"),
        call: callOf(selection, "restore"),
        run: () => runBulk(selection, "restore"),
      }),
    remove: (selection: Selection<EquipmentItem>) =>
      ask({
        title: t("equipment.actions.delete"),
        about: touched(selection),
        text: t("equipment.confirm.deleteText"),
        action: t("equipment.actions.delete"),
        danger: true,
        word: selection.count > wide ? String(selection.count) : undefined,
        call: callOf(selection, "delete"),
        run: () => runBulk(selection, "delete"),
      }),
    move: (selection: Selection<EquipmentItem>) => {
      const chosen = { value: "" };
      const show = (ready: boolean) =>
        ask({
          title: t("equipment.actions.move"),
          about: touched(selection),
          action: t("equipment.confirm.moveAction"),
          fields: (
            <ValueField
              change={(value) => {
                chosen.value = value;
                show(true);
              }}
              kind="customer"
            />
          ),
          ready,
          call: callOf(selection, "move", { customer_id: chosen.value }),
          run: () => runBulk(selection, "move", { customer_id: chosen.value }),
        });
      show(false);
    },
    status: (selection: Selection<EquipmentItem>) => {
      const chosen = { value: "" };
      const show = (ready: boolean) =>
        ask({
          title: t("equipment.actions.status"),
          about: touched(selection),
          action: t("equipment.confirm.statusAction"),
          fields: (
            <ValueField
              change={(value) => {
                chosen.value = value;
                show(true);
              }}
              kind="status"
            />
          ),
          ready,
          call: callOf(selection, "status", { status: chosen.value }),
          run: () => runBulk(selection, "status", { status: chosen.value }),
        });
      show(false);
    },
  };
}

function ValueField({ kind, change }: { kind: "customer" | "status"; change: (value: string) => void }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const [value, setValue] = useState<string | null>(null);
  const choose = (now: string | null) => {
    setValue(now);
    if (now) change(now);
  };
  if (kind === "customer") {
    return <CustomerSelect label={t("equipment.fields.customer")} value={value} onChange={choose} data-autofocus />;
  }
  return (
    <Select
      label={t("equipment.fields.status")}
      data={labels.statusOptions}
      value={value}
      onChange={choose}
      data-autofocus
    />
  );
}
