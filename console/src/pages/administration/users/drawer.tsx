/** A new user, or changes of one: every field that whoever manages users may set. */
import { Button, PasswordInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, Problem, users } from "../../../api/index.ts";
import type { NewUser, Role, User, UserChanges } from "../../../api/types.ts";
import { ContactFields, contactOf, useContactRules, type Contact } from "../../../components/contact-fields.tsx";
import { FormDrawer, useTellDirty } from "../../../components/form-drawer.tsx";
import { RulesOfPassword } from "../../../components/password-rules.tsx";
import { useProblemText } from "../../../components/states.tsx";
import { done } from "../../../components/toast.ts";
import { useGivenName } from "../../../lib/given-names.ts";
import { checkPassword, passwordLength } from "../../../lib/password.ts";
import { inAYear, longestNames, timeouts, today } from "../../../lib/people.ts";
import { useMay } from "../../../lib/permissions.ts";
import { sessionQuery } from "../../../lib/session.ts";
import plain from "../../plain.module.css";
import { useLabelNames } from "./labels.ts";
import classes from "./users.module.css";
import { isAssigned, isReadOnly, roles } from "./words.ts";

interface DrawerProps {
  opened: boolean;
  close: () => void;
  /** Without one, a new one is made. */
  user?: User;
}

export function UserDrawer({ opened, close, user }: DrawerProps) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  // What is edited stays while the drawer goes.
  const [shown, setShown] = useState(user);
  if (opened && user !== shown) setShown(user);
  return (
    <FormDrawer
      opened={opened}
      close={close}
      title={shown ? t("people.editTitle", { login: shown.login }) : t("people.addTitle")}
      dirty={dirty}
      size={560}
    >
      <UserForm key={shown?.id} user={shown} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

export interface Values extends Contact {
  login: string;
  password: string;
  again: string;
  role: Role;
  labels: string[];
  /** Empty: as the preferences say. */
  timeout: string;
  wallboard: boolean;
  disabled: boolean;
  must_change_password: boolean;
  expires: boolean;
  expires_on: string;
}

export function valuesOf(user: User | undefined, now: Date): Values {
  return {
    login: user?.login ?? "",
    password: "",
    again: "",
    role: user?.role ?? "operator",
    labels: user?.labels ?? [],
    first_name: user?.first_name ?? "",
    last_name: user?.last_name ?? "",
    phone: user?.phone ?? "",
    mobile: user?.mobile ?? "",
    email: user?.email ?? "",
    timeout: user?.session_timeout_minutes ? String(user.session_timeout_minutes) : "",
    wallboard: user?.wallboard ?? false,
    disabled: user?.disabled ?? false,
    // Whoever makes an account knows its password; its owner should not have to trust them with it.
    must_change_password: user?.must_change_password ?? true,
    expires: user?.expires_on !== null && user?.expires_on !== undefined,
    expires_on: user?.expires_on ?? inAYear(now),
  };
}

/** The values as the API has them; what the role cannot have is left out. */
export function bodyOf(values: Values): NewUser {
  return {
    login: values.login.trim(),
    password: values.password,
    role: values.role,
    labels: isAssigned(values.role) ? values.labels : [],
    ...contactOf(values),
    session_timeout_minutes: values.timeout === "" ? null : Number(values.timeout),
    wallboard: isReadOnly(values.role) && values.wallboard,
    disabled: values.disabled,
    must_change_password: values.must_change_password,
    expires_on: values.expires ? values.expires_on : null,
  };
}

/** Only what differs, so that what somebody else changed meanwhile stays. */
export function changesOf(user: User, values: Values, now: Date): UserChanges {
  const before = bodyOf(valuesOf(user, now));
  const after = bodyOf(values);
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof NewUser]),
  );
  return Object.fromEntries(changed) as UserChanges;
}

const fieldOf: Record<string, keyof Values> = { session_timeout_minutes: "timeout" };

