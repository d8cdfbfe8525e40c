import { Button, Select, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { me } from "../api/index.ts";
import type { ApiToken } from "../api/types.ts";
import { Confirm, type Question } from "../components/confirm.tsx";
import { FormDrawer } from "../components/form-drawer.tsx";
import { SecretOnce } from "../components/secret-once.tsx";
import { Section } from "../components/section.tsx";
import { Failed, Loading, useProblemText } from "../components/states.tsx";
import { Ago, Moment } from "../components/time.tsx";
import { done } from "../components/toast.ts";
import type { Search } from "../router.tsx";
import classes from "./plain.module.css";

const key = ["my-tokens"];

/** Tokens for scripts; each is shown once, when it is made. */
export function TokensSection() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [question, setQuestion] = useState<Question | null>(null);
  const list = useQuery({ queryKey: key, queryFn: me.tokens });
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, token: value }), resetScroll: false });
  const remove = (one: ApiToken) =>
    setQuestion({
      title: t("administration.profile.deleteToken"),
      text: t("administration.profile.deleteTokenText", { name: one.name }),
      action: t("common.delete"),
      danger: true,
      run: async () => {
        await me.deleteToken(one.id);
        await client.invalidateQueries({ queryKey: key });
        done(t("administration.profile.tokenDeleted"));
      },
    });
  return (
    <Section title={t("administration.profile.tokens")} text={t("administration.profile.tokensText")}>
      {list.isError ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading lines={2} />
      ) : (
        <>
          {list.data.items.length > 0 && (
            <ul className={classes.rows}>
              {list.data.items.map((one) => (
                <li key={one.id} className={classes.row}>
                  <div className={classes.words}>
                    <span className={classes.name}>{one.name}</span>
                    <span className={classes.detail}>
                      {t(`administration.profile.scopes.${one.scope}`, { defaultValue: one.scope })} ·{" "}
                      {t("administration.api.lastUsed")} <Ago at={one.last_used_at} never={t("equipment.never")} />
                      {one.expires_at && (
                        <>
                          {" "}
                          · {t("administration.profile.until")} <Moment at={one.expires_at} />
                        </>
                      )}
                    </span>
                  </div>
                  <Button
                    variant="default"
                    onClick={() => remove(one)}
                    aria-label={t("common.export.deleteNamed", { name: one.name })}
                  >
                    {t("common.delete")}
                  </Button>
                </li>
              ))}
            </ul>
          )}
          <div>
            <Button variant="default" leftSection={<IconPlus size={14} stroke={2} />} onClick={() => open("new")}>
              {t("administration.profile.addToken")}
            </Button>
          </div>
        </>
      )}
      <FormDrawer
        opened={search.token === "new"}
        close={() => open(undefined)}
        title={t("administration.profile.addToken")}
        size={460}
      >
        <TokenForm close={() => open(undefined)} />
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

function TokenForm({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scope, setScope] = useState("all");
  const [until, setUntil] = useState("90");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [made, setMade] = useState<string | null>(null);
  const save = async () => {
    setTried(true);
    if (name.trim() === "") return;
    setBusy(true);
    setProblem(null);
    try {
      const expires_at =
        until === "never" ? undefined : new Date(Date.now() + Number(until) * 86_400_000).toISOString();
      const token = await me.createToken({ name: name.trim(), scope, expires_at });
      setMade(token.token);
      await client.invalidateQueries({ queryKey: key });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (made) {
    return (
      <SecretOnce
        title={t("administration.profile.tokenMade")}
        text={t("administration.profile.tokenMadeText")}
        values={[[t("administration.profile.token"), made]]}
        close={close}
      />
    );
  }
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextInput
        label={t("administration.profile.tokenName")}
        description={t("administration.profile.tokenNameHint")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={tried && name.trim() === "" ? t("common.required") : undefined}
        autoComplete="off"
        data-autofocus
      />
      <Select
        label={t("administration.profile.scope")}
        data={["all", "read"].map((value) => ({ value, label: t(`administration.profile.scopes.${value}`) }))}
        value={scope}
        onChange={(value) => value && setScope(value)}
        allowDeselect={false}
      />
      <Select
        label={t("administration.profile.validity")}
        data={["30", "90", "365", "never"].map((value) => ({
          value,
          label: t(`administration.profile.validities.${value}`),
        }))}
        value={until}
        onChange={(value) => value && setUntil(value)}
        allowDeselect={false}
      />
      <div role="alert">{problem !== null && <p className={classes.problem}>{text(problem)}</p>}</div>
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("administration.profile.createToken")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
