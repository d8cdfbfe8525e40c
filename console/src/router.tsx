/** Every address of the console. Each page is fetched when it is first opened. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from "@tanstack/react-router";

import type { ComponentType } from "react";

import { Problem } from "./api/index.ts";
import type { PolicyAction } from "./api/types.ts";
import { Gate } from "./components/not-allowed.tsx";
import { RouteFailed, Waiting } from "./components/states.tsx";
import { permissionsQuery } from "./lib/permissions.ts";
import { sessionQuery } from "./lib/session.ts";

/** What a page reads from its address: plain texts, so that an address can be read and written by hand. */
export type Search = Record<string, string | undefined>;

const validateSearch = (search: Record<string, unknown>): Search => search as Search;

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  validateSearch,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./pages/sign-in.tsx"), "SignInPage"),
});

const password = createRoute({
  getParentRoute: () => root,
  path: "/password",
  beforeLoad: async ({ context }) => {
    try {
      await context.queryClient.ensureQueryData(sessionQuery);
    } catch {
      throw redirect({ to: "/sign-in", search: {} });
    }
  },
  component: lazyRouteComponent(() => import("./pages/password.tsx"), "PasswordPage"),
});

const secondFactor = createRoute({
  getParentRoute: () => root,
  path: "/second-factor",
  beforeLoad: async ({ context }) => {
    try {
      await context.queryClient.ensureQueryData(sessionQuery);
    } catch {
      throw redirect({ to: "/sign-in", search: {} });
    }
  },
  component: lazyRouteComponent(() => import("./pages/second-factor.tsx"), "SecondFactorPage"),
});
/** The help needs no session: who cannot sign in reads it, too. */
const HelpPage = lazyRouteComponent(() => import("./pages/help.tsx"), "HelpPage");
const help = createRoute({ getParentRoute: () => root, path: "/help", component: HelpPage });
const helpPage = createRoute({ getParentRoute: () => root, path: "/help/$page", component: HelpPage });

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  // The chosen customer stays chosen from page to page.
  search: { middlewares: [retainSearchParams<Search>(["customer_id"])] },
  beforeLoad: async ({ context, location }) => {
    let current;
    try {
      current = await context.queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      const back = location.href === "/" ? undefined : location.href;
      throw redirect({ to: "/sign-in", search: { back } });
    }
    if (current.must_change_password) throw redirect({ to: "/password", search: {} });
    if (current.must_enrol_factor) throw redirect({ to: "/second-factor", search: {} });
    // What greys the pages comes before them; where it fails, each page says so.
    await context.queryClient.ensureQueryData(permissionsQuery).catch(() => undefined);
  },
  component: lazyRouteComponent(() => import("./components/shell/shell.tsx"), "Shell"),
});

/** A page inside the frame; `action` is what a role needs to open it, `null` opens it to everyone who has signed in. */
const page = <Path extends string, Module extends Record<string, unknown>, Name extends keyof Module & string>(
  path: Path,
  action: PolicyAction | null,
  load: () => Promise<Module>,
  name: Name,
) => {
  const Page = lazyRouteComponent(load as () => Promise<Record<string, ComponentType>>, name) as ComponentType & {
    preload?: () => Promise<void>;
  };
  const Gated = () => (
    <Gate action={action}>
      <Page />
    </Gate>
  );
  return createRoute({
    getParentRoute: () => shell,
    path,
    component: Object.assign(Gated, { preload: Page.preload }),
  });
};

