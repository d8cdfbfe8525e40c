/** Links to the dashboards of what the server runs on. */
import { Button, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconExternalLink, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration } from "../../api/index.ts";
import type { DashboardLink } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { Section } from "../../components/section.tsx";
import { useProblemText } from "../../components/states.tsx";
import { done } from "../../components/toast.ts";
import type { Search } from "../../router.tsx";
import classes from "../plain.module.css";

function useSave() {
  const client = useQueryClient();
  return async (dashboard_links: DashboardLink[]) => {
    const saved = await administration.updatePreferences({ dashboard_links });
    client.setQueryData(["preferences"], saved);
    await client.invalidateQueries({ queryKey: ["platform"] });
  };
}

export function LinksSection({ links }: { links: DashboardLink[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const save = useSave();
  const [question, setQuestion] = useState<Question | null>(null);
  const [dirty, setDirty] = useState(false);
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, link: value }), resetScroll: false });
  const remove = (at: number) =>
    setQuestion({
      title: t("platform.removeLink"),
      text: t("platform.removeLinkText", { name: links[at]!.name }),
      action: t("platform.remove"),
      danger: true,
      run: async () => {
        await save(links.filter((_, other) => other !== at));
        done(t("platform.linkRemoved"));
      },
    });
  return (
    <Section title={t("platform.links")} text={t("platform.linksText")}>
      {links.length === 0 ? (
        <p className="muted">{t("platform.noLinks")}</p>
      ) : (
        <ul className={classes.rows}>
          {links.map((link, at) => (
            <li key={`${link.name} ${link.url}`} className={classes.row}>
              <div className={classes.words}>
                <a href={link.url} target="_blank" rel="noreferrer noopener" className={classes.name}>
                  {link.name}
                  <IconExternalLink size={13} stroke={1.6} aria-hidden />
                </a>
                <span className={classes.detail}>{link.url}</span>
              </div>
              <Button
                variant="default"
                onClick={() => remove(at)}
                aria-label={t("platform.removeNamed", { name: link.name })}
              >
                {t("platform.remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button variant="default" leftSection={<IconPlus size={14} stroke={2} />} onClick={() => open("new")}>
          {t("platform.addLink")}
        </Button>
      </div>
      <FormDrawer
        opened={search.link === "new"}
        close={() => open(undefined)}
        title={t("platform.addLink")}
        size={460}
        dirty={dirty}
      >
        <LinkForm links={links} close={() => open(undefined)} tellDirty={setDirty} />
      </FormDrawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </Section>
  );
}

interface FormProps {
  links: DashboardLink[];
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function LinkForm({ links, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  const save = useSave();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<DashboardLink>({
    initialValues: { name: "", url: "" },
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      url: (value) => (/^https?:\/\/[^\s/?#"<>\\][^\s"<>\\]*$/.test(value.trim()) ? null : t("platform.linkUrlHint")),
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);
  const add = async (values: DashboardLink) => {
    setBusy(true);
    setProblem(null);
    try {
      await save([...links, { name: values.name.trim(), url: values.url.trim() }]);
      done(t("platform.linkAdded"));
      close();
    } catch (error) {
      setProblem(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={classes.form} noValidate onSubmit={form.onSubmit((values) => void add(values))}>
      <TextInput
        label={t("platform.linkName")}
        maxLength={60}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("name")}
      />
      <TextInput
        label={t("platform.linkUrl")}
        description={t("platform.linkUrlHint")}
        type="url"
        maxLength={2000}
        autoComplete="off"
        {...form.getInputProps("url")}
      />
      <div role="alert">{problem && <p className={classes.problem}>{problem}</p>}</div>
      <div className={classes.actions}>
        <Button type="submit" loading={busy}>
          {t("platform.addLinkAction")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}
