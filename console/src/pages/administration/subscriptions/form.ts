/** A subscription as the form has it, and as the API takes it. */
import type {
  AlertChannel,
  AlertSeverity,
  AlertSubscription,
  AlertSubscriptionFields,
  AlertType,
  NoticeKind,
} from "../../../api/types.ts";
import { ownZone } from "../../../lib/zones.ts";

export interface Values {
  name: string;
  is_on: boolean;
  kind: AlertChannel["kind"];
  to: string;
  language: string;
  url: string;
  secret: string;
  alerts: boolean;
  notices: NoticeKind[];
  least_severity: AlertSeverity;
  types: AlertType[];
  customers: string[];
  limited: boolean;
  days: string[];
  from: string;
  to_time: string;
  time_zone: string;
  outside: "skip" | "later";
  tells_ends: boolean;
  interval: string | number;
}

export function valuesOf(one: AlertSubscription | undefined, language: string): Values {
  const channel = one?.channel;
  const hours = one?.filter.hours;
  return {
    name: one?.name ?? "",
    is_on: one?.is_on ?? true,
    kind: channel?.kind ?? "email",
    to: channel?.kind === "email" ? channel.to.join("\n") : "",
    language: (channel && channel.kind !== "webhook" ? channel.language : undefined) ?? language,
    url: channel && channel.kind !== "email" ? channel.url : "",
    secret: "",
    alerts: one?.filter.alerts ?? true,
    notices: one?.filter.notices ?? [],
    least_severity: one?.filter.least_severity ?? "warning",
    types: one?.filter.types ?? [],
    customers: one?.filter.customers ?? [],
    limited: Boolean(hours),
    days: (hours?.days ?? [1, 2, 3, 4, 5]).map(String),
    from: hours?.from ?? "08:00",
    to_time: hours?.to ?? "18:00",
    time_zone: hours?.time_zone ?? ownZone(),
    outside: hours?.outside ?? "skip",
    tells_ends: one?.tells_ends ?? true,
    interval: String(one?.interval_seconds ?? 60),
  };
}

function channelOf({ kind, to, url, language }: Values): AlertChannel {
  if (kind === "email") return { kind, to: to.split(/[\s,;]+/).filter(Boolean), language };
  return kind === "webhook" ? { kind, url: url.trim() } : { kind, url: url.trim(), language };
}

/** Whether the subscription is of some customers: notices are of all of them together. */
export const isOfSome = ({ alerts, customers }: Values) => alerts && customers.length > 0;

export function bodyOf(values: Values, revision?: number): AlertSubscriptionFields {
  const { days, from, to_time, time_zone, outside } = values;
  return {
    name: values.name.trim(),
    is_on: values.is_on,
    channel: channelOf(values),
    // Left out, the one there is stays.
    secret: values.kind !== "email" && values.secret !== "" ? values.secret : undefined,
    filter: {
      alerts: values.alerts,
      notices: isOfSome(values) ? [] : values.notices,
      least_severity: values.least_severity,
      types: values.types,
      customers: values.alerts ? values.customers : [],
      hours: values.limited
        ? { days: days.map(Number).sort((a, b) => a - b), from, to: to_time, time_zone, outside }
        : null,
    },
    tells_ends: values.tells_ends,
    interval_seconds: Number(values.interval),
    revision,
  };
}

const fields: Record<string, keyof Values> = {
  name: "name",
  secret: "secret",
  "channel.to": "to",
  "channel.url": "url",
  "channel.language": "language",
  "filter.alerts": "notices",
  "filter.notices": "notices",
  "filter.customers": "customers",
  "filter.hours.days": "days",
  "filter.hours.from": "from",
  "filter.hours.to": "to_time",
  "filter.hours.time_zone": "time_zone",
  interval_seconds: "interval",
};

/** Where the form says what the API refused of a member. */
export const fieldOf = (member: string): keyof Values | undefined => fields[member];
