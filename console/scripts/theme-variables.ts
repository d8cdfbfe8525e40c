/**
 * The theme's CSS variables, made at build time. Mantine would write them into a `<style>` element at run time, which the
 * page's content security policy does not allow.
 */
import type { Plugin } from "vite";
import { convertCssVariables, defaultCssVariablesResolver, mergeMantineTheme, DEFAULT_THEME } from "@mantine/core";

import { theme } from "../src/theme/theme.ts";

const id = "virtual:theme-variables.css";

export function themeVariables(): Plugin {
  return {
    name: "vigie-theme-variables",
    resolveId: (source) => (source === id ? id : undefined),
    load(source) {
      if (source !== id) return undefined;
      const full = mergeMantineTheme(DEFAULT_THEME, theme);
      return convertCssVariables(defaultCssVariablesResolver(full), ":root");
    },
  };
}
