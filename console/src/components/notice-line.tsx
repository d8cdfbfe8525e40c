import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Notice, PolicyAction } from "../api/types.ts";
import { useMay } from "../lib/permissions.ts";
import classes from "./notice-line.module.css";
import { Shape, type Tone } from "./status.tsx";
import { Ago } from "./time.tsx";

/** What each is about, where it leads, and what a role needs to go there. */
const kinds: Record<string, { tone: Tone; link: (notice: Notice) => LinkProps; needs?: PolicyAction }> = {
  "pending-equipment": { tone: "waiting", link: () => ({ to: "/pending" }) },
  clone: { tone: "attention", link: () => ({ to: "/equipment", search: { clone: "true" } }) },
  backup: { tone: "broken", link: () => ({ to: "/administration/platform" }), needs: "preferences.manage" },
  certificate: {
    tone: "attention",
    link: () => ({ to: "/administration/certificate" }),
    needs: "preferences.manage",
  },
  "agent-update": {
    tone: "broken",
    link: () => ({ to: "/configuration/agents", search: { tab: "updates" } }),
    needs: "agents.manage",
  },
  export: { tone: "good", link: () => ({ to: "/exports" }) },
};

/** One notification in words, with the way to what it is about. */
export function NoticeLine({ notice, followed }: { notice: Notice; followed?: () => void }) {
  const { t } = useTranslation();
  const kind = kinds[notice.kind];
  const opens = useMay(kind?.needs ?? "equipment.see").may;
  const event = typeof notice.data.event === "string" ? `-${notice.data.event}` : "";
  // One notification stands for several of its kind until it is read.
  const days = notice.data["days_left"];
  const count = typeof days === "number" ? days : notice.count;
  const words = t(`shell.notices.${notice.kind}${event}`, {
    count,
    name: typeof notice.data.name === "string" ? notice.data.name : "",
    version: typeof notice.data.version === "string" ? notice.data.version : "",
    defaultValue: t("shell.notices.other", { kind: notice.kind }),
  });
  return (
    <li className={classes.line} data-unread={!notice.read_at || undefined}>
      <span className={classes.shape}>
        <Shape tone={kind?.tone ?? "waiting"} />
      </span>
      <span className={classes.words}>
        {kind && opens ? (
          <Link {...kind.link(notice)} onClick={followed} className={classes.link}>
            {words}
          </Link>
        ) : (
          words
        )}
        {!notice.read_at && <span className="sr-only"> ({t("shell.bell.new")})</span>}
      </span>
      <span className={classes.when}>
        <Ago at={notice.at} />
      </span>
    </li>
  );
}
