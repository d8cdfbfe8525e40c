/** Moving agents to another portal: what is announced to them, how far they have come, and the end of it. */
import { ActionIcon, Button, Textarea, TextInput, Tooltip } from "@mantine/core";
import { IconPlus, IconRefresh } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { agents, calls } from "../../api/index.ts";
import type { AgentConfiguration } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { Copy, CopyField, SecretField } from "../../components/copy.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { Meter } from "../../components/meter.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Field, Section } from "../../components/section.tsx";
import { useTold } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { largestCertificateFile } from "../../lib/files.ts";
import { useFormat } from "../../lib/format.ts";
import { proposedSecret } from "../../lib/proposed-secret.ts";
import classes from "../plain.module.css";

export const configurationKey = ["agent-configuration"];

export function MoveSection({ configuration }: { configuration: AgentConfiguration }) {
  const { t } = useTranslation();
  const told = useTold();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [dirty, setDirty] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const { next, progress, moved, left_behind } = configuration;
  const changed = async () => {
    await client.invalidateQueries({ queryKey: configurationKey });
    await client.invalidateQueries({ queryKey: ["api-clients"] });
  };
  const close = () => {
    setCreating(false);
    setDirty(false);
  };
  const withdraw = () =>
    setQuestion({
      title: t("administration.move.withdraw"),
      about: next?.url,
      text: (
        <>
          {moved > 0 ? t("administration.move.withdrawMoved", { count: moved }) : t("administration.move.withdrawNone")}{" "}
          {t("administration.move.withdrawText", { id: next?.client_id })}
        </>
      ),
      action: t("administration.move.withdraw"),
      danger: true,
      call: () => calls.withdrawConfiguration(),
      run: async () => {
        await agents.withdraw();
        await changed();
        done(t("administration.move.withdrawn"));
      },
    });
  const promote = () =>
    setQuestion({
      title: t("administration.move.promote"),
      about: next?.url,
      text: (
        <>
          {left_behind > 0
            ? t("administration.move.promoteLeft", { count: left_behind })
            : t("administration.move.promoteAll")}{" "}
          {t("administration.move.promoteText", { id: configuration.current.client_id })}
        </>
      ),
      action: t("administration.move.promote"),
      danger: left_behind > 0,
      call: () => calls.promoteConfiguration(left_behind > 0),
      run: async () => {
        await agents.promote(left_behind > 0);
        await changed();
        done(t("administration.move.promoted"));
      },
    });
  return (
    <Section title={t("administration.move.title")} text={t("administration.move.text")}>
      {next ? (
        <>
          <Field label={t("administration.agents.url")}>
            <CopyField text={next.url} label={t("administration.move.nextUrl")} />
          </Field>
          <Field label={t("administration.agents.clientId")}>
            <CopyField text={next.client_id} label={t("administration.move.nextClientId")} />
          </Field>
          <Field label={t("administration.agents.secret")} hint={t("administration.agents.secretHint")}>
            <SecretField
              masked={next.client_secret_masked}
              label={t("administration.move.nextSecret")}
              reveal={() => told(async () => (await agents.revealNextSecret()).client_secret)}
            />
          </Field>
          {next.ca_sha256 && (
            <Field label={t("administration.agents.ca")} hint={t("administration.move.caOnly")}>
              <CopyField text={next.ca_sha256} label={t("administration.move.nextCa")} wrap />
            </Field>
          )}
          {next.elsewhere && <p className={classes.hint}>{t("administration.move.nextElsewhere")}</p>}
        </>
      ) : (
        !progress && <p className={classes.detail}>{t("administration.move.none")}</p>
      )}
      {progress && (next || left_behind > 0) && <Progress configuration={configuration} />}
      {next ? (
        <div className={classes.actions}>
          <Button onClick={promote}>{t("administration.move.promote")}</Button>
          <Button variant="default" onClick={withdraw}>
            {t("administration.move.withdraw")}
          </Button>
        </div>
      ) : (
        <div>
          <Button variant="default" leftSection={<IconPlus size={14} stroke={2} />} onClick={() => setCreating(true)}>
            {t("administration.move.new")}
          </Button>
        </div>
      )}
      <FormDrawer opened={creating} close={close} title={t("administration.move.new")} dirty={dirty}>
        <NewForm setDirty={setDirty} changed={changed} close={close} />
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

/** Who has moved and who has not; each figure opens its list. */
function Progress({ configuration }: { configuration: AgentConfiguration }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { moved, left_behind, progress, next, current } = configuration;
  if (!progress) return null;
  const all = moved + left_behind;
  const list = (wanted: string, words: ReactNode) => (
    <Link to="/configuration/agents" search={{ tab: "list", move: wanted }}>
      {words}
    </Link>
  );
  const number = (count: number) => ({ count, shown: format.number(count) });
  return (
    <Field
      label={next ? t("administration.move.progress") : t("administration.move.still", { url: current.url })}
      hint={
        <>
          {t("administration.move.heardBy")} <Moment at={progress.heard_by} />
          {progress.silent > 0 && <> · {t("administration.move.silent", number(progress.silent))}</>}
        </>
      }
    >
      <Meter
        share={all === 0 ? 0 : moved / all}
        label={t("administration.move.share", { moved: format.number(moved), all: format.number(all) })}
      />
      <ul className={classes.list} aria-label={t("administration.move.progress")}>
        <li>
          <Status tone="good">{list("moved", t("administration.move.moved", number(moved)))}</Status>
        </li>
        <li>
          <Status tone={left_behind > 0 ? "waiting" : "off"}>
            {list("left", t("administration.move.left", number(left_behind)))}
          </Status>
        </li>
        {progress.failed > 0 && (
          <li>
            <Status tone="attention">{list("failed", t("administration.move.failed", number(progress.failed)))}</Status>
          </li>
        )}
      </ul>
    </Field>
  );
}

type FieldName = "url" | "client_id" | "client_secret" | "ca";

function NewForm(props: { setDirty: (dirty: boolean) => void; changed: () => Promise<void>; close: () => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState(() => ({ url: "", client_id: "", client_secret: proposedSecret(), ca: "" }));
  const [errors, setErrors] = useState<Partial<Record<FieldName, string>>>({});
  const { busy, problem, save, forget } = useSaving((error) => {
    if (!(error.field in values)) return false;
    const known = `administration.move.refused.${error.field}.${error.code}`;
    setErrors((old) => ({ ...old, [error.field]: t(known, { defaultValue: error.detail }) }));
    return true;
  });
  const set = (name: FieldName, value: string) => {
    setValues((old) => ({ ...old, [name]: value }));
    setErrors((old) => ({ ...old, [name]: undefined }));
    forget();
    props.setDirty(true);
  };
  const field = (name: FieldName) => ({
    label: t(`administration.move.fields.${name}`),
    description: t(`administration.move.fields.${name}Hint`),
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => set(name, event.currentTarget.value),
    error: errors[name],
    spellCheck: false,
    autoComplete: "off",
  });
  const submit = () => {
    const missing = (["url", "client_id", "client_secret"] as const).filter((name) => values[name].trim() === "");
    setErrors(Object.fromEntries(missing.map((name) => [name, t("common.required")])));
    if (missing.length > 0) return;
    void save(async () => {
      await agents.announce({
        url: values.url.trim(),
        client_id: values.client_id.trim(),
        client_secret: values.client_secret.trim(),
        ca: values.ca.trim() || undefined,
      });
      await props.changed();
      done(t("administration.move.announced"));
      props.close();
    });
  };
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className={classes.detail}>{t("administration.move.newText")}</p>
      <TextInput {...field("url")} placeholder="https://" maxLength={255} data-autofocus />
      <TextInput {...field("client_id")} maxLength={60} classNames={{ input: "mono" }} />
      <TextInput
        {...field("client_secret")}
        maxLength={128}
        classNames={{ input: "mono" }}
        rightSectionWidth={64}
        rightSection={
          <span className={classes.actions}>
            <Tooltip label={t("administration.move.another")}>
              <ActionIcon
                size={26}
                aria-label={t("administration.move.another")}
                onClick={() => set("client_secret", proposedSecret())}
              >
                <IconRefresh size={15} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
            <Copy text={values.client_secret} />
          </span>
        }
      />
      <Textarea
        {...field("ca")}
        autosize
        minRows={3}
        maxRows={10}
        maxLength={largestCertificateFile}
        classNames={{ input: "mono" }}
      />
      <SaveProblem problem={problem} />
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("administration.move.announce")}
        </Button>
      </div>
    </form>
  );
}
