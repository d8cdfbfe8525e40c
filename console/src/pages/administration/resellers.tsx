/** The two levels above customers: providers, and the resellers of each. */
import { ActionIcon, Button, Menu, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconDots, IconPencil, IconPlus, IconSearch, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, customers, type Level } from "../../api/index.ts";
import type { Page, Provider, Reseller } from "../../api/types.ts";
import type { Query } from "../../api/client.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { ActionItems } from "../../components/data-list/row-menu.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { Failed, Loading, Nothing } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import plain from "../plain.module.css";
import classes from "./resellers.module.css";

/** All pages of a list: there are as many resellers as a person can keep apart. */
export async function everything<T>(
  load: (query: Query, signal?: AbortSignal) => Promise<Page<T>>,
  signal?: AbortSignal,
) {
  const items: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await load({ cursor }, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

/** What is being made or changed. */
interface Edited {
  level: Level;
  /** Without one it is new. */
  one?: Provider | Reseller;
  provider?: string;
}

export function ResellersPage() {
  const { t } = useTranslation();
  const named = useGivenName();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [question, setQuestion] = useState<Question | null>(null);
  const [edited, setEdited] = useState<Edited | null>(null);
  const client = useQueryClient();
  const edit = useMay("customers.edit", "all");
  const remove = useMay("customers.delete", "all");
  const providers = useQuery({
    queryKey: ["providers", "all"],
    queryFn: ({ signal }) => everything(customers.providers, signal),
  });
  const resellers = useQuery({
    queryKey: ["resellers", "all"],
    queryFn: ({ signal }) => everything(customers.resellers, signal),
  });
  const failedOne = [providers, resellers].find((one) => one.isError && !one.data);

  const ask = (level: Level, one: Provider | Reseller) =>
    setQuestion({
      title: t(`people.levels.${level}.delete`),
      about: named(one.name),
      text: t(`people.levels.${level}.deleteText`),
      action: t("common.delete"),
      danger: true,
      call: () => calls.deleteLevel(level, one.id),
      run: async () => {
        await customers.removeLevel(level, one.id);
        await client.invalidateQueries({ queryKey: [level] });
        done(t("people.levels.deleted", { name: named(one.name) }));
      },
    });
  const menu = (level: Level, one: Provider | Reseller) => (
    <Menu width={250}>
      <Menu.Target>
        <ActionIcon size={26} aria-label={t("common.list.rowActions", { name: named(one.name) })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <ActionItems
          actions={[
            {
              label: t(`people.levels.${level}.edit`),
              icon: <IconPencil size={15} stroke={1.6} />,
              disabled: edit.why,
              run: () => setEdited({ level, one }),
            },
            {
              label: t(`people.levels.${level}.delete`),
              icon: <IconTrash size={15} stroke={1.6} />,
              danger: true,
              disabled: remove.why,
              run: () => ask(level, one),
            },
          ]}
        />
      </Menu.Dropdown>
    </Menu>
  );

  const wanted = (search.q ?? "").trim().toLowerCase();
  const fits = (name: string) => named(name).toLowerCase().includes(wanted);
  const shown = (providers.data ?? []).flatMap((provider) => {
    const of = (resellers.data ?? []).filter((one) => one.provider.id === provider.id);
    const kept = fits(provider.name) ? of : of.filter((one) => fits(one.name));
    return kept.length > 0 || fits(provider.name) ? [{ provider, resellers: kept }] : [];
  });

  return (
    <>
      <PageHeader
        title={t("shell.places.resellers")}
        help="users"
        facts={<span className="muted">{t("people.levels.text")}</span>}
        actions={
          <>
            <May action="customers.add" within="all">
              <Button variant="default" onClick={() => setEdited({ level: "providers" })}>
                {t("people.levels.providers.add")}
              </Button>
            </May>
            <May action="customers.add" within="all">
              <Button
                leftSection={<IconPlus size={15} stroke={2} />}
                onClick={() => setEdited({ level: "resellers", provider: providers.data?.[0]?.id })}
              >
                {t("people.levels.resellers.add")}
              </Button>
            </May>
          </>
        }
      />
      <div className={plain.page}>
        {failedOne ? (
          <Failed error={failedOne.error} retry={() => void failedOne.refetch()} />
        ) : !providers.data || !resellers.data ? (
          <Loading />
        ) : (
          <>
            <TextInput
              className={classes.search}
              size="xs"
              type="search"
              data-list-search
              aria-label={t("people.levels.search")}
              placeholder={t("people.levels.search")}
              leftSection={<IconSearch size={14} stroke={1.8} aria-hidden />}
              value={search.q ?? ""}
              onChange={(event) => {
                const q = event.currentTarget.value;
                void navigate({
                  to: ".",
                  search: (old: Search) => ({ ...old, q: q || undefined }),
                  replace: true,
                  resetScroll: false,
                });
              }}
            />
            {shown.length === 0 && (
              <Nothing title={t("common.list.nothingFound")} text={t("common.list.nothingFoundText")} />
            )}
            {shown.map(({ provider, resellers: those }) => (
              <section key={provider.id} className={classes.provider}>
                <header>
                  <h2>
                    <Link to="/administration/customers" search={{ provider_id: provider.id }}>
                      {named(provider.name)}
                    </Link>
                  </h2>
                  <span className={classes.kind}>{t("people.levels.provider")}</span>
                  {menu("providers", provider)}
                </header>
                {those.length === 0 ? (
                  <p className="muted">{t("people.levels.noResellers")}</p>
                ) : (
                  <ul>
                    {those.map((reseller) => (
                      <li key={reseller.id}>
                        <Link
                          to="/administration/customers"
                          search={{ reseller_id: reseller.id }}
                          className={classes.name}
                        >
                          {named(reseller.name)}
                        </Link>
                        {menu("resellers", reseller)}
                      </li>
                    ))}
                  </ul>
                )}
              </section>
            ))}
          </>
        )}
      </div>
      <LevelDrawer edited={edited} providers={providers.data ?? []} close={() => setEdited(null)} />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function LevelDrawer({
  edited,
  providers,
  close,
}: {
  edited: Edited | null;
  providers: Provider[];
  close: () => void;
}) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  const [shown, setShown] = useState(edited);
  if (edited !== null && edited !== shown) setShown(edited);
  const words = shown ? t(`people.levels.${shown.level}.${shown.one ? "edit" : "add"}`) : "";
  return (
    <FormDrawer opened={edited !== null} close={close} title={words} size={460} dirty={dirty}>
      {shown && (
        <LevelForm key={shown.one?.id} edited={shown} providers={providers} close={close} tellDirty={setDirty} />
      )}
    </FormDrawer>
  );
}

interface FormProps {
  edited: Edited;
  providers: Provider[];
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function LevelForm({ edited: { level, one, provider }, providers, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const named = useGivenName();
  const client = useQueryClient();
  const form = useForm({
    initialValues: {
      name: one?.name ?? "",
      provider_id: (one && "provider" in one ? one.provider.id : provider) ?? "",
    },
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      provider_id: (value) => (level === "resellers" && value === "" ? t("common.required") : null),
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);
  const body = (values: typeof form.values) => ({
    name: values.name.trim(),
    ...(level === "resellers" ? { provider_id: values.provider_id } : {}),
  });
  const call = (values: typeof form.values) =>
    one ? calls.changeLevel(level, one.id, body(values)) : calls.createLevel(level, body(values));
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in form.values)) return false;
    form.setFieldError(error.field, words(error));
    return true;
  });
  const store = async (values: typeof form.values) => {
    if (one) await customers.changeLevel(level, one.id, body(values));
    else await customers.createLevel(level, body(values));
    // Names stand on customers, and labels of users follow them.
    for (const key of ["providers", "resellers", "customers", "users"])
      await client.invalidateQueries({ queryKey: [key] });
    done(one ? t("common.saved") : t("people.levels.added", { name: values.name.trim() }));
    close();
  };
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit((values) => void save(() => store(values)))}>
      <TextInput
        label={t("equipment.fields.name")}
        description={t("people.levels.nameHint")}
        maxLength={100}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("name")}
      />
      {level === "resellers" && (
        <Select
          label={t("customers.provider")}
          description={one ? t("people.levels.moveHint") : undefined}
          data={providers.map((each) => ({ value: each.id, label: named(each.name) }))}
          searchable
          allowDeselect={false}
          {...form.getInputProps("provider_id")}
        />
      )}
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {one ? t("common.save") : t("people.levels.addAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl call={() => call(form.values)} />
      </div>
    </form>
  );
}
