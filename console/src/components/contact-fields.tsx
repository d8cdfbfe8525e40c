/** A person's names, telephones and address: the same fields for whoever manages them and for themselves. */
import { TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { isEmail, longestNames, namesLength, phoneOf } from "../lib/people.ts";
import plain from "../pages/plain.module.css";
import classes from "./contact-fields.module.css";

export interface Contact {
  first_name: string;
  last_name: string;
  phone: string;
  mobile: string;
  email: string;
}

/** The fields as the API has them. */
export const contactOf = (values: Contact): Contact => ({
  first_name: values.first_name.trim(),
  last_name: values.last_name.trim(),
  phone: phoneOf(values.phone) ?? values.phone,
  mobile: phoneOf(values.mobile) ?? values.mobile,
  email: values.email.trim(),
});

/** What is wrong with each, for a form's `validate`. */
export function useContactRules() {
  const { t } = useTranslation();
  const phone = (value: string) => (phoneOf(value) === null ? t("people.errors.phone") : null);
  return {
    last_name: (value: string, { first_name }: Contact) =>
      namesLength(first_name, value) > longestNames ? t("people.errors.names", { most: longestNames }) : null,
    phone,
    mobile: phone,
    email: (value: string) => (isEmail(value) ? null : t("people.errors.email")),
  };
}

interface Props {
  form: Pick<UseFormReturnType<Contact>, "getInputProps" | "values">;
  /** Whether the browser may fill in who sits before it. */
  own?: boolean;
}

export function ContactFields({ form, own }: Props) {
  const { t } = useTranslation();
  const taken = namesLength(form.values.first_name, form.values.last_name);
  const field = (name: keyof Contact, filled: string) => ({
    label: t(`people.fields.${name}`),
    autoComplete: own ? filled : "off",
    ...form.getInputProps(name),
  });
  return (
    <>
      <div className={plain.pair}>
        <TextInput {...field("first_name", "given-name")} />
        <TextInput {...field("last_name", "family-name")} />
      </div>
      <span className={classes.counted} data-over={taken > longestNames || undefined}>
        {t("people.hints.names", { count: taken, most: longestNames })}
      </span>
      <div className={plain.pair}>
        <TextInput {...field("phone", "tel")} type="tel" maxLength={40} />
        <TextInput {...field("mobile", "mobile tel")} type="tel" maxLength={40} />
      </div>
      <TextInput {...field("email", "email")} type="email" maxLength={254} />
    </>
  );
}
