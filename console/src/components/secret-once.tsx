import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import classes from "../pages/plain.module.css";
import { CopyField } from "./copy.tsx";
import { Field } from "./section.tsx";

interface Props {
  title: string;
  text: ReactNode;
  /** What was made, by its label; the secret is the last. */
  values: [label: string, value: string][];
  close: () => void;
  /** What comes next, under the values. */
  children?: ReactNode;
}

/** What is shown once, in the place of the form that made it; leaving says that it was copied. */
export function SecretOnce({ title, text, values, close, children }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.form}>
      <div className={classes.once} role="status">
        <b>{title}</b>
        <p>{text}</p>
        {values.map(([label, value]) => (
          <Field key={label} label={label}>
            <CopyField text={value} label={label} wrap />
          </Field>
        ))}
      </div>
      {children}
      <Button onClick={close}>{t("common.secretCopied")}</Button>
    </div>
  );
}
