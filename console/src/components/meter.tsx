import classes from "./meter.module.css";

/** A share of something, as a thin bar. What it means stands in words beside it. */
export function Meter({ share, label, tone }: { share: number; label: string; tone?: "attention" | "other" }) {
  return (
    <svg
      className={classes.meter}
      data-tone={tone}
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect className={classes.track} width="100" height="4" />
      <rect className={classes.fill} width={Math.max(0, Math.min(100, share * 100))} height="4" />
    </svg>
  );
}
