/**
 * Ends the session of someone who has left: what the page fetches by itself must not keep a session alive. All tabs share
 * the moment of the last input.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

import { session } from "../../api/index.ts";
import { forgetSession } from "../../lib/session.ts";
import { enterWall } from "../../lib/wallboard.ts";
import { remember, remembered } from "../../lib/storage.ts";

/** `wallboard`: this person's session does not end, it becomes a display that only updates. */
export function useIdle(minutes: number | undefined, wallboard: boolean): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  useEffect(() => {
    if (!minutes) return undefined;
    let noted = 0;
    const note = () => {
      const now = Date.now();
      if (now - noted < 5000) return;
      noted = now;
      remember("active", String(now));
    };
    note();
    const inputs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
    for (const input of inputs) window.addEventListener(input, note, { passive: true });
    const timer = window.setInterval(() => {
      const last = Math.max(noted, Number(remembered("active") ?? 0));
      if (Date.now() - last < minutes * 60_000) return;
      if (wallboard) {
        enterWall();
        return;
      }
      const back = router.state.location.href;
      void session
        .close()
        .catch(() => undefined)
        .then(() => navigate({ to: "/sign-in", search: { back, why: "idle" }, ignoreBlocker: true }))
        .then(() => forgetSession(client));
    }, 10_000);
    return () => {
      for (const input of inputs) window.removeEventListener(input, note);
      window.clearInterval(timer);
    };
  }, [minutes, wallboard, client, navigate, router]);
}
