/** Starts a roll-out: to how many agents, and at which pace. */
import { Button, NumberInput, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, rollouts } from "../../../api/index.ts";
import type { Release } from "../../../api/types.ts";
import { CopyCurl } from "../../../components/copy-curl.tsx";
import { FormDrawer } from "../../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../../components/saving.tsx";
import { Field } from "../../../components/section.tsx";
import { done } from "../../../components/toast.ts";
import { useFormat } from "../../../lib/format.ts";
import plain from "../../plain.module.css";

const shares = [1, 5, 10, 25, 50, 100];

/** Hundredths of the agents: the usual steps, and what it is now where that is another. */
export function ShareField({ value, change }: { value: number; change: (value: number) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const all = shares.includes(value) ? shares : [...shares, value].sort((a, b) => a - b);
  return (
    <SegmentedControl
      size="xs"
      aria-label={t("updates.share")}
      value={String(value)}
      onChange={(one) => change(Number(one))}
      data={all.map((one) => ({
        value: String(one),
        label: one === 100 ? t("updates.everyone") : format.percent(one / 100),
      }))}
    />
  );
}

interface Props {
  release: Release | null;
  close: () => void;
  started: () => Promise<void>;
}

export function StartDrawer({ release, close, started }: Props) {
  const { t } = useTranslation();
  return (
    <FormDrawer opened={release !== null} close={close} title={t("updates.startTitle", { version: release?.version })}>
      {release && <StartForm release={release} close={close} started={started} />}
    </FormDrawer>
  );
}

function StartForm({ release, close, started }: Props & { release: Release }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [share, setShare] = useState(10);
  const [spread, setSpread] = useState(30);
  const [within, setWithin] = useState(30);
  const { busy, problem, save } = useSaving();
  const body = { version: release.version, share, spread_minutes: spread, report_within_minutes: within };
  const store = async () => {
    await rollouts.start(body);
    await started();
    done(t("updates.started", { version: release.version }));
    close();
  };
  const about = Math.max(1, Math.round((release.agents.older * share) / 100));
  return (
    <form
      className={plain.form}
      onSubmit={(event) => {
        event.preventDefault();
        void save(store);
      }}
    >
      <Field label={t("updates.share")} hint={t("updates.about", { count: about, number: format.number(about) })}>
        <ShareField value={share} change={setShare} />
      </Field>
      <NumberInput
        label={t("updates.spread")}
        description={t("updates.spreadHint")}
        suffix={` ${t("updates.minutes")}`}
        min={0}
        max={60}
        clampBehavior="strict"
        value={spread}
        onChange={(value) => setSpread(Number(value) || 0)}
      />
      <NumberInput
        label={t("updates.within")}
        description={t("updates.withinHint")}
        suffix={` ${t("updates.minutes")}`}
        min={1}
        max={1440}
        clampBehavior="strict"
        value={within}
        onChange={(value) => setWithin(Number(value) || 1)}
      />
      <p className={plain.detail}>{t("updates.stopsByItself")}</p>
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("updates.startNow")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl call={() => calls.startRollout(body)} />
      </div>
    </form>
  );
}
