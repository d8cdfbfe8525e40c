/** What a page says when it has nothing to show: nothing yet, nothing found, failed, not found, still loading. */
import { Button, Skeleton } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/index.ts";
import { noticed } from "../lib/client-errors.ts";
import { Mark } from "./mark.tsx";
import { failed } from "./toast.ts";
import classes from "./states.module.css";

/** Passes an answer on; a refusal is said in a corner of the page before it goes its way. */
export function useTold(): <T>(asked: () => Promise<T>) => Promise<T> {
  const text = useProblemText();
  return async (asked) => {
    try {
      return await asked();
    } catch (error) {
      failed(text(error));
      throw error;
    }
  };
}

/** A problem in words. The code decides; the server's own sentence is the last resort. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    // A part of the console that could not be fetched: no connection, or the server has a newer one.
    if (error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)) {
      return t("problems.unreachable");
    }
    if (!(error instanceof Problem)) return t("problems.unexpected");
    return t(`problems.${error.code}`, { defaultValue: error.detail ?? error.title ?? t("problems.unexpected") });
  };
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const problem = error instanceof Problem ? error : null;
  const canRetry = retry && (!problem || problem.retriable);
  return (
    <div className={classes.state} role="alert">
      <h2 className={classes.title}>{t("common.failed.title")}</h2>
      <p className={classes.text}>{text(error)}</p>
      {problem && (
        <p className={classes.code}>
          {t("common.failed.code")} <code className="mono">{problem.code}</code>
        </p>
      )}
      {canRetry && (
        <Button variant="default" onClick={retry}>
          {t("common.failed.retry")}
        </Button>
      )}
    </div>
  );
}

export function RouteFailed({ error, reset }: ErrorComponentProps) {
  // What the server refused is in its log already.
  useEffect(() => {
    if (!(error instanceof Problem)) noticed("render", error);
  }, [error]);
  const again = () => {
    reset();
    window.location.reload();
  };
  return (
    <div className={classes.whole}>
      <Failed error={error} retry={again} />
    </div>
  );
}

/** While the first answer takes its time: the mark alone, so that the page is not blank. */
export function Waiting() {
  const { t } = useTranslation();
  return (
    <div className={classes.whole} role="status">
      <span className={classes.mark}>
        <Mark size={40} label={t("common.loading")} />
      </span>
    </div>
  );
}

export function Nothing({ title, text, children }: { title: string; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.state}>
      <span className={classes.mark}>
        <Mark size={40} />
      </span>
      <h2 className={classes.title}>{title}</h2>
      {text && <p className={classes.text}>{text}</p>}
      {children}
    </div>
  );
}

/** True once something has lasted long enough to deserve a sign of it. */
export function useLasting(active: boolean, after = 200): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!active) return undefined;
    const timer = window.setTimeout(() => setLasting(true), after);
    return () => {
      window.clearTimeout(timer);
      setLasting(false);
    };
  }, [active, after]);
  return active && lasting;
}

export function Loading({ lines = 6 }: { lines?: number }) {
  const shown = useLasting(true);
  const { t } = useTranslation();
  if (!shown) return null;
  return (
    <div className={classes.loading} aria-busy="true">
      <span className="sr-only">{t("common.loading")}</span>
      {Array.from({ length: lines }, (_, index) => (
        <Skeleton key={index} height={12} width={`${88 - ((index * 17) % 45)}%`} radius="sm" />
      ))}
    </div>
  );
}
