import { ActionIcon, Menu } from "@mantine/core";
import { IconCopy, IconDots, IconTerminal2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useCopyCurl } from "../copy-curl.tsx";
import { copyText } from "../copy.tsx";
import { done } from "../toast.ts";
import classes from "./data-list.module.css";
import type { Action, ListSpec } from "./types.ts";

/** Menu items for actions; one that cannot be done now stays, greyed, and says why below its name. */
export function ActionItems({ actions }: { actions: Action[] }) {
  return actions.map((action) => (
    <MenuAction key={action.label} icon={action.icon} danger={action.danger} why={action.disabled} run={action.run}>
      {action.label}
    </MenuAction>
  ));
}

interface ItemProps {
  icon?: ReactNode;
  danger?: boolean;
  /** Why it cannot be done now. */
  why?: string;
  run: () => void;
  children: ReactNode;
}

export function MenuAction({ icon, danger, why, run, children }: ItemProps) {
  return (
    <Menu.Item
      leftSection={icon}
      color={danger && why === undefined ? "red" : undefined}
      aria-disabled={why !== undefined || undefined}
      data-disabled={why !== undefined || undefined}
      closeMenuOnClick={why === undefined}
      onClick={why === undefined ? run : undefined}
    >
      {children}
      {why !== undefined && <span className={classes.why}>{why}</span>}
    </Menu.Item>
  );
}

/** Menu items of everything that has an id: to copy it, and, where it has an address, the call that asks for it. */
export function CopyItems({ id, path }: { id: string; path?: string }) {
  const { t } = useTranslation();
  const copyCurl = useCopyCurl();
  const copy = async () => {
    if (await copyText(id)) done(t("common.copied"));
  };
  return (
    <>
      <Menu.Item leftSection={<IconCopy size={15} stroke={1.6} />} onClick={() => void copy()}>
        {t("common.copyId")}
      </Menu.Item>
      {path && (
        <Menu.Item
          leftSection={<IconTerminal2 size={15} stroke={1.6} />}
          onClick={() => copyCurl({ method: "GET", path: `${path}/${id}` })}
        >
          {t("common.copyCurl")}
        </Menu.Item>
      )}
    </>
  );
}

export function RowMenu<T>({ spec, row }: { spec: ListSpec<T>; row: T }) {
  const { t } = useTranslation();
  const id = spec.rowId(row);
  const actions = spec.rowActions?.(row) ?? [];
  const copyable = spec.copyable !== false;
  if (!copyable && actions.length === 0) return null;
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon size={26} aria-label={t("common.list.rowActions", { name: spec.rowName(row) })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {copyable && <CopyItems id={id} path={spec.copyable === "id" ? undefined : spec.path} />}
        {copyable && actions.length > 0 && <Menu.Divider />}
        <ActionItems actions={actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
