import { ActionIcon, Progress, Tooltip } from "@mantine/core";
import { IconDownload, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { exportsOf } from "../api/index.ts";
import type { Export } from "../api/types.ts";
import { useFormat } from "../lib/format.ts";
import classes from "./export-line.module.css";
import { Status } from "./status.tsx";
import { Ago } from "./time.tsx";

/** An export: how far it is, and the file once it is there. */
export function ExportLine({ export: one, compact }: { export: Export; compact?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => exportsOf.remove(one.id),
    onSuccess: () => client.invalidateQueries({ queryKey: ["exports"] }),
  });
  const rows = one.state === "running" ? one.rows_done : (one.rows_total ?? one.rows_done);
  return (
    <li className={classes.line} data-compact={compact}>
      <div className={classes.body}>
        <div className={classes.name}>
          <span className="truncate" title={one.file_name}>
            {t(`common.export.lists.${one.list}`, { defaultValue: one.list })}
          </span>
          <span className={classes.format}>{one.format.toUpperCase()}</span>
        </div>
        <div className={classes.detail}>
          {one.state === "running" && (
            <Status tone="running">
              {one.rows_total
                ? t("common.export.progress", { done: format.number(rows), total: format.number(one.rows_total) })
                : t("common.export.rows", { count: rows, shown: format.number(rows) })}
            </Status>
          )}
          {one.state === "done" && (
            <Status tone="good">
              {t("common.export.rows", { count: rows, shown: format.number(rows) })}
              {one.bytes !== null && ` · ${format.bytes(one.bytes)}`}
            </Status>
          )}
          {one.state === "failed" && (
            <Status tone="broken">
              {t(`problems.${one.error ?? ""}`, { defaultValue: t("common.export.failed") })}
            </Status>
          )}
          <span className={classes.when}>
            <Ago at={one.created_at} />
          </span>
        </div>
        {one.state === "running" && one.rows_total ? (
          <Progress
            size={3}
            mt={4}
            aria-label={t("common.export.running")}
            value={(100 * one.rows_done) / one.rows_total}
          />
        ) : null}
      </div>
      {one.state === "done" && (
        <Tooltip label={t("common.export.download")}>
          <ActionIcon
            component="a"
            href={exportsOf.fileAddress(one.id)}
            download={one.file_name}
            aria-label={t("common.export.downloadNamed", { name: one.file_name })}
            color="teal"
            variant="light"
          >
            <IconDownload size={16} stroke={1.8} />
          </ActionIcon>
        </Tooltip>
      )}
      {!compact && one.state !== "running" && (
        <Tooltip label={t("common.delete")}>
          <ActionIcon
            aria-label={t("common.export.deleteNamed", { name: one.file_name })}
            onClick={() => remove.mutate()}
          >
            <IconTrash size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}
