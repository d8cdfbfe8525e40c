/** What each role may do: the server's own table, in words and shapes. */
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { policy } from "../../api/index.ts";
import type { Policy, PolicyAction, Reach, Role } from "../../api/types.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { useNarrow } from "../../lib/narrow.ts";
import { usePermissions } from "../../lib/permissions.ts";
import plain from "../plain.module.css";
import { groupsOf } from "./roles-groups.ts";
import classes from "./roles.module.css";
import { roles } from "./users/words.ts";

export function RolesPage() {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const data = useQuery({ queryKey: ["policy"], queryFn: policy.get, staleTime: Infinity });
  return (
    <>
      <PageHeader
        title={t("shell.places.roles")}
        help="users"
        facts={<span className="muted">{t("people.policy.text")}</span>}
      />
      <div className={plain.page}>
        {data.isError ? (
          <Failed error={data.error} retry={() => void data.refetch()} />
        ) : !data.data ? (
          <Loading lines={12} />
        ) : (
          <>
            <Legend />
            {narrow ? <OneRole policy={data.data} /> : <Matrix policy={data.data} />}
          </>
        )}
      </div>
    </>
  );
}

const reaches: Reach[] = ["all", "assigned", "own", "none"];

function Legend() {
  const { t } = useTranslation();
  return (
    <dl className={classes.legend}>
      {reaches.map((reach) => (
        <div key={reach}>
          <dt>
            <Cell reach={reach} />
          </dt>
          <dd>{t(`people.policy.legend.${reach}`)}</dd>
        </div>
      ))}
    </dl>
  );
}

const shapes: Record<Reach, React.ReactNode> = {
  all: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  assigned: (
    <>
      <circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" strokeWidth="1.2" />
      <path d="M6 1.6a4.4 4.4 0 0 0 0 8.8z" fill="currentColor" />
    </>
  ),
  own: (
    <>
      <circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" strokeWidth="1.2" />
      <path d="M6 6V1.6A4.4 4.4 0 0 0 1.6 6z" fill="currentColor" />
    </>
  ),
  none: <path d="M3 6h6" stroke="currentColor" strokeWidth="1.4" />,
};

function Cell({ reach, note }: { reach: Reach; note?: string }) {
  const { t } = useTranslation();
  return (
    <span className={classes.cell} data-reach={reach} title={note}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden focusable="false">
        {shapes[reach]}
      </svg>
      <span>{t(`people.policy.cells.${reach}`)}</span>
    </span>
  );
}

function useWords() {
  const { t } = useTranslation();
  return {
    action: (action: PolicyAction) => t(`people.actions.${action}`, { defaultValue: action }),
    // What *limited* means differs from action to action.
    note: (action: PolicyAction, reach: Reach) =>
      reach === "own" ? t(`people.own.${action}`, { defaultValue: "" }) || undefined : undefined,
  };
}

function Matrix({ policy: { actions } }: { policy: Policy }) {
  const { t } = useTranslation();
  const words = useWords();
  const own = usePermissions()?.role;
  const named = (name: string) => t(`people.policy.groups.${name}`);
  return (
    <div className={classes.region} tabIndex={0} role="region" aria-label={t("shell.places.roles")}>
      <table className={classes.table}>
        <caption className="sr-only">{t("people.policy.text")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("people.policy.may")}</th>
            {roles.map((role) => (
              <th key={role} scope="col" data-own={role === own || undefined}>
                {t(`shell.roles.${role}`)}
                {role === own && <span className={classes.own}>{t("people.policy.yours")}</span>}
              </th>
            ))}
          </tr>
        </thead>
        {groupsOf(actions).map(({ name, rows }) => (
          <tbody key={name}>
            <tr className={classes.group}>
              <th scope="rowgroup" colSpan={roles.length + 1}>
                {named(name)}
              </th>
            </tr>
            {rows.map((row) => (
              <tr key={row.action}>
                <th scope="row">{words.action(row.action)}</th>
                {roles.map((role) => (
                  <td key={role} data-own={role === own || undefined}>
                    <Cell reach={row.roles[role]} note={words.note(row.action, row.roles[role])} />
                    {words.note(row.action, row.roles[role]) && (
                      <span className={classes.note}>{words.note(row.action, row.roles[role])}</span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** On a telephone: one role at a time. */
function OneRole({ policy: { actions } }: { policy: Policy }) {
  const { t } = useTranslation();
  const words = useWords();
  const own = usePermissions()?.role;
  const [chosen, setChosen] = useState<Role | null>(null);
  const role = chosen ?? own ?? "administrator";
  return (
    <>
      <Select
        label={t("people.fields.role")}
        description={t(`people.roles.${role}`)}
        data={roles.map((value) => ({
          value,
          label:
            value === own ? `${t(`shell.roles.${value}`)} (${t("people.policy.yours")})` : t(`shell.roles.${value}`),
        }))}
        value={role}
        allowDeselect={false}
        onChange={(value) => setChosen(value as Role)}
      />
      {groupsOf(actions).map(({ name, rows }) => (
        <section key={name} className={classes.one}>
          <h2>{t(`people.policy.groups.${name}`)}</h2>
          <ul className={plain.rows}>
            {rows.map((row) => (
              <li key={row.action} className={plain.row}>
                <div className={plain.words}>
                  <span>{words.action(row.action)}</span>
                  <span className={plain.detail}>{words.note(row.action, row.roles[role])}</span>
                </div>
                <Cell reach={row.roles[role]} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
