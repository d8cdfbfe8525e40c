/** Imports of equipment: bring a file, and find again what was imported. */
import { Button, FileButton } from "@mantine/core";
import { IconTableImport } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";

import { imports, Problem } from "../../api/index.ts";
import { goesOn, ImportLine } from "../../components/import-line.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Failed, Loading, Nothing, useProblemText } from "../../components/states.tsx";
import plain from "../plain.module.css";
import classes from "./imports.module.css";
import { useFailureText } from "./words.ts";

export function ImportsPage() {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ["imports", "all"],
    queryFn: ({ pageParam, signal }) => imports.list({ limit: 50, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: (query) =>
      query.state.data?.pages.some((page) => page.items.some((one) => goesOn(one))) ? 2000 : false,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader
        title={t("shell.places.imports")}
        help="imports"
        parent={<Link to="/equipment">{t("shell.places.equipment")}</Link>}
      />
      <div className={plain.page}>
        <FileDrop />
        {list.isError && !list.data ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : !list.data ? (
          <Loading />
        ) : rows.length === 0 ? (
          <Nothing title={t("imports.none")} text={t("imports.noneText")} />
        ) : (
          <ul className={plain.narrow}>
            {rows.map((one) => (
              <ImportLine key={one.id} one={one} />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button variant="default" mt={12} onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
            {t("common.older")}
          </Button>
        )}
      </div>
    </>
  );
}

/** Takes a file by a click or from the desk; a file that cannot be read says why, here. */
function FileDrop() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const text = useProblemText();
  const failure = useFailureText();
  const [over, setOver] = useState(false);
  const upload = useMutation({
    mutationFn: imports.upload,
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ["imports"] });
      await navigate({ to: "/imports/$id", params: { id: made.id } });
    },
  });
  const take = (file: File | null | undefined) => {
    if (file && !upload.isPending) upload.mutate(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const why = upload.error instanceof Problem ? upload.error.more.reason : undefined;
  return (
    <section
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      aria-label={t("imports.drop")}
    >
      <IconTableImport size={28} stroke={1.4} aria-hidden />
      <p className={classes.lead}>{t("imports.drop")}</p>
      <FileButton onChange={take} accept=".csv,.txt,.tsv,.xlsx,text/csv">
        {(props) => (
          <Button {...props} loading={upload.isPending}>
            {t("imports.choose")}
          </Button>
        )}
      </FileButton>
      <p className={plain.detail}>{upload.isPending ? t("imports.uploading") : t("imports.dropHint")}</p>
      {upload.isError && (
        <p className={plain.problem} role="alert">
          {typeof why === "string" ? failure({ code: why, detail: "" }) || text(upload.error) : text(upload.error)}
        </p>
      )}
    </section>
  );
}
