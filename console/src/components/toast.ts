/** Short words about what was just done. Errors stay until they are closed. */
import { notifications } from "@mantine/notifications";

import i18next from "i18next";

import { announce } from "../lib/announce.ts";

const closeButton = () => ({ "aria-label": i18next.t("common.close") });

export function done(message: string): void {
  notifications.show({ message, color: "teal", closeButtonProps: closeButton() });
  announce(message);
}

export function failed(message: string): void {
  notifications.show({ message, color: "red", autoClose: false, role: "alert", closeButtonProps: closeButton() });
}
