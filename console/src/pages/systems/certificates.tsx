/** The certificates that this server issues to a system: how it stands with each, by which authority, and renewing them. */
import { Button } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, systems } from "../../api/index.ts";
import type { CustomerSystem, SystemCertificate, SystemCertificates } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyField } from "../../components/copy.tsx";
import { May } from "../../components/may.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { downloadText } from "../../lib/download.ts";
import { useLive } from "../../lib/live.ts";
import plain from "../plain.module.css";

export function CertificatesSection({ system }: { system: CustomerSystem }) {
  const { t } = useTranslation();
  return (
    <Section title={t("systems.sections.certificates")} text={t("systems.sections.certificatesText")}>
      <Certificates system={system} />
    </Section>
  );
}

function Certificates({ system }: { system: CustomerSystem }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const queryKey = ["systems", "certificates", system.id];
  const found = useQuery({ queryKey, queryFn: () => systems.certificates(system.id) });
  useLive(["systems"], () => void client.invalidateQueries({ queryKey }));
  const [question, setQuestion] = useState<Question | null>(null);
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={2} />;
  const { entries, issued, authority } = found.data;
  const on = system.switches.automatic_certificates;
  const renew = () =>
    setQuestion({
      title: t("systems.certificates.renewTitle"),
      text: t("systems.certificates.renewText"),
      action: t("systems.certificates.renew"),
      call: () => calls.renewSystemCertificates(system.id),
      run: async () => {
        await systems.renewCertificates(system.id);
        await client.invalidateQueries({ queryKey });
        done(t("systems.certificates.renewed"));
      },
    });
  return (
    <>
      {entries.length > 0 ? (
        <ul className={plain.rows}>
          {entries.map((entry) => (
            <Entry key={entry.key} entry={entry} names={issued.find((one) => one.key === entry.key)?.names ?? []} />
          ))}
        </ul>
      ) : (
        <p className="muted">{t(`systems.certificates.${why(on, found.data)}`)}</p>
      )}
      {on && entries.length > 0 && (
        <May action="customers.edit" within="all">
          <div className={plain.actions}>
            <Button variant="default" leftSection={<IconRefresh size={15} stroke={1.6} />} onClick={renew}>
              {t("systems.certificates.renew")}
            </Button>
          </div>
        </May>
      )}
      {authority && (
        <>
          <Field label={t("systems.certificates.authority")} hint={t("systems.certificates.authorityText")}>
            <CopyField text={authority.sha256} label={t("systems.certificates.fingerprint")} wrap />
          </Field>
          <div className={plain.actions}>
            <Button
              variant="default"
              leftSection={<IconDownload size={15} stroke={1.6} />}
              onClick={() =>
                downloadText(`${system.customer.name}.pem`, authority.certificate, "application/x-pem-file")
              }
            >
              {t("systems.certificates.download")}
            </Button>
          </div>
        </>
      )}
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** Why there is nothing to show. */
const why = (on: boolean, { issued }: SystemCertificates) =>
  !on ? "off" : issued.length > 0 ? "waiting" : "noEntries";

function Entry({ entry, names }: { entry: SystemCertificate; names: string[] }) {
  const { t } = useTranslation();
  const { installed, wanted, trouble } = entry;
  const tone =
    installed === 0 && wanted > 0 ? "broken" : trouble ? "attention" : installed < wanted ? "attention" : "good";
  const state = installed === 0 ? "none" : installed < wanted ? "some" : "good";
  return (
    <li className={plain.row}>
      <div className={plain.words}>
        <span className={plain.name}>
          {entry.title}
          <Flag tone={tone}>
            {entry.devices
              ? t("systems.certificates.devices", { installed, wanted })
              : t(`systems.certificates.${state}`, { installed, wanted })}
          </Flag>
        </span>
        {trouble && <span className={plain.detail}>{trouble}</span>}
        {(names.length > 0 || entry.ends_at !== null) && (
          <span className={plain.detail}>
            {names.join(", ")}
            {names.length > 0 && entry.ends_at !== null && " · "}
            {entry.ends_at !== null && (
              <>
                {t("systems.certificates.until")} <Moment at={entry.ends_at} />
              </>
            )}
          </span>
        )}
      </div>
    </li>
  );
}
