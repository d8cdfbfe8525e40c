/** Who may sign in, as what, and since when they have not. */
import { Button } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { users } from "../../../api/index.ts";
import type { User } from "../../../api/types.ts";
import { Avatar } from "../../../components/avatar.tsx";
import { Confirm, type Question } from "../../../components/confirm.tsx";
import { DataList } from "../../../components/data-list/data-list.tsx";
import { one } from "../../../components/data-list/selection.ts";
import { ListTotal } from "../../../components/data-list/total.tsx";
import type { Column, Filter, ListSpec } from "../../../components/data-list/types.ts";
import { Facts } from "../../../components/facts.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { Nothing } from "../../../components/states.tsx";
import { Status } from "../../../components/status.tsx";
import { Ago } from "../../../components/time.tsx";
import { useGivenName } from "../../../lib/given-names.ts";
import { fullName } from "../../../lib/people.ts";
import { sessionQuery } from "../../../lib/session.ts";
import type { Search } from "../../../router.tsx";
import names from "../../equipment/list.module.css";
import preview from "../../equipment/preview.module.css";
import { useLabelNames } from "./labels.ts";
import { UserDrawer } from "./drawer.tsx";
import { useUserQuestions } from "./questions.tsx";
import classes from "./users.module.css";
import { roles, useAccountState, useRoleName } from "./words.ts";

