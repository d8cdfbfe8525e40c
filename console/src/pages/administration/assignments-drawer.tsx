/** Who sees a customer, and why; who is assigned to it by hand is added and taken away here. */
import { ActionIcon, Button, Select, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUserMinus } from "@tabler/icons-react";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers, users } from "../../api/index.ts";
import type { Assigned, Customer } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { fullName } from "../../lib/people.ts";
import plain from "../plain.module.css";
import classes from "./assignments.module.css";
import { isAssigned, useReasonWords, useRoleName } from "./users/words.ts";

/** The server tells of at most this many. */
const most = 200;

const assignmentsQuery = (id: string) => ({
  queryKey: ["assignments", id],
  queryFn: () => customers.assignments(id),
});

/** Whom the caller says to be assigned by hand: those who cannot be changed by them stay as they are. */
export const byHand = (items: Assigned[]) => items.filter((one) => one.by_hand && one.manageable).map((one) => one.id);

export function AssignmentsDrawer({ customer, close }: { customer: Customer | null; close: () => void }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const [shown, setShown] = useState(customer);
  if (customer !== null && customer !== shown) setShown(customer);
  return (
    <FormDrawer
      opened={customer !== null}
      close={close}
      title={t("people.assigned.title", { name: named(shown?.name ?? "") })}
      size={560}
    >
      {shown && <Assignments key={shown.id} customer={shown} />}
    </FormDrawer>
  );
}

function Assignments({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const roleName = useRoleName();
  const reasonWords = useReasonWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const assigned = useQuery(assignmentsQuery(customer.id));
  if (assigned.isError) return <Failed error={assigned.error} retry={() => void assigned.refetch()} />;
  if (!assigned.data) return <Loading />;
  const { items } = assigned.data;
  const tooMany = items.length >= most;
  const set = async (ids: string[], words: string) => {
    setBusy(true);
    setProblem(null);
    try {
      client.setQueryData(assignmentsQuery(customer.id).queryKey, await customers.assign(customer.id, ids));
      await client.invalidateQueries({ queryKey: ["users"] });
      await client.invalidateQueries({ queryKey: ["customers", "list"] });
      done(words);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={plain.form}>
      <p className="muted">{t("people.assigned.text")}</p>
      {tooMany ? (
        <p>{t("people.assigned.tooMany", { count: most })}</p>
      ) : (
        <AddUser
          busy={busy}
          taken={items.filter((one) => one.by_hand).map((one) => one.id)}
          add={(id, login) => void set([...byHand(items), id], t("people.assigned.added", { login }))}
        />
      )}
      <div role="alert">{problem !== null && <p className={plain.problem}>{text(problem)}</p>}</div>
      {items.length === 0 ? (
        <p>{t("people.assigned.none")}</p>
      ) : (
        <ul className={plain.rows} aria-label={t("people.assigned.list")}>
          {items.map((one) => (
            <li key={one.id} className={plain.row}>
              <div className={plain.words}>
                <span className={plain.name}>
                  {one.manageable ? (
                    <Link
                      to="/administration/users/$id"
                      params={{ id: one.id }}
                      search={{ tab: "why", customer: customer.id }}
                    >
                      {one.login}
                    </Link>
                  ) : (
                    one.login
                  )}
                  {one.by_hand && <Flag tone="good">{t("people.assigned.byHand")}</Flag>}
                </span>
                <span className={plain.detail}>{[one.name, roleName(one.role)].filter(Boolean).join(" · ")}</span>
                {one.reason && <span className={plain.detail}>{reasonWords(one.reason)}</span>}
              </div>
              {one.by_hand && !tooMany && (
                <Tooltip label={one.manageable ? t("people.assigned.remove") : t("people.assigned.notYours")}>
                  <ActionIcon
                    aria-label={t("people.assigned.removeOne", { login: one.login })}
                    aria-disabled={!one.manageable || undefined}
                    data-disabled={!one.manageable || undefined}
                    loading={busy}
                    onClick={() =>
                      one.manageable &&
                      void set(
                        byHand(items).filter((id) => id !== one.id),
                        t("people.assigned.removed", { login: one.login }),
                      )
                    }
                  >
                    <IconUserMinus size={16} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              )}
            </li>
          ))}
        </ul>
      )}
      <div className={plain.actions}>
        <CopyCurl call={() => calls.assign(customer.id, byHand(items))} />
      </div>
    </div>
  );
}

interface AddProps {
  busy: boolean;
  /** Those who are assigned by hand already. */
  taken: string[];
  add: (id: string, login: string) => void;
}

function AddUser({ busy, taken, add }: AddProps) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 200);
  const [chosen, setChosen] = useState<string | null>(null);
  const found = useQuery({
    queryKey: ["users", "search", wanted],
    queryFn: ({ signal }) => users.list({ q: wanted || undefined, limit: 50, disabled: false }, signal),
    placeholderData: keepPreviousData,
  });
  const free = (found.data?.items ?? []).filter((one) => isAssigned(one.role) && !taken.includes(one.id));
  const login = free.find((one) => one.id === chosen)?.login;
  return (
    <div className={classes.add}>
      <Select
        label={t("people.assigned.add")}
        placeholder={t("people.assigned.find")}
        data={free.map((one) => ({
          value: one.id,
          label: [one.login, fullName(one), roleName(one.role)].filter(Boolean).join(" · "),
        }))}
        // The server has searched, in more than is shown.
        filter={({ options }) => options}
        searchable
        searchValue={text}
        onSearchChange={setText}
        nothingFoundMessage={t("people.assigned.nobody")}
        value={chosen}
        onChange={setChosen}
      />
      <Button
        disabled={login === undefined}
        loading={busy}
        onClick={() => {
          add(chosen!, login!);
          setChosen(null);
          setText("");
        }}
      >
        {t("people.assigned.addAction")}
      </Button>
    </div>
  );
}
