/** What an import did, or would do: counts, the lines that were refused, and what undoing it left. */
import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { imports } from "../../api/index.ts";
import type { Import, Page } from "../../api/types.ts";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { useFormat } from "../../lib/format.ts";
import plain from "../plain.module.css";
import classes from "./imports.module.css";
import { useRefusalText, useWarningText } from "./words.ts";

export function Report({ one }: { one: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  const warning = useWarningText();
  const refusal = useRefusalText();
  return (
    <>
      <Section
        title={one.dry_run ? t("imports.reportDry") : t("imports.report")}
        text={one.dry_run && one.state === "done" ? t("imports.reportDryText") : undefined}
      >
        <dl className={classes.counts}>
          {(["created", "changed", "unchanged", "refused"] as const).map((kind) => (
            <div key={kind} data-kind={kind} data-none={one[kind] === 0 || undefined}>
              <dt>{t(`imports.${one.dry_run ? "would" : "counts"}.${kind}`)}</dt>
              <dd className="num">{format.number(one[kind])}</dd>
            </div>
          ))}
        </dl>
        {one.warnings.length > 0 && (
          <ul className={classes.warnings}>
            {one.warnings.map((found) => (
              <li key={found.code}>{warning(found)}</li>
            ))}
          </ul>
        )}
      </Section>
      {one.refused > 0 && (
        <Section title={t("imports.refusedLines")} text={t("imports.refusedText")}>
          <div className={plain.actions}>
            <Button
              component="a"
              href={imports.refusedAddress(one.id)}
              download
              variant="default"
              leftSection={<IconDownload size={14} stroke={1.6} />}
            >
              {t("imports.download")}
            </Button>
          </div>
          <Lines
            name={["imports", one.id, "refused", one.lines_read, one.refused]}
            load={(cursor) => imports.refused(one.id, cursor)}
            keyOf={(item) => item.line}
            line={(item) => (
              <>
                <span className={classes.number}>{t("imports.line", { line: format.number(item.line) })}</span>
                <span className={plain.words}>
                  <span>{refusal(item)}</span>
                  <span className={plain.detail}>{item.cells.filter(Boolean).slice(0, 6).join(" · ")}</span>
                </span>
              </>
            )}
          />
        </Section>
      )}
    </>
  );
}

/** After undoing: how much went back, and what did not. */
export function Kept({ one }: { one: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t("imports.undoReport")} text={one.kept > 0 ? t("imports.keptText") : undefined}>
      <dl className={classes.counts}>
        {(["undone", "kept"] as const).map((kind) => (
          <div key={kind} data-none={one[kind] === 0 || undefined}>
            <dt>{t(`imports.${kind}`)}</dt>
            <dd className="num">{format.number(one[kind])}</dd>
          </div>
        ))}
      </dl>
      {one.kept > 0 && (
        <Lines
          name={["imports", one.id, "kept"]}
          load={(cursor) => imports.kept(one.id, cursor)}
          keyOf={(item) => item.line}
          line={(item) => (
            <>
              <span className={classes.number}>{t("imports.line", { line: format.number(item.line) })}</span>
              <span className={plain.words}>
                {item.equipment ? (
                  <Link to="/equipment/$id" params={{ id: item.equipment.id }}>
                    {item.equipment.name}
                  </Link>
                ) : (
                  t("imports.gone")
                )}
                <span className={plain.detail}>
                  {t(`imports.reasons.${item.reason}`, { defaultValue: item.reason })}
                </span>
              </span>
            </>
          )}
        />
      )}
    </Section>
  );
}

interface LinesProps<T> {
  name: unknown[];
  load: (cursor: string | undefined) => Promise<Page<T>>;
  keyOf: (item: T) => number;
  line: (item: T) => ReactNode;
}

/** Lines of the file, page by page. */
function Lines<T>({ name, load, keyOf, line }: LinesProps<T>) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: name,
    queryFn: ({ pageParam }) => load(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: Infinity,
  });
  if (list.isError && !list.data) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Loading lines={3} />;
  return (
    <>
      <ul className={classes.lines}>
        {list.data.pages
          .flatMap((page) => page.items)
          .map((item) => (
            <li key={keyOf(item)}>{line(item)}</li>
          ))}
      </ul>
      {list.hasNextPage && (
        <div className={plain.actions}>
          <Button variant="default" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
            {t("imports.more")}
          </Button>
        </div>
      )}
    </>
  );
}
