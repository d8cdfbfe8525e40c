/** The frame of every page: rail, top bar, the page itself. */
import { Drawer, useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { session as api } from "../../api/index.ts";
import { speak } from "../../i18n/index.ts";
import { applyDensity } from "../../lib/appearance.ts";
import { tellErrors } from "../../lib/client-errors.ts";
import { followEvents, useLive } from "../../lib/live.ts";
import { sessionQuery } from "../../lib/session.ts";
import { remembered } from "../../lib/storage.ts";
import { useWall } from "../../lib/wallboard.ts";
import { AboutDialog } from "./about-dialog.tsx";
import { useIdle } from "./idle.ts";
import { KeysDialog } from "./keys-dialog.tsx";
import { Palette } from "./palette.tsx";
import { Rail } from "./rail.tsx";
import classes from "./shell.module.css";
import { NoRole } from "../not-allowed.tsx";
import { TopBar } from "./top-bar.tsx";
import { useShellKeys } from "./use-shell-keys.ts";
import { Wallboard } from "./wallboard.tsx";

export function Shell() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const [menu, setMenu] = useState(false);
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  const [about, setAbout] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [shownPath, setShownPath] = useState(path);
  if (path !== shownPath) {
    setShownPath(path);
    setMenu(false);
  }
  const wall = useWall();
  const user = session.data?.user;

  // What the user chose elsewhere holds here too.
  useEffect(() => {
    if (!user) return;
    applyDensity(user.density);
    if (remembered("scheme") !== user.color_scheme) setColorScheme(user.color_scheme);
    if (user.locale && user.locale !== i18n.language) void speak(user.locale);
    // Only when the user's own choice arrives or changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [user?.density, user?.color_scheme, user?.locale]);

  useEffect(() => followEvents(), []);
  const server = useQuery({ queryKey: ["about"], queryFn: api.about, staleTime: Infinity });
  const telling = server.data?.client_logging === true;
  useEffect(() => {
    tellErrors(telling);
    return () => tellErrors(false);
  }, [telling]);
  useLive(["notifications"], () => void client.invalidateQueries({ queryKey: ["notifications"] }));
  useLive(["exports"], () => void client.invalidateQueries({ queryKey: ["exports"] }), 1000);
  useLive(["imports"], () => void client.invalidateQueries({ queryKey: ["imports"] }), 1000);
  useLive(["pending"], () => void client.invalidateQueries({ queryKey: ["pending-count"] }));
  useLive(["alerts"], () => void client.invalidateQueries({ queryKey: ["alerts", "counts", "open"] }));
  useLive(["pending", "equipment"], () => void client.invalidateQueries({ queryKey: ["overview"] }), 10_000);
  useShellKeys({ openPalette: () => setPalette(true), openKeys: () => setKeys(true) });
  useIdle(user?.session_timeout_minutes, user?.wallboard === true);

  if (!user) return null;
  if (wall) return <Wallboard />;
  // Without a role there is only one's own account.
  const nothing = user.role === null && path !== "/profile";
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        {t("shell.skip")}
      </a>
      <aside className={classes.rail}>
        <Rail />
      </aside>
      <Drawer
        opened={menu}
        onClose={() => setMenu(false)}
        position="left"
        size={264}
        padding={0}
        withCloseButton={false}
        title={t("shell.menu")}
        classNames={{ header: "sr-only", content: classes.railDrawer, body: classes.railDrawerBody }}
      >
        <Rail />
      </Drawer>
      <TopBar
        user={user}
        openMenu={() => setMenu(true)}
        openPalette={() => setPalette(true)}
        openKeys={() => setKeys(true)}
        openAbout={() => setAbout(true)}
      />
      <main id="content" className={classes.content} tabIndex={-1}>
        {nothing ? <NoRole /> : <Outlet />}
      </main>
      <Palette opened={palette} close={() => setPalette(false)} />
      <KeysDialog opened={keys} close={() => setKeys(false)} />
      <AboutDialog opened={about} close={() => setAbout(false)} />
    </div>
  );
}
