/** What the server says of imports, in the reader's language. */
import { useTranslation } from "react-i18next";

import type { Import, ImportRefusal } from "../../api/types.ts";

type Failure = NonNullable<Import["error"]>;
type Warning = Import["warnings"][number];

/** Why a file cannot be read, or an import failed. */
export function useFailureText(): (failure: Failure) => string {
  const { t } = useTranslation();
  return ({ code, detail }) => t(`imports.failures.${code}`, { defaultValue: detail });
}

export function useWarningText(): (warning: Warning) => string {
  const { t } = useTranslation();
  return ({ code, names }) =>
    t(`imports.warnings.${code}`, {
      defaultValue: code,
      names: names.join(", "),
      interpolation: { escapeValue: false },
    });
}

/** Why a line was refused. */
export function useRefusalText(): (refusal: ImportRefusal) => string {
  const { t } = useTranslation();
  return ({ code, reason, column, value, other_line }) =>
    t(`imports.codes.${code}`, {
      defaultValue: reason,
      column: column ?? "",
      value,
      other: other_line ?? "",
      interpolation: { escapeValue: false },
    });
}
