/** What the mock knows of customers beside their names, and what the server checks when it is typed. */
import { phoneOf } from "../../src/lib/people.ts";
import type * as T from "../../src/api/types.ts";
import { Refusal } from "./list.ts";

export interface CustomerFields {
  code: string;
  phone: string;
  email: string;
  technical_email: string;
  address: string;
  notes: string;
  tags: string[];
}

const invalid = (field: string, detail: string) =>
  new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);

/** Letters and digits of a name. */
export const codeOf = (name: string) =>
  name
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .slice(0, 20) || "customer";

/** What there is of the customers that the mock begins with. */
export function firstFields(name: string, index: number): CustomerFields {
  const code = codeOf(name);
  const written = index === 1 || index === 3;
  return {
    code,
    phone: written ? `+3324000000${index}` : "",
    email: written ? `contact@${code}.example.com` : "",
    technical_email: written ? `informatique@${code}.example.com` : "",
    address: index === 1 ? "12 rue des Tanneurs\n44000 Nantes" : "",
    notes: "",
    tags: [[1, 2, 4, 6].includes(index) ? "contrat-or" : "", [4, 9].includes(index) ? "hôtellerie" : ""].filter(
      Boolean,
    ),
  };
}

/** Refuses what the server refuses; answers what it keeps. */
export function checkedFields(body: Record<string, unknown>): Partial<CustomerFields> {
  const fields: Partial<CustomerFields> = {};
  const text = (name: "email" | "technical_email" | "address" | "notes", longest: number) => {
    if (typeof body[name] !== "string") return;
    const value = body[name].trim();
    if (value.length > longest) throw invalid(name, `must not be longer than ${longest} characters`);
    if (name.endsWith("email") && value !== "" && !/^[^\s@]+@[^\s@]+$/.test(value))
      throw invalid(name, "is no e-mail address");
    fields[name] = value;
  };
  text("email", 254);
  text("technical_email", 254);
  text("address", 500);
  text("notes", 2000);
  if (typeof body.phone === "string") {
    const phone = phoneOf(body.phone);
    if (phone === null) throw invalid("phone", "must be digits; a + may lead them");
    fields.phone = phone;
  }
  if (typeof body.code === "string") {
    if (!/^[a-z0-9]{1,20}$/.test(body.code)) throw invalid("code", "must be 1 to 20 lower-case letters and digits");
    fields.code = body.code;
  }
  if (Array.isArray(body.tags)) {
    const tags = body.tags.map((one) => String(one).trim());
    if (tags.length > 5) throw invalid("tags", "must not be more than 5");
    if (tags.some((one) => one === "" || one.length > 30)) throw invalid("tags", "must be 1 to 30 characters");
    if (new Set(tags.map((one) => one.toLowerCase())).size < tags.length) throw invalid("tags", "one is there twice");
    fields.tags = tags.sort();
  }
  return fields;
}

const ranks: T.CustomerColour[] = ["red", "orange", "green", "grey"];
/** What rows are sorted by. */
export const sortKeys = (row: T.Customer) => ({
  ...row,
  system_name: row.network.system_name,
  version: row.network.version,
  connectivity: row.network.connectivity,
  colour: ranks.indexOf(row.network.colour),
  alerts: row.alerts.open,
});

/** Whether a list's filters let a customer through. */
export function fits(row: T.Customer, query: URLSearchParams): boolean {
  const is = (name: string, ...values: (string | null)[]) => !query.get(name) || values.includes(query.get(name));
  const tag = query.get("tag")?.toLowerCase();
  return (
    is("reseller_id", row.reseller.id) &&
    is("provider_id", row.provider.id) &&
    is("colour", row.network.colour) &&
    is("connectivity", row.network.connectivity) &&
    is("version", row.network.version) &&
    is("profile", ...row.network.profiles) &&
    is("assigned_to", ...row.assigned.users.map((one) => one.id)) &&
    (!tag || row.tags.some((one) => one.toLowerCase() === tag))
  );
}
