/** Keys that work on every page: the palette, the search field, `g` and a letter, the list of keys. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { isTyping } from "../../lib/keys.ts";
import { usePlaces } from "./rail.tsx";

export function useShellKeys(open: { openPalette: () => void; openKeys: () => void }): void {
  const navigate = useNavigate();
  const byKey = new Map(
    usePlaces()
      .flatMap((group) => group.places)
      .map((place) => [place.key, place.to]),
  );
  const latest = useRef({ ...open, byKey });
  useEffect(() => {
    latest.current = { ...open, byKey };
  });
  useEffect(() => {
    let goingSince = 0;
    const listener = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"]')) return;
      if (Date.now() - goingSince < 1500) {
        goingSince = 0;
        const to = latest.current.byKey.get(event.key);
        if (to) {
          event.preventDefault();
          event.stopImmediatePropagation();
          void navigate({ to });
        }
        return;
      }
      if (event.key === "g") goingSince = Date.now();
      else if (event.key === "/") {
        event.preventDefault();
        const field = document.querySelector<HTMLInputElement>("[data-list-search]");
        if (field) field.focus();
        else latest.current.openPalette();
      } else if (event.key === "?") {
        event.preventDefault();
        latest.current.openKeys();
      }
    };
    // Before the page's own keys: the letter after `g` is not theirs.
    document.addEventListener("keydown", listener, true);
    return () => document.removeEventListener("keydown", listener, true);
  }, [navigate]);
}
