/** Saved views of a list, as tabs above it: a view is a name for what stands in the address. */
import { ActionIcon, Button, Checkbox, Menu, Modal, TextInput } from "@mantine/core";
import {
  IconArrowLeft,
  IconArrowRight,
  IconBookmarkPlus,
  IconDeviceFloppy,
  IconDots,
  IconPencil,
  IconStar,
  IconStarOff,
  IconTrash,
  IconUsers,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, views } from "../../api/index.ts";
import type { SavedView, SavedViewPage } from "../../api/types.ts";
import plain from "../../pages/plain.module.css";
import type { Search } from "../../router.tsx";
import { Confirm, type Question } from "../confirm.tsx";
import { SaveProblem, useSaving } from "../saving.tsx";
import { useTold } from "../states.tsx";
import { done } from "../toast.ts";
import type { Columns } from "./use-columns.ts";
import classes from "./views.module.css";
import { queryOf, searchOf } from "./view-query.ts";

interface Props<T> {
  page: SavedViewPage;
  columns: Columns<T>;
  previewParam: string;
}

export function Views<T>({ page, columns, previewParam }: Props<T>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const told = useTold();
  const search = useSearch({ strict: false }) as Search;
  const [naming, setNaming] = useState<SavedView | "new" | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const found = useQuery({
    queryKey: ["saved-views", page],
    queryFn: ({ signal }) => views.list(page, signal),
    staleTime: 60_000,
  });
  const all = found.data?.items;
  const now = queryOf({ ...search, columns: columns.named }, previewParam);
  const active = all?.find((view) => view.id === search.view);
  const changed = active !== undefined && queryOf(searchOf(active.query), previewParam) !== now;

  // A list that nothing was asked of opens with the view that one chose for that.
  const first = all?.find((view) => view.is_default);
  const plainly = search.view === undefined && now === "";
  const opened = useRef(false);
  useEffect(() => {
    if (opened.current || all === undefined) return;
    opened.current = true;
    if (first && plainly)
      void navigate({
        to: ".",
        search: (old: Search) => ({ ...old, ...searchOf(first.query), view: first.id }),
        replace: true,
      });
  }, [all, first, plainly, navigate]);

  if (all === undefined || (all.length === 0 && now === "")) return null;
  const renew = () => client.invalidateQueries({ queryKey: ["saved-views", page] });
  const tell = (work: () => Promise<unknown>, words: string) =>
    void told(work)
      .then(renew)
      .then(() => done(words))
      .catch(() => undefined);
  const change = (view: SavedView, fields: { query?: string; shared?: boolean }, words: string) =>
    tell(
      () =>
        views.change(view.id, {
          name: view.name,
          query: view.query,
          shared: view.shared,
          revision: view.revision,
          ...fields,
        }),
      words,
    );
  const mine = all.filter((view) => view.mine);
  const move = (view: SavedView, by: number) => {
    const ids = mine.map((one) => one.id);
    const at = ids.indexOf(view.id);
    ids.splice(at, 1);
    ids.splice(at + by, 0, view.id);
    tell(() => views.order(page, ids), t("common.views.saved"));
  };
  const ask = (view: SavedView) =>
    setQuestion({
      title: t("common.views.delete.title"),
      about: view.name,
      text: t(view.shared ? "common.views.delete.textShared" : "common.views.delete.text"),
      action: t("common.views.delete.action"),
      danger: true,
      call: () => calls.deleteSavedView(view.id),
      run: async () => {
        await views.remove(view.id);
        await renew();
        void navigate({ to: ".", search: (old: Search) => ({ ...old, view: "all" }), replace: true });
        done(t("common.views.delete.done"));
      },
    });
  const icon = { size: 15, stroke: 1.6 };
  const place = active ? mine.indexOf(active) : -1;
  return (
    <div className={classes.views}>
      <nav className={classes.tabs} aria-label={t("common.views.label")}>
        <Link
          to="."
          search={({ customer_id, tab }: Search) => ({ customer_id, tab, view: "all" })}
          activeOptions={{ exact: true }}
          className={classes.tab}
          aria-current={active === undefined ? "page" : undefined}
          data-active={active === undefined || undefined}
        >
          {t("common.views.all")}
        </Link>
        {all.map((view) => (
          <Link
            key={view.id}
            to="."
            search={({ customer_id, tab }: Search) => ({ customer_id, tab, ...searchOf(view.query), view: view.id })}
            className={classes.tab}
            aria-current={view === active ? "page" : undefined}
            data-active={view === active || undefined}
            title={view.mine ? undefined : t("common.views.sharedBy", { name: view.maker })}
          >
            {view.is_default && <IconStar size={12} stroke={2} aria-label={t("common.views.isDefault")} />}
            <span className="truncate">{view.name}</span>
            {view.shared && <IconUsers size={13} stroke={1.6} aria-label={t("common.views.isShared")} />}
            {view === active && changed && (
              <span className={classes.changed} role="img" aria-label={t("common.views.changed")} />
            )}
          </Link>
        ))}
      </nav>
      <div className={classes.tools}>
        {active && (
          <Menu width={230} position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t("common.views.actions", { name: active.name })}>
                <IconDots size={16} stroke={1.8} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {active.may_change && (
                <>
                  <Menu.Item
                    leftSection={<IconDeviceFloppy {...icon} />}
                    disabled={!changed}
                    onClick={() => change(active, { query: now }, t("common.views.saved"))}
                  >
                    {t("common.views.update")}
                  </Menu.Item>
                  <Menu.Item leftSection={<IconPencil {...icon} />} onClick={() => setNaming(active)}>
                    {t("common.views.rename")}
                  </Menu.Item>
                  <Menu.Item
                    leftSection={<IconUsers {...icon} />}
                    onClick={() => change(active, { shared: !active.shared }, t("common.views.saved"))}
                  >
                    {t(active.shared ? "common.views.unshare" : "common.views.share")}
                  </Menu.Item>
                </>
              )}
              <Menu.Item
                leftSection={active.is_default ? <IconStarOff {...icon} /> : <IconStar {...icon} />}
                onClick={() =>
                  tell(() => views.setDefault(page, active.is_default ? null : active.id), t("common.views.saved"))
                }
              >
                {t(active.is_default ? "common.views.noDefault" : "common.views.setDefault")}
              </Menu.Item>
              {active.mine && mine.length > 1 && (
                <>
                  <Menu.Item
                    leftSection={<IconArrowLeft {...icon} />}
                    disabled={place === 0}
                    onClick={() => move(active, -1)}
                  >
                    {t("common.views.left")}
                  </Menu.Item>
                  <Menu.Item
                    leftSection={<IconArrowRight {...icon} />}
                    disabled={place === mine.length - 1}
                    onClick={() => move(active, 1)}
                  >
                    {t("common.views.right")}
                  </Menu.Item>
                </>
              )}
              {active.may_change && (
                <Menu.Item leftSection={<IconTrash {...icon} />} color="red" onClick={() => ask(active)}>
                  {t("common.views.delete.action")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
        {now !== "" && (active === undefined || changed) && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconBookmarkPlus size={14} stroke={1.8} />}
            onClick={() => setNaming("new")}
          >
            {t("common.views.save")}
          </Button>
        )}
      </div>
      <Modal
        opened={naming !== null}
        onClose={() => setNaming(null)}
        title={t(naming === "new" ? "common.views.save" : "common.views.rename")}
        size={420}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {naming !== null && (
          <NameForm
            view={naming === "new" ? undefined : naming}
            page={page}
            query={now}
            close={() => setNaming(null)}
            saved={async (view) => {
              await renew();
              if (naming === "new")
                void navigate({
                  to: ".",
                  search: (old: Search) => ({ ...old, ...searchOf(view.query), view: view.id }),
                });
              done(t("common.views.saved"));
            }}
          />
        )}
      </Modal>
      <Confirm question={question} close={() => setQuestion(null)} />
    </div>
  );
}

interface FormProps {
  /** The one that gets another name; without it what is shown is saved. */
  view?: SavedView;
  page: SavedViewPage;
  query: string;
  close: () => void;
  saved: (view: SavedView) => Promise<void>;
}

function NameForm({ view, page, query, close, saved }: FormProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [tried, setTried] = useState(false);
  const { busy, problem, save } = useSaving();
  const store = async () => {
    const stored = view
      ? await views.change(view.id, { name: name.trim(), query: view.query, shared, revision: view.revision })
      : await views.create({ page, name: name.trim(), query, shared });
    await saved(stored);
    close();
  };
  return (
    <form
      className={plain.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (name.trim() !== "") void save(store);
      }}
    >
      <TextInput
        label={t("common.views.name")}
        maxLength={60}
        data-autofocus
        value={name}
        error={tried && name.trim() === "" ? t("common.required") : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox
        label={t("common.views.sharedLabel")}
        description={t("common.views.sharedHint")}
        checked={shared}
        onChange={(event) => setShared(event.currentTarget.checked)}
      />
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("common.save")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
