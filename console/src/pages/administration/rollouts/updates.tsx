/** Which versions of the agent there are, the one that is rolled out, and how the agents take it. */
import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconRocket } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, rollouts } from "../../../api/index.ts";
import type { Release, Rollout, RolloutChanges } from "../../../api/types.ts";
import { Confirm, type Question } from "../../../components/confirm.tsx";
import { Greyed } from "../../../components/may.tsx";
import { Meter } from "../../../components/meter.tsx";
import { Field, Section } from "../../../components/section.tsx";
import { Failed, Loading, useTold } from "../../../components/states.tsx";
import { Status } from "../../../components/status.tsx";
import { Moment } from "../../../components/time.tsx";
import { done } from "../../../components/toast.ts";
import { useFormat } from "../../../lib/format.ts";
import { useLive } from "../../../lib/live.ts";
import plain from "../../plain.module.css";
import { ShareField, StartDrawer } from "./start-drawer.tsx";
import classes from "./rollouts.module.css";
import { agentStates, heardBy, signatureTones, stateTones, useRolloutWords } from "./words.ts";

const keys = { releases: ["agent-releases"], rollouts: ["rollouts"] } as const;

export function Updates() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [starting, setStarting] = useState<Release | null>(null);
  const releases = useQuery({ queryKey: keys.releases, queryFn: rollouts.releases });
  const all = useQuery({ queryKey: keys.rollouts, queryFn: () => rollouts.list({ limit: 20 }) });
  const renew = async () => {
    await Promise.all(Object.values(keys).map((queryKey) => client.invalidateQueries({ queryKey })));
  };
  useLive(["equipment"], () => void renew());
  const failed = releases.isError ? releases : all;
  if ((releases.isError && !releases.data) || (all.isError && !all.data)) {
    return <Failed error={failed.error} retry={() => void failed.refetch()} />;
  }
  if (!releases.data || !all.data) {
    return (
      <div className={plain.page}>
        <Loading />
      </div>
    );
  }
  const open = all.data.items.find((one) => one.state !== "ended");
  const over = all.data.items.filter((one) => one !== open);
  const older = releases.data.items.find((one) => one.version === open?.version)?.agents;
  return (
    <div className={plain.page}>
      {open && (
        <Section title={t("updates.underWay")} text={t("updates.underWayText")}>
          <UnderWay rollout={open} behind={older?.older} renew={renew} />
        </Section>
      )}
      <Section title={t("updates.versions")} text={t("updates.versionsText")}>
        {releases.data.items.length === 0 ? (
          <p className="muted">{t("updates.noVersions")}</p>
        ) : (
          <ul className={plain.rows}>
            {releases.data.items.map((one) => (
              <VersionLine key={one.version} release={one} open={open} start={() => setStarting(one)} />
            ))}
          </ul>
        )}
        {!releases.data.checked && releases.data.items.length > 0 && (
          <p className={plain.detail}>{t("updates.unchecked")}</p>
        )}
      </Section>
      {over.length > 0 && (
        <Section title={t("updates.over")}>
          <ul className={plain.rows}>
            {over.map((one) => (
              <OverLine key={one.id} rollout={one} />
            ))}
          </ul>
        </Section>
      )}
      <StartDrawer release={starting} close={() => setStarting(null)} started={renew} />
    </div>
  );
}

