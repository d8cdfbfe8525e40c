/** A page's heading. After a navigation the focus is on it and its words are announced. */
import { useEffect, useRef, type ReactNode } from "react";

import type { HelpPageName } from "../lib/help.ts";
import { announce } from "../lib/announce.ts";
import { HelpLink } from "./help-link.tsx";
import classes from "./page-header.module.css";

let first = true;

interface Props {
  title: string;
  /** What the browser's tab says, where it is more than the heading. */
  documentTitle?: string;
  /** Above the heading: where this page belongs. */
  parent?: ReactNode;
  beside?: ReactNode;
  facts?: ReactNode;
  actions?: ReactNode;
  /** The page of the help that is about this one. */
  help?: HelpPageName;
  /** Only the heading, without the bar around it. */
  bare?: boolean;
}

export function PageHeader({ title, documentTitle, parent, beside, facts, actions, help, bare }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  const tab = documentTitle ?? title;
  useEffect(() => {
    document.title = `${tab} · Vigie`;
    announce(tab);
  }, [tab]);

  const h1 = (
    <h1 ref={heading} tabIndex={-1} className={classes.title} title={title}>
      {title}
    </h1>
  );
  if (bare) return h1;
  return (
    <header className={classes.header} data-facts={facts ? true : undefined}>
      <div className={classes.words}>
        {parent && <div className={classes.parent}>{parent}</div>}
        <div className={classes.line}>
          {h1}
          {beside}
          {help && <HelpLink page={help} />}
        </div>
        {facts && <div className={classes.facts}>{facts}</div>}
      </div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}
