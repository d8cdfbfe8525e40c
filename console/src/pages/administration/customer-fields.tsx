/** The fields of a customer: what it is, how it is reached, and what its primary system says, which nobody types. */
import { Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Customer } from "../../api/types.ts";
import { NetworkState } from "../../components/connectivity.tsx";
import { Facts } from "../../components/facts.tsx";
import { ResellerSelect } from "../../components/resellers.tsx";
import { Value } from "../equipment/preview.tsx";
import plain from "../plain.module.css";
import { ServiceUserRow } from "../systems/service-user.tsx";
import { TestButton, TestResult, useConnectionTest } from "../systems/test.tsx";
import classes from "./customer.module.css";
import { longest, type Values } from "./customer-values.ts";
import { TagsField } from "./tags-field.tsx";

interface Props {
  form: UseFormReturnType<Values>;
  /** The one that is edited. */
  customer?: Customer;
  codesMayChange: boolean;
}

export function CustomerFields({ form, customer, codesMayChange }: Props) {
  const { t } = useTranslation();
  const codeHint = !customer ? "codeHint" : codesMayChange ? "codeChange" : "codeFixed";
  const code = form.getInputProps("code");
  const text = (name: keyof Values) => ({ ...form.getInputProps(name), autoComplete: "off" });
  return (
    <>
      <TextInput
        label={t("equipment.fields.name")}
        description={t("customers.form.nameHint")}
        maxLength={longest.name}
        required
        data-autofocus
        {...text("name")}
      />
      <TextInput
        label={t("customers.code")}
        description={t(`customers.form.${codeHint}`)}
        maxLength={longest.code}
        autoComplete="off"
        spellCheck={false}
        readOnly={codeHint === "codeFixed"}
        classNames={{ input: classes.code }}
        {...code}
        onChange={(event) => form.setFieldValue("code", event.currentTarget.value.toLowerCase())}
      />
      <ResellerSelect
        customer={customer}
        description={t(customer ? "customers.form.moveHint" : "customers.form.resellerHint")}
        clearable={!customer}
        allowDeselect={!customer}
        {...form.getInputProps("reseller_id")}
      />
      <TagsField {...form.getInputProps("tags")} />
      <h3 className={`${classes.part} ${classes.begin}`}>{t("customers.form.contact")}</h3>
      <div className={plain.pair}>
        <TextInput label={t("people.fields.phone")} type="tel" maxLength={40} {...text("phone")} />
        <TextInput label={t("customers.email")} type="email" maxLength={longest.email} {...text("email")} />
      </div>
      <TextInput
        label={t("customers.technicalEmail")}
        description={t("customers.form.technicalEmailHint")}
        type="email"
        maxLength={longest.email}
        {...text("technical_email")}
      />
      <Textarea
        label={t("customers.postalAddress")}
        autosize
        minRows={2}
        maxRows={5}
        maxLength={longest.address}
        {...text("address")}
      />
      <Textarea
        label={t("customers.notes")}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={longest.notes}
        {...text("notes")}
      />
      {customer ? <Primary customer={customer} /> : <p className={classes.note}>{t("customers.form.afterwards")}</p>}
    </>
  );
}

/** What the primary reported, and by whom the systems are managed: tested as it is saved, entered in a form of its own. */
function Primary({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const test = useConnectionTest(customer.id);
  const { network } = customer;
  return (
    // The service user has a form of its own in here: what it sends is not sent by this one, too.
    <div className={plain.form} onSubmit={(event) => event.stopPropagation()}>
      <div className={classes.begin}>
        <h3 className={classes.part}>{t("customers.form.primary")}</h3>
        <p className={classes.note}>
          {t(network.system_id === null ? "customers.form.noPrimary" : "customers.form.primaryText")}
        </p>
      </div>
      <Facts
        facts={[
          [t("systems.fields.system_name"), network.system_name],
          [t("systems.fields.address"), network.address && <Value text={network.address} />],
          [t("systems.fields.port"), network.port],
          [t("systems.fields.version"), network.version],
          [t("systems.fields.connectivity"), <NetworkState key="n" network={network} customer={customer.id} />],
        ]}
      />
      <div className={plain.actions}>
        <TestButton test={test} />
      </div>
      <TestResult test={test} />
      <div className={classes.begin}>
        <h3 className={classes.part}>{t("systems.customer.user")}</h3>
        <p className={classes.note}>{t("systems.customer.userText")}</p>
      </div>
      <ServiceUserRow customer={customer.id} />
    </div>
  );
}
