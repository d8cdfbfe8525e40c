/** Who is notified of alerts, and the messages that left or could not. */
import { Button, SegmentedControl } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { administration } from "../../../api/index.ts";
import type { AlertSubscription } from "../../../api/types.ts";
import { ListTotal } from "../../../components/data-list/total.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { Status } from "../../../components/status.tsx";
import type { Search } from "../../../router.tsx";
import { SubscriptionDrawer } from "./drawer.tsx";
import { SubscriptionList } from "./list.tsx";
import { MessageList } from "./messages.tsx";
import classes from "./subscriptions.module.css";

export function SubscriptionsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [editing, setEditing] = useState<AlertSubscription | null>(null);
  const preferences = useQuery({ queryKey: ["preferences"], queryFn: administration.preferences });
  const messages = search.tab === "messages";
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  return (
    <>
      <PageHeader
        title={t("notify.title")}
        documentTitle={messages ? t("notify.tabs.messages") : undefined}
        help="alerts"
        beside={<ListTotal name={messages ? "alert-deliveries" : "alert-subscriptions"} />}
        actions={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t("notify.tabs.label")}
              value={messages ? "messages" : "subscriptions"}
              onChange={(value) =>
                void navigate({
                  to: ".",
                  search: ({ customer_id }: Search) => ({
                    customer_id,
                    tab: value === "messages" ? value : undefined,
                  }),
                })
              }
              data={(["subscriptions", "messages"] as const).map((value) => ({
                value,
                label: t(`notify.tabs.${value}`),
              }))}
            />
            <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
              {t("notify.add")}
            </Button>
          </>
        }
      />
      {preferences.data?.mail.host === "" && (
        <p className={classes.off}>
          <Status tone="attention">{t("notify.mailOff")}</Status>{" "}
          <Link to="/administration/preferences" search={{ field: "mail" }}>
            {t("notify.mailOffLink")}
          </Link>
        </p>
      )}
      {messages ? <MessageList key="messages" /> : <SubscriptionList add={() => open("1")} edit={setEditing} />}
      <SubscriptionDrawer opened={search.new === "1"} close={() => open(undefined)} />
      <SubscriptionDrawer
        key={editing?.id}
        opened={editing !== null}
        subscription={editing ?? undefined}
        close={() => setEditing(null)}
      />
    </>
  );
}
