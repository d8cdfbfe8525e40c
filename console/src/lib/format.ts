/** Numbers, sizes and dates in the reader's language and time zone. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

export interface Format {
  number(value: number): string;
  /** Sizes of memory and files: powers of 1,024 with the units' own names (Gio, GiB). */
  bytes(value: number): string;
  /** Sizes of disks as their makers count them: powers of 1,000. */
  diskSize(value: number): string;
  percent(share: number): string;
  date(value: string): string;
  dateTime(value: string): string;
  /** The hour and the minute alone. */
  time(value: string): string;
  relative(value: string, now?: number): string;
  duration(seconds: number): string;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function unitSize(value: number, step: number): [number, number] {
  let power = 0;
  let rest = value;
  while (rest >= step && power < 5) {
    rest /= step;
    power += 1;
  }
  return [rest, power];
}

export function makeFormat(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const french = locale.startsWith("fr");
  const binary = french ? ["o", "Kio", "Mio", "Gio", "Tio", "Pio"] : ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const decimal = french ? ["o", "ko", "Mo", "Go", "To", "Po"] : ["B", "kB", "MB", "GB", "TB", "PB"];

  const sized = (value: number, step: number, units: string[]) => {
    const [size, power] = unitSize(value, step);
    return `${size >= 100 ? number.format(Math.round(size)) : short.format(size)}\u00a0${units[power]}`;
  };
  return {
    number: (value) => number.format(value),
    bytes: (value) => sized(value, 1024, binary),
    diskSize: (value) => sized(value, 1000, decimal),
    // What is there is not nothing.
    percent: (share) => (share > 0 && share < 0.005 ? `< ${percent.format(0.01)}` : percent.format(share)),
    // A day without a time has no zone: it stays the day that was written.
    date: (value) => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? formatted(day, value) : formatted(date, value)),
    dateTime: (value) => formatted(dateTime, value),
    time: (value) => formatted(time, value),
    relative: (value, now = Date.now()) => {
      const seconds = (Date.parse(value) - now) / 1000;
      if (Number.isNaN(seconds)) return value;
      const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? steps[5]!;
      return relative.format(Math.trunc(seconds / size), unit);
    },
    duration: (seconds) => {
      const absolute = Math.abs(seconds);
      const [unit, size] = steps.find(([, length]) => absolute >= length) ?? steps[5]!;
      return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(
        Math.round(absolute / size),
      );
    },
  };
}

function formatted(format: Intl.DateTimeFormat, value: string): string {
  const time = Date.parse(value);
  return Number.isNaN(time) ? value : format.format(time);
}

/** The console's language as the reader's country writes it, where the browser says so: 21 Nov or Nov 21. */
export function regional(language: string, wanted: readonly string[]): string {
  return wanted.find((one) => one.toLowerCase().split("-")[0] === language) ?? language;
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => makeFormat(regional(i18n.language, navigator.languages)), [i18n.language]);
}
