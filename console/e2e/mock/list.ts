/** Paging, sorting and searching as the server does them: cursor of its own making, total given up above 10,000. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    title: string,
    readonly errors?: { field: string; code: string; detail: string }[],
    readonly detail?: string,
  ) {
    super(title);
  }
}

type Row = Record<string, unknown>;

const text = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return text((value as Row).name);
  return String(value);
};

export function page<T extends object>(
  rows: T[],
  query: URLSearchParams,
  options: { search?: (row: T) => (string | null | undefined)[]; sortable?: string[]; defaultSort?: string } = {},
) {
  const limit = Number(query.get("limit") ?? 50);
  if (!(limit >= 1 && limit <= 200)) throw new Refusal(422, "value-invalid", "limit is 1 to 200.");
  let found = rows;
  const q = query.get("q")?.trim().toLowerCase();
  if (q && options.search) {
    found = found.filter((row) => options.search!(row).some((value) => value?.toLowerCase().includes(q)));
  }
  const sort = query.get("sort") ?? options.defaultSort;
  if (sort) {
    const descending = sort.startsWith("-");
    const key = descending ? sort.slice(1) : sort;
    if (options.sortable && !options.sortable.includes(key))
      throw new Refusal(422, "value-invalid", `Cannot sort by ${key}.`);
    const value = (row: T) => (row as Row)[key];
    const sign = descending ? -1 : 1;
    found = [...found].sort((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (typeof left === "number" && typeof right === "number") return sign * (left - right);
      const [l, r] = [text(left), text(right)];
      return sign * (l < r ? -1 : l > r ? 1 : 0);
    });
  }
  const start = query.get("cursor") ? Number(Buffer.from(query.get("cursor")!, "base64url").toString()) : 0;
  if (Number.isNaN(start)) throw new Refusal(400, "cursor-invalid", "The cursor does not belong to this list.");
  const next = start + limit < found.length ? Buffer.from(String(start + limit)).toString("base64url") : null;
  return {
    items: found.slice(start, start + limit),
    next_cursor: next,
    total: Math.min(found.length, 10_000),
    total_is_minimum: found.length > 10_000,
  };
}
