/** Over the toolbar while rows are chosen: how many, what can be done with them, and how to let go of them. */
import { Button, Menu } from "@mantine/core";
import { IconDots, IconX } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import { announce } from "../../lib/announce.ts";
import { useFormat } from "../../lib/format.ts";
import { useNarrow } from "../../lib/narrow.ts";
import { Greyed } from "../may.tsx";
import classes from "./data-list.module.css";
import { ActionItems } from "./row-menu.tsx";
import type { Action, Selection } from "./types.ts";

interface Props<T> {
  selection: Selection<T>;
  actions: Action[];
  offerAll: boolean;
  total: number;
  totalIsMinimum: boolean;
  chooseAll: () => void;
}

export function BulkBar<T>({ selection, actions, offerAll, total, totalIsMinimum, chooseAll }: Props<T>) {
  const { t } = useTranslation();
  const format = useFormat();
  const narrow = useNarrow();
  const shownCount = format.number(selection.count) + (selection.countIsMinimum ? "+" : "");
  const words = t("common.list.selected", { count: selection.count, shown: shownCount });
  useEffect(() => announce(words), [words]);
  const direct = narrow ? actions.slice(0, 1) : actions.slice(0, 4);
  const more = actions.slice(direct.length);
  return (
    <div className={classes.bulk} role="toolbar" aria-label={words}>
      <strong className="num">{words}</strong>
      {offerAll && (
        <Button size="compact-xs" variant="subtle" onClick={chooseAll}>
          {t("common.list.selectAll", { total: format.number(total) + (totalIsMinimum ? "+" : "") })}
        </Button>
      )}
      <span className={classes.bulkActions}>
        {direct.map((action) => (
          <Greyed key={action.label} why={action.disabled}>
            <Button
              variant="default"
              color={action.danger ? "red" : undefined}
              leftSection={action.icon}
              onClick={action.run}
            >
              {action.label}
            </Button>
          </Greyed>
        ))}
        {more.length > 0 && (
          <Menu>
            <Menu.Target>
              <Button variant="default" px={8} aria-label={t("common.more")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <ActionItems actions={more} />
            </Menu.Dropdown>
          </Menu>
        )}
        <Button variant="subtle" color="gray" rightSection={<IconX size={14} />} onClick={selection.clear}>
          {narrow ? t("common.list.clearShort") : t("common.list.clearSelection")}
        </Button>
      </span>
    </div>
  );
}
