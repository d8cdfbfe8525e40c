/** What can be done with one user or several, and what is asked before. */
import { IconLock, IconLockOpen, IconLogout, IconPasswordUser, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { calls, users, type Target } from "../../../api/index.ts";
import type { User, UserBulkAction } from "../../../api/types.ts";
import type { Question } from "../../../components/confirm.tsx";
import type { Action, Selection } from "../../../components/data-list/types.ts";
import { done } from "../../../components/toast.ts";
import { useFormat } from "../../../lib/format.ts";
import { sessionQuery } from "../../../lib/session.ts";

/** The server takes at most this many at once. */
const most = 200;
/** From so many on, the number has to be typed. */
const wide = 10;

/** The ids that a selection stands for: all that the filters let through are asked for page by page. */
export async function idsOf(target: Target, but: string | undefined): Promise<string[]> {
  if ("ids" in target) return target.ids;
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await users.list({ ...target.all, limit: most, cursor });
    ids.push(...page.items.map((one) => one.id));
    cursor = page.next_cursor;
  } while (cursor);
  return ids.filter((id) => id !== but);
}

export function useUserQuestions(ask: (question: Question) => void, after?: (action: UserBulkAction) => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const me = useQuery(sessionQuery).data?.user.id;
  const icon = { size: 15, stroke: 1.6 };

  const question = (action: UserBulkAction, selection: Selection<User>) => {
    // One's own account is never among all.
    const count = selection.all ? Math.max(0, selection.count - 1) : selection.count;
    const shown = format.number(count);
    const single = selection.rows.length === 1 ? selection.rows[0] : undefined;
    const danger = action === "delete" || action === "disable";
    const { target } = selection;
    ask({
      title: t(`people.bulk.${action}.title`),
      about: single ? t("people.bulk.aboutOne", { login: single.login }) : t("people.bulk.about", { count, shown }),
      text: t(`people.bulk.${action}.text`),
      action: t(`people.bulk.${action}.action`),
      danger,
      word: danger && count >= wide ? String(count) : undefined,
      call: "ids" in target && target.ids.length <= most ? () => calls.usersBulk(action, target.ids) : undefined,
      run: async () => {
        const ids = await idsOf(target, me);
        for (let at = 0; at < ids.length; at += most) await users.bulk(action, ids.slice(at, at + most));
        selection.clear();
        await client.invalidateQueries({ queryKey: ["users"] });
        done(t(`people.bulk.${action}.done`, { count: ids.length, shown: format.number(ids.length) }));
        after?.(action);
      },
    });
  };

  /** `self`: why what would end one's own access cannot be done. */
  const actions = (selection: Selection<User>, self?: string): Action[] => {
    const all = [
      { action: "end-sessions", icon: <IconLogout {...icon} /> },
      { action: "force-password-change", icon: <IconPasswordUser {...icon} /> },
      { action: "disable", icon: <IconLock {...icon} />, ends: true },
      { action: "enable", icon: <IconLockOpen {...icon} /> },
      { action: "delete", icon: <IconTrash {...icon} />, ends: true, danger: true },
    ] as const;
    const single = selection.rows.length === 1 ? selection.rows[0] : undefined;
    return all
      .filter(
        ({ action }) =>
          !single || (action !== "disable" && action !== "enable") || single.disabled === (action === "enable"),
      )
      .map((one) => ({
        label: t(`people.bulk.${one.action}.action`),
        icon: one.icon,
        danger: "danger" in one,
        disabled: "ends" in one ? self : undefined,
        run: () => question(one.action, selection),
      }));
  };
  return { actions };
}
