/** Alerts in words: what one is called, what was measured, why nobody is notified of it. */
import { Tooltip } from "@mantine/core";
import { IconBellOff, IconGitBranch, IconTool } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Alert, AlertSilence } from "../../api/types.ts";
import { SeverityIcon } from "../../components/severity.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { isKnownKind, measuredAs } from "../../lib/alerts.ts";
import { isConnectivity } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import classes from "./alerts.module.css";

interface Titled {
  title: string;
  kind: string;
}

export function useAlertWords() {
  const { t } = useTranslation();
  const format = useFormat();
  const measure = (kind: string, value: number, isBound = false) => {
    const as = measuredAs(kind, value, isBound);
    if (as.key === "none") return format.number(as.value);
    return t(`alerts.units.${as.key}`, { count: Math.trunc(as.value), value: format.number(as.value) });
  };
  return {
    /** The profile's words; without them, those of its kind; else the condition's key. */
    titleOf: ({ title, kind }: Titled, condition: string) => {
      if (title) return title;
      return isKnownKind(kind) ? t(`alerts.kinds.${kind}.name`) : condition;
    },
    measure,
    /** What was measured, against what; empty where nothing was. */
    measured: ({ kind, value, bound }: Alert) => {
      if (value === null) return "";
      if (bound === null) return measure(kind, value);
      return t("alerts.measured", { value: measure(kind, value), bound: measure(kind, bound, true) });
    },
    /** What was found, in the words of whoever looked; of a system that is gone, how it is connected. */
    found: ({ kind, summary }: Alert) =>
      kind === "unreachable" && isConnectivity(summary) ? t(`systems.connectivity.${summary}.name`) : summary,
    /** One of its kind's sentences. */
    ofKind: (kind: string, part: "what" | "todo") => t(`alerts.kinds.${isKnownKind(kind) ? kind : "other"}.${part}`),
  };
}

/** An alert's name with what it is of. */
export function useNameOf(): (alert: Alert) => string {
  const { titleOf } = useAlertWords();
  return (alert) => [titleOf(alert, alert.condition), alert.subject].filter(Boolean).join(" · ");
}

export function AlertTitle({ alert, withSeverity }: { alert: Alert; withSeverity?: boolean }) {
  const { t } = useTranslation();
  const { titleOf } = useAlertWords();
  const title = titleOf(alert, alert.condition);
  return (
    <span className={classes.title}>
      {withSeverity && (
        <>
          <SeverityIcon severity={alert.severity} />
          <span className="sr-only">{t(`alerts.severities.${alert.severity}`)}</span>
        </>
      )}
      <span className={`truncate ${classes.titleWords}`} title={[title, alert.subject].filter(Boolean).join(" · ")}>
        {title}
        {alert.subject && <span className={classes.subject}> {alert.subject}</span>}
      </span>
    </span>
  );
}

/** How often it occurred, where that was more than once. */
export function Times({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const format = useFormat();
  const shown = format.number(alert.occurrences);
  if (alert.occurrences < 2) return null;
  const words = t("alerts.timesLong", { count: alert.occurrences, shown });
  return (
    <span className={classes.times} title={words}>
      <span aria-hidden>{t("alerts.times", { shown })}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

/** Whether it goes on, has ended or was cleared. */
export function Phase({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const phase = alert.cleared ? "cleared" : alert.ongoing ? "ongoing" : "ended";
  const tone: Record<typeof phase, Tone> = { ongoing: "running", ended: "good", cleared: "off" };
  return <Status tone={tone[phase]}>{t(`alerts.phase.${phase}`)}</Status>;
}

const silenceIcons = { parent: IconGitBranch, maintenance: IconTool, muted: IconBellOff };

/** Why nobody is notified of it, with the explanation for who points at it. */
export function SilenceMark({ silence, wide }: { silence: AlertSilence | null; wide?: boolean }) {
  const { t } = useTranslation();
  if (!silence) return null;
  const Shape = silenceIcons[silence];
  return (
    <Tooltip label={t(`alerts.silences.${silence}.text`)} multiline maw={300}>
      <span className={classes.silence}>
        <Shape size={14} stroke={1.8} aria-hidden />
        <span className={wide ? undefined : "truncate"}>{t(`alerts.silences.${silence}.name`)}</span>
        <span className="sr-only">. {t(`alerts.silences.${silence}.text`)}</span>
      </span>
    </Tooltip>
  );
}
