/** The session: who is signed in, how they like their console, and when it ends. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";

import { session } from "../api/index.ts";
import { setCsrfToken } from "../api/client.ts";
import type { Session } from "../api/types.ts";
import { enterWall, leaveWall } from "./wallboard.ts";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async () => {
    const answer = await session.get();
    setCsrfToken(answer.csrf_token);
    if (answer.wallboard_only) enterWall();
    return answer;
  },
  staleTime: Infinity,
  retry: false,
});

export function adoptSession(client: QueryClient, opened: Session): void {
  setCsrfToken(opened.csrf_token);
  leaveWall();
  client.clear();
  client.setQueryData(sessionQuery.queryKey, opened);
}

/** Forgets everything that was shown to the person who left. */
export function forgetSession(client: QueryClient): void {
  setCsrfToken(null);
  leaveWall();
  client.clear();
}

/** Where to go after signing in: only to a page of this console. */
export function safeBack(back: string | undefined): string {
  if (!back || !back.startsWith("/") || back.startsWith("//") || back.startsWith("/\\")) return "/";
  if (["/sign-in", "/password", "/second-factor"].some((page) => back.startsWith(page))) return "/";
  return back;
}
