import { Button, SegmentedControl } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { factors, session } from "../api/index.ts";
import { Mark } from "../components/mark.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { RecoveryCodes } from "../components/recovery-codes.tsx";
import { Failed, Loading } from "../components/states.tsx";
import { hasPasskeys } from "../lib/passkey.ts";
import { forgetSession, safeBack, sessionQuery } from "../lib/session.ts";
import type { Search } from "../router.tsx";
import { AddPasskey, SetUpTotp } from "./profile-factors.tsx";
import classes from "./sign-in.module.css";

/** Someone whose role needs a second factor sets one up before anything else. */
export function SecondFactorPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const search = useSearch({ strict: false }) as Search;
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  const data = useQuery({ queryKey: ["my-factors"], queryFn: factors.get });
  const [kind, setKind] = useState("totp");
  const [codes, setCodes] = useState<string[] | null>(null);
  const go = async () => {
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    router.history.push(safeBack(search.back));
  };
  const finished = async (_words: string, made: string[]) => {
    if (made.length > 0) setCodes(made);
    else await go();
  };
  const leave = async () => {
    await session.close().catch(() => undefined);
    await navigate({ to: "/sign-in", search: { back: search.back } });
    forgetSession(client);
  };
  const passkeys = about.data?.passkeys === true && hasPasskeys();
  const Kind = kind === "passkey" ? AddPasskey : SetUpTotp;
  return (
    <div className={classes.page}>
      <main className={classes.card}>
        <div className={classes.brand}>
          <Mark size={44} />
          <span className={classes.wordmark}>Vigie</span>
        </div>
        <div>
          <PageHeader title={t("factors.title")} bare />
          <p className={classes.server}>{t("factors.needed")}</p>
        </div>
        {codes ? (
          <RecoveryCodes codes={codes} close={() => void go()} />
        ) : data.isError ? (
          <Failed error={data.error} retry={() => void data.refetch()} />
        ) : !data.data ? (
          <Loading lines={3} />
        ) : (
          <>
            {passkeys && (
              <SegmentedControl
                size="xs"
                aria-label={t("factors.kind")}
                value={kind}
                onChange={setKind}
                data={[
                  { value: "totp", label: t("factors.generator") },
                  { value: "passkey", label: t("factors.passkey") },
                ]}
              />
            )}
            <Kind key={kind} mine={data.data} finished={finished} />
          </>
        )}
      </main>
      <footer className={classes.foot}>
        <Button variant="subtle" color="gray" c="var(--v-ink-text)" onClick={() => void leave()}>
          {t("password.leave")}
        </Button>
      </footer>
    </div>
  );
}
