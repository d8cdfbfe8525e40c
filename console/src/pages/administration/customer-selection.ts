/** What is chosen in the list of customers: the rows themselves, however they were chosen, and in portions for the server. */
import { customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { matching } from "../../components/data-list/selection.ts";
import type { Selection } from "../../components/data-list/types.ts";

/** Most customers that something is done with at once: each of them is looked at first. */
export const mostChosen = 1000;

/** The chosen rows; where everything that matches is meant, they are fetched. */
export async function rowsOf({ rows, target }: Pick<Selection<Customer>, "rows" | "target">): Promise<Customer[]> {
  if ("ids" in target) return rows;
  return matching(customers.list, target.all, mostChosen);
}

/** So many at a time, as the server takes them. */
export function portions<T>(items: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
