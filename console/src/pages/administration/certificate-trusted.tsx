import { Button, FileButton, Textarea } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, certificates } from "../../api/index.ts";
import type { TrustedCertificate } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done, failed } from "../../components/toast.ts";
import { base64Of, largestCertificateFile } from "../../lib/files.ts";
import classes from "../plain.module.css";
import { useCertificateForm } from "./certificate.tsx";

const key = ["trusted-certificates"];

/** What the server's own connections trust beside the operating system's authorities. */
export function TrustedSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form, open] = useCertificateForm();
  const [dirty, setDirty] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const list = useQuery({ queryKey: key, queryFn: certificates.trusted });
  const close = () => {
    setDirty(false);
    open(undefined);
  };
  const remove = (one: TrustedCertificate) =>
    setQuestion({
      title: t("administration.certificate.trusted.removeTitle"),
      about: one.subject,
      text: t("administration.certificate.trusted.removeText", { name: one.subject }),
      action: t("administration.certificate.trusted.remove"),
      danger: true,
      call: () => calls.distrust(one.id),
      run: async () => {
        await certificates.distrust(one.id);
        await client.invalidateQueries({ queryKey: key });
        done(t("administration.certificate.trusted.removed"));
      },
    });
  return (
    <Section title={t("administration.certificate.trusted.title")} text={t("administration.certificate.trusted.text")}>
      {list.isError && !list.data ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading lines={2} />
      ) : list.data.items.length === 0 ? (
        <p className={classes.detail}>{t("administration.certificate.trusted.none")}</p>
      ) : (
        <ul className={classes.rows}>
          {list.data.items.map((one) => (
            <li key={one.id} className={classes.row}>
              <div className={classes.words}>
                <span className={classes.name}>
                  {one.subject}
                  {one.warning && (
                    <Flag tone={one.warning === "ended" ? "broken" : "attention"}>
                      {t(`administration.certificate.warnings.${one.warning}`)}
                    </Flag>
                  )}
                </span>
                <span className={classes.detail}>
                  {t(`administration.certificate.trusted.kinds.${one.kind}`)} ·{" "}
                  {t("administration.certificate.trusted.until")} <Moment at={one.not_after} />
                </span>
                <span className={classes.detail}>
                  <span className="mono">{one.sha256}</span>
                </span>
              </div>
              <Button
                variant="default"
                onClick={() => remove(one)}
                aria-label={t("administration.certificate.trusted.removeNamed", { name: one.subject })}
              >
                {t("administration.certificate.trusted.remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button variant="default" leftSection={<IconPlus size={14} stroke={2} />} onClick={() => open("trust")}>
          {t("administration.certificate.trusted.add")}
        </Button>
      </div>
      <FormDrawer
        opened={form === "trust"}
        close={close}
        title={t("administration.certificate.trusted.addTitle")}
        dirty={dirty}
      >
        <TrustForm changed={setDirty} close={close} />
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

function TrustForm({ changed, close }: { changed: (dirty: boolean) => void; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [pem, setPem] = useState("");
  const [tried, setTried] = useState(false);
  const { busy, problem, save, forget } = useSaving();
  const trust = (body: { pem: string } | { content: string }) =>
    save(async () => {
      const added = await certificates.trust(body);
      await client.invalidateQueries({ queryKey: key });
      done(t("administration.certificate.trusted.added", { count: added.items.length }));
      close();
    });
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (pem.trim() !== "") void trust({ pem });
      }}
    >
      <Textarea
        label={t("administration.certificate.trusted.pem")}
        description={t("administration.certificate.trusted.pemHint")}
        value={pem}
        onChange={(event) => {
          setPem(event.currentTarget.value);
          forget();
          changed(true);
        }}
        error={tried && pem.trim() === "" ? t("common.required") : undefined}
        autosize
        minRows={6}
        maxRows={14}
        maxLength={largestCertificateFile}
        spellCheck={false}
        classNames={{ input: "mono" }}
        data-autofocus
      />
      <SaveProblem problem={problem} />
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("administration.certificate.trusted.addAction")}
        </Button>
        <FileButton
          accept=".pem,.crt,.cer,.der"
          onChange={(file) => {
            if (!file) return;
            if (file.size > largestCertificateFile) failed(t("administration.certificate.fileTooLarge"));
            else void base64Of(file).then((content) => trust({ content }));
          }}
        >
          {(props) => (
            <Button {...props} variant="default">
              {t("administration.certificate.fromFile")}
            </Button>
          )}
        </FileButton>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
