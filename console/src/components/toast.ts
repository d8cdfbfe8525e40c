/** Short words about what was just done. Errors stay until they are closed. */
import { notifications } from "@mantine/notifications";

import { announce } from "../lib/announce.ts";

export function done(message: string): void {
  notifications.show({ message, color: "teal" });
  announce(message);
}

export function failed(message: string): void {
  notifications.show({ message, color: "red", autoClose: false, role: "alert" });
}