interface FormProps {
  user?: User;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function UserForm({ user, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const named = useGivenName();
  const client = useQueryClient();
  const me = useQuery(sessionQuery).data?.user;
  const isMe = user !== undefined && user.id === me?.id;
  const manages = useMay("users.manage");
  // Who manages less than all makes operators.
  const bounded = manages.reach !== "all";
  const labelNames = useLabelNames();
  const preferences = useQuery({
    queryKey: ["preferences"],
    queryFn: administration.preferences,
    enabled: useMay("preferences.manage").may,
  });
  const most = preferences.data?.longest_password ?? passwordLength.most;
  const [now] = useState(() => new Date());
  const [secret, setSecret] = useState(user === undefined);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const contactRules = useContactRules();
  const form = useForm<Values>({
    initialValues: valuesOf(user, now),
    validate: {
      login: (value) =>
        value.trim() === "" ? t("common.required") : /\s/.test(value.trim()) ? t("people.errors.login") : null,
      password: (value, { login }) => {
        const rules = checkPassword(value, login.trim(), most);
        return !secret || (rules.long && rules.mixed && rules.nameless) ? null : t("password.notYet");
      },
      again: (value, { password }) => (!secret || value === password ? null : t("password.differ")),
      ...contactRules,
      expires_on: (value, { expires }) =>
        !expires || /^\d{4}-\d{2}-\d{2}$/.test(value) ? null : t("problems.fields.not-a-date"),
    },
    clearInputErrorOnChange: true,
  });
  const { values } = form;
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);

  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      if (user) {
        const changes = changesOf(user, values, now);
        if (!secret) delete changes.password;
        if (Object.keys(changes).length > 0) await users.change(user.id, changes);
      } else await users.create(bodyOf(values));
      await client.invalidateQueries({ queryKey: ["users"] });
      done(user ? t("common.saved") : t("people.added", { login: values.login.trim() }));
      close();
    } catch (error) {
      let told = false;
      if (error instanceof Problem) {
        for (const one of error.errors) {
          const field = fieldOf[one.field] ?? (one.field as keyof Values);
          if (!(field in values)) continue;
          told = true;
          const words = error.code === "value-invalid" ? `people.errors.${one.field}` : `problems.${error.code}`;
          form.setFieldError(field, t(words, { most: longestNames, defaultValue: one.detail ?? text(error) }));
        }
        if (error.code === "password-reused") {
          told = true;
          form.setFieldError("password", text(error));
        }
      }
      if (!told) setProblem(text(error));
    } finally {
      setBusy(false);
    }
  };

  const seesAll = !isAssigned(values.role);
  const mayWall = isReadOnly(values.role);
  const toggle = { "aria-label": t("common.showPassword") };
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit(() => void save())}>
      <TextInput
        label={t("people.fields.login")}
        description={t("people.hints.login")}
        maxLength={15}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        {...form.getInputProps("login")}
      />
      {user && (
        <Switch
          label={t("people.newPassword")}
          description={t("people.hints.newPassword")}
          checked={secret}
          onChange={(event) => {
            setSecret(event.currentTarget.checked);
            form.setFieldValue("password", "");
            form.setFieldValue("again", "");
          }}
        />
      )}
      {secret && (
        <>
          <PasswordInput
            label={user ? t("password.new") : t("signIn.password")}
            autoComplete="new-password"
            aria-describedby="user-password-rules"
            visibilityToggleButtonProps={toggle}
            {...form.getInputProps("password")}
          />
          <RulesOfPassword
            id="user-password-rules"
            rules={checkPassword(values.password, values.login.trim(), most)}
            most={most}
          />
          <PasswordInput
            label={user ? t("password.again") : t("people.passwordAgain")}
            autoComplete="new-password"
            visibilityToggleButtonProps={toggle}
            {...form.getInputProps("again")}
          />
        </>
      )}
      <Switch
        label={t("people.fields.must_change_password")}
        description={t("people.hints.must_change_password")}
        {...form.getInputProps("must_change_password", { type: "checkbox" })}
      />
      <div className={classes.group}>
        <Select
          label={t("people.fields.role")}
          description={
            isMe
              ? t("people.hints.ownRole")
              : bounded
                ? t("people.hints.operatorsOnly")
                : t(`people.roles.${values.role}`)
          }
          data={roles.map((value) => ({ value, label: t(`shell.roles.${value}`) }))}
          renderOption={({ option }) => (
            <span className={classes.roleOption}>
              <span>{option.label}</span>
              <span>{t(`people.roles.${option.value}`)}</span>
            </span>
          )}
          allowDeselect={false}
          disabled={bounded || isMe}
          maxDropdownHeight={420}
          {...form.getInputProps("role")}
        />
        <TagsInput
          label={t("people.fields.labels")}
          description={seesAll ? t("people.hints.seesAll") : t("people.hints.labels")}
          data={labelNames.map((value) => ({ value, label: named(value) }))}
          disabled={seesAll}
          maxTags={100}
          maxLength={100}
          placeholder={seesAll || values.labels.length > 0 ? undefined : t("people.labelsPlaceholder")}
          clearButtonProps={{ "aria-label": t("people.clearLabels") }}
          {...form.getInputProps("labels")}
          value={seesAll ? [] : values.labels}
        />
      </div>
      <div className={classes.group}>
        <ContactFields form={form} />
      </div>
      <div className={classes.group}>
        <Select
          label={t("people.fields.session_timeout_minutes")}
          description={t("people.hints.timeout")}
          data={[
            { value: "", label: t("people.asPreferences") },
            ...timeouts.map((count) => ({ value: String(count), label: t("people.minutes", { count }) })),
          ]}
          allowDeselect={false}
          {...form.getInputProps("timeout")}
        />
        <Switch
          label={t("people.fields.wallboard")}
          description={mayWall ? t("people.hints.wallboard") : t("people.hints.noWallboard")}
          disabled={!mayWall}
          {...form.getInputProps("wallboard", { type: "checkbox" })}
          checked={mayWall && values.wallboard}
        />
        <Switch
          label={t("people.fields.disabled")}
          description={isMe ? t("people.self") : t("people.hints.disabled")}
          disabled={isMe}
          {...form.getInputProps("disabled", { type: "checkbox" })}
        />
        <Switch
          label={t("people.fields.expires")}
          description={t("people.hints.expires")}
          {...form.getInputProps("expires", { type: "checkbox" })}
        />
        {values.expires && (
          <TextInput
            className={plain.short}
            type="date"
            label={t("people.fields.expires_on")}
            min={today()}
            {...form.getInputProps("expires_on")}
          />
        )}
      </div>
      <div role="alert">{problem && <p className={plain.problem}>{problem}</p>}</div>
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {user ? t("common.save") : t("people.addAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
