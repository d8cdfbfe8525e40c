/** Whole days of the reader's calendar, as addresses have them (`2026-08-01`), and as moments for the API. */

export const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);

function midnight(day: string, later: number): string | null {
  const moment = new Date(`${day}T00:00:00`);
  moment.setDate(moment.getDate() + later);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

/** The moment at which a day begins where the reader is; what is no day is a moment already, or the server's to refuse. */
export const startOf = (day: string) => (isDay(day) ? (midnight(day, 0) ?? day) : day);

/** The moment at which a day is over: the next one's beginning, also where clocks change in between. */
export const endOf = (day: string) => (isDay(day) ? (midnight(day, 1) ?? day) : day);

/** The day so many days from now, where the reader is. */
export function dayIn(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() + days);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
