import { Button } from "@mantine/core";
import { IconCertificate, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { administration, agents } from "../../api/index.ts";
import { Copy, CopyField, SecretField } from "../../components/copy.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading, useTold } from "../../components/states.tsx";
import { useFormat } from "../../lib/format.ts";
import { masked, withSecret } from "../../lib/install-command.ts";
import classes from "../plain.module.css";

/** How the agent gets onto machines: one line, or a package. */
export function DistributionPage() {
  const { t } = useTranslation();
  const format = useFormat();
  // The answer holds the secret, and asking for it leaves a trace: asked once, and the secret is not kept.
  const data = useQuery({
    queryKey: ["distribution"],
    queryFn: async () => {
      const found = await administration.distribution();
      return {
        ...found,
        install_command: masked(found.install_command),
        install_command_windows: found.install_command_windows && masked(found.install_command_windows),
      };
    },
    staleTime: Infinity,
    gcTime: 0,
  });
  const windowsPackage = data.data?.files.findLast((file) => file.platform === "windows-msi");
  return (
    <>
      <PageHeader title={t("shell.places.distribution")} help="agents" />
      <div className={classes.page}>
        {data.isError && !data.data ? (
          <Failed error={data.error} retry={() => void data.refetch()} />
        ) : !data.data ? (
          <Loading />
        ) : (
          <>
            <Section title={t("administration.distribution.linux")} text={t("administration.distribution.linuxText")}>
              <InstallCommand command={data.data.install_command} label={t("common.installCommand")} />
            </Section>
            <Section
              title={t("administration.distribution.windows")}
              text={t("administration.distribution.windowsText")}
            >
              {data.data.install_command_windows ? (
                <>
                  <InstallCommand
                    command={data.data.install_command_windows}
                    label={t("administration.distribution.windowsLine")}
                  />
                  <p className={classes.hint}>{t("administration.distribution.windowsVerify")}</p>
                  <CopyField
                    text={`certutil -hashfile ${windowsPackage?.name ?? ""} SHA256`}
                    label={t("administration.distribution.verifyLine")}
                    wrap
                  />
                  <p className={classes.hint}>{t("administration.distribution.windowsPolicy")}</p>
                </>
              ) : (
                <p className="muted">{t("administration.distribution.noWindows")}</p>
              )}
            </Section>
            <Section
              title={t("administration.distribution.packages")}
              text={t("administration.distribution.packagesText")}
            >
              {data.data.files.length === 0 ? (
                <p className="muted">{t("administration.distribution.noPackages")}</p>
              ) : (
                <ul className={classes.rows}>
                  {data.data.files.map((file) => (
                    <li key={file.name} className={classes.row}>
                      <div className={classes.words}>
                        <span className={classes.name}>{file.name}</span>
                        <span className={classes.detail}>
                          {t(`administration.distribution.platforms.${file.platform}`, { defaultValue: file.platform })}{" "}
                          · {format.bytes(file.size)}
                        </span>
                        <span className={classes.detail}>
                          SHA-256 <span className="mono">{file.sha256}</span> <Copy text={file.sha256} />
                        </span>
                      </div>
                      <Button
                        component="a"
                        href={`/install/${encodeURIComponent(file.name)}`}
                        download={file.name}
                        variant="default"
                        leftSection={<IconDownload size={14} stroke={1.8} />}
                        aria-label={t("common.export.downloadNamed", { name: file.name })}
                      >
                        {t("common.export.download")}
                      </Button>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
            <Section title={t("administration.distribution.ca")} text={t("administration.distribution.caText")}>
              {data.data.ca_sha256 && (
                <Field label={t("administration.distribution.fingerprint")}>
                  <CopyField text={data.data.ca_sha256} label={t("administration.distribution.fingerprint")} wrap />
                </Field>
              )}
              <div>
                <Button
                  component="a"
                  href="/install/ca.pem"
                  download="ca.pem"
                  variant="default"
                  leftSection={<IconCertificate size={15} stroke={1.6} />}
                >
                  {t("administration.distribution.caDownload")}
                </Button>
              </div>
            </Section>
          </>
        )}
      </div>
    </>
  );
}

/** A line that installs an agent, its secret masked until someone asks for it. */
function InstallCommand({ command, label }: { command: string; label: string }) {
  const { t } = useTranslation();
  const told = useTold();
  return (
    <>
      <SecretField
        masked={command}
        label={label}
        reveal={() => told(async () => withSecret(command, (await agents.revealSecret()).client_secret))}
        line
      />
      <p className={classes.hint}>
        {t("administration.distribution.lineSecret")} {t("administration.distribution.lineAfter")}
      </p>
    </>
  );
}
