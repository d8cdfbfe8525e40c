/** Removing systems: what is asked before, and one call for each of them. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { calls, Problem, systems, type Target } from "../../api/index.ts";
import type { CustomerSystem } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import { matching } from "../../components/data-list/selection.ts";
import type { Selection } from "../../components/data-list/types.ts";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";

/** From so many on, the number has to be typed. */
const wide = 10;

async function idsOf(target: Target): Promise<string[]> {
  if ("ids" in target) return target.ids;
  return (await matching(systems.list, target.all)).map((row) => row.id);
}

/** What somebody else has removed already is removed. */
async function remove(id: string): Promise<void> {
  try {
    await systems.remove(id);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
  }
}

export function useRemoval(ask: (question: Question) => void, after?: () => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const client = useQueryClient();
  return ({ count, rows, target, clear }: Selection<CustomerSystem>) => {
    const single = rows.length === 1 ? rows[0] : undefined;
    const shown = format.number(count);
    ask({
      title: t("systems.remove.title", { count }),
      about: single
        ? t("systems.remove.about", { name: single.name, customer: named(single.customer.name) })
        : t("systems.remove.aboutMany", { count, shown }),
      text: (
        <>
          {t("systems.remove.text", { count })}
          {single?.place === "primary" && <> {t("systems.remove.primary")}</>}
        </>
      ),
      action: t("systems.remove.action"),
      danger: true,
      word: count >= wide ? String(count) : undefined,
      call: single && (() => calls.removeSystem(single.id)),
      run: async () => {
        try {
          const ids = await idsOf(target);
          for (const id of ids) await remove(id);
          clear();
          done(
            single
              ? t("systems.remove.doneNamed", { name: single.name })
              : t("systems.remove.done", { count: ids.length, shown: format.number(ids.length) }),
          );
          after?.();
        } finally {
          await client.invalidateQueries({ queryKey: ["systems", "list"] });
          await client.invalidateQueries({ queryKey: ["customers"] });
        }
      },
    });
  };
}
