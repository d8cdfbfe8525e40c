import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { certificates } from "../../api/index.ts";
import type { Certificate } from "../../api/types.ts";
import { Section } from "../../components/section.tsx";
import classes from "../plain.module.css";

/** What a browser that warns of this server must be given, and where it goes. */
export function DownloadSection({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const kind = certificate.mode === "own" ? "own" : "other";
  const which = kind === "own" ? "authority" : certificate.chain.length > 1 ? "issuer" : null;
  return (
    <Section
      title={t("administration.certificate.download.title")}
      text={t("administration.certificate.download.text")}
    >
      <p>{t(`administration.certificate.download.${kind}`)}</p>
      <div className={classes.actions}>
        {([which, "server"] as const).map(
          (one) =>
            one &&
            (["pem", "der"] as const).map((format) => (
              <Button
                key={one + format}
                component="a"
                href={certificates.fileAddress(one, format)}
                download
                variant="default"
                leftSection={<IconDownload size={15} stroke={1.6} />}
              >
                {t("administration.certificate.download.file", {
                  which: t(`administration.certificate.download.${one}`),
                  format: format.toUpperCase(),
                })}
              </Button>
            )),
        )}
      </div>
      <ul className={classes.rows}>
        {(["chrome", "windows", "firefox"] as const).map((store) => (
          <li key={store} className={classes.row}>
            <span>{t(`administration.certificate.download.stores.${kind}.${store}`)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
