/** How many there are, beside the heading: of the same question that the list asks. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { Page } from "../../api/types.ts";
import { useFormat } from "../../lib/format.ts";
import classes from "./total.module.css";

export function ListTotal({ name }: { name: string }) {
  const client = useQueryClient();
  const format = useFormat();
  const [page, setPage] = useState<Page<unknown> | null>(null);
  useEffect(() => {
    const cache = client.getQueryCache();
    const read = () => {
      const lists = cache.findAll({ queryKey: [name, "list"], type: "active" });
      const data = lists.at(-1)?.state.data as Page<unknown> | undefined;
      if (data) setPage(data);
    };
    read();
    return cache.subscribe(read);
  }, [client, name]);
  if (!page) return null;
  return (
    <span className={classes.total}>
      {format.number(page.total)}
      {page.total_is_minimum ? "+" : ""}
    </span>
  );
}