const routeTree = root.addChildren([
  signIn,
  password,
  secondFactor,
  help,
  helpPage,
  shell.addChildren([
    page("/", "dashboard.see", () => import("./pages/dashboard.tsx"), "DashboardPage"),
    page("/equipment", "equipment.see", () => import("./pages/equipment/list.tsx"), "EquipmentListPage"),
    page("/equipment/$id", "equipment.see", () => import("./pages/equipment/detail.tsx"), "EquipmentPage"),
    page("/pending", "equipment.see", () => import("./pages/pending/list.tsx"), "PendingPage"),
    page("/pending/rules", "equipment.see", () => import("./pages/pending/rules.tsx"), "AssociationRulesPage"),
    page("/alerts", "dashboard.see", () => import("./pages/alerts/page.tsx"), "AlertsPage"),
    page("/systems", "dashboard.see", () => import("./pages/systems/page.tsx"), "SystemsPage"),
    page("/systems/$id", "dashboard.see", () => import("./pages/systems/detail.tsx"), "SystemPage"),
    page("/software", "equipment.see", () => import("./pages/software/titles.tsx"), "SoftwarePage"),
    page("/software/title", "equipment.see", () => import("./pages/software/title.tsx"), "SoftwareTitlePage"),
    page("/software/machines", "equipment.see", () => import("./pages/software/machines.tsx"), "SoftwareMachinesPage"),
    page("/software/key", "equipment.see", () => import("./pages/software/key-software.tsx"), "KeySoftwarePage"),
    page("/reports", "equipment.see", () => import("./pages/reports/page.tsx"), "ReportsPage"),
    page("/exports", "equipment.see", () => import("./pages/exports.tsx"), "ExportsPage"),
    page("/imports", "equipment.edit", () => import("./pages/imports/list.tsx"), "ImportsPage"),
    page("/imports/$id", "equipment.edit", () => import("./pages/imports/detail.tsx"), "ImportPage"),
    page("/notifications", "equipment.see", () => import("./pages/notifications.tsx"), "NotificationsPage"),
    page("/configuration/agents", "equipment.see", () => import("./pages/administration/agents.tsx"), "AgentsPage"),
    page(
      "/administration/customers",
      "customers.see",
      () => import("./pages/administration/customers.tsx"),
      "CustomersPage",
    ),
    page(
      "/administration/customers/$id",
      "customers.see",
      () => import("./pages/administration/customer.tsx"),
      "CustomerPage",
    ),
    page(
      "/administration/resellers",
      "customers.see",
      () => import("./pages/administration/resellers.tsx"),
      "ResellersPage",
    ),
    page("/administration/users", "users.manage", () => import("./pages/administration/users/list.tsx"), "UsersPage"),
    page(
      "/administration/users/$id",
      "users.manage",
      () => import("./pages/administration/users/detail.tsx"),
      "UserPage",
    ),
    page("/administration/roles", "customers.see", () => import("./pages/administration/roles.tsx"), "RolesPage"),
    page(
      "/administration/api-access",
      "agents.manage",
      () => import("./pages/administration/api-access.tsx"),
      "ApiAccessPage",
    ),
    page(
      "/administration/distribution",
      "agents.manage",
      () => import("./pages/administration/distribution.tsx"),
      "DistributionPage",
    ),
    page(
      "/administration/preferences",
      "preferences.manage",
      () => import("./pages/administration/preferences.tsx"),
      "PreferencesPage",
    ),
    page(
      "/administration/notifications",
      "preferences.manage",
      () => import("./pages/administration/subscriptions/page.tsx"),
      "SubscriptionsPage",
    ),
    page(
      "/administration/sign-in",
      "preferences.manage",
      () => import("./pages/administration/sign-in.tsx"),
      "SignInSettingsPage",
    ),
    page(
      "/administration/certificate",
      "preferences.manage",
      () => import("./pages/administration/certificate.tsx"),
      "CertificatePage",
    ),
    page(
      "/administration/platform",
      "preferences.manage",
      () => import("./pages/administration/platform.tsx"),
      "PlatformPage",
    ),
    page(
      "/administration/platform/logs",
      "preferences.manage",
      () => import("./pages/administration/logs.tsx"),
      "LogsPage",
    ),
    page("/administration/audit", "preferences.manage", () => import("./pages/administration/audit.tsx"), "AuditPage"),
    page("/$", null, () => import("./components/not-found.tsx"), "NotFound"),
    page("/profile", null, () => import("./pages/profile.tsx"), "ProfilePage"),
  ]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPreloadDelay: 60,
    defaultErrorComponent: RouteFailed,
    defaultPendingComponent: Waiting,
    defaultPendingMs: 400,
    scrollRestoration: true,
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const parameters = new URLSearchParams();
      for (const [name, value] of Object.entries(search)) {
        if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
      }
      const text = parameters.toString();
      return text ? `?${text}` : "";
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
