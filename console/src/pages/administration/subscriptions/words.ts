/** Subscriptions in words: where their messages go, and of which alerts they tell. */
import { useTranslation } from "react-i18next";

import type { AlertChannel, AlertFilter, NoticeKind } from "../../../api/types.ts";
import { useFormat } from "../../../lib/format.ts";

export const intervals = [0, 60, 300, 900, 3600, 14_400, 86_400] as const;

export const noticeKinds: NoticeKind[] = ["pending-equipment", "clone", "agent-update"];

export const addressOf = (channel: AlertChannel) => (channel.kind === "email" ? channel.to.join(", ") : channel.url);

export function useSubscriptionWords() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" });
  const long = new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" });
  // The first of January 2024 was a Monday.
  const at = (day: number) => new Date(Date.UTC(2024, 0, day));
  const dayOf = (day: number) => weekday.format(at(day));
  return {
    dayOf,
    dayNameOf: (day: number) => long.format(at(day)),
    intervalOf: (seconds: number) =>
      (intervals as readonly number[]).includes(seconds)
        ? t(`notify.intervals.${seconds}`)
        : t("notify.intervals.other", { seconds: format.number(seconds) }),
    filterOf: ({ alerts, notices, least_severity, types, customers, hours }: AlertFilter) =>
      [
        alerts &&
          (least_severity === "information"
            ? t("notify.filterWords.any")
            : t("notify.filterWords.least", { severity: t(`alerts.severities.${least_severity}`) })),
        alerts && types.map((type) => t(`alerts.types.${type}`)).join(", "),
        alerts &&
          customers.length > 0 &&
          t("notify.filterWords.customers", { count: customers.length, shown: format.number(customers.length) }),
        notices.map((kind) => t(`notify.notices.${kind}`)).join(", "),
        hours &&
          t("notify.filterWords.hours", {
            days: [...hours.days]
              .sort((a, b) => a - b)
              .map(dayOf)
              .join(" "),
            from: hours.from,
            to: hours.to,
          }),
      ]
        .filter(Boolean)
        .join(" · "),
  };
}
