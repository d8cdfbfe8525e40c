/** What a row of the list of customers shows. */
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Customer } from "../../api/types.ts";
import { ConnectivityBar, NetworkState } from "../../components/connectivity.tsx";
import type { Column } from "../../components/data-list/types.ts";
import { Flag } from "../../components/status.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { toneOfColour } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import list from "../equipment/list.module.css";
import { AssignedMark } from "./assigned-mark.tsx";
import { AlertsMark, AttentionMark } from "./customer-marks.tsx";
import classes from "./customer.module.css";

/** `assign` opens who sees a customer; without it, only the names are shown. */
export function useCustomerColumns(assign: ((row: Customer) => void) | undefined): Column<Customer>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const systemCount = useSystemCount();
  const assigns = assign !== undefined;
  return useMemo<Column<Customer>[]>(
    () => [
      {
        id: "name",
        header: t("equipment.fields.name"),
        sort: "name",
        width: 190,
        grow: true,
        fixed: true,
        cell: (row) => <CustomerName row={row} />,
      },
      {
        id: "system_name",
        header: t("systems.fields.system_name"),
        sort: "system_name",
        width: 124,
        grow: true,
        cell: (row) => row.network.system_name,
      },
      code(t),
      {
        id: "profiles",
        header: t("systems.fields.profiles"),
        width: 132,
        grow: true,
        cell: (row) => row.network.profiles.join(", "),
      },
      {
        id: "version",
        header: t("systems.fields.version"),
        sort: "version",
        width: 84,
        cell: (row) => row.network.version,
      },
      {
        id: "alerts",
        header: t("customers.alerts.column"),
        sort: "alerts",
        width: 80,
        align: "right",
        cell: (row) => <AlertsMark row={row} />,
      },
      {
        id: "connectivity",
        header: t("systems.fields.connectivity"),
        sort: "connectivity",
        width: 208,
        grow: true,
        fixed: true,
        cell: (row) => <NetworkState network={row.network} customer={row.id} />,
      },
      {
        id: "colour",
        header: t("customers.state"),
        sort: "colour",
        width: 72,
        cell: (row) => <AttentionMark row={row} />,
      },
      {
        id: "assigned",
        header: t("people.assigned.column"),
        width: 84,
        cell: (row) => <AssignedMark customer={row} open={assign && (() => assign(row))} />,
      },
      {
        id: "tags",
        header: t("customers.tags"),
        width: 120,
        grow: true,
        hidden: true,
        cell: (row) => <Tags tags={row.tags} />,
      },
      {
        id: "systems",
        header: t("systems.fields.systems"),
        width: 88,
        align: "right",
        hidden: true,
        cell: (row) => (
          <Link to="/systems" search={{ customer_id: row.id }} aria-label={systemCount(row)}>
            {format.number(row.network.systems)}
          </Link>
        ),
      },
      {
        id: "equipment",
        header: t("shell.places.equipment"),
        width: 104,
        align: "right",
        hidden: true,
        cell: (row) => (
          <Link
            to="/equipment"
            search={{ customer_id: row.id }}
            aria-label={t("customers.equipment", { count: row.equipment, shown: format.number(row.equipment) })}
          >
            {format.number(row.equipment)}
          </Link>
        ),
      },
      {
        id: "reseller",
        header: t("customers.reseller"),
        sort: "reseller",
        width: 124,
        grow: true,
        hidden: true,
        cell: (row) => named(row.reseller.name),
      },
      {
        id: "provider",
        header: t("customers.provider"),
        width: 220,
        hidden: true,
        cell: (row) => named(row.provider.name),
      },
      { id: "phone", header: t("people.fields.phone"), width: 130, hidden: true, cell: (row) => row.phone },
      {
        id: "technical_email",
        header: t("customers.technicalEmail"),
        width: 220,
        hidden: true,
        cell: (row) => row.technical_email,
      },
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, format, assigns],
  );
}

/** Of customers that were deleted: nothing of them is connected any more. */
export function useDeletedColumns(): Column<Customer>[] {
  const { t } = useTranslation();
  const named = useGivenName();
  return useMemo<Column<Customer>[]>(
    () => [
      {
        id: "name",
        header: t("equipment.fields.name"),
        sort: "name",
        width: 220,
        grow: true,
        fixed: true,
        cell: (row) => named(row.name),
      },
      code(t),
      {
        id: "reseller",
        header: t("customers.reseller"),
        sort: "reseller",
        width: 180,
        grow: true,
        cell: (row) => named(row.reseller.name),
      },
      { id: "tags", header: t("customers.tags"), width: 140, grow: true, cell: (row) => row.tags.join(", ") },
      {
        id: "deleted_at",
        header: t("customers.about.deleted"),
        width: 140,
        cell: (row) => <Ago at={row.deleted_at} />,
      },
      {
        id: "kept_until",
        header: t("customers.about.keptUntil"),
        width: 180,
        cell: (row) => row.kept_until && <Moment at={row.kept_until} />,
      },
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
}

const code = (t: TFunction): Column<Customer> => ({
  id: "code",
  header: t("customers.codeShort"),
  sort: "code",
  width: 128,
  cell: (row) => (
    <span className="mono truncate" title={row.code}>
      {row.code}
    </span>
  ),
});

/** How many systems a customer has, in words. */
export function useSystemCount(): (row: Customer) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ network: { systems: count } }) => t("systems.count", { count, shown: format.number(count) });
}

export function CustomerName({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const name = useGivenName()(row.name);
  return (
    <span className={list.name}>
      <ConnectivityBar tone={toneOfColour[row.network.colour]} />
      <span className="truncate" title={name}>
        {name}
      </span>
      {row.is_default && name === row.name && (
        <Flag tone="off" title={t("customers.defaultHint")}>
          {t("customers.default")}
        </Flag>
      )}
    </span>
  );
}

/** Each tag leads to the customers that have it; `wrap` where there is room for lines. */
export function Tags({ tags, wrap }: { tags: string[]; wrap?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={wrap ? classes.tags : list.flags} title={wrap ? undefined : tags.join(", ") || undefined}>
      {tags.map((tag) => (
        <Link
          key={tag}
          to="/administration/customers"
          search={{ tag }}
          className="truncate"
          aria-label={t("customers.withTag", { tag })}
        >
          {tag}
        </Link>
      ))}
    </span>
  );
}
