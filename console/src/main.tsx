import "./theme/fonts.css";
import "./theme/mantine.css";
import "virtual:theme-variables.css";
import "./theme/tokens.css";
import "./theme/global.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/index.ts";
import { pause, whenRefused, whenSignedOut } from "./api/client.ts";
import { preferredLocale, startLanguage } from "./i18n/index.ts";
import { watchInput } from "./lib/activity.ts";
import { applyDensity, rememberedDensity, schemeManager } from "./lib/appearance.ts";
import { noticeErrors } from "./lib/client-errors.ts";
import { forgetSession, sessionQuery } from "./lib/session.ts";
import { enterWall } from "./lib/wallboard.ts";
import { makeRouter } from "./router.tsx";
import { theme } from "./theme/theme.ts";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => error instanceof Problem && error.retriable && count < 2,
      retryDelay: pause,
    },
  },
});
const router = makeRouter(queryClient);

whenSignedOut((problem) => {
  const { href, pathname } = router.state.location;
  if (pathname === "/sign-in") return;
  if (problem.code === "wallboard-only") {
    enterWall();
    return;
  }
  if (problem.code === "password-change-required") {
    void router.navigate({ to: "/password", search: {} });
    return;
  }
  if (problem.code === "second-factor-enrolment-required") {
    void queryClient.invalidateQueries({ queryKey: ["session"] });
    void router.navigate({ to: "/second-factor", search: {}, ignoreBlocker: true });
    return;
  }
  forgetSession(queryClient);
  void router.navigate({ to: "/sign-in", search: { back: href, why: "ended" }, ignoreBlocker: true });
});

noticeErrors();
// Who the person is, and what they may do, is asked again.
whenRefused(() => void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }));

watchInput();
applyDensity(rememberedDensity());
await startLanguage(preferredLocale());

createRoot(document.getElementById("root")!).render(
  <MantineProvider
    theme={theme}
    defaultColorScheme="auto"
    colorSchemeManager={schemeManager}
    withCssVariables={false}
    withGlobalClasses={false}
  >
    <QueryClientProvider client={queryClient}>
      <Notifications position="bottom-right" autoClose={6000} limit={4} />
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
