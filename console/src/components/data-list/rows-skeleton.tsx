/** The table's own shape while its first page is on the way. */
import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./rows.module.css";

export function RowsSkeleton({ narrow, columns }: { narrow: boolean; columns: number }) {
  const { t } = useTranslation();
  const cells = narrow ? 1 : columns;
  return (
    <div className={classes.skeleton}>
      <span className="sr-only">{t("common.loading")}</span>
      {Array.from({ length: 14 }, (_, row) => (
        <div key={row} className={classes.skeletonRow}>
          {Array.from({ length: cells }, (_, cell) => (
            <Skeleton key={cell} height={10} width={`${35 + ((row * 7 + cell * 13) % 45)}%`} radius="sm" />
          ))}
        </div>
      ))}
    </div>
  );
}