function VersionLine({ release, open, start }: { release: Release; open: Rollout | undefined; start: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { targetOf } = useRolloutWords();
  const bad = release.files.some((file) => file.signed === "bad" || file.signed === "missing");
  const why = bad
    ? t("updates.notSigned")
    : open
      ? t("updates.oneAtATime", { version: open.version })
      : release.agents.older === 0
        ? t("updates.nobodyOlder")
        : undefined;
  return (
    <li className={plain.row}>
      <div className={plain.words}>
        <span className={plain.name}>
          {release.version}
          <span className={plain.detail}>{t("updates.older", { count: release.agents.older })}</span>
        </span>
        {release.files.map((file) => (
          <span key={file.name} className={classes.file}>
            <span className={plain.detail}>
              {targetOf(file.target)} · {format.bytes(file.size)}
            </span>
            <Status tone={signatureTones[file.signed]}>{t(`updates.signed.${file.signed}`)}</Status>
          </span>
        ))}
      </div>
      <div className={plain.actions}>
        <Greyed why={why}>
          <Button
            variant="default"
            leftSection={<IconRocket size={14} stroke={1.6} />}
            onClick={start}
            aria-label={t("updates.startNamed", { version: release.version })}
          >
            {t("updates.start")}
          </Button>
        </Greyed>
      </div>
    </li>
  );
}

interface UnderWayProps {
  rollout: Rollout;
  /** How many agents of these kinds are older than the version; unknown where its files are gone. */
  behind: number | undefined;
  renew: () => Promise<void>;
}

function UnderWay({ rollout, behind, renew }: UnderWayProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const told = useTold();
  const [question, setQuestion] = useState<Question | null>(null);
  const [share, setShare] = useState(rollout.share);
  const { counts } = rollout;
  const all = counts.updated + (behind ?? 0);
  const change = async (changes: RolloutChanges, words: string) => {
    await told(() => rollouts.change(rollout.id, changes));
    await renew();
    done(words);
  };
  const run = (changes: RolloutChanges, words: string) => void change(changes, words).catch(() => undefined);
  const ask = (title: string, text: string, action: string, changes: RolloutChanges, words: string) =>
    setQuestion({
      title,
      text,
      action,
      call: () => calls.changeRollout(rollout.id, changes),
      run: async () => {
        await rollouts.change(rollout.id, changes);
        await renew();
        done(words);
      },
    });
  const { version } = rollout;
  return (
    <>
      <div className={classes.head}>
        <span className={classes.version}>{version}</span>
        <Status tone={stateTones[rollout.state]}>{t(`updates.states.${rollout.state}`)}</Status>
        <span className={plain.detail}>
          {t("updates.startedBy", { name: rollout.created_by })} · <Moment at={rollout.created_at} />
        </span>
      </div>
      {rollout.stopped_by && (
        <p className={plain.problem} role="alert">
          {t(`updates.stoppedBy.${rollout.stopped_by}`)}
        </p>
      )}
      {all > 0 && (
        <div className={classes.progress}>
          <Meter share={counts.updated / all} label={t("updates.progress", { updated: counts.updated, all })} />
          <span className={plain.detail}>
            {t("updates.progress", { updated: format.number(counts.updated), all: format.number(all) })}
          </span>
        </div>
      )}
      <ul className={classes.counts}>
        {agentStates.map((state) => (
          <li key={state}>
            <Link
              to="."
              search={{ tab: "updates", rollout: rollout.id, state }}
              data-tone={counts[state] > 0 ? stateTones[state] : undefined}
            >
              <strong className="num">{format.number(counts[state])}</strong>
              <span>{t(`updates.agentStates.${state}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <Field label={t("updates.share")} hint={t("updates.shareHint", { share: rollout.share })}>
        <div className={plain.actions}>
          <ShareField value={share} change={setShare} />
          <Greyed why={share === rollout.share ? t("updates.sameShare") : undefined}>
            <Button variant="default" onClick={() => run({ share }, t("updates.shareChanged", { share }))}>
              {t("updates.changeShare")}
            </Button>
          </Greyed>
        </div>
      </Field>
      <p className={plain.detail}>
        {t("updates.heardBy", { when: format.dateTime(heardBy(rollout.changed_at)) })}{" "}
        {t("updates.pace", { spread: rollout.spread_minutes, within: rollout.report_within_minutes })}
      </p>
      <div className={plain.actions}>
        {rollout.state === "running" ? (
          <Button
            variant="default"
            leftSection={<IconPlayerPause size={14} stroke={1.6} />}
            onClick={() => run({ state: "paused" }, t("updates.paused", { version }))}
          >
            {t("updates.pause")}
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<IconPlayerPlay size={14} stroke={1.6} />}
            onClick={() =>
              rollout.state === "stopped"
                ? ask(
                    t("updates.goOnTitle"),
                    t("updates.goOnText", { version }),
                    t("updates.goOn"),
                    { state: "running" },
                    t("updates.goesOn", { version }),
                  )
                : run({ state: "running" }, t("updates.goesOn", { version }))
            }
          >
            {t("updates.goOn")}
          </Button>
        )}
        <Button
          variant="default"
          onClick={() =>
            ask(
              t("updates.endTitle"),
              t("updates.endText", { version }),
              t("updates.end"),
              { state: "ended" },
              t("updates.ended", { version }),
            )
          }
        >
          {t("updates.end")}
        </Button>
      </div>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function OverLine({ rollout }: { rollout: Rollout }) {
  const { t } = useTranslation();
  const { counts } = rollout;
  const failing = counts.refused + counts.reverted + counts.silent + counts.failed;
  return (
    <li className={plain.row}>
      <div className={plain.words}>
        <span className={plain.name}>
          <Link to="." search={{ tab: "updates", rollout: rollout.id }}>
            {rollout.version}
          </Link>
        </span>
        <span className={plain.detail}>
          {t("updates.overCounts", { updated: counts.updated, failing })} · <Moment at={rollout.created_at} />
        </span>
      </div>
    </li>
  );
}
