/** Notifications, and long work under way: found again here from every page. */
import { ActionIcon, Button, Popover, Progress, Tooltip } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { exportsOf, imports, notices } from "../../api/index.ts";
import { useFormat } from "../../lib/format.ts";
import { useMay } from "../../lib/permissions.ts";
import { ExportLine } from "../export-line.tsx";
import { goesOn, ImportLine } from "../import-line.tsx";
import { NoticeLine } from "../notice-line.tsx";
import classes from "./bell.module.css";
import shell from "./shell.module.css";

export function useExports() {
  return useQuery({
    queryKey: ["exports"],
    queryFn: exportsOf.list,
    // Events tell of progress; asking again is for where they do not get through.
    refetchInterval: (query) => (query.state.data?.items.some((one) => one.state === "running") ? 1500 : false),
  });
}

/** The newest imports; none for who may not import. */
export function useImports() {
  const { may } = useMay("equipment.edit");
  return useQuery({
    queryKey: ["imports", "newest"],
    queryFn: ({ signal }) => imports.list({ limit: 3 }, signal),
    enabled: may,
    refetchInterval: (query) => (query.state.data?.items.some(goesOn) ? 1500 : false),
  });
}

export function Bell() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const list = useQuery({ queryKey: ["notifications", "bell"], queryFn: () => notices.list({ limit: 8 }) });
  const exports = useExports();
  const imported = useImports().data?.items ?? [];
  const read = useMutation({
    mutationFn: () => notices.read({ all: true }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notifications"] }),
  });
  const unread = list.data?.unread ?? 0;
  const running = exports.data?.items.filter((one) => one.state === "running") ?? [];
  const recent = exports.data?.items.slice(0, 3) ?? [];
  const label = unread > 0 ? t("shell.bell.unread", { count: unread }) : t("shell.bell.title");
  const close = () => setOpened(false);

  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={380} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label={label} disabled={opened}>
          <span className={shell.bell}>
            <ActionIcon size={34} aria-label={label} onClick={() => setOpened((now) => !now)}>
              <IconBell size={18} stroke={1.6} />
            </ActionIcon>
            {unread > 0 && (
              <span className={shell.unread} aria-hidden>
                {unread > 99 ? "99+" : unread}
              </span>
            )}
            {(running.length > 0 || imported.some(goesOn)) && <span className={classes.working} aria-hidden />}
          </span>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={t("shell.bell.title")}>
        <section className={classes.part}>
          <div className={classes.head}>
            <h2>{t("shell.bell.title")}</h2>
            {unread > 0 && (
              <Button size="compact-xs" variant="subtle" onClick={() => read.mutate()}>
                {t("shell.bell.readAll")}
              </Button>
            )}
          </div>
          {list.data?.items.length === 0 && <p className={classes.none}>{t("shell.bell.none")}</p>}
          <ul className={classes.list}>
            {list.data?.items.map((notice) => (
              <NoticeLine key={notice.id} notice={notice} followed={close} />
            ))}
          </ul>
        </section>
        {imported.length > 0 && (
          <section className={classes.part}>
            <div className={classes.head}>
              <h2>{t("imports.title")}</h2>
              <Link to="/imports" onClick={close} className={classes.more}>
                {t("imports.all")}
              </Link>
            </div>
            <ul className={classes.list}>
              {imported.map((one) => (
                <ImportLine key={one.id} one={one} compact followed={close} />
              ))}
            </ul>
          </section>
        )}
        {recent.length > 0 && (
          <section className={classes.part}>
            <div className={classes.head}>
              <h2>{t("common.export.title")}</h2>
              <Link to="/exports" onClick={close} className={classes.more}>
                {t("common.export.all")}
              </Link>
            </div>
            {running.length > 0 && (
              <Progress
                size={2}
                aria-label={t("common.export.running")}
                value={
                  (100 * running.reduce((sum, one) => sum + one.rows_done, 0)) /
                  Math.max(
                    1,
                    running.reduce((sum, one) => sum + (one.rows_total ?? one.rows_done * 2), 0),
                  )
                }
              />
            )}
            <ul className={classes.list}>
              {recent.map((one) => (
                <ExportLine key={one.id} export={one} compact />
              ))}
            </ul>
          </section>
        )}
        <div className={classes.foot}>
          <Link to="/notifications" onClick={close}>
            {t("shell.bell.all")}
          </Link>
          {list.data && <span className="muted num">{format.number(list.data.total)}</span>}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
