import { Button, Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, certificates, Problem } from "../../api/index.ts";
import type { Acme, Certificate } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { Facts } from "../../components/facts.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Section } from "../../components/section.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import classes from "../plain.module.css";
import { AgentsNote } from "./certificate-agents.tsx";
import { useCertificateForm } from "./certificate.tsx";

const key = ["certificate"];
const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
const tones: Record<Acme["status"], Tone> = { waiting: "waiting", ordering: "running", good: "good", failed: "broken" };

/** Whether the certificate is got automatically, and how that stands. */
export function AcmeSection({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form, open] = useCertificateForm();
  const [dirty, setDirty] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const acme = certificate.acme;
  const close = () => {
    setDirty(false);
    open(undefined);
  };
  const end = () =>
    setQuestion({
      title: t("administration.certificate.acme.end"),
      text: t("administration.certificate.acme.endText"),
      action: t("administration.certificate.acme.end"),
      danger: true,
      call: calls.endAcme,
      run: async () => {
        await certificates.endAcme();
        await client.invalidateQueries({ queryKey: key });
        done(t("administration.certificate.acme.ended"));
      },
    });
  return (
    <Section title={t("administration.certificate.acme.title")} text={t("administration.certificate.acme.text")}>
      {acme ? (
        <Facts
          facts={[
            [
              t("administration.certificate.acme.status"),
              <Status key="s" tone={tones[acme.status]}>
                {t(`administration.certificate.acme.statuses.${acme.status}`)}
              </Status>,
            ],
            [t("administration.certificate.acme.error"), acme.error],
            [t("administration.certificate.acme.directory"), acme.directory],
            [t("administration.certificate.acme.names"), acme.names.join(", ")],
            [t("administration.certificate.acme.contact"), acme.contact],
            [
              t("administration.certificate.acme.challenge"),
              t(`administration.certificate.acme.challenges.${acme.challenge}`),
            ],
            acme.issued_at !== null && [
              t("administration.certificate.acme.issued"),
              <Moment key="i" at={acme.issued_at} />,
            ],
            acme.attempted_at !== null && [
              t("administration.certificate.acme.attempted"),
              <Moment key="a" at={acme.attempted_at} />,
            ],
            acme.next_attempt_at !== null && [
              t("administration.certificate.acme.next"),
              <Moment key="n" at={acme.next_attempt_at} />,
            ],
          ]}
        />
      ) : (
        <p className={classes.detail}>{t("administration.certificate.acme.off")}</p>
      )}
      <div className={classes.actions}>
        <Button variant="default" onClick={() => open("acme")}>
          {t(acme ? "administration.certificate.acme.change" : "administration.certificate.acme.setUp")}
        </Button>
        {acme && (
          <Button variant="default" onClick={end}>
            {t("administration.certificate.acme.end")}
          </Button>
        )}
      </div>
      <FormDrawer
        opened={form === "acme"}
        close={close}
        title={t("administration.certificate.acme.formTitle")}
        dirty={dirty}
      >
        <AcmeForm certificate={certificate} changed={setDirty} close={close} />
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

interface Props {
  certificate: Certificate;
  changed: (dirty: boolean) => void;
  close: () => void;
}

function AcmeForm({ certificate, changed, close }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = certificate.acme;
  const [directory, setDirectory] = useState(now?.directory ?? letsEncrypt);
  const [contact, setContact] = useState(now?.contact ?? "");
  const [names, setNames] = useState(now?.names.join("\n") ?? "");
  const [challenge, setChallenge] = useState<Acme["challenge"]>(now?.challenge ?? "tls-alpn-01");
  const [terms, setTerms] = useState(false);
  const [tried, setTried] = useState(false);
  const { busy, problem, save, forget } = useSaving();
  const change = <Value,>(set: (value: Value) => void) => {
    return (value: Value) => {
      set(value);
      forget();
      changed(true);
    };
  };
  const wanted = names.split(/[\s,;]+/).filter((name) => name !== "");
  // Which field the server did not like; its own sentence says why.
  const said = (field: string) =>
    problem instanceof Problem ? problem.errors.find((one) => one.field === field)?.detail : undefined;
  const ask = async () => {
    setTried(true);
    if (wanted.length === 0 || !terms) return;
    await save(async () => {
      const shown = await certificates.setAcme({
        directory: directory.trim(),
        contact: contact.trim(),
        names: wanted,
        challenge,
        terms_accepted: terms,
      });
      client.setQueryData(key, shown);
      done(t("administration.certificate.acme.asked"));
      close();
    });
  };
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <AgentsNote certificate={certificate} />
      <Textarea
        label={t("administration.certificate.acme.names")}
        description={t("administration.certificate.acme.namesHint")}
        value={names}
        onChange={(event) => change(setNames)(event.currentTarget.value)}
        error={said("names") ?? (tried && wanted.length === 0 ? t("common.required") : undefined)}
        autosize
        minRows={2}
        spellCheck={false}
        data-autofocus
      />
      <Select
        label={t("administration.certificate.acme.challenge")}
        description={certificate.acme_listener ? undefined : t("administration.certificate.acme.noListener")}
        data={(["tls-alpn-01", "http-01"] as const).map((value) => ({
          value,
          label: t(`administration.certificate.acme.challenges.${value}`),
          disabled: value === "http-01" && !certificate.acme_listener,
        }))}
        value={challenge}
        onChange={(value) => value && change(setChallenge)(value as Acme["challenge"])}
        error={said("challenge")}
        allowDeselect={false}
      />
      <TextInput
        label={t("administration.certificate.acme.contact")}
        description={t("administration.certificate.acme.contactHint")}
        type="email"
        value={contact}
        onChange={(event) => change(setContact)(event.currentTarget.value)}
        error={said("contact")}
        autoComplete="off"
      />
      <TextInput
        label={t("administration.certificate.acme.directory")}
        description={t("administration.certificate.acme.directoryHint")}
        type="url"
        value={directory}
        onChange={(event) => change(setDirectory)(event.currentTarget.value)}
        error={said("directory")}
        autoComplete="off"
        spellCheck={false}
      />
      <Checkbox
        label={t("administration.certificate.acme.terms")}
        checked={terms}
        onChange={(event) => change(setTerms)(event.currentTarget.checked)}
        error={tried && !terms ? t("administration.certificate.acme.termsRequired") : undefined}
      />
      <SaveProblem problem={problem} />
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("administration.certificate.acme.action")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
