/** Enrolment tokens, without their secrets: which still enrol, how often they did, for whom. */
import { IconBan } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers, systems } from "../../api/index.ts";
import type { EnrolmentToken } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { Nothing } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Ago, Moment, useNow } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { tokenState } from "./token-state.ts";

const tones: Record<ReturnType<typeof tokenState>, Tone> = {
  good: "good",
  used: "off",
  expired: "off",
  revoked: "off",
};

export function TokenList() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const now = useNow();
  const [question, setQuestion] = useState<Question | null>(null);
  const usesOf = (row: EnrolmentToken) =>
    t("systems.tokens.usesOf", { used: format.number(row.used), uses: format.number(row.uses) });
  const columns = useMemo<Column<EnrolmentToken>[]>(
    () => [
      {
        id: "for",
        header: t("systems.tokens.for"),
        width: 260,
        grow: true,
        fixed: true,
        cell: (row) => <TokenOwner token={row} />,
      },
      { id: "state", header: t("systems.tokens.state"), width: 120, cell: (row) => <TokenStatus token={row} /> },
      { id: "uses", header: t("systems.tokens.uses"), width: 120, align: "right", cell: usesOf },
      {
        id: "expires_at",
        header: t("systems.tokens.expires_at"),
        width: 180,
        cell: (row) => <End token={row} />,
      },
      {
        id: "created_by",
        header: t("systems.tokens.created_by"),
        width: 140,
        grow: true,
        cell: (row) => row.created_by,
      },
      {
        id: "created_at",
        header: t("systems.tokens.created_at"),
        sort: "created_at",
        width: 136,
        cell: (row) => <Ago at={row.created_at} />,
      },
      {
        id: "last_used_at",
        header: t("systems.tokens.last_used_at"),
        width: 136,
        cell: (row) => <Ago at={row.last_used_at} never={t("systems.never")} />,
      },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const ask = (row: EnrolmentToken) =>
    setQuestion({
      title: t("systems.tokens.revokeTitle"),
      about: usesOf(row),
      text: t("systems.tokens.revokeText"),
      action: t("systems.tokens.revoke"),
      danger: true,
      call: () => calls.revokeToken(row.id),
      run: async () => {
        await systems.revokeToken(row.id);
        await client.invalidateQueries({ queryKey: ["enrolment-tokens"] });
        done(t("systems.tokens.revoked"));
      },
    });
  const spec: ListSpec<EnrolmentToken> = {
    name: "enrolment-tokens",
    title: t("systems.tokens.title"),
    topics: ["systems"],
    load: systems.tokens,
    path: "/enrolment-tokens",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => row.id,
    columns,
    byCustomer: true,
    sort: "-created_at",
    rowActions: (row) => [
      {
        label: t("systems.tokens.revoke"),
        icon: <IconBan size={15} stroke={1.6} />,
        danger: true,
        disabled: tokenState(row, now) === "good" ? undefined : t("systems.tokens.over"),
        run: () => ask(row),
      },
    ],
    line: (row) => ({
      title: <TokenOwner token={row} />,
      detail: (
        <>
          {usesOf(row)} · <Ago at={row.created_at} /> · {row.created_by}
        </>
      ),
      aside: <TokenStatus token={row} />,
    }),
    empty: <Nothing title={t("systems.tokens.empty.title")} text={t("systems.tokens.empty.text")} />,
  };
  return (
    <>
      <DataList spec={spec} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** For whom it is: a customer, or the new customers of a reseller. The list tells ids only. */
function TokenOwner({ token }: { token: EnrolmentToken }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const { customer_id: customer, reseller_id: reseller } = token;
  const owner = useQuery({
    queryKey: customer ? ["customers", "name", customer] : ["resellers", "name", reseller],
    queryFn: async () => (await (customer ? customers.get(customer) : customers.level("resellers", reseller))).name,
    staleTime: 60_000,
    retry: false,
  });
  const name = owner.data !== undefined ? named(owner.data) : owner.isError ? t("systems.tokens.gone") : "…";
  const words = customer ? name : t("systems.tokens.reseller", { name });
  return (
    <span className="truncate" title={words}>
      {words}
    </span>
  );
}

function TokenStatus({ token }: { token: EnrolmentToken }) {
  const { t } = useTranslation();
  const state = tokenState(token, useNow());
  return <Status tone={tones[state]}>{t(`systems.tokens.states.${state}`)}</Status>;
}

function End({ token }: { token: EnrolmentToken }) {
  const { t } = useTranslation();
  if (token.expires_at === null) return <span className="muted">{t("systems.tokens.noEnd")}</span>;
  return <Moment at={token.expires_at} />;
}
