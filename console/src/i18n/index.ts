/** French and English. Only the language in use is fetched. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import type { Locale } from "../api/types.ts";
import { remember, remembered } from "../lib/storage.ts";

export const locales: { code: Locale; name: string }[] = [
  { code: "fr", name: "Français" },
  { code: "en", name: "English" },
];

interface Words {
  [key: string]: string | Words;
}

const load: Record<Locale, () => Promise<{ default: Words }>> = {
  fr: () => import("./fr/index.ts"),
  en: () => import("./en/index.ts"),
};

const isLocale = (text: string | null | undefined): text is Locale => text === "fr" || text === "en";

/** The language chosen here before, else the browser's if we speak it, else the server's. */
export function preferredLocale(serverDefault?: Locale | null): Locale {
  const chosen = remembered("language");
  if (isLocale(chosen)) return chosen;
  for (const language of navigator.languages) {
    const short = language.slice(0, 2);
    if (isLocale(short)) return short;
  }
  return serverDefault ?? "fr";
}

/** French counts millions in a form of its own ("un million de"); with digits it reads like the plural. */
export function withMany(words: Words): Words {
  const result: Words = {};
  for (const [key, value] of Object.entries(words)) {
    result[key] = typeof value === "string" ? value : withMany(value);
    if (key.endsWith("_other")) result[key.replace(/_other$/, "_many")] = value;
  }
  return result;
}

async function fetchWords(locale: Locale): Promise<void> {
  if (i18next.hasResourceBundle(locale, "translation")) return;
  const words = (await load[locale]()).default;
  i18next.addResourceBundle(locale, "translation", withMany(words), true, true);
}

export async function startLanguage(locale: Locale): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: locale,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
    react: { useSuspense: false },
  });
  await speak(locale, false);
}

export async function speak(locale: Locale, byChoice = true): Promise<void> {
  await fetchWords(locale);
  await i18next.changeLanguage(locale);
  document.documentElement.lang = locale;
  if (byChoice) remember("language", locale);
}
