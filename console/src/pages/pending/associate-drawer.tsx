import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { pending } from "../../api/index.ts";
import type { Candidate, PendingItem } from "../../api/types.ts";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { done, failed } from "../../components/toast.ts";
import { TypeIcon, useLabels } from "../equipment/labels.tsx";
import classes from "../equipment/pick.module.css";
import { nameOf } from "./list.tsx";

/** Links a waiting machine to an equipment that exists: likeliest first, each with its reasons. */
export function AssociateDrawer({ item, close }: { item: PendingItem | null; close: () => void }) {
  const { t } = useTranslation();
  return (
    <FormDrawer
      opened={item !== null}
      close={close}
      title={item ? t("pending.associateTitle", { name: nameOf(item) }) : ""}
    >
      {item && <Body key={item.id} item={item} close={close} />}
    </FormDrawer>
  );
}

function Body({ item, close }: { item: PendingItem; close: () => void }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const text = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState<string | null>(null);
  const [wanted] = useDebouncedValue(typed.trim(), 200);
  const list = useQuery({
    queryKey: ["pending", "candidates", item.id, wanted],
    queryFn: () => pending.candidates(item.id, wanted),
    placeholderData: keepPreviousData,
  });
  const choose = async (candidate: Candidate) => {
    setBusy(candidate.equipment.id);
    try {
      const linked = await pending.associate(item.id, candidate.equipment.id);
      await client.invalidateQueries();
      done(t("pending.associated", { machine: nameOf(item), name: linked.name }));
      close();
      await navigate({ to: "/equipment/$id", params: { id: linked.id } });
    } catch (error) {
      failed(text(error));
      setBusy(null);
    }
  };
  return (
    <div className={classes.pick}>
      <p className="muted">{t("pending.associateHint")}</p>
      <TextInput
        label={t("pending.associateSearch")}
        placeholder={t("equipment.search")}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-autofocus
      />
      {list.isError ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading />
      ) : list.data.items.length === 0 ? (
        <p className={classes.none}>{wanted ? t("common.list.nothingFound") : t("pending.noCandidate")}</p>
      ) : (
        <ul className={classes.list}>
          {list.data.items.map((candidate) => (
            <li key={candidate.equipment.id} className={classes.row}>
              <TypeIcon type={candidate.equipment.type} />
              <div className={classes.words}>
                <span className={classes.name}>{candidate.equipment.name}</span>
                <span className={classes.detail}>
                  {[
                    labels.customer(candidate.equipment.customer),
                    candidate.equipment.model,
                    candidate.equipment.serial,
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
                {candidate.reasons.length > 0 && (
                  <span className={classes.reasons}>
                    {candidate.reasons.map((reason, index) => (
                      <Flag key={index} tone="good" title={reason.value ?? undefined}>
                        {labels.reason(reason)}
                      </Flag>
                    ))}
                  </span>
                )}
              </div>
              <Button
                variant={candidate.reasons.length > 0 ? "light" : "default"}
                loading={busy === candidate.equipment.id}
                disabled={busy !== null && busy !== candidate.equipment.id}
                aria-label={t("pending.associateWith", { name: candidate.equipment.name })}
                onClick={() => void choose(candidate)}
              >
                {t("pending.actions.associateShort")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
