/** One way to the server: adds what a session needs, turns problem documents into errors, notices a session's end. */
import { isUnattended } from "../lib/activity.ts";

/** An answer that says no (RFC 9457). The console decides by `code` alone. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | null;
  readonly errors: FieldError[];
  /** When the server wants to be asked again, seconds. */
  readonly retryAfter: number | null;
  /** Further members of some codes, such as `ticket`. */
  readonly more: Record<string, unknown>;

  constructor(status: number, body: ProblemBody, retryAfter: number | null = null) {
    super(body.title ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? (status === 0 ? "unreachable" : `http-${status}`);
    this.title = body.title ?? "";
    this.detail = body.detail ?? null;
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
    this.more = { ...body };
  }

  /** Whether asking again could help. */
  get retriable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface FieldError {
  field: string;
  code: string;
  detail?: string | null;
}

interface ProblemBody {
  title?: string;
  detail?: string | null;
  code?: string;
  errors?: FieldError[] | null;
}

export type Query = Record<string, string | number | boolean | undefined | null>;

export const base = "/api/v1";

let csrfToken: string | null = null;
let onSignedOut: (problem: Problem) => void = () => undefined;

/** The token that every write of this session carries. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

let onRefused: () => void = () => undefined;

/** Called when the role does not allow something: it may be another one than a moment ago. */
export function whenRefused(listener: () => void): void {
  onRefused = listener;
}

/** Called when the server no longer knows the session, wants a new password first, or only feeds a wallboard. */
export function whenSignedOut(listener: (problem: Problem) => void): void {
  onSignedOut = listener;
}

/** Refusals that concern the whole session, not one request. */
const endsSession = new Set([
  "sign-in-required",
  "password-change-required",
  "second-factor-enrolment-required",
  "wallboard-only",
]);

/** The path with its query; empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return base + path + (text ? `?${text}` : "");
}

interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** A refusal for want of a session is an answer, not the end of one. */
  quiet?: boolean;
  /** The page asks by itself: that does not keep an idle session alive. */
  background?: boolean;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body instanceof Blob) {
    headers["content-type"] = "application/octet-stream";
    body = options.body;
  } else if (options.body !== undefined) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  if (options.background) headers["x-vigie-background"] = "1";
  if (method !== "GET" && csrfToken) headers["x-csrf-token"] = csrfToken;
  // What a page asks by itself, with nobody at it, must not keep a session alive.
  if (method === "GET" && isUnattended()) headers["x-vigie-background"] = "1";

  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers,
      body,
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, {});
  }
  if (response.ok) {
    if (response.status === 204) return undefined as T;
    return (await response.json()) as T;
  }
  // Seconds; a date, the header's other form, is not used by this server.
  const after = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const problem = new Problem(response.status, await problemBody(response), Number.isNaN(after) ? null : after);
  if (endsSession.has(problem.code) && !options.quiet) onSignedOut(problem);
  if (problem.code === "not-allowed") onRefused();
  throw problem;
}

async function problemBody(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return {};
  }
}

/** How long to wait before asking again, milliseconds: what the server said, up to half a minute, else longer each time. */
export function pause(attempt: number, error: unknown): number {
  const said = error instanceof Problem ? error.retryAfter : null;
  return said === null ? 1000 * 2 ** attempt : Math.min(Math.max(said, 1), 30) * 1000;
}

/** A request as plain data: what is sent, and what *copy as curl* writes. */
export interface Call {
  method: string;
  path: string;
  query?: Query;
  body?: unknown;
}

export const send = <T>(call: Call) => request<T>(call.method, call.path, { query: call.query, body: call.body });
export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>("GET", path, { query, signal });
export const post = <T>(path: string, body?: unknown) => request<T>("POST", path, { body });
export const patch = <T>(path: string, body: unknown) => request<T>("PATCH", path, { body });
export const put = <T>(path: string, body: unknown) => request<T>("PUT", path, { body });
export const del = <T = undefined>(path: string) => request<T>("DELETE", path);

/** The same request for a shell: the token is the reader's own. */
export function curl({ method, path, query, body }: Call): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const parts = ["curl", "--fail", "-H", `"Authorization: Bearer $VIGIE_TOKEN"`];
  if (method !== "GET") parts.push("-X", method);
  if (body !== undefined) {
    parts.push("-H", quote("Content-Type: application/json"), "-d", quote(JSON.stringify(body)));
  }
  parts.push(quote(window.location.origin + address(path, query)));
  return parts.join(" ");
}
