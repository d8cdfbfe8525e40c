/** Whether this window is a wallboard: entered by hand, or because nobody was there for too long. A reload keeps it. */
import { useSyncExternalStore } from "react";

import { setOnWall } from "./activity.ts";

const key = "vigie.wall";
const listeners = new Set<() => void>();

function read(): boolean {
  try {
    return sessionStorage.getItem(key) === "1";
  } catch {
    return false;
  }
}

let wall = read();
setOnWall(wall);

function set(now: boolean): void {
  wall = now;
  setOnWall(now);
  try {
    if (now) sessionStorage.setItem(key, "1");
    else sessionStorage.removeItem(key);
  } catch {
    // Without storage a reload forgets it; the server does not.
  }
  for (const listener of [...listeners]) listener();
}

export const enterWall = () => set(true);
export const leaveWall = () => set(false);

export function useWall(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wall,
  );
}
