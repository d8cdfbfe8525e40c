/** The server's own logs, once the password was typed again. What is looked for is in the address. */
import { Button, PasswordInput, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { platform, Problem } from "../../api/index.ts";
import type { LogLine, LogSeverity } from "../../api/types.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading, Nothing, useProblemText } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import type { Search } from "../../router.tsx";
import plain from "../plain.module.css";
import classes from "./logs.module.css";
import { platformKey } from "./platform.tsx";

const accessKey = ["logs-access"];
const tones: Record<LogSeverity, Tone> = {
  error: "broken",
  warning: "attention",
  information: "good",
  debug: "waiting",
  trace: "off",
};
const parts = [
  "operations",
  "certificate-authority",
  "onboarding",
  "link-hosts",
  "log-collector",
  "background-work",
  "browser",
] as const;

export function LogsPage() {
  const { t } = useTranslation();
  const access = useQuery({ queryKey: accessKey, queryFn: platform.logsAccess, staleTime: 0 });
  const until = access.data?.until;
  return (
    <>
      <PageHeader
        title={t("platform.logs.title")}
        parent={<Link to="/administration/platform">{t("platform.logs.parent")}</Link>}
        facts={
          until && (
            <span>
              {t("platform.logs.openUntil")} <Moment at={until} />
            </span>
          )
        }
      />
      <div className={plain.page}>
        {access.isError && !access.data ? (
          <Failed error={access.error} retry={() => void access.refetch()} />
        ) : !access.data ? (
          <Loading />
        ) : until ? (
          <Lines />
        ) : (
          <Gate />
        )}
      </div>
    </>
  );
}

/** Asks for the password once more. */
function Gate() {
  const { t } = useTranslation();
  const text = useProblemText();
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const open = async () => {
    setBusy(true);
    setProblem(null);
    try {
      client.setQueryData(accessKey, await platform.openLogs(password));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const wrong = problem instanceof Problem && problem.code === "password-wrong";
  return (
    <Section title={t("platform.logs.gateTitle")} text={t("platform.logs.gateText")}>
      <form
        className={plain.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (password !== "") void open();
        }}
      >
        <PasswordInput
          className={plain.short}
          label={t("platform.logs.password")}
          autoComplete="current-password"
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
            setProblem(null);
          }}
          error={wrong ? text(problem) : undefined}
          visibilityToggleButtonProps={{ "aria-label": t("common.showPassword") }}
        />
        <div role="alert">{problem !== null && !wrong && <p className={plain.problem}>{text(problem)}</p>}</div>
        <div>
          <Button type="submit" loading={busy} disabled={password === ""}>
            {t("platform.logs.open")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

/** A field for a moment has the reader's own time, the server's has its zone. */
const moment = (typed: string | undefined) => {
  const at = typed ? new Date(typed) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
};

function Lines() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const { node, part, level, from, to, q } = search;
  const nodes = useQuery({ queryKey: platformKey, queryFn: platform.get });
  const list = useInfiniteQuery({
    queryKey: ["logs", node, part, level, from, to, q],
    queryFn: ({ pageParam, signal }) =>
      platform.logs({ node, part, level, from: moment(from), to: moment(to), q, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: (old) => old,
    staleTime: Infinity,
  });
  const closed = list.error instanceof Problem && list.error.code === "password-again";
  useEffect(() => {
    if (closed) client.setQueryData(accessKey, { until: null });
  }, [closed, client]);
  const set = (changes: Search) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, ...changes }), replace: true, resetScroll: false });
  const setWords = useDebouncedCallback((words: string) => set({ q: words || undefined }), 350);
  const lines = list.data?.pages.flatMap((page) => page.items) ?? [];
  const looked = list.data?.pages.at(-1)?.looked_until;
  const narrowed = [part, level, from, to, q].some(Boolean);
  return (
    <>
      <div className={classes.filters} role="search">
        {(nodes.data?.nodes.length ?? 0) > 1 && (
          <Select
            label={t("platform.logs.node")}
            data={nodes.data!.nodes.map((one) => ({ value: one.id, label: one.name }))}
            value={node ?? nodes.data!.this_node}
            onChange={(value) => set({ node: value ?? undefined })}
            allowDeselect={false}
          />
        )}
        <Select
          label={t("platform.logs.part")}
          placeholder={t("platform.logs.allParts")}
          data={parts.map((value) => ({ value, label: t(`platform.parts.${value}`) }))}
          value={part ?? null}
          onChange={(value) => set({ part: value ?? undefined })}
          clearable
        />
        <Select
          label={t("platform.logs.level")}
          placeholder={t("platform.logs.allLevels")}
          data={(["error", "warning", "information"] as const).map((value) => ({
            value,
            label: t(`platform.severities.${value}`),
          }))}
          value={level ?? null}
          onChange={(value) => set({ level: value ?? undefined })}
          clearable
        />
        <TextInput
          type="datetime-local"
          label={t("platform.logs.from")}
          value={from ?? ""}
          onChange={(event) => set({ from: event.currentTarget.value || undefined })}
        />
        <TextInput
          type="datetime-local"
          label={t("platform.logs.to")}
          value={to ?? ""}
          onChange={(event) => set({ to: event.currentTarget.value || undefined })}
        />
        <TextInput
          className={classes.search}
          type="search"
          key={q === undefined ? "none" : "some"}
          aria-label={t("platform.logs.search")}
          placeholder={t("platform.logs.search")}
          defaultValue={q ?? ""}
          maxLength={200}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Button variant="default" onClick={() => void list.refetch()} loading={list.isRefetching}>
          {t("platform.logs.refresh")}
        </Button>
      </div>
      {list.isError && lines.length === 0 ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading />
      ) : lines.length === 0 && !list.hasNextPage ? (
        <Nothing
          title={t("platform.logs.none")}
          text={narrowed ? t("platform.logs.noneText") : t("platform.logs.none_yet")}
        >
          {narrowed && (
            <Button
              variant="default"
              onClick={() => set({ part: undefined, level: undefined, from: undefined, to: undefined, q: undefined })}
            >
              {t("platform.logs.clear")}
            </Button>
          )}
        </Nothing>
      ) : (
        <>
          <ul aria-label={t("platform.logs.title")}>
            {lines.map((line, at) => (
              // Lines have no id; two may be the same, and older ones only come after them.
              <Line key={at} line={line} />
            ))}
          </ul>
          <div className={classes.foot}>
            {list.hasNextPage && (
              <Button variant="default" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
                {lines.length === 0 ? t("platform.logs.goOn") : t("platform.logs.more")}
              </Button>
            )}
            {looked && (
              <span>
                {t("platform.logs.lookedUntil")} <Moment at={looked} />
              </span>
            )}
          </div>
        </>
      )}
    </>
  );
}

