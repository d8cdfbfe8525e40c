import type { ReactNode } from "react";

import classes from "../pages/plain.module.css";

/** A part of a settings page: what it is about on the left, what there is on the right. */
export function Section({ title, text, children }: { title?: string; text?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <header>
        {title && <h2>{title}</h2>}
        {text && <p>{text}</p>}
      </header>
      <div className={classes.content}>{children}</div>
    </section>
  );
}

export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.field}>
      <span className={classes.label}>{label}</span>
      {children}
      {hint && <span className={classes.hint}>{hint}</span>}
    </div>
  );
}
