/** What is done with rows, done with other rows than those that were selected in the list: with one, with all that match. */
import type { Query } from "../../api/client.ts";
import type { Page } from "../../api/index.ts";
import type { Selection } from "./types.ts";

/** One row alone. */
export const one = <T extends { id: string }>(row: T): Selection<T> => ({
  count: 1,
  countIsMinimum: false,
  rows: [row],
  all: false,
  target: { ids: [row.id] },
  clear: () => undefined,
});

/** The rows that match, page by page; at most so many. */
export async function matching<T>(load: (query: Query) => Promise<Page<T>>, filter: Query, most = Infinity) {
  const found: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await load({ ...filter, limit: 200, cursor });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && found.length < most);
  return found.slice(0, most);
}
