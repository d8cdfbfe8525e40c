/** People in words. */
export interface Person {
  login: string;
  first_name: string;
  last_name: string;
}

/** The name that people call somebody by; empty where only the sign-in name is known. */
export const fullName = (person: Person) => `${person.first_name} ${person.last_name}`.trim();

/** Two letters at most: of the first and the last name, else of the sign-in name. */
export function initialsOf(person: Person): string {
  const letters = [person.first_name, person.last_name].map((name) => [...name.trim()][0] ?? "").join("");
  return (letters || [...person.login][0] || "?").toUpperCase();
}

/** Most characters of first and last name together, the space between them counted. */
export const longestNames = 31;

/** How many of those characters are taken. */
export const namesLength = (first: string, last: string) => [...`${first.trim()} ${last.trim()}`.trim()].length;

/** A telephone number without what people put between its digits; null where it is none. */
export function phoneOf(typed: string): string | null {
  const number = typed.replace(/[ .()/\u00a0-]/g, "");
  return number === "" || /^\+?\d{1,15}$/.test(number) ? number : null;
}

export const isEmail = (typed: string) =>
  typed.trim() === "" || /^[^\s@<>,;"\\]{1,64}@[^\s@.-][^\s@]*$/.test(typed.trim());

/** The session's time-outs that one can choose from, minutes. */
export const timeouts = [5, 10, 15, 20, 25, 30];

/** A year from a day, as the calendar has it: what an account's end is proposed as. */
export function inAYear(today: Date): string {
  const day = new Date(Date.UTC(today.getFullYear() + 1, today.getMonth(), today.getDate()));
  return day.toISOString().slice(0, 10);
}

export type AccountState = "enabled" | "disabled" | "expires" | "expired";

/** What an account is now: enabled, with an end, past it, or shut. `today` is a day in UTC. */
export function stateOf(user: { disabled: boolean; expires_on: string | null }, today: string): AccountState {
  if (user.disabled) return "disabled";
  if (user.expires_on === null) return "enabled";
  return user.expires_on <= today ? "expired" : "expires";
}

export const today = (now = Date.now()) => new Date(now).toISOString().slice(0, 10);