export function UsersPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const me = useQuery(sessionQuery).data?.user;
  const roleName = useRoleName();
  const state = useAccountState();
  const named = useGivenName();
  const labels = useLabelNames();
  const [question, setQuestion] = useState<Question | null>(null);
  const [editing, setEditing] = useState<User | null>(null);
  const questions = useUserQuestions(setQuestion);
  const isMe = (row: User) => row.id === me?.id;

  const columns = useMemo<Column<User>[]>(
    () => [
      {
        id: "login",
        header: t("people.fields.login"),
        sort: "login",
        width: 150,
        grow: true,
        fixed: true,
        cell: (row) => <UserName row={row} />,
      },
      { id: "name", header: t("people.fields.name"), sort: "name", width: 160, grow: true, cell: fullName },
      { id: "role", header: t("people.fields.role"), sort: "role", width: 150, cell: (row) => roleName(row.role) },
      {
        id: "labels",
        header: t("people.fields.labels"),
        width: 150,
        grow: true,
        cell: (row) => row.labels.map(named).join(", "),
      },
      { id: "email", header: t("people.fields.email"), width: 160, grow: true, cell: (row) => row.email },
      {
        id: "state",
        header: t("people.fields.state"),
        width: 176,
        cell: (row) => {
          const { tone, words } = state(row);
          return (
            <Status tone={tone} title={words}>
              {words}
            </Status>
          );
        },
      },
      {
        id: "last_sign_in_at",
        header: t("people.fields.last_sign_in_at"),
        sort: "last_sign_in_at",
        width: 156,
        cell: (row) => <Ago at={row.last_sign_in_at} never={t("people.never")} />,
      },
      {
        id: "created_at",
        header: t("people.fields.created_at"),
        sort: "created_at",
        width: 140,
        hidden: true,
        cell: (row) => <Ago at={row.created_at} />,
      },
      { id: "phone", header: t("people.fields.phone"), width: 140, hidden: true, cell: (row) => row.phone },
      { id: "mobile", header: t("people.fields.mobile"), width: 140, hidden: true, cell: (row) => row.mobile },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const filters = useMemo<Filter[]>(
    () => [
      {
        param: "role",
        label: t("people.fields.role"),
        options: roles.map((value) => ({ value, label: t(`shell.roles.${value}`) })),
      },
      {
        param: "disabled",
        label: t("people.fields.state"),
        options: [
          { value: "false", label: t("people.states.enabled") },
          { value: "true", label: t("people.states.disabled") },
        ],
      },
      {
        param: "label",
        label: t("people.fields.label"),
        options: labels.length > 0 ? labels.map((value) => ({ value, label: named(value) })) : undefined,
      },
    ],
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, labels],
  );
  const add = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });

  const spec: ListSpec<User> = {
    name: "users",
    title: t("shell.places.users"),
    load: users.list,
    path: "/users",
    rowId: (row) => row.id,
    rowName: (row) => row.login,
    columns,
    filters,
    sort: "login",
    searchLabel: t("people.search"),
    link: (row) => ({ to: "/administration/users/$id", params: { id: row.id } }),
    rowActions: (row) => [
      { label: t("common.edit"), icon: <IconPencil size={15} stroke={1.6} />, run: () => setEditing(row) },
      ...questions.actions(one(row), isMe(row) ? t("people.self") : undefined),
    ],
    bulkActions: (selection) => questions.actions(selection),
    locked: (row) => (isMe(row) ? t("people.selfSelect") : undefined),
    loadOne: users.get,
    preview: (row) => <UserPreview row={row} edit={() => setEditing(row)} />,
    line: (row) => ({
      title: <UserName row={row} />,
      detail: [roleName(row.role), fullName(row)].filter(Boolean).join(" · "),
      aside: <Status tone={state(row).tone}>{state(row).words}</Status>,
    }),
    empty: (
      <Nothing title={t("people.none.title")} text={t("people.none.text")}>
        <Button onClick={() => add("1")}>{t("people.add")}</Button>
      </Nothing>
    ),
  };
  return (
    <>
      <PageHeader
        title={t("shell.places.users")}
        beside={<ListTotal name="users" />}
        help="users"
        actions={
          <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => add("1")}>
            {t("people.add")}
          </Button>
        }
      />
      <DataList spec={spec} />
      <UserDrawer opened={search.new === "1"} close={() => add(undefined)} />
      <UserDrawer opened={editing !== null} user={editing ?? undefined} close={() => setEditing(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function UserName({ row }: { row: User }) {
  return (
    <span className={names.name}>
      <Avatar user={row} size={22} />
      <span className="truncate" title={row.login}>
        {row.login}
      </span>
    </span>
  );
}

function UserPreview({ row, edit }: { row: User; edit: () => void }) {
  const { t } = useTranslation();
  const { tone, words } = useAccountState()(row);
  return (
    <div className={preview.preview}>
      <h2 className={preview.title}>
        <Avatar user={row} size={28} />
        {row.login}
      </h2>
      <div className={preview.flags}>
        <Status tone={tone}>{words}</Status>
      </div>
      <UserFacts user={row} />
      <div className={classes.buttons}>
        <Button component={Link} to="/administration/users/$id" params={{ id: row.id } as never}>
          {t("people.open")}
        </Button>
        <Button variant="default" onClick={edit}>
          {t("common.edit")}
        </Button>
      </div>
    </div>
  );
}

/** What is known of somebody, for the preview and for their own page. */
export function UserFacts({ user, wide }: { user: User; wide?: boolean }) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const named = useGivenName();
  return (
    <Facts
      wide={wide}
      facts={[
        [t("people.fields.name"), fullName(user)],
        [t("people.fields.role"), roleName(user.role)],
        [t("people.fields.labels"), user.labels.map(named).join(", ")],
        [t("people.fields.email"), user.email && <a href={`mailto:${user.email}`}>{user.email}</a>],
        [t("people.fields.phone"), user.phone && <a href={`tel:${user.phone}`}>{user.phone}</a>],
        [t("people.fields.mobile"), user.mobile && <a href={`tel:${user.mobile}`}>{user.mobile}</a>],
        [
          t("people.fields.session_timeout_minutes"),
          user.session_timeout_minutes === null
            ? t("people.asPreferences")
            : t("people.minutes", { count: user.session_timeout_minutes }),
        ],
        [t("people.fields.wallboard"), user.wallboard && t("common.yes")],
        [t("people.fields.must_change_password"), user.must_change_password && t("people.atNextSignIn")],
        [t("people.fields.last_sign_in_at"), <Ago key="l" at={user.last_sign_in_at} never={t("people.never")} />],
        [t("people.fields.created_at"), <Ago key="c" at={user.created_at} />],
        [t("people.fields.created_by"), user.created_by && (user.created_by.login ?? t("people.gone"))],
      ]}
    />
  );
}
