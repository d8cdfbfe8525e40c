import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { systems } from "../../api/index.ts";
import type { CustomerSystem, SystemPlace } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { ConnectivityBar, ConnectivityState } from "../../components/connectivity.tsx";
import { ActionItems } from "../../components/data-list/row-menu.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Ago, useNow } from "../../components/time.tsx";
import { toneOf } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import plain from "../plain.module.css";
import { useLaunch } from "./launch.tsx";
import { usePrimary } from "./primary.tsx";
import { NotSynchronised } from "./synchronised.tsx";
import classes from "./systems.module.css";

/** Most systems that a page lists; the rest is in the list of systems. */
const most = 50;
const order: SystemPlace[] = ["primary", "secondary", "expansion", "application"];

interface Props {
  customer: string;
  /** The system that the page is about: it is not said again. */
  but?: string;
  /** What is said where there is none. */
  none: string;
}

/** A customer's systems, the primary first. */
export function NetworkSystems({ customer, but, none }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question | null>(null);
  const key = ["systems", "of", customer];
  const found = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => systems.list({ customer_id: customer, limit: most, sort: "name" }, signal),
  });
  useLive(["systems"], () => void client.invalidateQueries({ queryKey: key }));
  if (found.isError && !found.data) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={3} />;
  const shown = found.data.items
    .filter((one) => one.id !== but)
    .sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  const total = found.data.total;
  return (
    <>
      {shown.length === 0 ? (
        <p className="muted">{none}</p>
      ) : (
        <ul className={classes.others}>
          {shown.map((one) => (
            <Other key={one.id} system={one} ask={setQuestion} />
          ))}
        </ul>
      )}
      {total > most && (
        <Link to="/systems" search={{ customer_id: customer }}>
          {t("systems.count", { count: total, shown: format.number(total) })}
        </Link>
      )}
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

function Other({ system, ask }: { system: CustomerSystem; ask: (question: Question) => void }) {
  const { t } = useTranslation();
  const primary = usePrimary(ask);
  const launch = useLaunch();
  return (
    <li className={classes.other}>
      <span className={classes.otherName}>
        <ConnectivityBar tone={toneOf(system.connectivity)} />
        <span className={classes.otherWords}>
          <Link to="/systems/$id" params={{ id: system.id }} className="truncate" title={system.name}>
            {system.name}
          </Link>
          <span className={plain.detail}>
            {[
              t(`systems.places.${system.place}`),
              system.profile,
              system.version,
              system.address,
              system.via_primary && t("systems.viaPrimary"),
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
          <Life system={system} />
          {system.synchronised === false && <NotSynchronised system={system} />}
        </span>
      </span>
      <ConnectivityState connectivity={system.connectivity} since={system.connectivity_since} />
      <Menu width={270}>
        <Menu.Target>
          <ActionIcon size={26} aria-label={t("common.list.rowActions", { name: system.name })}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <ActionItems actions={launch(system.applications)} />
          <ActionItems actions={primary(system)} />
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

/** Its agent, and for how long it runs, or when it was last there. */
function Life({ system }: { system: CustomerSystem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return (
    <span className={plain.detail}>
      {system.agent_version && `${t("systems.fields.agent_version")} ${system.agent_version} · `}
      {system.connectivity === "connected" && system.started_at ? (
        <>
          {t("systems.fields.uptime")} {format.duration((now - Date.parse(system.started_at)) / 1000)}
        </>
      ) : (
        <>
          {t("systems.fields.last_seen_at")} <Ago at={system.last_seen_at} never={t("systems.never")} />
        </>
      )}
    </span>
  );
}
