/** In the list of customers: who is assigned shows on hover and focus; pressed, it opens who sees the customer and why. */
import { ActionIcon, HoverCard } from "@mantine/core";
import { IconUser, IconUsers, IconUserOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Customer } from "../../api/types.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import classes from "./assignments.module.css";

export function AssignedMark({ customer, open }: { customer: Customer; open?: () => void }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const format = useFormat();
  const { users, count } = customer.assigned;
  const rest = count - users.length;
  const names = users.map((one) => one.name).join(", ");
  const Shape = count === 0 ? IconUserOff : count === 1 ? IconUser : IconUsers;
  const words = count === 0 ? t("people.assigned.none") : t("people.assigned.mark", { names, count });
  return (
    <HoverCard width={260} openDelay={150} position="left" shadow="md">
      <HoverCard.Target>
        {open ? (
          <ActionIcon size={26} aria-label={t("people.assigned.open", { name: named(customer.name) })} onClick={open}>
            <Shape size={16} stroke={1.6} />
          </ActionIcon>
        ) : (
          <span className={classes.mark} role="img" aria-label={words}>
            <Shape size={16} stroke={1.6} />
          </span>
        )}
      </HoverCard.Target>
      <HoverCard.Dropdown className={classes.names}>
        {count === 0 ? words : names}
        {rest > 0 && ` ${t("people.assigned.others", { count: rest, shown: format.number(rest) })}`}
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
