/** Where one can go. A page is named here once it exists. */
import {
  IconAdjustmentsHorizontal,
  IconAlertTriangle,
  IconApps,
  IconBellRinging,
  IconBuilding,
  IconBuildingCommunity,
  IconCertificate,
  IconDeviceDesktop,
  IconHourglass,
  IconKey,
  IconLayoutDashboard,
  IconListSearch,
  IconLogin2,
  IconPackageExport,
  IconPlugConnected,
  IconReportAnalytics,
  IconServer,
  IconServer2,
  IconShieldCheck,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { alerts, pending, session } from "../../api/index.ts";
import type { PolicyAction } from "../../api/types.ts";
import { useFormat } from "../../lib/format.ts";
import { mayOf, useMay, usePermissions } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { Mark } from "../mark.tsx";
import classes from "./shell.module.css";

export interface Place {
  to:
    | "/"
    | "/systems"
    | "/alerts"
    | "/equipment"
    | "/pending"
    | "/software"
    | "/reports"
    | "/configuration/agents"
    | "/administration/customers"
    | "/administration/resellers"
    | "/administration/users"
    | "/administration/roles"
    | "/administration/api-access"
    | "/administration/distribution"
    | "/administration/preferences"
    | "/administration/notifications"
    | "/administration/sign-in"
    | "/administration/certificate"
    | "/administration/platform"
    | "/administration/audit";
  name: string;
  icon: Icon;
  /** The letter after `g` that goes there. */
  key: string;
  /** What a role needs to open it. */
  action: PolicyAction;
}

export const places: { group: string | null; places: Place[] }[] = [
  {
    group: null,
    places: [{ to: "/", name: "overview", icon: IconLayoutDashboard, key: "o", action: "dashboard.see" }],
  },
  {
    group: "fleet",
    places: [
      { to: "/administration/customers", name: "customers", icon: IconBuilding, key: "l", action: "customers.see" },
      { to: "/systems", name: "systems", icon: IconServer, key: "n", action: "dashboard.see" },
      { to: "/alerts", name: "alerts", icon: IconAlertTriangle, key: "b", action: "dashboard.see" },
    ],
  },
  {
    group: "assets",
    places: [
      { to: "/equipment", name: "equipment", icon: IconDeviceDesktop, key: "e", action: "equipment.see" },
      { to: "/pending", name: "pending", icon: IconHourglass, key: "p", action: "equipment.see" },
      { to: "/software", name: "software", icon: IconApps, key: "s", action: "equipment.see" },
      { to: "/reports", name: "reports", icon: IconReportAnalytics, key: "m", action: "equipment.see" },
    ],
  },
  {
    group: "configuration",
    places: [
      { to: "/configuration/agents", name: "agents", icon: IconPlugConnected, key: "a", action: "equipment.see" },
    ],
  },
  {
    group: "administration",
    places: [
      {
        to: "/administration/resellers",
        name: "resellers",
        icon: IconBuildingCommunity,
        key: "v",
        action: "customers.see",
      },
      { to: "/administration/users", name: "users", icon: IconUsers, key: "w", action: "users.manage" },
      { to: "/administration/roles", name: "roles", icon: IconShieldCheck, key: "y", action: "customers.see" },
      { to: "/administration/api-access", name: "apiAccess", icon: IconKey, key: "c", action: "agents.manage" },
      {
        to: "/administration/distribution",
        name: "distribution",
        icon: IconPackageExport,
        key: "d",
        action: "agents.manage",
      },
      {
        to: "/administration/preferences",
        name: "preferences",
        icon: IconAdjustmentsHorizontal,
        key: "r",
        action: "preferences.manage",
      },
      {
        to: "/administration/notifications",
        name: "notify",
        icon: IconBellRinging,
        key: "z",
        action: "preferences.manage",
      },
      {
        to: "/administration/sign-in",
        name: "signIn",
        icon: IconLogin2,
        key: "i",
        action: "preferences.manage",
      },
      {
        to: "/administration/certificate",
        name: "certificate",
        icon: IconCertificate,
        key: "t",
        action: "preferences.manage",
      },
      {
        to: "/administration/platform",
        name: "platform",
        icon: IconServer2,
        key: "f",
        action: "preferences.manage",
      },
      { to: "/administration/audit", name: "audit", icon: IconListSearch, key: "u", action: "preferences.manage" },
    ],
  },
];

/** The places that the role may open: the others are absent, from rail, palette and keys alike. */
export function usePlaces(): typeof places {
  const permissions = usePermissions();
  return places
    .map(({ group, places: entries }) => ({
      group,
      places: entries.filter((place) => mayOf(permissions, place.action).may),
    }))
    .filter((group) => group.places.length > 0);
}

/** Places whose name is longer than the rail is wide. */
const short = new Set(["pending", "resellers", "notify"]);

/** How many machines wait; the rail and the overview tell the same number. */
export function usePendingCount(customer?: string) {
  const { may } = useMay("equipment.see");
  return useQuery({
    enabled: may,
    queryKey: ["pending-count", customer],
    queryFn: ({ signal }) => pending.list({ limit: 1, state: "pending", customer_id: customer }, signal),
    select: (page) => ({ count: page.total, minimum: page.total_is_minimum === true }),
    staleTime: 30_000,
  });
}

/** How many alerts are open. */
export function useAlertCount(customer?: string) {
  const { may } = useMay("dashboard.see");
  return useQuery({
    enabled: may,
    queryKey: ["alerts", "counts", "open", customer],
    queryFn: ({ signal }) => alerts.counts({ customer_id: customer }, signal),
    select: (counts) => ({ count: counts.alerts, minimum: false }),
    staleTime: 30_000,
  });
}

export function Rail() {
  const { t } = useTranslation();
  const search = useSearch({ strict: false }) as Search;
  const waiting = usePendingCount(search.customer_id);
  const alert = useAlertCount(search.customer_id);
  const counts: Record<string, { data: { count: number; minimum: boolean } | undefined; words: string }> = {
    pending: { data: waiting.data, words: t("shell.waiting") },
    alerts: { data: alert.data, words: t("alerts.open") },
  };
  const open = usePlaces();
  const about = useQuery({ queryKey: ["about"], queryFn: session.about, staleTime: Infinity });
  return (
    <nav className={classes.nav} aria-label={t("shell.navigation")}>
      <Link to="/" className={classes.brand}>
        <Mark size={24} />
        Vigie
      </Link>
      {open.map(({ group, places: entries }) => (
        <div key={group ?? "top"} role="group" aria-label={group ? t(`shell.groups.${group}`) : undefined}>
          {group && (
            <div className={classes.group} aria-hidden>
              {t(`shell.groups.${group}`)}
            </div>
          )}
          {entries.map((place) => (
            <Link
              key={place.to}
              to={place.to}
              className={classes.item}
              activeOptions={{ exact: place.to === "/", includeSearch: false }}
            >
              <place.icon size={17} stroke={1.6} aria-hidden />
              {t(`shell.places.${short.has(place.name) ? `${place.name}Short` : place.name}`)}
              <Count {...counts[place.name]} />
            </Link>
          ))}
        </div>
      ))}
      <div className={classes.foot}>{about.data ? t("shell.version", { version: about.data.version }) : "\u00a0"}</div>
    </nav>
  );
}

function Count({ data, words }: { data?: { count: number; minimum: boolean }; words?: string }) {
  const format = useFormat();
  if (!data || data.count === 0) return null;
  return (
    <span className={classes.count}>
      {format.number(data.count)}
      {data.minimum ? "+" : ""}
      <span className="sr-only"> {words}</span>
    </span>
  );
}
