/**
 * Parts of a whole, as a ring or as bars, with a legend of their names and numbers. A name hides and shows its part; a part,
 * and the number beside its name, opens the list of what it counts.
 */
import { Link, type LinkProps } from "@tanstack/react-router";
import { IconEyeOff } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { arcs } from "../../lib/charts.ts";
import { useFormat } from "../../lib/format.ts";
import classes from "./charts.module.css";

export interface Part {
  id: string;
  label: string;
  count: number;
  /** A token of the theme: what it is painted with. */
  paint: string;
  /** What says the same without the colour. */
  icon?: ReactNode;
  /** The list that it counts; without it there is none. */
  link?: LinkProps;
}

/** What parts are painted with that mean nothing by themselves. */
export const paints = Array.from({ length: 8 }, (_, index) => `--v-part-${index + 1}`);
export const paintOf = (index: number) => paints[index % paints.length]!;

/** How large the sum is written, so that a long one stays within the ring. */
const sizeOf = (sum: string) => Math.min(20, Math.floor(114 / sum.length));

interface Props {
  title: string;
  parts: Part[];
  kind?: "ring" | "bars";
  /** Said in the ring, below the sum. */
  what?: string;
  none: string;
  /** On a wall, where nothing is opened or hidden. */
  still?: boolean;
}

export function Shares({ title, parts, kind = "ring", what, none, still }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = parts.map((part) => (hidden.has(part.id) ? 0 : part.count));
  const total = shown.reduce((sum, count) => sum + count, 0);
  const sum = format.number(total);
  const largest = Math.max(1, ...shown);
  const toggle = (id: string) =>
    setHidden((old) => {
      const now = new Set(old);
      if (!now.delete(id)) now.add(id);
      return now;
    });
  const share = (count: number) => (total > 0 ? format.percent(count / total) : "");
  const drawn = arcs(shown, 42, 2.5);
  if (parts.every((part) => part.count === 0))
    return (
      <section className={classes.panel}>
        <h3>{title}</h3>
        <p className={classes.none}>{none}</p>
      </section>
    );
  return (
    <section className={classes.panel}>
      <h3>{title}</h3>
      <div className={classes.shares} data-kind={kind}>
        {kind === "ring" && (
          <svg className={classes.ring} viewBox="-50 -50 100 100" aria-hidden focusable="false">
            {parts.map((part, index) => {
              const path = drawn[index];
              if (!path) return null;
              const segment = (
                <path d={path} className={classes.segment} style={{ stroke: `var(${part.paint})` }}>
                  <title>{`${part.label} · ${format.number(part.count)} · ${share(part.count)}`}</title>
                </path>
              );
              return part.link && !still ? (
                // The number in the legend is the same link, for keyboard and ear.
                <Link key={part.id} {...part.link} tabIndex={-1} className={classes.segmentLink}>
                  {segment}
                </Link>
              ) : (
                <g key={part.id}>{segment}</g>
              );
            })}
            <text className={classes.sum} y={what ? 3 : 7} style={{ fontSize: sizeOf(sum) }}>
              {sum}
            </text>
            {what && (
              <text className={classes.what} y={15}>
                {what}
              </text>
            )}
          </svg>
        )}
        <ul className={classes.legend}>
          {parts.map((part, index) => (
            <li key={part.id} className={classes.entry} data-hidden={hidden.has(part.id) || undefined}>
              {still ? (
                <span className={classes.name}>
                  <Name part={part} hidden={false} swatch={kind === "ring"} />
                </span>
              ) : (
                <button
                  type="button"
                  className={classes.name}
                  aria-pressed={!hidden.has(part.id)}
                  title={t(hidden.has(part.id) ? "dashboard.chart.show" : "dashboard.chart.hide", { name: part.label })}
                  onClick={() => toggle(part.id)}
                >
                  <Name part={part} hidden={hidden.has(part.id)} swatch={kind === "ring"} />
                </button>
              )}
              {part.link && !still ? (
                <Link
                  {...part.link}
                  className={classes.count}
                  aria-label={t("dashboard.chart.open", { name: part.label, count: format.number(part.count) })}
                >
                  {format.number(part.count)}
                </Link>
              ) : (
                <span className={classes.count}>{format.number(part.count)}</span>
              )}
              {kind === "ring" && <span className={classes.share}>{hidden.has(part.id) ? "" : share(part.count)}</span>}
              {kind === "bars" && (
                <span className={classes.track} aria-hidden>
                  <Bar part={part} width={shown[index]! / largest} still={still} />
                </span>
              )}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Name({ part, hidden, swatch }: { part: Part; hidden: boolean; swatch: boolean }) {
  return (
    <>
      {hidden ? (
        <IconEyeOff size={14} stroke={1.8} aria-hidden />
      ) : (
        (part.icon ??
        (swatch && <span className={classes.swatch} style={{ background: `var(${part.paint})` }} aria-hidden />))
      )}
      <span className="truncate" title={part.label}>
        {part.label}
      </span>
    </>
  );
}

function Bar({ part, width, still }: { part: Part; width: number; still?: boolean }) {
  const bar = (
    <svg className={classes.bar} viewBox="0 0 100 8" preserveAspectRatio="none" focusable="false">
      <rect width={width > 0 ? Math.max(1, width * 100) : 0} height="8" style={{ fill: `var(${part.paint})` }} />
    </svg>
  );
  if (!part.link || still) return bar;
  return (
    <Link {...part.link} tabIndex={-1} className={classes.barLink}>
      {bar}
    </Link>
  );
}
