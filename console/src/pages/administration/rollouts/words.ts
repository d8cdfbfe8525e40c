/** The words and tones of roll-outs. */
import { useTranslation } from "react-i18next";

import type { ReleaseSigned, RolloutAgentState, RolloutState } from "../../../api/types.ts";
import type { Tone } from "../../../components/status.tsx";

/** In the order in which an agent meets them; what went wrong last. */
export const agentStates = ["offered", "fetched", "updated", "failed", "reverted", "silent", "refused"] as const;

export const stateTones: Record<RolloutState | RolloutAgentState, Tone> = {
  running: "running",
  paused: "waiting",
  stopped: "broken",
  ended: "off",
  offered: "waiting",
  fetched: "running",
  updated: "good",
  failed: "attention",
  reverted: "attention",
  silent: "attention",
  refused: "broken",
};

export const signatureTones: Record<ReleaseSigned, Tone> = {
  good: "good",
  unchecked: "waiting",
  bad: "broken",
  missing: "broken",
};

/** An agent whose data never changes calls every seven days, and looks at the hour. */
export const heardBy = (since: string) => new Date(Date.parse(since) + (7 * 24 + 1) * 3_600_000).toISOString();

export function useRolloutWords() {
  const { t } = useTranslation();
  return {
    targetOf: (target: string) => t(`updates.targets.${target}`, { defaultValue: target }),
  };
}
