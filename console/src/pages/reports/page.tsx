/** What there is in figures, each with its list; and the reports of it that are written by themselves. */
import { Button, Menu, SegmentedControl } from "@mantine/core";
import { IconDownload, IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { reports } from "../../api/index.ts";
import { ListTotal } from "../../components/data-list/total.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { ownZone } from "../../lib/zones.ts";
import type { Search } from "../../router.tsx";
import { ScheduleList } from "./schedules.tsx";
import { SummaryFigures } from "./summary.tsx";

export function ReportsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const scheduled = search.tab === "scheduled";
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  return (
    <>
      <PageHeader
        title={t("shell.places.reports")}
        documentTitle={scheduled ? t("reports.tabs.scheduled") : undefined}
        help="reports"
        beside={scheduled ? <ListTotal name="report-schedules" /> : undefined}
        actions={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t("reports.tabs.label")}
              value={scheduled ? "scheduled" : "summary"}
              onChange={(value) =>
                void navigate({
                  to: ".",
                  search: ({ customer_id }: Search) => ({
                    customer_id,
                    tab: value === "scheduled" ? value : undefined,
                  }),
                })
              }
              data={(["summary", "scheduled"] as const).map((value) => ({ value, label: t(`reports.tabs.${value}`) }))}
            />
            {scheduled ? (
              <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
                {t("reports.add")}
              </Button>
            ) : (
              <Page customer={search.customer_id} />
            )}
          </>
        }
      />
      {scheduled ? (
        <ScheduleList adding={search.new === "1"} add={() => open("1")} added={() => open(undefined)} />
      ) : (
        <SummaryFigures narrowed={{ customer_id: search.customer_id, reseller_id: search.reseller_id }} />
      )}
    </>
  );
}

/** The same as a page of its own: to look at, or to keep. */
function Page({ customer }: { customer?: string }) {
  const { t, i18n } = useTranslation();
  const asked = { customer_id: customer, lang: i18n.language, time_zone: ownZone() };
  return (
    <Menu width={220}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} stroke={1.8} />}>
          {t("reports.page.menu")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={reports.pageAddress(asked)} target="_blank" rel="noopener">
          {t("reports.page.open")}
          <span className="sr-only"> {t("common.newTab")}</span>
        </Menu.Item>
        <Menu.Item component="a" href={reports.pageAddress({ ...asked, download: "true" })} download>
          {t("reports.page.download")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
