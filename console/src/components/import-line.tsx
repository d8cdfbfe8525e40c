import { Progress } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Import } from "../api/types.ts";
import { useFormat } from "../lib/format.ts";
import classes from "./export-line.module.css";
import { Status, type Tone } from "./status.tsx";
import { Ago } from "./time.tsx";

/** Whether the server is at it. */
export const goesOn = (one: Import) => one.state === "waiting" || one.state === "running" || one.state === "undoing";

const tones: Record<Import["state"], Tone> = {
  draft: "waiting",
  waiting: "waiting",
  running: "running",
  done: "good",
  failed: "broken",
  undoing: "running",
  undone: "off",
};

/** Where an import stands, in a word. */
export function ImportStatus({ one }: { one: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  const word =
    one.dry_run && one.state === "done"
      ? t("imports.checked")
      : one.dry_run && one.state === "running"
        ? t("imports.checking")
        : t(`imports.states.${one.state}`);
  return (
    <Status tone={tones[one.state]}>
      {word}
      {goesOn(one) && one.state !== "waiting" && ` · ${format.percent(one.percent / 100)}`}
    </Status>
  );
}

/** An import in a list: what it is, how far it is, and the way to its page. */
export function ImportLine({ one, compact, followed }: { one: Import; compact?: boolean; followed?: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const done = (["created", "changed", "refused"] as const).filter((kind) => one[kind] > 0);
  return (
    <li className={classes.line} data-compact={compact}>
      <div className={classes.body}>
        <div className={classes.name}>
          <Link to="/imports/$id" params={{ id: one.id }} onClick={followed} className="truncate" title={one.file_name}>
            {one.file_name}
          </Link>
          <span className={classes.format}>{t(`imports.formats.${one.format}`)}</span>
        </div>
        <div className={classes.detail}>
          <ImportStatus one={one} />
          <span className={classes.when}>
            <Ago at={one.created_at} />
          </span>
        </div>
        {!compact && (
          <div className={classes.detail}>
            <span>
              {done
                .map(
                  (kind) => `${t(`imports.${one.dry_run ? "would" : "counts"}.${kind}`)} ${format.number(one[kind])}`,
                )
                .join(" · ")}
            </span>
            <span className={classes.when}>{one.created_by}</span>
          </div>
        )}
        {goesOn(one) && <Progress size={3} mt={4} value={one.percent} aria-label={one.file_name} />}
      </div>
    </li>
  );
}
