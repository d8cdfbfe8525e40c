import { ActionIcon, Menu } from "@mantine/core";
import { IconCopy, IconDots, IconTerminal2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useCopyCurl } from "../copy-curl.tsx";
import { copyText } from "../copy.tsx";
import { done } from "../toast.ts";
import type { Action, ListSpec } from "./types.ts";

/** Menu items for actions; one that cannot be done says why. */
export function ActionItems({ actions }: { actions: Action[] }) {
  return actions.map((action) => (
    <Menu.Item
      key={action.label}
      leftSection={action.icon}
      color={action.danger ? "red" : undefined}
      disabled={action.disabled !== undefined}
      title={action.disabled}
      onClick={action.run}
    >
      {action.label}
    </Menu.Item>
  ));
}

export function RowMenu<T>({ spec, row }: { spec: ListSpec<T>; row: T }) {
  const { t } = useTranslation();
  const copyCurl = useCopyCurl();
  const id = spec.rowId(row);
  const actions = spec.rowActions?.(row) ?? [];
  const copyable = spec.copyable !== false;
  if (!copyable && actions.length === 0) return null;
  const copy = async (text: string) => {
    if (await copyText(text)) done(t("common.copied"));
  };
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon size={26} aria-label={t("common.list.rowActions", { name: spec.rowName(row) })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {copyable && (
          <>
            <Menu.Item leftSection={<IconCopy size={15} stroke={1.6} />} onClick={() => void copy(id)}>
              {t("common.copyId")}
            </Menu.Item>
            {spec.copyable !== "id" && (
              <Menu.Item
                leftSection={<IconTerminal2 size={15} stroke={1.6} />}
                onClick={() => copyCurl({ method: "GET", path: `${spec.path}/${id}` })}
              >
                {t("common.copyCurl")}
              </Menu.Item>
            )}
          </>
        )}
        {copyable && actions.length > 0 && <Menu.Divider />}
        <ActionItems actions={actions} />
      </Menu.Dropdown>
    </Menu>
  );
}
