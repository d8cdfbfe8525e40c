/** Which share of the systems was connected, over the last day. */
import { useState, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";

import { lineOf, lowest, shareOf, type Sample } from "../../lib/charts.ts";
import { useFormat } from "../../lib/format.ts";
import classes from "./charts.module.css";

const width = 600;
const height = 120;

export function OverTime({ title, samples }: { title: string; samples: Sample[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [pointed, setPointed] = useState<number | null>(null);
  const points = lineOf(samples, width, height);
  const last = samples.at(-1);
  const low = lowest(samples);
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const words = (one: Sample) =>
    t("dashboard.connected.sample", {
      share: format.percent(shareOf(one)),
      connected: format.number(one.connected),
      systems: format.number(one.systems),
    });
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / Math.max(1, box.width)) * width;
    let nearest = 0;
    for (const [index, one] of points.entries())
      if (Math.abs(one.x - x) < Math.abs(points[nearest]!.x - x)) nearest = index;
    setPointed(nearest);
  };
  const at = pointed === null ? undefined : samples[pointed];
  const spot = pointed === null ? undefined : points[pointed];
  // One of each hour, for who reads it by ear.
  const hourly = samples.filter((_, index) => index % 12 === 0);
  return (
    <section className={classes.panel}>
      <h3>{title}</h3>
      {!last || !low ? (
        <p className={classes.none}>{t("dashboard.connected.none")}</p>
      ) : (
        <div className={classes.time}>
          <p className={classes.now}>
            {at ? (
              <>
                <b>{format.time(at.at)}</b> {words(at)}
              </>
            ) : (
              <>
                <b>{words(last)}</b>{" "}
                <span className="muted">
                  {t("dashboard.connected.lowest", { share: format.percent(shareOf(low)), at: format.time(low.at) })}
                </span>
              </>
            )}
          </p>
          <svg
            className={classes.line}
            viewBox={`0 -4 ${width} ${height + 8}`}
            preserveAspectRatio="none"
            aria-hidden
            focusable="false"
            onPointerMove={point}
            onPointerLeave={() => setPointed(null)}
          >
            {[0, height / 2, height].map((y) => (
              <line key={y} className={classes.grid} x1="0" x2={width} y1={y} y2={y} />
            ))}
            <polygon className={classes.area} points={`0,${height} ${line} ${width},${height}`} />
            <polyline className={classes.stroke} points={line} />
            {spot && <line className={classes.cursor} x1={spot.x} x2={spot.x} y1="0" y2={height} />}
          </svg>
          <div className={classes.axis} aria-hidden>
            <span>{format.time(samples[0]!.at)}</span>
            <span>{format.time(samples[Math.floor(samples.length / 2)]!.at)}</span>
            <span>{format.time(last.at)}</span>
          </div>
          <div className="sr-only">
            <table>
              <caption>{title}</caption>
              <tbody>
                {hourly.map((one) => (
                  <tr key={one.at}>
                    <th scope="row">{format.time(one.at)}</th>
                    <td>{words(one)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </section>
  );
}
