/** A state is a shape, a word and a colour: never a colour alone. */
import type { ReactNode } from "react";

import classes from "./status.module.css";

export type Tone = "good" | "attention" | "broken" | "waiting" | "running" | "off";

const shapes: Record<Tone, ReactNode> = {
  good: <circle cx="5" cy="5" r="4" />,
  attention: <path d="M5 .9 9.6 9H.4z" />,
  broken: <rect x="1" y="1" width="8" height="8" />,
  waiting: <circle cx="5" cy="5" r="3.6" fill="none" strokeWidth="1.4" strokeDasharray="2 1.4" stroke="currentColor" />,
  running: (
    <path
      d="M8.4 5A3.4 3.4 0 1 1 7 2.2M7 .4v2.2H4.9"
      fill="none"
      strokeWidth="1.4"
      stroke="currentColor"
      strokeLinecap="round"
    />
  ),
  off: <circle cx="5" cy="5" r="3.4" fill="none" strokeWidth="1.4" stroke="currentColor" />,
};

export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg className={classes.shape} data-tone={tone} viewBox="0 0 10 10" aria-hidden focusable="false">
      {shapes[tone]}
    </svg>
  );
}

export function Status({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={classes.status} data-tone={tone} title={title}>
      <Shape tone={tone} />
      <span className="truncate">{children}</span>
    </span>
  );
}

/** The same, framed: for what stands beside a name and wants to be seen. */
export function Flag({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={classes.flag} data-tone={tone} title={title}>
      <Shape tone={tone} />
      <span className="truncate">{children}</span>
    </span>
  );
}
