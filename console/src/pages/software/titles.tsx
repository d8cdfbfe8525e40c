/** Every program on the machines one may see, and the question one asks most: who has it, below which version. */
import { Button, TextInput } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { software } from "../../api/index.ts";
import type { SoftwareTitle } from "../../api/types.ts";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Column, Filter, ListSpec } from "../../components/data-list/types.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { useFormat } from "../../lib/format.ts";
import type { Search } from "../../router.tsx";
import classes from "./software.module.css";
import { SoftwareTabs } from "./tabs.tsx";
import { TitleField } from "./title-field.tsx";

export function SoftwarePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useMemo<Column<SoftwareTitle>[]>(
    () => [
      {
        id: "name",
        header: t("software.name"),
        sort: "name",
        width: 300,
        grow: true,
        fixed: true,
        cell: (row) => row.name,
      },
      { id: "publisher", header: t("software.publisher"), width: 220, grow: true, cell: (row) => row.publisher || "" },
      {
        id: "versions",
        header: t("software.versions"),
        width: 110,
        align: "right",
        cell: (row) => format.number(row.versions),
      },
      {
        id: "machines",
        header: t("software.machines"),
        sort: "machines",
        width: 130,
        align: "right",
        cell: (row) => format.number(row.machines),
      },
    ],
    [t, format],
  );
  const filters = useMemo<Filter[]>(
    () => [
      { param: "publisher", label: t("software.publisher") },
      {
        param: "source",
        label: t("software.source"),
        options: ["dpkg", "rpm", "flatpak", "snap", "registry", "msi", "store"].map((value) => ({
          value,
          label: t(`software.sources.${value}`),
        })),
      },
    ],
    [t],
  );
  const spec: ListSpec<SoftwareTitle> = {
    name: "software",
    title: t("shell.places.software"),
    topics: [],
    load: software.titles,
    path: "/software",
    copyable: false,
    rowId: (row) => `${row.name}\u001f${row.publisher || ""}`,
    rowName: (row) => row.name,
    columns,
    filters,
    sort: "-machines",
    searchLabel: t("software.search"),
    link: (row) => ({ to: "/software/title", search: { name: row.name, publisher: row.publisher || undefined } }),
    line: (row) => ({
      title: row.name,
      detail: row.publisher || t("software.noPublisher"),
      aside: t("software.onMachines", { count: row.machines, shown: format.number(row.machines) }),
    }),
    empty: <Nothing title={t("software.empty.title")} text={t("software.empty.text")} />,
    exportAs: "software",
    views: "software",
  };
  return (
    <>
      <PageHeader
        title={t("shell.places.software")}
        beside={<ListTotal name="software" />}
        actions={<SoftwareTabs shown="all" />}
      />
      <DataList spec={spec} above={<QuestionForm />} />
    </>
  );
}

/** "Which machines have X below version Y". */
export function QuestionForm({ name, below }: { name?: string; below?: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [title, setTitle] = useState(name ?? "");
  const [publisher, setPublisher] = useState<string | undefined>(name ? search.publisher : undefined);
  const [version, setVersion] = useState(below ?? "");
  const [tried, setTried] = useState(false);
  return (
    <form
      className={classes.question}
      aria-label={t("software.question.label")}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (title.trim() === "") return;
        void navigate({
          to: "/software/machines",
          search: { name: title.trim(), publisher, version_below: version.trim() || undefined },
        });
      }}
    >
      <span className={classes.ask}>{t("software.question.which")}</span>
      <TitleField
        value={title}
        autoFocus={search.ask === "1"}
        error={tried && title.trim() === ""}
        change={(text, known) => {
          setTitle(text);
          setPublisher(known?.publisher || undefined);
        }}
      />
      <span className={classes.ask}>{t("software.question.below")}</span>
      <TextInput
        size="xs"
        className={classes.version}
        aria-label={t("software.question.version")}
        placeholder={t("software.question.any")}
        value={version}
        onChange={(event) => setVersion(event.currentTarget.value)}
      />
      <Button type="submit" variant="light" rightSection={<IconArrowRight size={14} stroke={2} />}>
        {t("software.question.answer")}
      </Button>
    </form>
  );
}
