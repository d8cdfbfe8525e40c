/** Time zones: which there are, and a time of day in one of them as a moment. */

/** The zone that the reader's browser is set to. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export const zones = (): string[] => [...new Set([ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];

/** By how many milliseconds a zone's clocks are ahead of UTC at a moment. */
function ahead(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const there = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour, part.minute, part.second);
  return there - Math.floor(at / 1000) * 1000;
}

/** The moment at which a zone's clocks show `2026-03-29T08:30`; null: that is no time. */
export function momentIn(zone: string, text: string): string | null {
  const read = Date.parse(`${text}Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) || Number.isNaN(read)) return null;
  // What the clocks are ahead by is asked near the moment, then at it: the two differ on days when clocks change.
  const near = read - ahead(zone, read);
  return new Date(read - ahead(zone, near)).toISOString();
}
