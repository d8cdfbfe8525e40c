/** The server itself: its nodes and their parts, its logs, its backups, how it is upgraded, what it runs on. */
import { Button } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { platform } from "../../api/index.ts";
import type { Health, Platform, PlatformNode } from "../../api/types.ts";
import { CopyField } from "../../components/copy.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag, Status, type Tone } from "../../components/status.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { useLive } from "../../lib/live.ts";
import plain from "../plain.module.css";
import { BackupsSection } from "./platform-backups.tsx";
import { LinksSection } from "./platform-links.tsx";
import classes from "./platform.module.css";

export const platformKey = ["platform"];

const tones: Record<Health, Tone> = { running: "good", degraded: "attention", stopped: "off", lost: "broken" };

export function PlatformPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const data = useQuery({ queryKey: platformKey, queryFn: platform.get, refetchInterval: 10_000 });
  useLive(["platform"], () => void client.invalidateQueries({ queryKey: platformKey }), 1000);
  const one = data.data;
  return (
    <>
      <PageHeader title={t("shell.places.platform")} />
      <div className={plain.page}>
        {data.isError && !one ? (
          <Failed error={data.error} retry={() => void data.refetch()} />
        ) : !one ? (
          <Loading />
        ) : (
          <>
            <Section title={t("platform.nodes")} text={t("platform.nodesText")}>
              {one.nodes.length === 0 ? (
                <p className="muted">{t("platform.noNodes")}</p>
              ) : (
                <ul>
                  {one.nodes.map((node) => (
                    <NodeLine key={node.id} node={node} here={node.id === one.this_node} />
                  ))}
                </ul>
              )}
            </Section>
            <Section title={t("platform.logs.title")} text={t("platform.logs.text")}>
              <div>
                <Button
                  component={Link}
                  to="/administration/platform/logs"
                  variant="default"
                  leftSection={<IconListDetails size={15} stroke={1.6} />}
                >
                  {t("platform.logs.open")}
                </Button>
              </div>
            </Section>
            <BackupsSection of={one} />
            <UpgradeSection of={one} />
            <LinksSection links={one.dashboard_links} />
          </>
        )}
      </div>
    </>
  );
}

function NodeLine({ node, here }: { node: PlatformNode; here: boolean }) {
  const { t } = useTranslation();
  const silent = node.state === "stopped" || node.state === "lost";
  return (
    <li className={classes.node}>
      <div className={classes.head}>
        {node.name}
        <Flag tone={tones[node.state]}>{t(`platform.states.${node.state}`)}</Flag>
        {here && <span className="muted">{t("platform.thisNode")}</span>}
      </div>
      <div className={classes.facts}>
        <span>{t("platform.version", { version: node.version })}</span>
        <span>
          {t("platform.runningSince")} <Moment at={node.started_at} />
        </span>
        {silent && (
          <span>
            {t("platform.lastSeen")} <Ago at={node.last_seen_at} />
          </span>
        )}
        <span className="mono">{node.address}</span>
        {node.host !== node.name && <span>{node.host}</span>}
      </div>
      <ul className={classes.parts} aria-label={t("platform.partsOf", { name: node.name })}>
        {node.parts.map((part) => (
          <li key={part.part}>
            <span>
              {t(`platform.parts.${part.part}`)}
              {part.reason && (
                <span className={classes.reason}>
                  {" "}
                  · {t(`platform.reasons.${part.reason}`, { defaultValue: part.reason })}
                </span>
              )}
            </span>
            <span className={classes.state}>
              <Status tone={tones[part.state]}>{t(`platform.states.${part.state}`)}</Status>{" "}
              <span className={classes.reason}>
                {t("platform.runningSince")} <Moment at={part.since} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

function UpgradeSection({ of }: { of: Platform }) {
  const { t } = useTranslation();
  const commands = `vigie backup create --data-dir ${of.data_dir} --to vigie-before-upgrade.tar.zst\nsudo install -m 0755 vigie /usr/local/bin/\nsudo systemctl restart vigie`;
  return (
    <Section title={t("platform.upgrade")} text={t("platform.upgradeText", { version: of.version })}>
      <Field label={t("platform.upgradeCommand")}>
        <CopyField text={commands} label={t("platform.upgradeCommand")} wrap />
      </Field>
    </Section>
  );
}
