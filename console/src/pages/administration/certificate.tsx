import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, certificates } from "../../api/index.ts";
import type { Certificate } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyField } from "../../components/copy.tsx";
import { Facts } from "../../components/facts.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag, Status, type Tone } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import type { Search } from "../../router.tsx";
import classes from "../plain.module.css";
import { AcmeSection } from "./certificate-acme.tsx";
import { DownloadSection } from "./certificate-download.tsx";
import { ReplaceForm } from "./certificate-replace.tsx";
import { TrustedSection } from "./certificate-trusted.tsx";

const key = ["certificate"];

/** Which form stands beside the page is in the address. */
export function useCertificateForm(): [string | undefined, (form: string | undefined) => void] {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const open = (form: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, form }), resetScroll: false });
  return [search.form, open];
}

/** By what the server proves who it is, and whom it believes. */
export function CertificatePage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form, open] = useCertificateForm();
  const [dirty, setDirty] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const data = useQuery({ queryKey: key, queryFn: certificates.get });
  useLive(["certificates"], () => {
    void client.invalidateQueries({ queryKey: key });
    void client.invalidateQueries({ queryKey: ["trusted-certificates"] });
  });
  const one = data.data;
  const renew = (present: Certificate) =>
    setQuestion({
      title: t("administration.certificate.renewTitle"),
      text: (
        <>
          {t("administration.certificate.renewText")}
          {present.mode !== "own" && ` ${t("administration.certificate.renewGivesUp")}`}
        </>
      ),
      action: t("administration.certificate.renew"),
      call: calls.renewCertificate,
      run: async () => {
        client.setQueryData(key, await certificates.renew());
        done(t("administration.certificate.renewed"));
      },
    });
  return (
    <>
      <PageHeader
        title={t("shell.places.certificate")}
        beside={one && <Ending certificate={one} />}
        actions={
          one && (
            <>
              <Button
                variant="default"
                disabled={one.acme !== null}
                title={one.acme ? t("administration.certificate.automaticFirst") : undefined}
                onClick={() => renew(one)}
              >
                {t("administration.certificate.renew")}
              </Button>
              <Button
                disabled={one.acme !== null}
                title={one.acme ? t("administration.certificate.automaticFirst") : undefined}
                onClick={() => open("replace")}
              >
                {t("administration.certificate.replace")}
              </Button>
            </>
          )
        }
      />
      <div className={classes.page}>
        {data.isError && !one ? (
          <Failed error={data.error} retry={() => void data.refetch()} />
        ) : !one ? (
          <Loading />
        ) : (
          <>
            <Identity certificate={one} />
            <AcmeSection certificate={one} />
            <DownloadSection certificate={one} />
            <Section title={t("administration.certificate.ca")} text={t("administration.certificate.caText")}>
              <Facts
                facts={[
                  [t("administration.certificate.subject"), one.ca.subject],
                  [t("administration.certificate.until"), <Moment key="u" at={one.ca.not_after} />],
                ]}
              />
              <Field label={t("administration.certificate.fingerprint")}>
                <CopyField text={one.ca.sha256} label={t("administration.certificate.fingerprint")} wrap />
              </Field>
            </Section>
            <TrustedSection />
          </>
        )}
      </div>
      <FormDrawer
        opened={form === "replace" && one !== undefined}
        close={() => {
          setDirty(false);
          open(undefined);
        }}
        title={t("administration.certificate.replaceTitle")}
        dirty={dirty}
      >
        {one && (
          <ReplaceForm
            certificate={one}
            changed={setDirty}
            close={() => {
              setDirty(false);
              open(undefined);
            }}
          />
        )}
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function Ending({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tones: Record<string, Tone> = { ended: "broken", ends: "attention", "renewal-failed": "attention" };
  return (
    <Status tone={certificate.warning ? tones[certificate.warning]! : "good"}>
      {certificate.days_left < 0
        ? t("administration.certificate.expired")
        : t("administration.certificate.daysLeft", {
            count: certificate.days_left,
            shown: format.number(certificate.days_left),
          })}
    </Status>
  );
}

function Identity({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const warning = certificate.warning;
  return (
    <Section
      title={t("administration.certificate.server")}
      text={
        <>
          {t("administration.certificate.serverText")}
          {certificate.renews_itself && ` ${t("administration.certificate.renewsItself")}`}
        </>
      }
    >
      {(warning ?? certificate.uncovered_names.length > 0) && (
        <div className={classes.actions}>
          {warning && (
            <Flag tone={warning === "ended" ? "broken" : "attention"}>
              {t(`administration.certificate.warnings.${warning}`)}
            </Flag>
          )}
          {certificate.uncovered_names.length > 0 && (
            <span className={classes.detail}>
              {t("administration.certificate.uncovered", {
                count: certificate.uncovered_names.length,
                names: certificate.uncovered_names.join(", "),
              })}
            </span>
          )}
        </div>
      )}
      <Facts
        facts={[
          [t("administration.certificate.mode"), t(`administration.certificate.modes.${certificate.mode}`)],
          [t("administration.certificate.subject"), certificate.subject],
          [t("administration.certificate.issuer"), certificate.issuer],
          [t("administration.certificate.names"), certificate.names.join(", ")],
          [t("administration.certificate.from"), <Moment key="f" at={certificate.not_before} />],
          [t("administration.certificate.until"), <Moment key="u" at={certificate.not_after} />],
          certificate.installed_at !== null && [
            t("administration.certificate.installed"),
            <Moment key="i" at={certificate.installed_at} />,
          ],
          [t("administration.certificate.chain"), certificate.chain.map((it) => it.subject).join(" ← ")],
        ]}
      />
      <Field label={t("administration.certificate.fingerprint")}>
        <CopyField text={certificate.sha256} label={t("administration.certificate.fingerprint")} wrap />
      </Field>
    </Section>
  );
}
