/** Makes or changes a subscription; a webhook's new secret is shown once. */
import {
  Button,
  Checkbox,
  MultiSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, subscriptions } from "../../../api/index.ts";
import type { AlertSubscription } from "../../../api/types.ts";
import { CopyCurl } from "../../../components/copy-curl.tsx";
import { CopyField } from "../../../components/copy.tsx";
import { useCustomers } from "../../../components/customers.tsx";
import { FormDrawer, useTellDirty } from "../../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../../components/saving.tsx";
import { SecretOnce } from "../../../components/secret-once.tsx";
import { Field } from "../../../components/section.tsx";
import { done } from "../../../components/toast.ts";
import { alertTypes, severities } from "../../../lib/alerts.ts";
import { useGivenName } from "../../../lib/given-names.ts";
import { zones } from "../../../lib/zones.ts";
import { useFieldErrorWords } from "../../equipment/fields.tsx";
import plain from "../../plain.module.css";
import { bodyOf, fieldOf, isOfSome, valuesOf, type Values } from "./form.ts";
import classes from "./subscriptions.module.css";
import { intervals, noticeKinds, useSubscriptionWords } from "./words.ts";

interface Props {
  opened: boolean;
  close: () => void;
  /** The one to change; without it a new one is made. */
  subscription?: AlertSubscription;
}

export function SubscriptionDrawer({ opened, close, subscription }: Props) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer
      opened={opened}
      close={close}
      title={t(subscription ? "notify.editOne" : "notify.addOne")}
      size={560}
      dirty={dirty}
    >
      <SubscriptionForm subscription={subscription} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

type FormProps = Omit<Props, "opened"> & { tellDirty: (dirty: boolean) => void };

