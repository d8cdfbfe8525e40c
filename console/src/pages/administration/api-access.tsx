import { Button, Switch, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { apiClients, calls, Problem } from "../../api/index.ts";
import type { ApiClient } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SecretOnce } from "../../components/secret-once.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { Flag, Status } from "../../components/status.tsx";
import { Ago } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import classes from "../plain.module.css";

/** The ids and secrets that agents sign in with; each can be shut off. */
export function ApiAccessPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const named = useGivenName();
  const [question, setQuestion] = useState<Question | null>(null);
  const [creating, setCreating] = useState(false);
  const list = useQuery({
    queryKey: ["api-clients"],
    queryFn: ({ signal }) => apiClients.list({ limit: 200 }, signal),
  });
  const setStatus = async (one: ApiClient, active: boolean) => {
    await apiClients.setStatus(one.id, active ? "active" : "inactive");
    await client.invalidateQueries({ queryKey: ["api-clients"] });
    done(t(active ? "administration.api.nowActive" : "administration.api.nowInactive", { id: one.client_id }));
  };
  const ask = (one: ApiClient, active: boolean) =>
    setQuestion({
      title: t(active ? "administration.api.activate" : "administration.api.deactivate"),
      text: t(active ? "administration.api.activateText" : "administration.api.deactivateText", { id: one.client_id }),
      action: t(active ? "administration.api.activate" : "administration.api.deactivate"),
      danger: !active,
      call: () => calls.apiClientStatus(one.id, active ? "active" : "inactive"),
      run: () => setStatus(one, active),
    });
  return (
    <>
      <PageHeader
        title={t("shell.places.apiAccess")}
        help="agents"
        facts={<span className="muted">{t("administration.api.text")}</span>}
        actions={
          <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => setCreating(true)}>
            {t("administration.api.add")}
          </Button>
        }
      />
      <div className={classes.page}>
        {list.isError && !list.data ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : !list.data ? (
          <Loading />
        ) : (
          <ul className={classes.rows}>
            {list.data.items.map((one) => (
              <li key={one.id} className={classes.row}>
                <div className={classes.words}>
                  <span className={classes.name}>
                    <span className="mono">{one.client_id}</span>
                    {one.built_in && <Flag tone="off">{t("administration.api.builtIn")}</Flag>}
                  </span>
                  <span className={classes.detail}>
                    {t(`administration.api.scopes.${one.scope}`, { defaultValue: one.scope })} ·{" "}
                    {one.customer ? named(one.customer.name) : t("administration.api.noCustomer")} ·{" "}
                    {t("administration.api.lastUsed")} <Ago at={one.last_used_at} never={t("equipment.never")} />
                  </span>
                </div>
                <div className={classes.actions}>
                  <Status tone={one.status === "active" ? "good" : "off"}>
                    {t(`administration.api.statuses.${one.status}`)}
                  </Status>
                  <Switch
                    checked={one.status === "active"}
                    aria-label={t("administration.api.switch", { id: one.client_id })}
                    onChange={(event) => ask(one, event.currentTarget.checked)}
                  />
                </div>
              </li>
            ))}
          </ul>
        )}
      </div>
      <FormDrawer
        opened={creating}
        close={() => setCreating(false)}
        title={t("administration.api.addTitle")}
        size={460}
      >
        <CreateForm close={() => setCreating(false)} />
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function CreateForm({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [id, setId] = useState("");
  const [customer, setCustomer] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<(ApiClient & { client_secret: string }) | null>(null);
  const taken = problem instanceof Problem && problem.code === "name-taken";
  const save = async () => {
    setTried(true);
    if (id.trim() === "") return;
    setBusy(true);
    setProblem(null);
    try {
      setMade(await apiClients.create({ client_id: id.trim(), customer_id: customer ?? undefined }));
      await client.invalidateQueries({ queryKey: ["api-clients"] });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (made) {
    return (
      <SecretOnce
        title={t("administration.api.madeTitle")}
        text={t("administration.api.madeText")}
        values={[
          [t("administration.agents.clientId"), made.client_id],
          [t("administration.agents.secret"), made.client_secret],
        ]}
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
        label={t("administration.agents.clientId")}
        description={t("administration.api.idHint")}
        value={id}
        onChange={(event) => {
          setId(event.currentTarget.value);
          setProblem(null);
        }}
        error={taken ? t("problems.name-taken") : tried && id.trim() === "" ? t("common.required") : undefined}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <CustomerSelect
        label={t("equipment.fields.customer")}
        description={t("administration.api.customerHint")}
        placeholder={t("administration.api.noCustomer")}
        clearable
        value={customer}
        onChange={setCustomer}
      />
      <div role="alert">{problem !== null && !taken && <p className={classes.problem}>{text(problem)}</p>}</div>
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("administration.api.addAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
