/** Vigie's mark: a lantern in a crow's nest. Drawn by a few paths, so that it reads at 16 pixels. */
export function Mark({ size = 24, label }: { size?: number; label?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      focusable="false"
    >
      <path
        fill="var(--mark-light, var(--v-signal))"
        d="M16 2.2c1 0 1.8.8 1.8 1.8v.8l4.6 3.7v2H9.6v-2l4.6-3.7V4c0-1 .8-1.8 1.8-1.8Zm-4.9 9.9h9.8v6.4h-9.8z"
      />
      <path
        fill="var(--mark-nest, currentColor)"
        d="M3.5 19.8h25v3.1h-2.1l-1.9 6.9H7.5l-1.9-6.9H3.5zm6.2 5 .7 2.6h11.2l.7-2.6z"
        fillRule="evenodd"
      />
    </svg>
  );
}
