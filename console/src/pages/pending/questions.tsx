import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, pending } from "../../api/index.ts";
import type { PendingItem } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import type { Selection } from "../../components/data-list/types.ts";
import { useFormat } from "../../lib/format.ts";
import { inOneCall, inPortions, useBulkReport } from "../equipment/bulk-questions.tsx";
import { nameOf } from "./list.tsx";

/** What is asked before something happens to waiting machines. */
export function usePendingQuestions(ask: (question: Question | null) => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const report = useBulkReport();
  type Chosen = Selection<PendingItem>;

  const touched = (selection: Chosen) => {
    const only = selection.count === 1 ? selection.rows[0] : undefined;
    if (only) return t("pending.confirm.one", { name: nameOf(only) });
    const shown = format.number(selection.count) + (selection.countIsMinimum ? "+" : "");
    return t("pending.confirm.many", { count: selection.count, shown });
  };
  const run = async (selection: Chosen, action: Parameters<typeof pending.bulk>[0], customer?: string) => {
    report(await inPortions(selection.target, (target) => pending.bulk(action, target, customer)));
    selection.clear();
    await client.invalidateQueries();
  };
  const simple =
    (name: "ignore" | "unignore" | "delete" | "accept", danger = false) =>
    (selection: Chosen) =>
      ask({
        title: t(`pending.actions.${name}`),
        about: touched(selection),
        text: t(`pending.confirm.${name}Text`),
        action: t(`pending.actions.${name}`),
        danger,
        word: danger && selection.count > 25 ? String(selection.count) : undefined,
        call: inOneCall(selection.target, () => calls.pendingBulk(name, selection.target)),
        run: () => run(selection, name),
      });
  return {
    ignore: simple("ignore"),
    unignore: simple("unignore"),
    accept: simple("accept"),
    remove: simple("delete", true),
    create: (selection: Chosen) => {
      const chosen: { customer?: string } = {};
      ask({
        title: t("pending.actions.create"),
        about: touched(selection),
        text: t("pending.confirm.createText"),
        action: t("pending.confirm.createAction"),
        fields: <OptionalCustomer change={(value) => (chosen.customer = value ?? undefined)} />,
        call: inOneCall(selection.target, () => calls.pendingBulk("create", selection.target, chosen.customer)),
        run: () => run(selection, "create", chosen.customer),
      });
    },
  };
}

function OptionalCustomer({ change }: { change: (value: string | null) => void }) {
  const { t } = useTranslation();
  const [value, setValue] = useState<string | null>(null);
  return (
    <CustomerSelect
      label={t("equipment.fields.customer")}
      description={t("pending.confirm.customerHint")}
      placeholder={t("pending.confirm.customerDefault")}
      clearable
      value={value}
      onChange={(now) => {
        setValue(now);
        change(now);
      }}
    />
  );
}
