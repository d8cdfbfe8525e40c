/** Any action as a line for a shell: what the console would send, with the reader's own token. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { curl, type Call } from "../api/index.ts";
import { copyText } from "./copy.tsx";
import { done } from "./toast.ts";

export function useCopyCurl(): (call: Call) => void {
  const { t } = useTranslation();
  return (call) => void copyText(curl(call)).then((copied) => copied && done(t("common.copied")));
}

export function CopyCurl({ call }: { call: () => Call }) {
  const { t } = useTranslation();
  const copy = useCopyCurl();
  return (
    <Tooltip label={t("common.copyCurl")}>
      <ActionIcon aria-label={t("common.copyCurl")} onClick={() => copy(call())}>
        <IconTerminal2 size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