/** A line without words is one about a request. */
function summary({ message, fields }: LogLine): string {
  if (message !== "") return message;
  const text = (name: string) => (fields[name] === undefined ? "" : String(fields[name]));
  if (fields.route !== undefined) {
    return [text("method"), text("route"), text("status"), `${text("ms")} ms`, text("actor"), text("from")].join(" ");
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}

function Line({ line }: { line: LogLine }) {
  const { t, i18n } = useTranslation();
  const more = { at: line.at, ...line.fields, request: line.request ?? undefined, source: line.target };
  // Elsewhere a minute is exact enough; here the order of seconds matters.
  const at = new Date(line.at).toLocaleString(i18n.language, { dateStyle: "short", timeStyle: "medium" });
  return (
    <li className={classes.line}>
      <details>
        <summary>
          <time dateTime={line.at} title={line.at} className="num">
            {at}
          </time>
          <Status tone={tones[line.level]}>{t(`platform.severities.${line.level}`)}</Status>
          <span className={classes.part}>{t(`platform.parts.${line.part}`)}</span>
          <span className={`mono ${classes.message}`}>{summary(line)}</span>
        </summary>
        <pre className={`mono ${classes.detail}`} tabIndex={0}>
          {JSON.stringify(more, null, 2)}
        </pre>
      </details>
    </li>
  );
}
