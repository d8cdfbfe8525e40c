import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { administration } from "../../api/index.ts";
import { CopyField } from "../../components/copy.tsx";
import { Facts } from "../../components/facts.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import classes from "../plain.module.css";

/** By what the server proves who it is. */
export function CertificatePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const data = useQuery({ queryKey: ["certificate"], queryFn: administration.certificate });
  const one = data.data;
  return (
    <>
      <PageHeader
        title={t("shell.places.certificate")}
        beside={
          one && (
            <Status tone={one.days_left <= 0 ? "broken" : one.days_left < 21 ? "attention" : "good"}>
              {one.days_left <= 0
                ? t("administration.certificate.expired")
                : t("administration.certificate.daysLeft", {
                    count: one.days_left,
                    shown: format.number(one.days_left),
                  })}
            </Status>
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
            <Section title={t("administration.certificate.server")} text={t("administration.certificate.serverText")}>
              <Facts
                facts={[
                  [t("administration.certificate.subject"), one.subject],
                  [t("administration.certificate.issuer"), one.issuer],
                  [t("administration.certificate.names"), one.names.join(", ")],
                  [t("administration.certificate.from"), <Moment key="f" at={one.not_before} />],
                  [t("administration.certificate.until"), <Moment key="u" at={one.not_after} />],
                ]}
              />
              <Field label={t("administration.certificate.fingerprint")}>
                <CopyField text={one.sha256} label={t("administration.certificate.fingerprint")} wrap />
              </Field>
            </Section>
            {one.ca && (
              <Section title={t("administration.certificate.ca")} text={t("administration.certificate.caText")}>
                <Facts facts={[[t("administration.certificate.until"), <Moment key="u" at={one.ca.not_after} />]]} />
                <Field label={t("administration.certificate.fingerprint")}>
                  <CopyField text={one.ca.sha256} label={t("administration.certificate.fingerprint")} wrap />
                </Field>
              </Section>
            )}
          </>
        )}
      </div>
    </>
  );
}
