/** Asks before a page with changes that were not saved is left. Stands beside a form, not in it: its buttons would submit it. */
import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { Confirm } from "./confirm.tsx";

interface Props {
  dirty: boolean;
  /** While it is saved, leaving is what saving does. */
  busy: boolean;
  /** The tab that the changes are on; without it the whole page. */
  tab?: string;
}

export function AskBeforeLeaving({ dirty, busy, tab }: Props) {
  const { t } = useTranslation();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      dirty &&
      !busy &&
      (current.pathname !== next.pathname || (tab !== undefined && (next.search as { tab?: string }).tab !== tab)),
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Confirm
      question={
        blocker.status === "blocked"
          ? {
              title: t("common.unsaved.title"),
              text: t("common.unsaved.text"),
              action: t("common.unsaved.discard"),
              danger: true,
              run: async () => blocker.proceed(),
            }
          : null
      }
      close={() => blocker.reset?.()}
    />
  );
}
