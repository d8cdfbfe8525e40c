import { Button, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { factors, session } from "../api/index.ts";
import type { MyFactors, Proof, TotpEnrolment } from "../api/types.ts";
import { EnrolTotp } from "../components/enrol-totp.tsx";
import { FormDrawer } from "../components/form-drawer.tsx";
import { ProofForm } from "../components/proof-form.tsx";
import { RecoveryCodes } from "../components/recovery-codes.tsx";
import { Section } from "../components/section.tsx";
import { Failed, Loading } from "../components/states.tsx";
import { Flag } from "../components/status.tsx";
import { Ago, Moment } from "../components/time.tsx";
import { done } from "../components/toast.ts";
import { hasPasskeys, makePasskey } from "../lib/passkey.ts";
import type { Search } from "../router.tsx";
import classes from "./plain.module.css";

const key = ["my-factors"];

/** What the open drawer does; for one passkey its id follows. */
type Doing = "totp" | "totp-remove" | "codes" | "passkey" | "link" | "unlink" | `passkey-remove:${string}`;

/** Second factors, passkeys, and the account at the OpenID provider. */
export function FactorsSections() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const data = useQuery({ queryKey: key, queryFn: factors.get });
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  const open = (value: Doing | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, factor: value }), resetScroll: false });
  if (data.isError && !data.data)
    return (
      <Section title={t("factors.title")}>
        <Failed error={data.error} retry={() => void data.refetch()} />
      </Section>
    );
  if (!data.data)
    return (
      <Section title={t("factors.title")}>
        <Loading lines={2} />
      </Section>
    );
  const mine = data.data;
  const any = mine.totp_since !== null || mine.passkeys.length > 0;
  return (
    <>
      <Section title={t("factors.title")} text={t("factors.text")}>
        <ul className={classes.rows}>
          <li className={classes.row}>
            <div className={classes.words}>
              <span className={classes.name}>
                {t("factors.generator")}
                {mine.totp_since && <Flag tone="good">{t("factors.inForce")}</Flag>}
              </span>
              <span className={classes.detail}>
                {mine.totp_since ? (
                  <>
                    {t("factors.since")} <Moment at={mine.totp_since} />
                  </>
                ) : (
                  t("factors.generatorText")
                )}
              </span>
            </div>
            {mine.totp_since ? (
              <Button variant="default" aria-label={t("factors.removeGenerator")} onClick={() => open("totp-remove")}>
                {t("common.delete")}
              </Button>
            ) : (
              <Button variant="default" aria-label={t("factors.setUpGenerator")} onClick={() => open("totp")}>
                {t("factors.setUp")}
              </Button>
            )}
          </li>
          {any && (
            <li className={classes.row}>
              <div className={classes.words}>
                <span className={classes.name}>{t("factors.recoveryCodes")}</span>
                <span className={classes.detail}>{t("factors.left", { count: mine.recovery_codes_left })}</span>
              </div>
              <Button variant="default" onClick={() => open("codes")}>
                {t("factors.renewCodes")}
              </Button>
            </li>
          )}
        </ul>
      </Section>
      <Section title={t("factors.passkeys")} text={t("factors.passkeysText")}>
        {mine.passkeys.length > 0 && (
          <ul className={classes.rows}>
            {mine.passkeys.map((one) => (
              <li key={one.id} className={classes.row}>
                <div className={classes.words}>
                  <span className={classes.name}>{one.name}</span>
                  <span className={classes.detail}>
                    {one.host} · {t("administration.api.lastUsed")}{" "}
                    <Ago at={one.last_used_at} never={t("equipment.never")} />
                  </span>
                </div>
                <Button
                  variant="default"
                  aria-label={t("common.export.deleteNamed", { name: one.name })}
                  onClick={() => open(`passkey-remove:${one.id}`)}
                >
                  {t("common.delete")}
                </Button>
              </li>
            ))}
          </ul>
        )}
        {about.data && (!about.data.passkeys || !hasPasskeys()) ? (
          <p className="muted">{t("factors.passkeysNotHere")}</p>
        ) : (
          <div>
            <Button variant="default" leftSection={<IconPlus size={14} stroke={2} />} onClick={() => open("passkey")}>
              {t("factors.addPasskey")}
            </Button>
          </div>
        )}
      </Section>
      {(about.data?.single_sign_on || mine.openid.length > 0) && (
        <Section title={t("factors.openid")} text={t("factors.openidText")}>
          {search.openid && (
            <p role="status">
              {t(`factors.openidWords.${search.openid}`, { defaultValue: t("factors.openidWords.provider") })}
            </p>
          )}
          {mine.openid.length > 0 && (
            <ul className={classes.rows}>
              {mine.openid.map((one) => (
                <li key={one.issuer + one.subject} className={classes.row}>
                  <div className={classes.words}>
                    <span className={classes.name}>{one.issuer}</span>
                    <span className={classes.detail}>
                      <span className="mono">{one.subject}</span> · {t("factors.since")} <Moment at={one.created_at} />
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          )}
          <div className={classes.actions}>
            {about.data?.single_sign_on && mine.openid.length === 0 && (
              <Button variant="default" onClick={() => open("link")}>
                {t("factors.link", { label: about.data.single_sign_on.label })}
              </Button>
            )}
            {mine.openid.length > 0 && mine.has_password && (
              <Button variant="default" onClick={() => open("unlink")}>
                {t("factors.unlink")}
              </Button>
            )}
          </div>
        </Section>
      )}
      <FactorDrawer mine={mine} doing={search.factor as Doing | undefined} close={() => open(undefined)} />
    </>
  );
}

function titleOf(doing: Doing): string {
  if (doing.startsWith("passkey-remove:")) return "factors.removePasskey";
  const titles: Record<string, string> = {
    totp: "factors.setUpGenerator",
    "totp-remove": "factors.removeGenerator",
    codes: "factors.renewCodes",
    passkey: "factors.addPasskey",
    link: "factors.linkTitle",
    unlink: "factors.unlink",
  };
  return titles[doing] ?? "factors.title";
}

function FactorDrawer({ mine, doing, close }: { mine: MyFactors; doing: Doing | undefined; close: () => void }) {
  const { t } = useTranslation();
  return (
    <FormDrawer opened={doing !== undefined} close={close} title={doing ? t(titleOf(doing)) : ""} size={460}>
      {doing && <Doer key={doing} mine={mine} doing={doing} close={close} />}
    </FormDrawer>
  );
}

function Doer({ mine, doing, close }: { mine: MyFactors; doing: Doing; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: key });
  const finished = async (words: string, made: string[]) => {
    await refresh();
    if (made.length > 0) setCodes(made);
    else close();
    done(words);
  };
  if (codes) return <RecoveryCodes codes={codes} close={close} />;
  if (doing === "totp") return <SetUpTotp mine={mine} close={close} finished={finished} />;
  if (doing === "passkey") return <AddPasskey mine={mine} close={close} finished={finished} />;
  if (doing === "codes")
    return (
      <ProofForm
        factors={mine}
        action={t("factors.renewCodes")}
        close={close}
        run={async (proof) => finished(t("factors.codesRenewed"), (await factors.recoveryCodes(proof)).recovery_codes)}
      >
        <p>{t("factors.renewCodesText")}</p>
      </ProofForm>
    );
  if (doing === "link")
    return (
      <ProofForm
        factors={mine}
        action={t("factors.linkGo")}
        close={close}
        run={async (proof) => {
          window.location.assign((await factors.openidLink(proof)).location);
        }}
      >
        <p>{t("factors.linkText")}</p>
      </ProofForm>
    );
  const removal: Record<string, [text: string, words: string, run: (proof: Proof) => Promise<unknown>]> = {
    "totp-remove": [t("factors.removeGeneratorText"), t("factors.generatorRemoved"), factors.totpRemove],
    unlink: [t("factors.unlinkText"), t("factors.unlinked"), factors.openidUnlink],
  };
  const [, id] = doing.split(":");
  const [text, words, run] = removal[doing] ?? [
    t("factors.removePasskeyText", { name: mine.passkeys.find((one) => one.id === id)?.name ?? "" }),
    t("factors.passkeyRemoved"),
    (proof: Proof) => factors.passkeyRemove(id ?? "", proof),
  ];
  return (
    <ProofForm
      factors={mine}
      action={doing === "unlink" ? t("factors.unlink") : t("common.delete")}
      danger
      close={close}
      run={async (proof) => {
        await run(proof);
        await finished(words, []);
      }}
    >
      <p>{text}</p>
    </ProofForm>
  );
}

interface Making {
  mine: Pick<MyFactors, "has_password" | "totp_since">;
  close?: () => void;
  finished: (words: string, codes: string[]) => Promise<void>;
}

/** A generator of codes: who it is, what the generator is told, its first code. */
export function SetUpTotp({ mine, close, finished }: Making) {
  const { t } = useTranslation();
  const [made, setMade] = useState<TotpEnrolment | null>(null);
  if (made) return <EnrolTotp made={made} done={(codes) => void finished(t("factors.generatorSet"), codes)} />;
  return (
    <ProofForm
      factors={mine}
      action={t("factors.continue")}
      close={close}
      run={async (proof) => setMade(await factors.totpStart(proof))}
    >
      <p>{t("factors.generatorText")}</p>
    </ProofForm>
  );
}

/** A passkey: who it is, then what the device asks. */
export function AddPasskey({ mine, close, finished }: Making) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  return (
    <ProofForm
      factors={mine}
      action={t("factors.addPasskey")}
      close={close}
      run={async (proof) => {
        const { ceremony, options } = await factors.passkeyOptions(proof);
        const credential = await makePasskey(options);
        const called = name.trim() || t("factors.passkeyName");
        const { recovery_codes } = await factors.passkeyAdd(ceremony, called, credential);
        await finished(t("factors.passkeyAdded"), recovery_codes);
      }}
    >
      <p>{t("factors.passkeysText")}</p>
      <TextInput
        label={t("factors.name")}
        description={t("factors.nameHint")}
        maxLength={60}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </ProofForm>
  );
}
