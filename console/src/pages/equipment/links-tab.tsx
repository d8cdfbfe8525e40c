/** How this equipment came to be linked to its agent, why, and the way back. */
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, equipment } from "../../api/index.ts";
import type { Equipment, Operation } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { May } from "../../components/may.tsx";
import { Failed, Loading, Nothing } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useLabels } from "./labels.tsx";
import classes from "./links-tab.module.css";

export function LinksTab({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question | null>(null);
  const list = useQuery({
    queryKey: ["equipment", "operations", item.id, item.revision],
    queryFn: () => equipment.operations(item.id),
  });
  if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Loading />;
  if (list.data.items.length === 0)
    return <Nothing title={t("equipment.links.none")} text={t("equipment.links.noneText")} />;
  const kind = (operation: Operation) => t(`equipment.links.kinds.${operation.kind}`, { defaultValue: operation.kind });
  const undo = (operation: Operation) =>
    setQuestion({
      title: t("equipment.links.undoTitle"),
      text: t("equipment.links.undoText", { kind: kind(operation), name: item.name }),
      action: t("equipment.links.undo"),
      danger: true,
      call: () => calls.undo(item.id, operation.id),
      run: async () => {
        await equipment.undo(item.id, operation.id);
        await client.invalidateQueries();
        done(t("equipment.links.undone"));
      },
    });
  return (
    <>
      <ul className={classes.list}>
        {list.data.items.map((operation) => (
          <li key={operation.id} className={classes.row} data-undone={operation.undone_at !== null || undefined}>
            <div className={classes.words}>
              <span className={classes.kind}>
                {kind(operation)}
                {operation.automatic && (
                  <Flag tone="off" title={t("equipment.links.automaticHint")}>
                    {t("equipment.links.automatic")}
                  </Flag>
                )}
              </span>
              <span className="muted">
                <Moment at={operation.at} />
                {operation.by && <> · {operation.by}</>}
              </span>
              {operation.reasons.length > 0 && (
                <ul className={classes.reasons} aria-label={t("equipment.links.reasons")}>
                  {operation.reasons.map((reason, index) => (
                    <li key={index}>
                      {labels.reason(reason)} {reason.value && <span className="mono">{reason.value}</span>}
                    </li>
                  ))}
                </ul>
              )}
            </div>
            {operation.undone_at ? (
              <Flag tone="off">{t("equipment.links.undone")}</Flag>
            ) : (
              operation.can_undo && (
                <May action="equipment.edit">
                  <Button variant="default" onClick={() => undo(operation)}>
                    {t("equipment.links.undo")}
                  </Button>
                </May>
              )
            )}
          </li>
        ))}
      </ul>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
