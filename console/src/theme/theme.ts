/** Mantine's theme: signal teal on ink navy, orange for what wants attention, red for what is broken. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const teal: MantineColorsTuple = [
  "#e6f7f5",
  "#c9eeea",
  "#9ce0d9",
  "#66cdc4",
  "#38b6ad",
  "#179a92",
  "#0b7a74",
  "#0a6762",
  "#095450",
  "#084441",
];
/** Greys of the light scheme, with a breath of navy. */
const gray: MantineColorsTuple = [
  "#f6f8fa",
  "#eef2f5",
  "#e3e9ee",
  "#d3dce4",
  "#bac6d1",
  "#8d9cab",
  "#5d6e7f",
  "#475768",
  "#314050",
  "#18232f",
];
/** The dark scheme's ladder: text first, ground last. */
const dark: MantineColorsTuple = [
  "#d8e1ea",
  "#b7c4d1",
  "#93a4b5",
  "#66788b",
  "#334558",
  "#26364a",
  "#1b2a3b",
  "#132030",
  "#0e1926",
  "#0a131d",
];
const orange: MantineColorsTuple = [
  "#fff3e3",
  "#fde3c3",
  "#fac98f",
  "#f5ac57",
  "#ee9230",
  "#dc7a12",
  "#b75f05",
  "#9a4f04",
  "#7c4005",
  "#643405",
];
const red: MantineColorsTuple = [
  "#fdecec",
  "#fad2d2",
  "#f3a8a8",
  "#ec7f80",
  "#e45d60",
  "#d83f45",
  "#c22830",
  "#a31f27",
  "#841a21",
  "#6b171c",
];

/** A dialog's header is no landmark of the page. */
const dialogHeader = { header: { role: "presentation" } };

const veil = { color: "#0a131d", backgroundOpacity: 0.45 };

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 6, dark: 6 },
  colors: { teal, gray, dark, orange, red },
  black: "#18232f",
  fontFamily: "'Inter Variable', 'Inter Fallback', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono', ui-monospace, 'Cascadia Mono', Menlo, monospace",
  headings: { fontFamily: "'Inter Variable', 'Inter Fallback', system-ui, sans-serif", fontWeight: "600" },
  fontSizes: { xs: "0.8125rem", sm: "0.875rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  radius: { xs: "2px", sm: "4px", md: "6px", lg: "8px", xl: "12px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  shadows: {
    xs: "none",
    sm: "0 4px 16px rgb(14 26 43 / 10%)",
    md: "0 8px 24px rgb(14 26 43 / 14%)",
    lg: "0 12px 32px rgb(14 26 43 / 18%)",
    xl: "0 16px 48px rgb(14 26 43 / 22%)",
  },
  components: {
    Button: { defaultProps: { size: "xs" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 30 } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "sm" } },
    NumberInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", checkIconPosition: "right", withAlignedLabels: true } },
    Checkbox: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false, fz: 12 } },
    Menu: { defaultProps: { shadow: "md", position: "bottom-end", width: 240 } },
    // The body does not scroll behind a dialog by a rule in global.css: the library's way writes a <style> element.
    Modal: {
      defaultProps: {
        lockScroll: false,
        attributes: dialogHeader,
        overlayProps: veil,
        centered: true,
        transitionProps: { duration: 120 },
      },
    },
    Drawer: {
      defaultProps: {
        lockScroll: false,
        attributes: dialogHeader,
        overlayProps: veil,
        position: "right",
        transitionProps: { duration: 160 },
      },
    },
  },
});
