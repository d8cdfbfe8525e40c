import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { notices } from "../api/index.ts";
import { NoticeLine } from "../components/notice-line.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Failed, Loading, Nothing } from "../components/states.tsx";
import classes from "./plain.module.css";

export function NotificationsPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ["notifications", "all"],
    queryFn: ({ pageParam }) => notices.list({ limit: 50, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const read = useMutation({
    mutationFn: () => notices.read({ all: true }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notifications"] }),
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const unread = (list.data?.pages[0]?.unread ?? 0) > 0;
  return (
    <>
      <PageHeader
        title={t("shell.places.notifications")}
        actions={
          unread && (
            <Button variant="default" onClick={() => read.mutate()} loading={read.isPending}>
              {t("shell.bell.readAll")}
            </Button>
          )
        }
      />
      <div className={classes.page}>
        {list.isError && !list.data ? (
          <Failed error={list.error} retry={() => void list.refetch()} />
        ) : !list.data ? (
          <Loading />
        ) : rows.length === 0 ? (
          <Nothing title={t("shell.bell.none")} />
        ) : (
          <ul className={classes.notices}>
            {rows.map((notice) => (
              <NoticeLine key={notice.id} notice={notice} />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button variant="default" mt={12} onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
            {t("common.older")}
          </Button>
        )}
      </div>
    </>
  );
}
