/** Scheme and density: remembered here for the first paint, and with the user on the server. */
import type { MantineColorSchemeManager } from "@mantine/core";

import type { ColorScheme, Density } from "../api/types.ts";
import { remember, remembered } from "./storage.ts";

export const schemeManager: MantineColorSchemeManager = {
  get: (fallback) => (remembered("scheme") as ColorScheme | null) ?? fallback,
  set: (value) => remember("scheme", value),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => remember("scheme", null),
};

export function applyDensity(density: Density): void {
  document.documentElement.dataset.density = density;
  remember("density", density);
}

export function rememberedDensity(): Density {
  return remembered("density") === "compact" ? "compact" : "comfortable";
}
