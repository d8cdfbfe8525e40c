/** What an entry of the audit trail says beyond who did what: changes of fields, and the rest as it was recorded. */
export interface FieldChange {
  field: string;
  was: unknown;
  is: unknown;
}
export interface Detail {
  changes: FieldChange[];
  /** What is no change of a field. */
  rest: [name: string, value: unknown][];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `{"field": [was, is]}` is a change; so is `{"was": …, "is": …}`, of the whole. Anything else stays what it is. */
export function readDetail(detail: unknown): Detail {
  if (!isObject(detail)) {
    const nothing = detail === null || detail === undefined || detail === "";
    return { changes: [], rest: nothing ? [] : [["", detail]] };
  }
  if ("was" in detail && "is" in detail) {
    const { was, is, ...others } = detail;
    return { changes: [{ field: "", was, is }], rest: Object.entries(others) };
  }
  const changes: FieldChange[] = [];
  const rest: [string, unknown][] = [];
  for (const [field, value] of Object.entries(detail)) {
    if (Array.isArray(value) && value.length === 2 && !lists.has(field))
      changes.push({ field, was: value[0], is: value[1] });
    else if (isObject(value) && "before" in value && "after" in value)
      changes.push({ field, was: value.before, is: value.after });
    else rest.push([field, value]);
  }
  return { changes, rest };
}

/** Lists that can happen to have two entries. */
const lists = new Set(["added", "removed", "ids", "labels", "users", "fields"]);

/** A value as a person reads it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  if (isObject(value)) {
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${valueText(inner)}`)
      .join(", ");
  }
  return String(value as string | number | boolean);
}
