/** Deleting customers: what goes with them, which of them stay and why, and the way back. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { calls, customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import type { Selection } from "../../components/data-list/types.ts";
import { useProblemText, useTold } from "../../components/states.tsx";
import { done, failed } from "../../components/toast.ts";
import { doneWithUndo } from "../../components/undo-toast.tsx";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import classes from "./customer.module.css";
import { mostChosen, portions, rowsOf } from "./customer-selection.ts";

/** The server deletes at most this many at once. */
const atOnce = 200;
/** From so many on, the number has to be typed. */
const wide = 10;
/** So many are named that could not be done. */
const mostNamed = 3;

/** What goes with customers, and which of them stay: the default one, and those with equipment. */
export function deletionOf(rows: Customer[]) {
  const stay = rows.filter((row) => row.is_default || row.equipment > 0);
  const go = rows.filter((row) => !stay.includes(row));
  return {
    go,
    stay,
    systems: go.reduce((sum, row) => sum + row.network.systems, 0),
    alerts: go.reduce((sum, row) => sum + row.alerts.open, 0),
  };
}

type Refused = { id: string; words: string };

/** Names some of those that could not be done, and each reason once. */
function useRefusals() {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  return (key: "customers.deletion.refused" | "customers.deleted.failed", rows: Customer[], refused: Refused[]) => {
    if (refused.length === 0) return;
    const names = refused.map(({ id }) => named(rows.find((row) => row.id === id)?.name ?? id));
    const rest = names.length - mostNamed;
    const more = rest > 0 ? [t("customers.deletion.others", { count: rest, shown: format.number(rest) })] : [];
    failed(
      t(key, {
        names: [...names.slice(0, mostNamed), ...more].join(", "),
        reasons: [...new Set(refused.map((one) => one.words))].join(" "),
      }),
    );
  };
}

/** Restores customers, one after the other; what cannot be is named. */
export function useRestoring() {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const client = useQueryClient();
  const text = useProblemText();
  const refusals = useRefusals();
  return async (rows: Customer[]) => {
    const refused: Refused[] = [];
    for (const row of rows) {
      try {
        await customers.restore(row.id);
      } catch (error) {
        refused.push({ id: row.id, words: text(error) });
      }
    }
    await client.invalidateQueries({ queryKey: ["customers"] });
    await client.invalidateQueries({ queryKey: ["systems"] });
    const back = rows.filter((row) => !refused.some((one) => one.id === row.id));
    const count = back.length;
    if (count === 1) done(t("customers.deleted.doneNamed", { name: named(back[0]!.name) }));
    else if (count > 1) done(t("customers.deleted.done", { count, shown: format.number(count) }));
    refusals("customers.deleted.failed", rows, refused);
  };
}

export function useDeletion(ask: (question: Question) => void, after?: () => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const client = useQueryClient();
  const told = useTold();
  const may = useMay("customers.delete");
  const restore = useRestoring();
  const refusals = useRefusals();

  /** Why they cannot be deleted, before anything is asked. */
  const why = ({ count, rows }: Selection<Customer>): string | undefined => {
    if (may.why !== undefined) return may.why;
    if (count > mostChosen) return t("customers.tooMany", { most: format.number(mostChosen) });
    return rows.length === 1 && rows[0]!.is_default ? t("problems.default-customer") : undefined;
  };

  /** Deletes them; answers those that are gone. */
  const run = async (rows: Customer[]): Promise<Customer[]> => {
    const refused: Refused[] = [];
    const gone = new Set<string>();
    try {
      // Of one alone the question itself says why it was refused.
      if (rows.length === 1) {
        await customers.remove(rows[0]!.id);
        gone.add(rows[0]!.id);
      } else
        for (const portion of portions(rows, atOnce)) {
          const answer = await customers.removeSeveral(portion.map((row) => row.id));
          for (const id of answer.deleted) gone.add(id);
          for (const { id, code, detail } of answer.refused)
            refused.push({ id, words: t(`problems.${code}`, { defaultValue: detail }) });
        }
    } finally {
      // But for the page of the one that has just gone: there is nothing to ask for.
      await client.invalidateQueries({ predicate: ({ queryKey: [of, what] }) => of === "customers" && what !== "one" });
      await client.invalidateQueries({ queryKey: ["systems", "list"] });
      refusals("customers.deletion.refused", rows, refused);
    }
    return rows.filter((row) => gone.has(row.id));
  };

  const question = async (selection: Selection<Customer>) => {
    const rows = await told(() => rowsOf(selection));
    const single = rows.length === 1 ? rows[0]! : undefined;
    const [first] = rows;
    if (!first) return;
    const answer = await told(() => customers.deletion(first.id));
    // Of one the server has just counted; of several the list has.
    const counted = single
      ? {
          ...single,
          equipment: answer.equipment,
          network: { ...single.network, systems: answer.systems },
          alerts: { ...single.alerts, open: answer.alerts },
        }
      : undefined;
    const deletion = deletionOf(counted ? [counted] : rows);
    const ids = deletion.go.map((row) => row.id);
    ask({
      title: t("customers.deletion.title", { count: rows.length }),
      about: single
        ? named(single.name)
        : t("customers.count", { count: rows.length, shown: format.number(rows.length) }),
      fields: <Consequences {...deletion} until={answer.kept_until} />,
      action: t("customers.deletion.action"),
      danger: true,
      ready: ids.length > 0,
      word: ids.length >= wide ? String(ids.length) : undefined,
      call: single
        ? () => calls.deleteCustomer(single.id)
        : ids.length <= atOnce
          ? () => calls.deleteCustomers(ids)
          : undefined,
      run: async () => {
        const gone = await run(deletion.go);
        selection.clear();
        const count = gone.length;
        if (count === 0) return;
        doneWithUndo(
          count === 1
            ? t("customers.deletion.doneNamed", { name: named(gone[0]!.name) })
            : t("customers.deletion.done", { count, shown: format.number(count) }),
          { label: t("customers.deletion.undo"), run: () => restore(gone) },
        );
        after?.();
      },
    });
  };
  return { why, remove: (selection: Selection<Customer>) => void question(selection).catch(() => undefined) };
}

function Consequences({ go, stay, systems, alerts, until }: ReturnType<typeof deletionOf> & { until: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const shown = (count: number) => ({ count, shown: format.number(count) });
  return (
    <div className={classes.goes}>
      {go.length > 0 && (
        <>
          <p>{t("customers.deletion.goes", { count: go.length })}</p>
          <ul>
            <li>{systems > 0 ? t("customers.deletion.systems", shown(systems)) : t("customers.deletion.noSystems")}</li>
            {alerts > 0 && <li>{t("customers.deletion.alerts", shown(alerts))}</li>}
          </ul>
          <p>{t("customers.deletion.until", { date: format.date(until) })}</p>
        </>
      )}
      {stay.length > 0 && (
        <>
          <p>
            {go.length > 0
              ? t("customers.deletion.stay", shown(stay.length))
              : t("customers.deletion.impossible", { count: stay.length })}
          </p>
          <ul tabIndex={0} aria-label={t("customers.deletion.impossible", { count: stay.length })}>
            {stay.map((row) => (
              <li key={row.id}>
                {row.is_default
                  ? t("customers.deletion.default", { name: named(row.name) })
                  : t("customers.deletion.equipment", { name: named(row.name), ...shown(row.equipment) })}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
