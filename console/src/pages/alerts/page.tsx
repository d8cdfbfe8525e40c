/** What is wrong with customers' systems, by type; and when nobody is to be notified of it. */
import { Button, Menu, SegmentedControl } from "@mantine/core";
import { IconChecks, IconChevronDown } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { alerts } from "../../api/index.ts";
import type { AlertType } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import { MenuAction } from "../../components/data-list/row-menu.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { alertTypes, filterOf } from "../../lib/alerts.ts";
import { useFormat } from "../../lib/format.ts";
import { useLive } from "../../lib/live.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import classes from "./alerts.module.css";
import { useHandling } from "./handle.tsx";
import { AlertList } from "./list.tsx";
import { AddMaintenance, MaintenanceList } from "./maintenance.tsx";

export function AlertsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const maintenance = search.tab === "maintenance";
  const type = alertTypes.find((one) => one === search.type);
  return (
    <>
      <PageHeader
        title={t("alerts.title")}
        documentTitle={maintenance ? t("alerts.maintenance.title") : undefined}
        help="alerts"
        beside={!maintenance && <ListTotal name="alerts" />}
        actions={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t("alerts.show")}
              value={maintenance ? "maintenance" : "list"}
              onChange={(value) =>
                void navigate({
                  to: ".",
                  search: ({ customer_id }: Search) => ({
                    customer_id,
                    tab: value === "maintenance" ? value : undefined,
                  }),
                })
              }
              data={[
                { value: "list", label: t("alerts.tabs.list") },
                { value: "maintenance", label: t("alerts.tabs.maintenance") },
              ]}
            />
            {maintenance ? <AddMaintenance /> : <ClearMenu type={type} search={search} />}
          </>
        }
      />
      {maintenance ? (
        <MaintenanceList />
      ) : (
        <>
          <Types type={type} search={search} />
          <AlertList type={type} />
        </>
      )}
    </>
  );
}

/** The types with their counts, of what the other filters let through. */
function Types({ type, search }: { type: AlertType | undefined; search: Search }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { type: _type, ...filter } = filterOf(search);
  const counts = useQuery({
    queryKey: ["alerts", "counts", filter],
    queryFn: ({ signal }) => alerts.counts(filter, signal),
    placeholderData: (before) => before,
  });
  useLive(["alerts"], () => void client.invalidateQueries({ queryKey: ["alerts", "counts"] }));
  const countOf = (one: AlertType | undefined) =>
    one ? counts.data?.types.find((found) => found.type === one)?.alerts : counts.data?.alerts;
  return (
    <nav className={classes.tabs} aria-label={t("alerts.tabs.label")}>
      {[undefined, ...alertTypes].map((one) => {
        const count = countOf(one);
        return (
          <Link
            key={one ?? "all"}
            to="/alerts"
            search={(old: Search) => ({
              ...old,
              type: one,
              cursor: undefined,
              page: undefined,
              alert: undefined,
            })}
            className={classes.tab}
            aria-current={type === one ? "true" : undefined}
            activeOptions={{ explicitUndefined: true }}
            data-chosen={type === one || undefined}
          >
            {one ? t(`alerts.types.${one}`) : t("alerts.tabs.all")}
            {count !== undefined && <span className={classes.tabCount}>{format.number(count)}</span>}
          </Link>
        );
      })}
    </nav>
  );
}

/** Clears more than what is selected. */
function ClearMenu({ type, search }: { type: AlertType | undefined; search: Search }) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState<Question | null>(null);
  const { clearAll, clearType } = useHandling(setQuestion);
  const { why } = useMay("alerts.handle");
  const filter = filterOf(search);
  const over = search.state === "cleared" ? t("alerts.clear.cleared") : undefined;
  const still = search.state === "ongoing" ? t("alerts.clear.nothing") : undefined;
  return (
    <>
      <Menu width={280}>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconChecks size={15} stroke={1.6} />}
            rightSection={<IconChevronDown size={14} />}
          >
            {t("alerts.clear.menu")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <MenuAction why={why ?? over ?? still} run={() => void clearAll(filter).catch(() => undefined)}>
            {t("alerts.clear.list")}
          </MenuAction>
          {type && (
            <MenuAction why={why} run={() => void clearType(type).catch(() => undefined)}>
              {t("alerts.clear.type")}
            </MenuAction>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
