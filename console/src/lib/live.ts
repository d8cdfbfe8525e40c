/** Follows the server's events: what changed, by topic. One stream for the whole console. */
import { useEffect, useRef } from "react";

import { base } from "../api/client.ts";

const topics = [
  "pending",
  "equipment",
  "software",
  "notifications",
  "exports",
  "imports",
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

/** Shortest time from a change to the look at it: several changes often come together. */
const shortest = 150;

/**
 * Does something after it was poked: at most once in `every` milliseconds, not while the page is hidden, and one at a
 * time, so that an answer that takes longer than the pace is still used. What was poked meanwhile is looked at after it.
 */
export function paced(work: () => unknown, every: number): { poke: () => void; end: () => void } {
  let timer: number | undefined;
  let last = 0;
  const now = { busy: false, missed: false, ended: false };
  const run = async () => {
    timer = undefined;
    if (document.hidden) {
      timer = window.setTimeout(() => void run(), every);
      return;
    }
    last = Date.now();
    now.busy = true;
    try {
      await work();
    } catch {
      // Whoever works tells what went wrong.
    }
    now.busy = false;
    if (now.missed) poke();
  };
  const poke = () => {
    now.missed = now.busy;
    if (now.busy || now.ended || timer !== undefined) return;
    timer = window.setTimeout(() => void run(), Math.max(shortest, last + every - Date.now()));
  };
  const end = () => {
    now.ended = true;
    window.clearTimeout(timer);
  };
  return { poke, end };
}

/** Calls back when one of the topics changed, as {@link paced} does. A callback that answers a promise is waited for. */
export function useLive(about: Topic[], callback: () => unknown, every = 3000): void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  const key = about.join();
  useEffect(() => {
    if (key === "") return undefined;
    const wanted = new Set(key.split(","));
    const { poke, end } = paced(() => latest.current(), every);
    const listener: Listener = (changed) => {
      if (changed.some((topic) => wanted.has(topic))) poke();
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      end();
    };
  }, [key, every]);
}
