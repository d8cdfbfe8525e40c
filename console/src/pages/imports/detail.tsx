/** One import, from its columns to its result, and the way back. The server does the work: the page only follows. */
import { Button, Progress, Stepper } from "@mantine/core";
import "@mantine/core/styles/Stepper.css";
import { IconArrowBackUp, IconTableImport, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, imports } from "../../api/index.ts";
import type { Import } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { goesOn, ImportStatus } from "../../components/import-line.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useNarrow } from "../../lib/narrow.ts";
import plain from "../plain.module.css";
import { ColumnsForm } from "./columns-form.tsx";
import classes from "./imports.module.css";
import { Kept, Report } from "./report.tsx";
import { useFailureText } from "./words.ts";

/** Whether it can still be begun: nothing but a look at it was taken. */
const isOpen = (one: Import) =>
  one.state === "draft" || (one.dry_run && (one.state === "done" || one.state === "failed"));

/** Whether a check came to its end that found something to import. */
const isChecked = (one: Import) => one.dry_run && one.state === "done" && one.created + one.changed > 0;

function stepOf(one: Import): number {
  if (one.state === "draft") return 1;
  if (one.dry_run) return 2;
  return one.state === "done" || one.state === "undone" ? 4 : 3;
}

export function ImportPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const client = useQueryClient();
  const navigate = useNavigate();
  const format = useFormat();
  const narrow = useNarrow();
  const [question, setQuestion] = useState<Question | null>(null);
  const [changing, setChanging] = useState(false);
  const key = ["imports", id];
  const query = useQuery({
    queryKey: key,
    queryFn: () => imports.get(id),
    refetchInterval: (state) => (state.state.data && goesOn(state.state.data) ? 1500 : false),
  });
  const one = query.data;
  const renew = (now?: Import) => {
    if (now) client.setQueryData(key, now);
    return client.invalidateQueries({ queryKey: ["imports"] });
  };
  /** As it was checked. */
  const start = (of: Import) =>
    setQuestion({
      title: t("imports.startTitle", { name: of.file_name }),
      text: t("imports.startText", {
        count: of.created + of.changed + of.unchanged,
        shown: format.number(of.created + of.changed + of.unchanged),
      }),
      action: t("imports.start"),
      call: () => calls.startImport(id, of.options, false),
      run: async () => renew(await imports.start(id, of.options, false)),
    });
  const undo = (of: Import) =>
    setQuestion({
      title: goesOn(of) ? t("imports.stop") : t("imports.undo"),
      text: goesOn(of)
        ? t("imports.stopText")
        : t("imports.undoText", {
            count: of.created + of.changed,
            shown: format.number(of.created + of.changed),
          }),
      action: goesOn(of) ? t("imports.stop") : t("imports.undo"),
      danger: true,
      call: () => calls.undoImport(id),
      run: async () => {
        await renew(await imports.undo(id));
        done(t("imports.undoStarted"));
      },
    });
  const remove = (of: Import) =>
    setQuestion({
      title: t("imports.delete"),
      text: isOpen(of) ? t("imports.deleteDraftText") : t("imports.deleteText"),
      action: t("common.delete"),
      danger: true,
      call: () => calls.deleteImport(id),
      run: async () => {
        await imports.remove(id);
        await navigate({ to: "/imports" });
        await renew();
        done(t("imports.deleted"));
      },
    });

  return (
    <>
      <PageHeader
        title={one?.file_name ?? t("shell.places.imports")}
        help="imports"
        parent={<Link to="/imports">{t("shell.places.imports")}</Link>}
        facts={
          one && (
            <>
              <ImportStatus one={one} />
              <span>{format.bytes(one.bytes)}</span>
              <span>
                <Moment at={one.created_at} />
              </span>
              <span>{one.created_by}</span>
            </>
          )
        }
        actions={
          one && (
            <>
              {(one.can_undo || (goesOn(one) && !one.dry_run && one.state !== "undoing")) && (
                <Button
                  variant="default"
                  leftSection={<IconArrowBackUp size={15} stroke={1.6} />}
                  onClick={() => undo(one)}
                >
                  {goesOn(one) ? t("imports.stop") : t("imports.undo")}
                </Button>
              )}
              {!goesOn(one) && (
                <Button
                  variant="default"
                  leftSection={<IconTrash size={15} stroke={1.6} />}
                  onClick={() => remove(one)}
                >
                  {t("common.delete")}
                </Button>
              )}
              {isChecked(one) && !changing && (
                <Button leftSection={<IconTableImport size={15} stroke={1.6} />} onClick={() => start(one)}>
                  {t("imports.start")}
                </Button>
              )}
            </>
          )
        }
      />
      <div className={plain.page}>
        {query.isError && !one ? (
          <Failed error={query.error} retry={() => void query.refetch()} />
        ) : !one ? (
          <Loading />
        ) : (
          <>
            {!narrow && (
              <Stepper active={stepOf(one)} size="sm" className={classes.steps} allowNextStepsSelect={false}>
                {(["file", "columns", "check", "import"] as const).map((step) => (
                  <Stepper.Step key={step} label={t(`imports.steps.${step}`)} component="div" tabIndex={-1} />
                ))}
              </Stepper>
            )}
            {goesOn(one) && <Working one={one} />}
            {one.error && <Failure one={one} />}
            {one.state === "undone" && <Kept one={one} />}
            {one.state !== "draft" && !goesOn(one) && <Report one={one} />}
            {isChecked(one) && !changing && (
              <Section title={t("imports.columns")}>
                <div className={plain.actions}>
                  <Button variant="default" onClick={() => setChanging(true)}>
                    {t("imports.change")}
                  </Button>
                </div>
              </Section>
            )}
            {isOpen(one) && (changing || !isChecked(one)) && (
              <ColumnsForm
                key={one.id}
                one={one}
                begun={(now) => {
                  setChanging(false);
                  void renew(now);
                }}
              />
            )}
          </>
        )}
      </div>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** How far the server is. */
function Working({ one }: { one: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t(`imports.${one.dry_run ? "checking" : `states.${one.state}`}`)} text={t("imports.leave")}>
      <div role="status">
        <p>
          {one.state === "undoing"
            ? format.percent(one.percent / 100)
            : one.lines_total === null
              ? t("imports.counting")
              : t("imports.progress", { done: format.number(one.lines_read), total: format.number(one.lines_total) })}
        </p>
        <Progress mt={6} size={6} value={one.percent} aria-label={t(`imports.states.${one.state}`)} />
      </div>
    </Section>
  );
}

function Failure({ one }: { one: Import }) {
  const { t } = useTranslation();
  const text = useFailureText();
  return (
    <Section title={t("imports.failed")} text={one.can_undo ? t("imports.failedText") : undefined}>
      <p className={plain.problem} role="alert">
        {text(one.error!)}
      </p>
    </Section>
  );
}
