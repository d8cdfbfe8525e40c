/** The backups that this node keeps: make one, fetch it, delete it; restoring is done on the server's machine. */
import { Button, Progress } from "@mantine/core";
import { IconDeviceFloppy, IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration, calls, platform } from "../../api/index.ts";
import type { Backup, Platform } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CopyField } from "../../components/copy.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading, useTold } from "../../components/states.tsx";
import { Status } from "../../components/status.tsx";
import { Moment } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import classes from "../plain.module.css";

const key = ["backups"];

export function BackupsSection({ of }: { of: Platform }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const told = useTold();
  const [question, setQuestion] = useState<Question | null>(null);
  const list = useQuery({
    queryKey: key,
    queryFn: platform.backups,
    refetchInterval: (query) => (query.state.data?.running ? 1500 : false),
  });
  const preferences = useQuery({ queryKey: ["preferences"], queryFn: administration.preferences });
  const renew = () => client.invalidateQueries({ queryKey: key });
  useLive(["platform"], () => void renew(), 1000);
  const start = useMutation({
    mutationFn: () => told(platform.backUp),
    onSuccess: () => done(t("platform.backupStarted")),
    onSettled: renew,
  });
  const remove = (one: Backup) =>
    setQuestion({
      title: t("platform.deleteBackup"),
      text: t("platform.deleteBackupText", { name: one.file }),
      action: t("common.delete"),
      danger: true,
      call: () => calls.removeBackup(one.id),
      run: async () => {
        await platform.removeBackup(one.id);
        await renew();
        done(t("platform.backupDeleted"));
      },
    });
  const data = list.data;
  const schedule = preferences.data?.backups;
  const here = of.nodes.find((node) => node.id === of.this_node);
  const database = of.engine === "postgresql" ? " --database postgres://…" : "";
  const file = data?.items[0] ? `${of.data_dir}/backups/${data.items[0].file}` : "vigie.tar.zst";
  const command = `vigie backup restore --from ${file} --data-dir ${of.data_dir}${database} --replace`;
  return (
    <>
      <Section title={t("platform.backups")} text={t("platform.backupsText")}>
        {list.isError && !data ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : !data ? (
          <Loading lines={2} />
        ) : (
          <>
            {data.running && (
              <div role="status">
                <Status tone="running">
                  {t("platform.runningBackup")}
                  {data.running.percent !== null && ` · ${format.percent(data.running.percent / 100)}`}
                </Status>
                <Progress mt={6} size={4} value={data.running.percent ?? 0} aria-label={t("platform.runningBackup")} />
              </div>
            )}
            {data.last_error && (
              <p className={classes.problem} role="alert">
                {t("platform.lastFailed", { error: data.last_error })}
              </p>
            )}
            {data.items.length === 0 ? (
              !data.running && <p className="muted">{t("platform.noBackups")}</p>
            ) : (
              <ul className={classes.rows}>
                {data.items.map((one) => (
                  <BackupLine key={one.id} one={one} remove={() => remove(one)} />
                ))}
              </ul>
            )}
            <div className={classes.actions}>
              <Button
                leftSection={<IconDeviceFloppy size={15} stroke={1.6} />}
                onClick={() => start.mutate()}
                loading={start.isPending}
                disabled={data.running !== null}
              >
                {t("platform.backUp")}
              </Button>
              <CopyCurl call={calls.backUp} />
            </div>
            <p className={classes.detail}>
              {of.nodes.length > 1 && here && <>{t("platform.ofThisNode", { name: here.name })} </>}
              {schedule && (
                <>
                  {t("platform.schedule", { count: schedule.every_days, keep: schedule.keep })}{" "}
                  <Link to="/administration/preferences">{t("platform.changeSchedule")}</Link>
                </>
              )}
            </p>
          </>
        )}
        <Confirm question={question} close={() => setQuestion(null)} />
      </Section>
      <Section title={t("platform.restore")} text={t("platform.restoreText")}>
        <Field label={t("platform.restoreCommand")}>
          <CopyField text={command} label={t("platform.restoreCommand")} wrap />
        </Field>
      </Section>
    </>
  );
}

function BackupLine({ one, remove }: { one: Backup; remove: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <span className={classes.name}>
          <Moment at={one.created_at} />
        </span>
        <span className={classes.detail}>
          {[
            format.bytes(one.bytes),
            one.version === null ? t("platform.unreadable") : t("platform.version", { version: one.version }),
            one.engine && t(`platform.engines.${one.engine}`),
            one.automatic && t("platform.automatic"),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </div>
      <div className={classes.actions}>
        <Button
          component="a"
          href={platform.backupAddress(one.id)}
          download={one.file}
          variant="default"
          leftSection={<IconDownload size={14} stroke={1.6} />}
          aria-label={t("platform.downloadNamed", { name: one.file })}
        >
          {t("platform.download")}
        </Button>
        <Button variant="default" onClick={remove} aria-label={t("platform.deleteNamed", { name: one.file })}>
          {t("common.delete")}
        </Button>
      </div>
    </li>
  );
}
