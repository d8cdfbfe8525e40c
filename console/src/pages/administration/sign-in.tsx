import { Button, Checkbox, PasswordInput, Switch, TagsInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, openid, Problem } from "../../api/index.ts";
import type { NewOpenIdSettings, OpenId, OpenIdSettings, OpenIdTest, Preferences } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyField } from "../../components/copy.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { done } from "../../components/toast.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import classes from "../plain.module.css";
import { MappingTable, roles } from "./sign-in-mapping.tsx";
import own from "./sign-in.module.css";

const key = ["openid"];

/** How people sign in: which roles need a second factor, and the OpenID provider. */
export function SignInSettingsPage() {
  const { t } = useTranslation();
  const preferences = useQuery({ queryKey: ["preferences"], queryFn: administration.preferences });
  const provider = useQuery({ queryKey: key, queryFn: openid.get });
  const failed = [preferences, provider].find((one) => one.isError && !one.data);
  return (
    <>
      <PageHeader title={t("shell.places.signIn")} />
      <div className={classes.page}>
        {failed ? (
          <Failed error={failed.error} retry={() => void failed.refetch()} />
        ) : !preferences.data || !provider.data ? (
          <Loading />
        ) : (
          <>
            <RolesSection key={`roles ${preferences.dataUpdatedAt}`} current={preferences.data} />
            <ProviderSection key={`provider ${provider.dataUpdatedAt}`} current={provider.data} />
          </>
        )}
      </div>
    </>
  );
}

function RolesSection({ current }: { current: Preferences }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [chosen, setChosen] = useState<string[]>(current.second_factor_roles);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const save = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const wanted = roles.filter((role) => chosen.includes(role));
      client.setQueryData(["preferences"], await administration.updatePreferences({ second_factor_roles: wanted }));
      done(t("common.saved"));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const same =
    chosen.length === current.second_factor_roles.length &&
    current.second_factor_roles.every((role) => chosen.includes(role));
  return (
    <Section title={t("factors.roles")} text={t("factors.rolesText")}>
      <Checkbox.Group aria-label={t("factors.roles")} value={chosen} onChange={setChosen}>
        <div className={own.choices}>
          {roles.map((role) => (
            <Checkbox key={role} value={role} label={t(`shell.roles.${role}`)} />
          ))}
        </div>
      </Checkbox.Group>
      <div role="alert">{problem !== null && <p className={classes.problem}>{text(problem)}</p>}</div>
      <div className={classes.actions}>
        <Button loading={busy} disabled={same} onClick={() => void save()}>
          {t("common.save")}
        </Button>
      </div>
    </Section>
  );
}

const fresh: OpenIdSettings = {
  issuer: "",
  client_id: "",
  has_secret: false,
  scopes: ["openid", "profile", "email"],
  label: "",
  groups_claim: "groups",
  mappings: [],
  create_users: false,
};

function ProviderSection({ current }: { current: OpenId }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const [values, setValues] = useState<OpenIdSettings>(current.settings ?? fresh);
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [tested, setTested] = useState<OpenIdTest | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const set = (changes: Partial<OpenIdSettings>) => setValues((old) => ({ ...old, ...changes }));
  const wrong = problem instanceof Problem ? problem.errors : [];
  const errorOf = (field: string) => {
    const found = wrong.find((one) => one.field === field || one.field.startsWith(`${field}.`));
    return found ? words(found) : undefined;
  };
  const changed = async () => {
    await client.invalidateQueries({ queryKey: key });
    await client.invalidateQueries({ queryKey: ["about"] });
  };
  const save = async () => {
    setBusy(true);
    setProblem(null);
    setTested(null);
    try {
      const { has_secret: _, ...settings } = values;
      await openid.set({ ...settings, client_secret: secret === "" ? undefined : secret } as NewOpenIdSettings);
      done(t("common.saved"));
      await changed();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const test = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setTested(await openid.test());
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const remove = () =>
    setQuestion({
      title: t("factors.provider.remove"),
      text: t("factors.provider.removeText"),
      action: t("factors.provider.remove"),
      danger: true,
      run: async () => {
        await openid.remove();
        await changed();
        done(t("factors.provider.removed"));
      },
    });
  const field = (name: "issuer" | "client_id" | "label" | "groups_claim", longest: number) => (
    <TextInput
      label={t(`factors.provider.${name}`)}
      description={t(`factors.provider.${name}Hint`)}
      maxLength={longest}
      autoComplete="off"
      spellCheck={false}
      value={values[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
      error={errorOf(name)}
    />
  );
  return (
    <>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Section title={t("factors.openid")} text={t("factors.provider.text")}>
          {field("label", 40)}
          {field("issuer", 500)}
          {current.redirect_uri && (
            <Field label={t("factors.provider.redirect")} hint={t("factors.provider.redirectHint")}>
              <CopyField text={current.redirect_uri} label={t("factors.provider.redirect")} wrap />
            </Field>
          )}
          {field("client_id", 200)}
          <PasswordInput
            label={t("factors.provider.secret")}
            description={values.has_secret ? t("factors.provider.secretKept") : t("factors.provider.secretHint")}
            autoComplete="off"
            maxLength={500}
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
            error={errorOf("client_secret")}
            visibilityToggleButtonProps={{ "aria-label": t("common.showPassword") }}
          />
          <TagsInput
            label={t("factors.provider.scopes")}
            description={t("factors.provider.scopesHint")}
            value={values.scopes}
            onChange={(scopes) => set({ scopes })}
            maxTags={20}
            error={errorOf("scopes")}
          />
        </Section>
        <Section title={t("factors.provider.accounts")} text={t("factors.provider.accountsText")}>
          <Switch
            label={t("factors.provider.create")}
            description={t("factors.provider.createHint")}
            checked={values.create_users}
            onChange={(event) => set({ create_users: event.currentTarget.checked })}
          />
          {field("groups_claim", 100)}
          <MappingTable
            mappings={values.mappings}
            change={(mappings) => set({ mappings })}
            error={errorOf("mappings")}
          />
        </Section>
        <Section>
          <div role="alert">
            {problem !== null && wrong.length === 0 && <p className={classes.problem}>{text(problem)}</p>}
          </div>
          {tested && (
            <div role="status" className={classes.field}>
              <Status tone={tested.ok ? "good" : "broken"}>
                {tested.ok ? t("factors.provider.works") : t(`factors.provider.troubles.${tested.trouble}`)}
              </Status>
              {tested.detail && <span className={classes.detail}>{tested.detail}</span>}
              {tested.unknown_scopes.length > 0 && (
                <span className={classes.detail}>
                  {t("factors.provider.unknownScopes", { list: tested.unknown_scopes.join(", ") })}
                </span>
              )}
            </div>
          )}
          <div className={classes.actions}>
            <Button type="submit" loading={busy}>
              {t("common.save")}
            </Button>
            {current.settings && (
              <>
                <Button variant="default" disabled={busy} onClick={() => void test()}>
                  {t("factors.provider.test")}
                </Button>
                <Button variant="default" disabled={busy} onClick={remove}>
                  {t("factors.provider.remove")}
                </Button>
              </>
            )}
          </div>
        </Section>
      </form>
      {/* Beside the form: what is submitted in the dialog would be submitted here too. */}
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
