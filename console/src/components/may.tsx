/** What the role may not do stays where it is, greyed, and says why: to the eye on hover and focus, to the ear always. */
import { Tooltip } from "@mantine/core";
import { cloneElement, useId, type MouseEvent, type ReactElement } from "react";

import type { PolicyAction } from "../api/types.ts";
import { useMay } from "../lib/permissions.ts";

interface Props {
  action: PolicyAction;
  /** `all`: for what belongs to no one customer. */
  within?: "all";
  /** A button, or what behaves as one. */
  children: ReactElement<Record<string, unknown>>;
}

export function May({ action, within, children }: Props) {
  const { may, why } = useMay(action, within);
  return <Greyed why={may ? undefined : why}>{children}</Greyed>;
}

/** A button that cannot be used now: it keeps its place in the tab order, so that the reason can be found. */
export function Greyed({ why, children }: { why: string | undefined; children: Props["children"] }) {
  const id = useId();
  if (why === undefined) return children;
  const stop = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <Tooltip label={why} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
        {cloneElement(children, {
          "aria-disabled": true,
          "aria-describedby": id,
          "data-disabled": true,
          type: "button",
          onClick: stop,
          // A link that leads nowhere.
          ...(children.props.component ? { component: "button", to: undefined, href: undefined } : {}),
        })}
      </Tooltip>
      <span id={id} className="sr-only">
        {why}
      </span>
    </>
  );
}
