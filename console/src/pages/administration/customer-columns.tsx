/** What a row of the list of customers shows. */
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Customer } from "../../api/types.ts";
import { ConnectivityBar, NetworkState } from "../../components/connectivity.tsx";
import type { Column } from "../../components/data-list/types.ts";
import { Flag, Status } from "../../components/status.tsx";
import { toneOfColour, toneOfNetwork } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import list from "../equipment/list.module.css";
import { AssignedMark } from "./assigned-mark.tsx";

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
        id: "code",
        header: t("administration.customers.code"),
        sort: "code",
        width: 110,
        cell: (row) => (
          <span className="mono truncate" title={row.code}>
            {row.code}
          </span>
        ),
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
        header: t("administration.customers.state"),
        sort: "colour",
        width: 132,
        cell: (row) => <CustomerState row={row} />,
      },
      {
        id: "system_name",
        header: t("systems.fields.system_name"),
        sort: "system_name",
        width: 116,
        grow: true,
        cell: (row) => row.network.system_name,
      },
      {
        id: "version",
        header: t("systems.fields.version"),
        sort: "version",
        width: 84,
        cell: (row) => row.network.version,
      },
      {
        id: "tags",
        header: t("administration.customers.tags"),
        width: 120,
        grow: true,
        cell: (row) => <Tags tags={row.tags} />,
      },
      {
        id: "profiles",
        header: t("systems.fields.profiles"),
        width: 124,
        grow: true,
        hidden: true,
        cell: (row) => row.network.profiles.join(", "),
      },
      {
        id: "systems",
        header: t("systems.fields.systems"),
        width: 88,
        align: "right",
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
        cell: (row) => (
          <Link
            to="/equipment"
            search={{ customer_id: row.id }}
            aria-label={t("administration.customers.equipment", {
              count: row.equipment,
              shown: format.number(row.equipment),
            })}
          >
            {format.number(row.equipment)}
          </Link>
        ),
      },
      {
        id: "reseller",
        header: t("administration.customers.reseller"),
        sort: "reseller",
        width: 124,
        grow: true,
        cell: (row) => named(row.reseller.name),
      },
      {
        id: "provider",
        header: t("administration.customers.provider"),
        width: 220,
        hidden: true,
        cell: (row) => named(row.provider.name),
      },
      { id: "phone", header: t("people.fields.phone"), width: 130, hidden: true, cell: (row) => row.phone },
      {
        id: "technical_email",
        header: t("administration.customers.technicalEmail"),
        width: 220,
        hidden: true,
        cell: (row) => row.technical_email,
      },
      {
        id: "assigned",
        header: t("people.assigned.column"),
        width: 92,
        cell: (row) => <AssignedMark customer={row} open={assign && (() => assign(row))} />,
      },
    ],
    // The names given follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, format, assigns],
  );
}

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
      <ConnectivityBar tone={toneOfNetwork(row.network)} />
      <span className="truncate" title={name}>
        {name}
      </span>
      {row.is_default && name === row.name && (
        <Flag tone="off" title={t("administration.customers.defaultHint")}>
          {t("administration.customers.default")}
        </Flag>
      )}
    </span>
  );
}

/** The colour in a word; what needs attention is told on hover. */
function CustomerState({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const { colour, attention } = row.network;
  const why = attention.map((one) => t(`administration.customers.attention.${one}`)).join(" ");
  return (
    <Status tone={toneOfColour[colour]} title={why || undefined}>
      {t(`dashboard.colours.${colour}`)}
      {why && <span className="sr-only">: {why}</span>}
    </Status>
  );
}

export function Tags({ tags }: { tags: string[] }) {
  const { t } = useTranslation();
  return (
    <span className={list.flags} title={tags.join(", ") || undefined}>
      {tags.map((tag) => (
        <Link
          key={tag}
          to="/administration/customers"
          search={{ tag }}
          className="truncate"
          aria-label={t("administration.customers.withTag", { tag })}
        >
          {tag}
        </Link>
      ))}
    </span>
  );
}
