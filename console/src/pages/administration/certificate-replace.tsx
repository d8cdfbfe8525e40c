import { Button, FileButton, FileInput, PasswordInput, Tabs, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { certificates } from "../../api/index.ts";
import type { Certificate } from "../../api/types.ts";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { done } from "../../components/toast.ts";
import { base64Of, largestCertificateFile } from "../../lib/files.ts";
import classes from "../plain.module.css";
import { AgentsNote } from "./certificate-agents.tsx";

interface Props {
  certificate: Certificate;
  /** Told whether something would be lost. */
  changed: (dirty: boolean) => void;
  close: () => void;
}

/** A certificate of another authority, with its key: a PKCS #12 file, or PEM. */
export function ReplaceForm({ certificate, changed, close }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [format, setFormat] = useState<"pkcs12" | "pem">("pkcs12");
  const [file, setFile] = useState<File | null>(null);
  const [password, setPassword] = useState("");
  const [chain, setChain] = useState("");
  const [privateKey, setPrivateKey] = useState("");
  const [tried, setTried] = useState(false);
  const { busy, problem, save, forget } = useSaving();
  const tooLarge = file !== null && file.size > largestCertificateFile;
  const replace = async () => {
    setTried(true);
    if (format === "pkcs12" ? !file || tooLarge : chain.trim() === "") return;
    await save(async () => {
      const now =
        format === "pkcs12"
          ? await certificates.replace({ format, content: await base64Of(file!), password })
          : await certificates.replace({ format, certificates: chain, key: privateKey });
      client.setQueryData(["certificate"], now);
      done(t("administration.certificate.replaced"));
      close();
    });
  };
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void replace();
      }}
    >
      <AgentsNote certificate={certificate} />
      <Tabs
        value={format}
        onChange={(value) => {
          setFormat(value === "pem" ? "pem" : "pkcs12");
          setTried(false);
          forget();
        }}
        keepMounted={false}
      >
        <Tabs.List aria-label={t("administration.certificate.form")}>
          <Tabs.Tab value="pkcs12">{t("administration.certificate.pkcs12")}</Tabs.Tab>
          <Tabs.Tab value="pem">{t("administration.certificate.pem")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="pkcs12" pt={14}>
          <div className={classes.form}>
            <FileInput
              label={t("administration.certificate.file")}
              description={t("administration.certificate.fileHint")}
              placeholder={t("administration.certificate.fileNone")}
              accept=".p12,.pfx,application/x-pkcs12"
              value={file}
              onChange={(value) => {
                setFile(value);
                forget();
                changed(true);
              }}
              error={
                tooLarge
                  ? t("administration.certificate.fileTooLarge")
                  : tried && !file
                    ? t("administration.certificate.fileRequired")
                    : undefined
              }
            />
            <PasswordInput
              label={t("administration.certificate.password")}
              value={password}
              maxLength={1024}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
                forget();
                changed(true);
              }}
              autoComplete="off"
              visibilityToggleButtonProps={{ "aria-label": t("common.reveal") }}
            />
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="pem" pt={14}>
          <div className={classes.form}>
            <PemField
              label={t("administration.certificate.certificates")}
              hint={t("administration.certificate.certificatesHint")}
              value={chain}
              change={(value) => {
                setChain(value);
                forget();
                changed(true);
              }}
              error={tried && chain.trim() === "" ? t("common.required") : undefined}
            />
            <PemField
              label={t("administration.certificate.key")}
              hint={t("administration.certificate.keyHint")}
              value={privateKey}
              change={(value) => {
                setPrivateKey(value);
                forget();
                changed(true);
              }}
            />
          </div>
        </Tabs.Panel>
      </Tabs>
      <SaveProblem problem={problem} />
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("administration.certificate.replaceAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}

interface PemProps {
  label: string;
  hint: string;
  value: string;
  change: (value: string) => void;
  error?: string;
}

/** PEM text, typed in, pasted, or read from a file. */
function PemField({ label, hint, value, change, error }: PemProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.field}>
      <Textarea
        label={label}
        description={hint}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
        error={error}
        minRows={4}
        maxRows={8}
        autosize
        maxLength={largestCertificateFile}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: "mono" }}
      />
      <div>
        <FileButton
          accept=".pem,.crt,.cer,.key,text/plain"
          onChange={(file) => {
            if (file && file.size <= largestCertificateFile) void file.text().then(change);
          }}
        >
          {(props) => (
            <Button
              {...props}
              size="compact-xs"
              variant="default"
              aria-label={`${label}: ${t("administration.certificate.fromFile")}`}
            >
              {t("administration.certificate.fromFile")}
            </Button>
          )}
        </FileButton>
      </div>
    </div>
  );
}
