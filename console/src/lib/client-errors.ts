/** Tells the server's log of errors of this console, where the administrator wants that: bounded, gathered, no floods. */
import { platform } from "../api/index.ts";
import type { ClientError } from "../api/types.ts";

/** Most errors that are told in a minute. */
const mostAMinute = 20;
/** Errors are gathered this long, milliseconds. */
const gather = 2000;

let wanted = false;
let waiting: ClientError[] = [];
let timer: number | undefined;
let minute = 0;
let told = 0;
let seen = new Set<string>();

const cut = (text: string, longest: number) => text.slice(0, longest);

/** Whether errors are told; the server's answer about itself says so. */
export function tellErrors(wish: boolean): void {
  wanted = wish;
  if (!wish) waiting = [];
}

/** An error was noticed. */
export function noticed(kind: ClientError["kind"], error: unknown): void {
  if (!wanted) return;
  const now = Math.floor(Date.now() / 60_000);
  if (now !== minute) {
    minute = now;
    told = 0;
    seen = new Set();
  }
  const isError = error instanceof Error;
  const message = cut(isError ? `${error.name}: ${error.message}` : String(error), 1000);
  // The same once a minute: a page that fails at every keystroke says nothing new.
  if (told >= mostAMinute || seen.has(message)) return;
  told += 1;
  seen.add(message);
  const stack = cut(isError ? (error.stack ?? "") : "", 4000);
  // Without what was searched for: it may be a name.
  waiting.push({ kind, message, stack, page: cut(window.location.pathname, 200) });
  timer ??= window.setTimeout(send, gather);
}

function send(): void {
  timer = undefined;
  const entries = waiting.splice(0, mostAMinute);
  // Who cannot tell an error has no one to tell that to.
  if (entries.length > 0) void platform.tellErrors(entries).catch(() => undefined);
}

/** Notices what nobody caught. */
export function noticeErrors(): void {
  window.addEventListener("error", (event) => noticed("error", event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => noticed("rejection", event.reason));
}
