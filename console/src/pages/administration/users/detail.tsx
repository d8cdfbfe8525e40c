/** One user: details, how they sign in, what they see, and why. */
import { Button, Menu, Tabs } from "@mantine/core";
import { IconDots, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { users } from "../../../api/index.ts";
import type { User } from "../../../api/types.ts";
import { Avatar } from "../../../components/avatar.tsx";
import { Confirm, type Question } from "../../../components/confirm.tsx";
import { ActionItems } from "../../../components/data-list/row-menu.tsx";
import { one } from "../../../components/data-list/selection.ts";
import { PageHeader } from "../../../components/page-header.tsx";
import { Failed, Loading } from "../../../components/states.tsx";
import { Status } from "../../../components/status.tsx";
import { fullName } from "../../../lib/people.ts";
import { sessionQuery } from "../../../lib/session.ts";
import type { Search } from "../../../router.tsx";
import tabsOf from "../../equipment/detail.module.css";
import { UserDrawer } from "./drawer.tsx";
import { GrantsTab } from "./grants-tab.tsx";
import { UserFacts } from "./list.tsx";
import { useUserQuestions } from "./questions.tsx";
import { SignInTab } from "./sign-in-tab.tsx";
import { WhyTab } from "./why-tab.tsx";
import { useAccountState, useRoleName } from "./words.ts";

export function UserPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const user = useQuery({ queryKey: ["users", "one", id], queryFn: () => users.get(id) });
  const parent = <Link to="/administration/users">{t("shell.places.users")}</Link>;
  if (user.data) return <Loaded key={id} user={user.data} />;
  return (
    <>
      <PageHeader title={t("people.one")} parent={parent} />
      {user.isError ? (
        <Failed error={user.error} retry={() => void user.refetch()} />
      ) : (
        <div className={tabsOf.body}>
          <Loading />
        </div>
      )}
    </>
  );
}

const tabs = ["details", "sign-in", "sees", "why"] as const;

function Loaded({ user }: { user: User }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const me = useQuery(sessionQuery).data?.user;
  const roleName = useRoleName();
  const state = useAccountState()(user);
  const [question, setQuestion] = useState<Question | null>(null);
  const [editing, setEditing] = useState(false);
  const questions = useUserQuestions(setQuestion, (action) => {
    if (action === "delete") void navigate({ to: "/administration/users" });
  });
  const tab = tabs.find((name) => name === search.tab) ?? "details";
  const selection = one(user);
  return (
    <>
      <PageHeader
        title={user.login}
        parent={<Link to="/administration/users">{t("shell.places.users")}</Link>}
        beside={
          <>
            <Avatar user={user} size={26} />
            <Status tone={state.tone}>{state.words}</Status>
          </>
        }
        help="users"
        facts={
          <>
            {fullName(user) && <b>{fullName(user)}</b>}
            <span>{roleName(user.role)}</span>
            {user.id === me?.id && <span>{t("people.you")}</span>}
          </>
        }
        actions={
          <>
            <Button leftSection={<IconPencil size={15} stroke={1.6} />} onClick={() => setEditing(true)}>
              {t("common.edit")}
            </Button>
            <Menu width={280}>
              <Menu.Target>
                <Button variant="default" px={8} aria-label={t("common.more")}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <ActionItems
                  actions={questions.actions(selection, user.id === me?.id ? t("people.self") : undefined)}
                />
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <Tabs
        value={tab}
        onChange={(name) =>
          void navigate({
            to: ".",
            search: (old: Search) => ({ ...old, tab: name === "details" ? undefined : (name ?? undefined) }),
            resetScroll: false,
          })
        }
        keepMounted={false}
        classNames={{ root: tabsOf.root, list: tabsOf.tabs, tab: tabsOf.tab }}
      >
        <Tabs.List aria-label={t("people.tabs.label")}>
          {tabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`people.tabs.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="details" className={tabsOf.body}>
          <UserFacts user={user} wide />
        </Tabs.Panel>
        <Tabs.Panel value="sign-in" className={tabsOf.body}>
          <SignInTab user={user} />
        </Tabs.Panel>
        <Tabs.Panel value="sees" className={tabsOf.body}>
          <GrantsTab user={user} />
        </Tabs.Panel>
        <Tabs.Panel value="why" className={tabsOf.body}>
          <WhyTab user={user} />
        </Tabs.Panel>
      </Tabs>
      <UserDrawer opened={editing} user={user} close={() => setEditing(false)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
