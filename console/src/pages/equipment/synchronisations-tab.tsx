import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { equipment } from "../../api/index.ts";
import type { Equipment, Synchronisation } from "../../api/types.ts";
import { Failed, Loading, Nothing } from "../../components/states.tsx";
import { Status, type Tone } from "../../components/status.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import classes from "./components-tab.module.css";

const tones: Record<string, Tone> = { ok: "good", degraded: "attention", failed: "broken", error: "broken" };

export function SynchronisationsTab({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const list = useInfiniteQuery({
    queryKey: ["equipment", "synchronisations", item.id, item.last_contact_at],
    queryFn: ({ pageParam }) => equipment.synchronisations(item.id, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Loading />;
  const rows = list.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <Nothing title={t("equipment.sync.none")} />;
  return (
    <>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("equipment.tabs.synchronisations")}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t("equipment.sync.at")}</th>
              <th scope="col">{t("equipment.sync.status")}</th>
              <th scope="col">{t("equipment.sync.outcome")}</th>
              <th scope="col" data-align="right">
                {t("equipment.sync.bytes")}
              </th>
              <th scope="col">{t("equipment.fields.agent_version")}</th>
              <th scope="col">{t("equipment.sync.source")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row: Synchronisation, index) => (
              <tr key={`${row.at}-${index}`}>
                <td data-first>
                  <Moment at={row.at} />{" "}
                  <span className="muted">
                    <Ago at={row.at} />
                  </span>
                </td>
                <td>
                  {row.status && (
                    <Status tone={tones[row.status] ?? "off"}>
                      {t(`equipment.sync.statuses.${row.status}`, { defaultValue: row.status })}
                    </Status>
                  )}
                  {row.messages.map((message, at) => (
                    <div key={at} className="muted">
                      {message}
                    </div>
                  ))}
                </td>
                <td>{t(`equipment.sync.outcomes.${row.outcome}`, { defaultValue: row.outcome })}</td>
                <td data-align="right">{row.bytes === null ? "—" : format.bytes(row.bytes)}</td>
                <td>{row.agent_version || "—"}</td>
                <td className="mono">{row.source_address || "—"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.hasNextPage && (
        <Button variant="default" mt={12} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("common.older")}
        </Button>
      )}
    </>
  );
}
