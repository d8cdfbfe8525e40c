/** Beside the list: a row's essentials without leaving the list. The arrow keys go on to the next. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "./data-list.module.css";

interface Props {
  label: string;
  close: () => void;
  previous?: () => void;
  next?: () => void;
  children: ReactNode;
}

export function PreviewPane({ label, close, previous, next, children }: Props) {
  const { t } = useTranslation();
  return (
    <aside className={classes.preview} aria-label={t("common.list.previewOf", { name: label })}>
      <div className={classes.previewBar}>
        <Tooltip label={t("common.list.previousRow")}>
          <ActionIcon aria-label={t("common.list.previousRow")} disabled={!previous} onClick={previous}>
            <IconChevronUp size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t("common.list.nextRow")}>
          <ActionIcon aria-label={t("common.list.nextRow")} disabled={!next} onClick={next}>
            <IconChevronDown size={16} />
          </ActionIcon>
        </Tooltip>
        <ActionIcon aria-label={t("common.close")} onClick={close} ml="auto">
          <IconX size={16} />
        </ActionIcon>
      </div>
      <div className={classes.previewBody}>{children || <p className="muted">{t("common.list.notOnPage")}</p>}</div>
    </aside>
  );
}
