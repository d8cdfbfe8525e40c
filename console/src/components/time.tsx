/** A moment: how long ago, and exactly when on hover. */
import { useEffect, useState } from "react";

import { useFormat } from "../lib/format.ts";

const listeners = new Set<() => void>();
let timer: number | undefined;

/** The present, renewed every 20 seconds for all that show how long ago something was. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const listener = () => setNow(Date.now());
    listeners.add(listener);
    timer ??= window.setInterval(() => listeners.forEach((each) => each()), 20_000);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        window.clearInterval(timer);
        timer = undefined;
      }
    };
  }, []);
  return now;
}

export function Ago({ at, never = "—" }: { at: string | null | undefined; never?: string }) {
  const format = useFormat();
  const now = useNow();
  if (!at) return <span className="muted">{never}</span>;
  return (
    <time dateTime={at} title={format.dateTime(at)} className="num">
      {format.relative(at, now)}
    </time>
  );
}

export function Moment({ at }: { at: string | null | undefined }) {
  const format = useFormat();
  const now = useNow();
  if (!at) return <span className="muted">—</span>;
  return (
    <time dateTime={at} title={format.relative(at, now)} className="num">
      {format.dateTime(at)}
    </time>
  );
}
