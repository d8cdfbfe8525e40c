import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, equipment } from "../../api/index.ts";
import type { Equipment, EquipmentItem } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import { TypeIcon, useLabels } from "./labels.tsx";
import classes from "./pick.module.css";

interface Props {
  item: Equipment;
  opened: boolean;
  close: () => void;
  ask: (question: Question) => void;
  asking: boolean;
}

/** Picks the equipment that is merged into this one. */
export function MergeDrawer(props: Props) {
  const { t } = useTranslation();
  return (
    <FormDrawer
      opened={props.opened}
      close={props.close}
      covered={props.asking}
      title={t("equipment.mergeTitle", { name: props.item.name })}
    >
      <Body {...props} />
    </FormDrawer>
  );
}

function Body({ item, close, ask }: Props) {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({
    queryKey: ["equipment", "merge", wanted],
    queryFn: ({ signal }) => equipment.list({ q: wanted || item.name, limit: 20 }, signal),
    placeholderData: keepPreviousData,
  });
  const rows = (found.data?.items ?? []).filter((row) => row.id !== item.id);
  const choose = (other: EquipmentItem) =>
    ask({
      title: t("equipment.actions.merge"),
      text: t("equipment.confirm.mergeText", { other: other.name, name: item.name }),
      action: t("equipment.actions.mergeAction"),
      danger: true,
      call: () => calls.merge(item.id, other.id),
      run: async () => {
        await equipment.merge(item.id, other.id);
        close();
        await client.invalidateQueries();
        done(t("equipment.merged", { other: other.name, name: item.name }));
      },
    });
  return (
    <div className={classes.pick}>
      <p className="muted">{t("equipment.mergeHint", { name: item.name })}</p>
      <TextInput
        label={t("equipment.mergeSearch")}
        placeholder={t("equipment.search")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-autofocus
      />
      {found.isError ? (
        <Failed error={found.error} retry={() => void found.refetch()} />
      ) : !found.data ? (
        <Loading />
      ) : rows.length === 0 ? (
        <p className={classes.none}>{t(wanted ? "common.list.nothingFound" : "equipment.mergeNone")}</p>
      ) : (
        <ul className={classes.list}>
          {rows.map((row) => (
            <li key={row.id} className={classes.row}>
              <TypeIcon type={row.type} />
              <div className={classes.words}>
                <span className={classes.name}>{row.name}</span>
                <span className={classes.detail}>
                  {[labels.customer(row.customer), row.model, row.serial, labels.agent(row.agent)]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </div>
              <Button
                variant="default"
                disabled={Boolean(item.agent && row.agent)}
                title={item.agent && row.agent ? t("equipment.mergeBoth") : undefined}
                onClick={() => choose(row)}
                aria-label={t("equipment.mergeThis", { name: row.name })}
              >
                {t("equipment.actions.mergeAction")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
