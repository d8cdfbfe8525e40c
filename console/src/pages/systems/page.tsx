/** Customers' systems, and the tokens with which they enrol. */
import { Button, SegmentedControl } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { ListTotal } from "../../components/data-list/total.tsx";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { AddDrawer } from "./add-drawer.tsx";
import { SystemList } from "./list.tsx";
import { TokenList } from "./tokens.tsx";

export function SystemsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const add = useMay("customers.add");
  // Tokens are for those who may make them.
  const tab = add.may && search.tab === "tokens" ? "tokens" : "list";
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  return (
    <>
      <PageHeader
        title={t("systems.title")}
        documentTitle={tab === "tokens" ? t("systems.tokens.title") : undefined}
        help="connection"
        beside={<ListTotal name={tab === "tokens" ? "enrolment-tokens" : "systems"} />}
        actions={
          <>
            {add.may && (
              <SegmentedControl
                size="xs"
                aria-label={t("systems.show")}
                value={tab}
                onChange={(value) =>
                  void navigate({
                    to: ".",
                    search: ({ customer_id }: Search) => ({
                      customer_id,
                      tab: value === "tokens" ? value : undefined,
                    }),
                  })
                }
                data={[
                  { value: "list", label: t("systems.tabs.list") },
                  { value: "tokens", label: t("systems.tabs.tokens") },
                ]}
              />
            )}
            <May action="customers.add">
              <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
                {t("systems.add.action")}
              </Button>
            </May>
          </>
        }
      />
      {tab === "tokens" ? <TokenList key="tokens" /> : <SystemList key="systems" add={() => open("1")} />}
      <AddDrawer opened={add.may && search.new === "1"} close={() => open(undefined)} customer={search.customer_id} />
    </>
  );
}
