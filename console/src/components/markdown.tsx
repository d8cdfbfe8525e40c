/** Markdown as elements. Raw HTML in it is not made into any: it is left out. */
import type { Token, Tokens } from "marked";
import { Fragment, type ReactNode } from "react";

import { anchorOf, textOf, unescaped } from "../lib/help.ts";
import classes from "./markdown.module.css";

interface Props {
  tokens: Token[];
  /** How a link is made; without an address there is none, and its words stay. */
  link: (href: string, children: ReactNode) => ReactNode;
  /** The heading of the first level stands elsewhere on the page. */
  withoutTitle?: boolean;
}

export function Markdown({ tokens, link, withoutTitle }: Props) {
  return (
    <div className={classes.text}>
      {tokens.map((token, index) =>
        withoutTitle && token.type === "heading" && (token as Tokens.Heading).depth === 1 ? null : (
          <Block key={index} token={token} link={link} />
        ),
      )}
    </div>
  );
}

type Piece = { token: Token; link: Props["link"] };

function Block({ token, link }: Piece) {
  const inline = (tokens: Token[] | undefined) => <Inlines tokens={tokens ?? []} link={link} />;
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      const Tag = `h${Math.min(depth, 4)}` as "h2";
      return (
        <Tag id={anchorOf(textOf(token))} tabIndex={-1}>
          {inline(tokens)}
        </Tag>
      );
    }
    case "paragraph":
      return <p>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case "code":
      return (
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "blockquote":
      return (
        <blockquote>
          {(token as Tokens.Blockquote).tokens.map((inner, index) => (
            <Block key={index} token={inner} link={link} />
          ))}
        </blockquote>
      );
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      const rows = items.map((item, index) => (
        <li key={index}>
          {item.tokens.map((inner, number) =>
            inner.type === "text" ? (
              <Fragment key={number}>{inline((inner as Tokens.Text).tokens ?? [inner])}</Fragment>
            ) : (
              <Block key={number} token={inner} link={link} />
            ),
          )}
        </li>
      ));
      return ordered ? <ol start={start === "" ? undefined : start}>{rows}</ol> : <ul>{rows}</ul>;
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return (
        <div
          className={classes.table}
          tabIndex={0}
          role="region"
          aria-label={header.map((cell) => cell.text).join(", ")}
        >
          <table>
            <thead>
              <tr>
                {header.map((cell, index) => (
                  <th key={index} scope="col">
                    {inline(cell.tokens)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, number) => (
                    <td key={number}>{inline(cell.tokens)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    }
    case "hr":
      return <hr />;
    default:
      return null;
  }
}

function Inlines({ tokens, link }: { tokens: Token[]; link: Props["link"] }) {
  return tokens.map((token, index) => <Inline key={index} token={token} link={link} />);
}

function Inline({ token, link }: Piece): ReactNode {
  const inner = "tokens" in token && token.tokens ? <Inlines tokens={token.tokens} link={link} /> : null;
  switch (token.type) {
    case "strong":
      return <strong>{inner}</strong>;
    case "em":
      return <em>{inner}</em>;
    case "del":
      return <del>{inner}</del>;
    case "codespan":
      return <code>{unescaped((token as Tokens.Codespan).text)}</code>;
    case "br":
      return <br />;
    case "link":
      return link((token as Tokens.Link).href, inner);
    case "text":
    case "escape":
      return inner ?? unescaped((token as Tokens.Text).text);
    default:
      return null;
  }
}
