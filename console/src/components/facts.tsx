/** Names and values, one under the other. Values that are not known are left out, never invented. */
import type { ReactNode } from "react";

import classes from "./facts.module.css";

export type Fact = [name: string, value: ReactNode];

export function Facts({ facts, wide }: { facts: (Fact | null | false)[]; wide?: boolean }) {
  const known = facts.filter(
    (fact): fact is Fact =>
      Array.isArray(fact) && fact[1] !== null && fact[1] !== undefined && fact[1] !== false && fact[1] !== "",
  );
  return (
    <dl className={classes.facts} data-wide={wide}>
      {known.map(([name, value]) => (
        <div key={name} className={classes.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
