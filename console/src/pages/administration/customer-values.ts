/** The form of a customer as values: what it begins with, what of it is sent, which tags it takes. */
import type { Customer, CustomerChanges, NewCustomer } from "../../api/types.ts";
import { phoneOf } from "../../lib/people.ts";

export interface Values {
  name: string;
  code: string;
  /** Null: nobody chose one. */
  reseller_id: string | null;
  tags: string[];
  phone: string;
  email: string;
  technical_email: string;
  address: string;
  notes: string;
}

/** Longest texts, characters. */
export const longest = { name: 100, code: 20, tag: 30, email: 254, address: 500, notes: 2000 };
/** Most tags of a customer. */
export const mostTags = 5;

export const valuesOf = (customer?: Customer): Values => ({
  name: customer?.name ?? "",
  code: customer?.code ?? "",
  reseller_id: customer?.reseller.id ?? null,
  tags: customer?.tags ?? [],
  phone: customer?.phone ?? "",
  email: customer?.email ?? "",
  technical_email: customer?.technical_email ?? "",
  address: customer?.address ?? "",
  notes: customer?.notes ?? "",
});

export const isCode = (text: string) => /^[a-z0-9]{1,20}$/.test(text);

function typed(values: Values) {
  const { phone, tags, reseller_id, ...texts } = values;
  const trimmed = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.trim()])) as typeof texts;
  return { ...trimmed, phone: phoneOf(phone) ?? phone, tags, reseller_id };
}

/** What makes a customer: what nobody typed is the server's to fill in. */
export function newOf(values: Values): NewCustomer {
  const { name, ...rest } = typed(values);
  const known = Object.entries(rest).filter(([, value]) => value !== null && value.length > 0);
  return { name, ...Object.fromEntries(known) };
}

/** Only what differs from what the customer is. */
export function changesOf(customer: Customer, values: Values): CustomerChanges {
  const now: Record<string, unknown> = typed(values);
  const before: Record<string, unknown> = { ...valuesOf(customer) };
  const changed = Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]));
  return Object.fromEntries(changed);
}

type Tags = { tags: string[] } | { refused: "tooMany" | "tooLong"; tag: string };

/** The tags after some were added: a word that is a tag already, whatever its case, is that tag. */
export function tagsAfter(before: string[], asked: string[], known: string[]): Tags {
  const spelling = new Map(known.map((tag) => [tag.toLowerCase(), tag]));
  const tags = [...new Set(asked.map((tag) => tag.trim()).map((tag) => spelling.get(tag.toLowerCase()) ?? tag))];
  const added = tags.filter((tag) => !before.includes(tag));
  const long = added.find((tag) => [...tag].length > longest.tag);
  if (long !== undefined) return { refused: "tooLong", tag: long };
  if (added.length > 0 && tags.length > mostTags) return { refused: "tooMany", tag: added.at(-1)! };
  return { tags };
}
