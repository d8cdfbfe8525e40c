/** Texts that an administrator wrote: HTML of a few elements, made safe by the server and read here by the same list. */
import { createElement, Fragment, useMemo, type ReactNode } from "react";

import classes from "./markup.module.css";

/** Headings start at the second: the page has its own first. */
const elements: Record<string, string> = {
  B: "b",
  BR: "br",
  EM: "em",
  H1: "h2",
  H2: "h2",
  H3: "h3",
  H4: "h4",
  I: "i",
  LI: "li",
  OL: "ol",
  P: "p",
  S: "s",
  STRONG: "strong",
  U: "u",
  UL: "ul",
};

function shown(node: Node, key: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  const name = elements[node.nodeName];
  if (name === "br") return <br key={key} />;
  const inside = [...node.childNodes].map(shown);
  return createElement(name ?? Fragment, { key }, ...inside);
}

export function Markup({ text }: { text: string }) {
  const content = useMemo(() => {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    return [...parsed.body.childNodes].map(shown);
  }, [text]);
  return <div className={classes.text}>{content}</div>;
}
