/** What was entered about a customer. */
import { useTranslation } from "react-i18next";

import type { Customer } from "../../api/types.ts";
import { Facts } from "../../components/facts.tsx";
import { Section } from "../../components/section.tsx";
import { useGivenName } from "../../lib/given-names.ts";
import { Value } from "../equipment/preview.tsx";
import { Tags } from "./customer-columns.tsx";
import classes from "./customer.module.css";

export function AboutCustomer({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const { phone, email, technical_email: technical, address, notes } = customer;
  return (
    <Section title={t("customers.about.title")} text={t("customers.about.text")}>
      <Facts
        wide
        facts={[
          [t("customers.code"), <Value key="c" text={customer.code} />],
          [t("customers.reseller"), named(customer.reseller.name)],
          [t("customers.provider"), named(customer.provider.name)],
          customer.tags.length > 0 && [t("customers.tags"), <Tags key="t" tags={customer.tags} wrap />],
          [t("people.fields.phone"), phone && <a href={`tel:${phone}`}>{phone}</a>],
          [t("customers.email"), email && <a href={`mailto:${email}`}>{email}</a>],
          [t("customers.technicalEmail"), technical && <a href={`mailto:${technical}`}>{technical}</a>],
          [t("customers.postalAddress"), address && <span className={classes.lines}>{address}</span>],
          [t("customers.notes"), notes && <span className={classes.lines}>{notes}</span>],
        ]}
      />
    </Section>
  );
}
