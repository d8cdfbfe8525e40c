import { Button } from "@mantine/core";
import { IconCopy, IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { announce } from "../lib/announce.ts";
import { downloadText } from "../lib/download.ts";
import classes from "../pages/plain.module.css";
import { copyText } from "./copy.tsx";
import own from "./factors.module.css";

/** Recovery codes, shown once. */
export function RecoveryCodes({ codes, close }: { codes: string[]; close: () => void }) {
  const { t } = useTranslation();
  const download = () => downloadText(`vigie-${t("factors.recoveryFile")}.txt`, `${codes.join("\n")}\n`);
  return (
    <div className={classes.form}>
      <div className={classes.once} role="status">
        <b>{t("factors.recoveryMade")}</b>
        <p>{t("factors.recoveryMadeText")}</p>
        <ol className={own.codes} aria-label={t("factors.recoveryCodes")}>
          {codes.map((code) => (
            <li key={code} className="mono">
              {code}
            </li>
          ))}
        </ol>
        <div className={classes.actions}>
          <Button
            variant="default"
            leftSection={<IconCopy size={14} stroke={1.6} />}
            onClick={() => void copyText(codes.join("\n")).then((done) => done && announce(t("common.copied")))}
          >
            {t("common.copy")}
          </Button>
          <Button variant="default" leftSection={<IconDownload size={14} stroke={1.6} />} onClick={download}>
            {t("factors.download")}
          </Button>
        </div>
      </div>
      <Button onClick={close}>{t("factors.recoveryKept")}</Button>
    </div>
  );
}
