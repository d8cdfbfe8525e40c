/** How machines stand to the programs that are watched for. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { keySoftware } from "../../api/index.ts";
import type { EquipmentItem } from "../../api/types.ts";
import { Status } from "../../components/status.tsx";
import { useLive } from "../../lib/live.ts";
import classes from "./key-software.module.css";

export const stateTones = { present: "good", old: "attention", absent: "off" } as const;

/** In a row of the list: what is not as it should be, or that all is. */
export function KeySoftwareCell({ summary }: { summary: EquipmentItem["key_software"] }) {
  const { t } = useTranslation();
  if (!summary) return null;
  const { present, old, absent } = summary;
  if (old.length + absent.length === 0)
    return <Status tone="good">{t("equipment.key.allGood", { count: present })}</Status>;
  const words = [
    old.length > 0 && t("equipment.key.old", { count: old.length }),
    absent.length > 0 && t("equipment.key.absent", { count: absent.length }),
  ].filter(Boolean);
  const names = [
    ...old.map((name) => t("equipment.key.filter.old", { name })),
    ...absent.map((name) => t("equipment.key.filter.absent", { name })),
  ];
  return (
    <Status tone={old.length > 0 ? "attention" : "off"} title={names.join("\n")}>
      {words.join(" · ")}
    </Status>
  );
}

/** On the page of one equipment: each program with its version. Nothing where none is watched for. */
export function useKeySoftware(id: string, inventory: string | null) {
  const found = useQuery({
    queryKey: ["key-software", "of", id],
    queryFn: () => keySoftware.of(id),
    enabled: inventory !== null,
  });
  useLive(["software"], () => (inventory === null ? undefined : found.refetch()));
  return found.data?.items ?? [];
}

export function KeySoftwareLines({ items }: { items: ReturnType<typeof useKeySoftware> }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.lines}>
      {items.map((one) => (
        <li key={one.id} title={one.note || undefined}>
          <span className={classes.name}>
            {one.title ? (
              <Link to="/software/title" search={{ name: one.title }}>
                {one.name}
              </Link>
            ) : (
              one.name
            )}
          </span>
          <span className={classes.version}>
            <span className="mono">{one.version}</span>
            {one.state === "old" && (
              <span className={classes.wanted}>
                {t("equipment.key.wanted")} <span className="mono">{one.lowest_version}</span>
              </span>
            )}
          </span>
          <Status tone={stateTones[one.state]}>{t(`software.key.states.${one.state}`)}</Status>
        </li>
      ))}
    </ul>
  );
}