function SubscriptionForm({ subscription, close, tellDirty }: FormProps) {
  const { t, i18n } = useTranslation();
  const words = useFieldErrorWords();
  const { dayNameOf, intervalOf } = useSubscriptionWords();
  const named = useGivenName();
  const client = useQueryClient();
  const customers = useCustomers();
  const [secret, setSecret] = useState<string | null>(null);
  const form = useForm<Values>({
    initialValues: valuesOf(subscription, i18n.language),
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      to: (value, { kind }) => (kind === "email" && value.trim() === "" ? t("common.required") : null),
      url: (value, { kind }) => (kind !== "email" && value.trim() === "" ? t("common.required") : null),
      notices: (value, all) => (!all.alerts && value.length === 0 ? t("notify.fields.noticesNone") : null),
      days: (value, { limited }) => (limited && value.length === 0 ? t("notify.hours.noDay") : null),
    },
    clearInputErrorOnChange: true,
  });
  const { values } = form;
  const dirty = form.isDirty() && secret === null;
  useTellDirty(dirty, tellDirty);
  const { busy, problem, save } = useSaving((error) => {
    const field = fieldOf(error.field);
    if (field === undefined) return false;
    form.setFieldError(field, words(error));
    return true;
  });
  const store = async () => {
    const body = bodyOf(values, subscription?.revision);
    const made = subscription ? null : await subscriptions.create(body);
    if (subscription) await subscriptions.change(subscription.id, body);
    await client.invalidateQueries({ queryKey: ["alert-subscriptions"] });
    if (made?.secret) {
      setSecret(made.secret);
      return;
    }
    done(t("notify.saved"));
    close();
  };
  if (secret !== null) return <Made secret={secret} close={close} />;
  const kept = subscription?.has_secret === true && subscription.channel.kind === values.kind;
  const hook = values.kind === "webhook";
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit(() => void save(store))}>
      <TextInput label={t("notify.fields.name")} maxLength={100} data-autofocus {...form.getInputProps("name")} />
      <Switch
        label={t("notify.fields.on")}
        description={t("notify.fields.onHint")}
        {...form.getInputProps("is_on", { type: "checkbox" })}
      />
      <Field label={t("notify.fields.channel")}>
        <SegmentedControl
          aria-label={t("notify.fields.channel")}
          data={(["email", "webhook", "ntfy"] as const).map((value) => ({
            value,
            label: t(`notify.channels.${value}`),
          }))}
          {...form.getInputProps("kind")}
        />
      </Field>
      {values.kind === "email" ? (
        <Textarea
          label={t("notify.fields.to")}
          description={t("notify.fields.toHint")}
          autosize
          minRows={2}
          maxRows={8}
          {...form.getInputProps("to")}
        />
      ) : (
        <>
          <TextInput
            label={t("notify.fields.url")}
            description={t(hook ? "notify.fields.webhookHint" : "notify.fields.ntfyHint")}
            maxLength={500}
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps("url")}
          />
          <PasswordInput
            label={t(hook ? "notify.fields.secret" : "notify.fields.token")}
            description={t(
              kept ? "notify.fields.secretKept" : hook ? "notify.fields.secretNew" : "notify.fields.tokenHint",
            )}
            maxLength={500}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": t("common.showPassword") }}
            {...form.getInputProps("secret")}
          />
        </>
      )}
      {!hook && (
        <Select
          label={t("notify.fields.language")}
          data={(["fr", "en"] as const).map((value) => ({ value, label: t(`notify.languages.${value}`) }))}
          allowDeselect={false}
          {...form.getInputProps("language")}
        />
      )}
      <Switch
        label={t("notify.fields.alerts")}
        description={t("notify.fields.alertsHint")}
        {...form.getInputProps("alerts", { type: "checkbox" })}
      />
      {values.alerts && (
        <>
          <Select
            label={t("notify.fields.least_severity")}
            data={severities.map((value) => ({ value, label: t(`alerts.severities.${value}`) }))}
            allowDeselect={false}
            {...form.getInputProps("least_severity")}
          />
          <MultiSelect
            label={t("notify.fields.types")}
            description={t("notify.fields.typesHint")}
            data={alertTypes.map((value) => ({ value, label: t(`alerts.types.${value}`) }))}
            {...form.getInputProps("types")}
          />
          <MultiSelect
            label={t("notify.fields.customers")}
            description={t("notify.fields.customersHint")}
            data={[
              ...new Map([
                ...values.customers.map((id) => [id, id] as const),
                ...(customers.data?.items ?? []).map((one) => [one.id, named(one.name)] as const),
              ]),
            ].map(([value, label]) => ({ value, label }))}
            searchable
            limit={100}
            maxValues={200}
            {...form.getInputProps("customers")}
          />
        </>
      )}
      <Checkbox.Group
        label={t("notify.fields.notices")}
        description={t(isOfSome(values) ? "notify.fields.noticesNotOfSome" : "notify.fields.noticesHint")}
        {...form.getInputProps("notices")}
      >
        <div className={classes.notices}>
          {noticeKinds.map((kind) => (
            <Checkbox key={kind} value={kind} label={t(`notify.notices.${kind}`)} disabled={isOfSome(values)} />
          ))}
        </div>
      </Checkbox.Group>
      <Field label={t("notify.hours.title")}>
        <SegmentedControl
          aria-label={t("notify.hours.title")}
          data={[
            { value: "always", label: t("notify.hours.always") },
            { value: "some", label: t("notify.hours.some") },
          ]}
          value={values.limited ? "some" : "always"}
          onChange={(value) => form.setFieldValue("limited", value === "some")}
        />
      </Field>
      {values.limited && (
        <>
          <Checkbox.Group label={t("notify.hours.days")} {...form.getInputProps("days")}>
            <div className={classes.days}>
              {[1, 2, 3, 4, 5, 6, 7].map((day) => (
                <Checkbox key={day} value={String(day)} label={dayNameOf(day)} />
              ))}
            </div>
          </Checkbox.Group>
          <div className={plain.pair}>
            <TextInput type="time" label={t("notify.hours.from")} {...form.getInputProps("from")} />
            <TextInput
              type="time"
              label={t("notify.hours.to")}
              description={values.to_time <= values.from ? t("notify.hours.nextDay") : undefined}
              inputWrapperOrder={["label", "input", "description", "error"]}
              {...form.getInputProps("to_time")}
            />
          </div>
          <Select
            label={t("notify.hours.time_zone")}
            data={zones()}
            searchable
            limit={100}
            allowDeselect={false}
            {...form.getInputProps("time_zone")}
          />
          <Select
            label={t("notify.hours.outside")}
            data={(["skip", "later"] as const).map((value) => ({ value, label: t(`notify.hours.outsides.${value}`) }))}
            allowDeselect={false}
            {...form.getInputProps("outside")}
          />
        </>
      )}
      {values.alerts && (
        <Switch label={t("notify.fields.tells_ends")} {...form.getInputProps("tells_ends", { type: "checkbox" })} />
      )}
      {(intervals as readonly number[]).includes(Number(values.interval)) ? (
        <Select
          label={t("notify.fields.interval")}
          description={t("notify.fields.intervalHint")}
          data={intervals.map((value) => ({ value: String(value), label: intervalOf(value) }))}
          allowDeselect={false}
          {...form.getInputProps("interval")}
        />
      ) : (
        <NumberInput
          label={t("notify.fields.interval")}
          description={t("notify.fields.intervalHint")}
          suffix=" s"
          min={0}
          max={86_400}
          {...form.getInputProps("interval")}
        />
      )}
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t(subscription ? "notify.save" : "notify.create")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl
          call={() => {
            const body = bodyOf({ ...values, secret: "" }, subscription?.revision);
            return subscription ? calls.changeSubscription(subscription.id, body) : calls.createSubscription(body);
          }}
        />
      </div>
    </form>
  );
}

/** The secret, this once, with how a receiver checks that a request comes from here. */
function Made({ secret, close }: { secret: string; close: () => void }) {
  const { t } = useTranslation();
  const command = `printf '%s.%s' "$TIMESTAMP" "$BODY" | openssl dgst -sha256 -hmac "$SECRET"`;
  return (
    <SecretOnce
      title={t("notify.made.title")}
      text={t("notify.made.text")}
      values={[[t("notify.made.secret"), secret]]}
      close={close}
    >
      <p className={plain.hint}>{t("notify.made.check")}</p>
      <Field label={t("notify.made.command")}>
        <CopyField text={command} label={t("notify.made.command")} wrap />
      </Field>
      <a href="/help/alerts#webhook" target="_blank" rel="noopener">
        {t("notify.made.help")}
        <span className="sr-only"> {t("common.newTab")}</span>
      </a>
    </SecretOnce>
  );
}
