/** Which column becomes which field, while a person decides it. */
import type { Import, ImportOptions, ImportPreview } from "../../api/types.ts";

/** The fields that a column may become, in the order of the choice; `custom` has a name of its own. */
export const fields = [
  "name",
  "type",
  "status",
  "customer",
  "manufacturer",
  "model",
  "serial",
  "uuid",
  "asset_number",
  "location",
  "person",
  "purchase_date",
  "warranty_end",
  "supplier",
  "notes",
] as const;

/** What each column becomes; an absent one is left out. */
export type Mapping = Record<string, string>;

const custom = "custom:";

export const isCustom = (field: string | undefined) => field?.startsWith(custom) ?? false;
export const customField = (name: string) => custom + name;
export const customName = (field: string) => field.slice(custom.length);

/** As it was decided, where the file has the same columns still; else as the headers are recognised. */
export function firstMapping(one: Import, preview: ImportPreview): Mapping {
  const decided = one.options.mapping;
  const fits = decided && Object.keys(decided).every((name) => preview.columns.some((column) => column.name === name));
  const pairs = fits
    ? Object.entries(decided)
    : preview.columns.map((column): [string, string | null | undefined] => [column.name, column.field]);
  return Object.fromEntries(pairs.flatMap(([name, field]) => (field ? [[name, field]] : [])));
}

export type Fault = "twice" | "needCustomName";

/** What is wrong with which column. */
export function faults(mapping: Mapping): Record<string, Fault> {
  const found: Record<string, Fault> = {};
  const seen = new Set<string>();
  for (const [column, field] of Object.entries(mapping)) {
    if (isCustom(field) && customName(field).trim() === "") found[column] = "needCustomName";
    else if (seen.has(field)) found[column] = "twice";
    seen.add(field);
  }
  return found;
}

/** Values of a column that are not empty, at most three. */
export function samples(preview: ImportPreview, column: number): string[] {
  return [...new Set(preview.rows.map((row) => row[column] ?? "").filter(Boolean))].slice(0, 3);
}

/** What is sent: a choice that was not made is left to the server. */
export function optionsOf(options: Omit<ImportOptions, "mapping">, mapping: Mapping): ImportOptions {
  return { ...options, mapping };
}
