/** Says what was done, with a way back for as long as it stands there. */
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";

import i18next from "i18next";

import { announce } from "../lib/announce.ts";
import classes from "./undo-toast.module.css";

/** Long enough to read, to think and to reach, milliseconds. */
const stays = 15_000;

export function doneWithUndo(message: string, undo: { label: string; run: () => Promise<unknown> }): void {
  const back = () => {
    notifications.hide(id);
    void undo.run();
  };
  const id = notifications.show({
    message: (
      <span className={classes.words}>
        <span>{message}</span>
        <Button variant="light" size="compact-xs" onClick={back}>
          {undo.label}
        </Button>
      </span>
    ),
    color: "teal",
    autoClose: stays,
    closeButtonProps: { "aria-label": i18next.t("common.close") },
  });
  announce(message);
}
