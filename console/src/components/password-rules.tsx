import { useTranslation } from "react-i18next";

import { passwordLength, type PasswordRules } from "../lib/password.ts";
import classes from "../pages/sign-in.module.css";
import { Status } from "./status.tsx";

/** The rules of a password, ticked off while one types. `most`: what the preferences allow. */
export function RulesOfPassword({ id, rules, most, fresh }: Props) {
  const { t } = useTranslation();
  return (
    <ul id={id} className={classes.rules}>
      <li>
        <Status tone={rules.long ? "good" : "waiting"}>
          {t("password.long", { least: passwordLength.least, most: most ?? passwordLength.most })}
        </Status>
      </li>
      <li>
        <Status tone={rules.mixed ? "good" : "waiting"}>{t("password.mixed")}</Status>
      </li>
      <li>
        <Status tone={rules.nameless ? "good" : "waiting"}>{t("password.nameless")}</Status>
      </li>
      {fresh && (
        <li>
          <Status tone="waiting">{t("password.fresh")}</Status>
        </li>
      )}
    </ul>
  );
}

interface Props {
  id: string;
  rules: PasswordRules;
  most?: number;
  /** Whether it must differ from the last ones, too. */
  fresh?: boolean;
}
