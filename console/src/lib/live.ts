/** Follows the server's events: what changed, by topic. One stream for the whole console. */
import { useEffect, useRef } from "react";

import { base } from "../api/client.ts";

const topics = [
  "pending",
  "equipment",
  "software",
  "notifications",
  "exports",
  "certificates",
  "platform",
  "systems",
  "alerts",
] as const;
export type Topic = (typeof topics)[number];
type Listener = (topics: readonly Topic[]) => void;

const listeners = new Set<Listener>();
let source: EventSource | null = null;

function tell(changed: readonly Topic[]): void {
  for (const listener of [...listeners]) listener(changed);
}

/** Opens the stream; the browser reconnects by itself. Returns how to close it. */
export function followEvents(): () => void {
  if (typeof EventSource === "undefined") return () => undefined;
  let lost = false;
  source = new EventSource(`${base}/events`);
  source.addEventListener("changed", (event) => {
    try {
      const data = JSON.parse((event as MessageEvent<string>).data) as { topics?: Topic[] };
      tell(data.topics ?? []);
    } catch {
      // A message we cannot read tells us nothing.
    }
  });
  source.addEventListener("error", () => {
    lost = true;
  });
  source.addEventListener("open", () => {
    // What happened while we were away is not told again.
    if (lost) tell(topics);
    lost = false;
  });
  return () => {
    source?.close();
    source = null;
  };
}

/** Calls back when one of the topics changed, at most once in `every` milliseconds, and not while the page is hidden. */
export function useLive(about: Topic[], callback: () => void, every = 3000): void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  const key = about.join();
  useEffect(() => {
    if (key === "") return undefined;
    const wanted = new Set(key.split(","));
    let timer: number | undefined;
    let last = 0;
    const run = () => {
      timer = undefined;
      if (document.hidden) {
        timer = window.setTimeout(run, every);
        return;
      }
      last = Date.now();
      latest.current();
    };
    const listener: Listener = (changed) => {
      if (timer !== undefined || !changed.some((topic) => wanted.has(topic))) return;
      timer = window.setTimeout(run, Math.max(150, last + every - Date.now()));
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      window.clearTimeout(timer);
    };
  }, [key, every]);
}
