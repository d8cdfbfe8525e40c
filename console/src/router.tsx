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

import { Problem } from "./api/index.ts";
import { RouteFailed, Waiting } from "./components/states.tsx";
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
  },
  component: lazyRouteComponent(() => import("./components/shell/shell.tsx"), "Shell"),
});

const page = <Path extends string, Module extends Record<string, unknown>, Name extends keyof Module & string>(
  path: Path,
  load: () => Promise<Module>,
  name: Name,
) =>
  createRoute({
    getParentRoute: () => shell,
    path,
    component: lazyRouteComponent(load as () => Promise<Record<string, React.ComponentType>>, name),
  });

const routeTree = root.addChildren([
  signIn,
  password,
  shell.addChildren([
    page("/", () => import("./pages/overview.tsx"), "OverviewPage"),
    page("/equipment", () => import("./pages/equipment/list.tsx"), "EquipmentListPage"),
    page("/equipment/$id", () => import("./pages/equipment/detail.tsx"), "EquipmentPage"),
    page("/pending", () => import("./pages/pending/list.tsx"), "PendingPage"),
    page("/software", () => import("./pages/software/titles.tsx"), "SoftwarePage"),
    page("/software/title", () => import("./pages/software/title.tsx"), "SoftwareTitlePage"),
    page("/software/machines", () => import("./pages/software/machines.tsx"), "SoftwareMachinesPage"),
    page("/exports", () => import("./pages/exports.tsx"), "ExportsPage"),
    page("/notifications", () => import("./pages/notifications.tsx"), "NotificationsPage"),
    page("/configuration/agents", () => import("./pages/administration/agents.tsx"), "AgentsPage"),
    page("/administration/customers", () => import("./pages/administration/customers.tsx"), "CustomersPage"),
    page("/administration/api-access", () => import("./pages/administration/api-access.tsx"), "ApiAccessPage"),
    page("/administration/distribution", () => import("./pages/administration/distribution.tsx"), "DistributionPage"),
    page("/administration/preferences", () => import("./pages/administration/preferences.tsx"), "PreferencesPage"),
    page("/administration/certificate", () => import("./pages/administration/certificate.tsx"), "CertificatePage"),
    page("/administration/platform", () => import("./pages/administration/platform.tsx"), "PlatformPage"),
    page("/administration/platform/logs", () => import("./pages/administration/logs.tsx"), "LogsPage"),
    page("/administration/audit", () => import("./pages/administration/audit.tsx"), "AuditPage"),
    page("/$", () => import("./components/not-found.tsx"), "NotFound"),
    page("/profile", () => import("./pages/profile.tsx"), "ProfilePage"),
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
