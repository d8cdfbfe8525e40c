/** What a view keeps of a list's address: filters, words, order and columns, not which page or row one looks at. */
import type { Search } from "../../router.tsx";

/** The chosen customer stays chosen from view to view; the others say where in the list one is. */
const notKept = new Set(["customer_id", "view", "tab", "cursor", "page", "new", "ask", "back"]);

/** The same for the same view, in whatever order the address has it. */
export function queryOf(search: Search, previewParam: string): string {
  const kept = Object.entries(search).filter(
    (entry): entry is [string, string] => !notKept.has(entry[0]) && entry[0] !== previewParam && Boolean(entry[1]),
  );
  return new URLSearchParams(kept.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

export const searchOf = (query: string): Search => Object.fromEntries(new URLSearchParams(query));
