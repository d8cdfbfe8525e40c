/** How a system or a customer is connected: a coloured bar, a shape and words; and, for who asks, why and what to do. */
import { Popover } from "@mantine/core";
import {
  IconAlertTriangle,
  IconHistory,
  IconHourglass,
  IconKeyOff,
  IconPlugConnected,
  IconPlugConnectedX,
  IconShieldX,
  type Icon,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Connectivity, Network } from "../api/types.ts";
import { anchorOf } from "../lib/anchor.ts";
import { remedies, toneOf, toneOfNetwork } from "../lib/connectivity.ts";
import { useFormat } from "../lib/format.ts";
import { CopyField } from "./copy.tsx";
import classes from "./connectivity.module.css";
import type { Tone } from "./status.tsx";
import { useNow } from "./time.tsx";

const icons: Partial<Record<Connectivity, Icon>> = {
  connected: IconPlugConnected,
  waiting: IconHourglass,
  invalid_system: IconShieldX,
  legacy: IconHistory,
};
const iconOf = (connectivity: Connectivity, tone: Tone): Icon =>
  icons[connectivity] ?? (tone === "attention" ? IconKeyOff : IconPlugConnectedX);

/** The bar by a name; the words are told beside it. */
export function ConnectivityBar({ tone }: { tone: Tone }) {
  return <span className={classes.bar} data-tone={tone} aria-hidden />;
}

interface Props {
  connectivity: Connectivity;
  since?: string | null;
}

/** A state's name; what is unreachable says since when. */
export function useConnectivityWords(): (connectivity: Connectivity, since?: string | null) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return (connectivity, since) => {
    const name = t(`systems.connectivity.${connectivity}.name`);
    if (connectivity !== "unreachable" || !since) return name;
    return `${name} ${t("systems.since", { since: sinceOf(format, since, now) })}`;
  };
}

/** Today's moment by its hour, another day's by its date. */
function sinceOf(format: ReturnType<typeof useFormat>, since: string, now: number): string {
  return now - Date.parse(since) < 43_200_000 ? format.time(since) : format.date(since);
}

function Words({ icon: Shape, tone, children }: { icon: Icon; tone: Tone; children: string }) {
  return (
    <span className={classes.state} data-tone={tone}>
      <Shape size={15} stroke={1.8} aria-hidden />
      <span className={`truncate ${classes.words}`} title={children}>
        {children}
      </span>
    </span>
  );
}

/** A state in a line, which explains itself when it is pointed at or pressed. */
export function ConnectivityState({ connectivity, since }: Props) {
  const words = useConnectivityWords()(connectivity, since);
  const tone = toneOf(connectivity);
  return (
    <Explained words={words} card={<Explanation connectivity={connectivity} since={since} />}>
      <Words icon={iconOf(connectivity, tone)} tone={tone}>
        {words}
      </Words>
    </Explained>
  );
}

/** A row's second line where there is no room for columns: a state, and what else there is to say. */
export function StateLine({ state, rest }: { state: ReactNode; rest: string }) {
  return (
    <span className={classes.line}>
      {state}
      <span className="truncate">{rest && `· ${rest}`}</span>
    </span>
  );
}

/** A customer's state: its primary's, unless that one is well and another is not. */
export function NetworkState({ network, customer }: { network: Network; customer: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (toneOf(network.connectivity) !== "good" || network.unconnected === 0)
    return <ConnectivityState connectivity={network.connectivity} since={network.connectivity_since} />;
  const words = t("systems.unconnected", { count: network.unconnected, shown: format.number(network.unconnected) });
  return (
    <Explained
      words={words}
      card={
        <>
          <p className={classes.title}>{words}</p>
          <p className={classes.why}>{t("systems.unconnectedText")}</p>
          <div className={classes.foot}>
            <Link to="/systems" search={{ customer_id: customer }}>
              {t("systems.seeSystems")}
            </Link>
          </div>
        </>
      }
    >
      <Words icon={IconAlertTriangle} tone={toneOfNetwork(network)}>
        {words}
      </Words>
    </Explained>
  );
}

/** What a state means and what to do about it, on the system and here. */
export function Explanation({ connectivity, since, wide }: Props & { wide?: boolean }) {
  const { t } = useTranslation();
  const words = useConnectivityWords()(connectivity, since);
  const part = (name: "system" | "console") => t(`systems.connectivity.${connectivity}.${name}`);
  const command = remedies[connectivity];
  return (
    <div className={classes.card}>
      {!wide && <p className={classes.title}>{words}</p>}
      <p className={classes.why}>{t(`systems.connectivity.${connectivity}.why`)}</p>
      {part("system") && (
        <div className={classes.remedy}>
          <b>{t("systems.onSystem")}</b>
          <p>{part("system")}</p>
          {command && <CopyField text={command} label={t("systems.onSystem")} wrap />}
        </div>
      )}
      {part("console") && (
        <div className={classes.remedy}>
          <b>{t("systems.inConsole")}</b>
          <p>{part("console")}</p>
        </div>
      )}
      <div className={classes.foot}>
        <a
          href={`/help/connection#${anchorOf(t(`systems.connectivity.${connectivity}.name`))}`}
          target="_blank"
          rel="noopener"
        >
          {t("systems.help")}
          <span className="sr-only"> {t("common.newTab")}</span>
        </a>
      </div>
    </div>
  );
}

/** Opens beside its words while they are pointed at; pressed, it stays and takes the focus. */
function Explained({ words, card, children }: { words: string; card: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<"no" | "pointed" | "pressed">("no");
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const soon = (next: "no" | "pointed") => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(
      () => setShown((now) => (now === "pressed" ? now : next)),
      next === "no" ? 180 : 300,
    );
  };
  const pointed = { onMouseEnter: () => soon("pointed"), onMouseLeave: () => soon("no") };
  return (
    <Popover
      opened={shown !== "no"}
      onChange={(opened) => !opened && setShown("no")}
      width={340}
      shadow="md"
      position="bottom-start"
      trapFocus={shown === "pressed"}
      returnFocus
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.target}
          aria-label={t("systems.explain", { state: words })}
          onClick={() => {
            window.clearTimeout(timer.current);
            setShown((now) => (now === "pressed" ? "no" : "pressed"));
          }}
          {...pointed}
        >
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown {...pointed}>
        <div className={classes.card}>{card}</div>
      </Popover.Dropdown>
    </Popover>
  );
}
