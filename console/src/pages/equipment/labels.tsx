/** How equipment is named and marked, everywhere alike. */
import {
  IconBox,
  IconDeviceDesktop,
  IconDeviceLaptop,
  IconDeviceMobile,
  IconDeviceImac,
  IconDeviceTablet,
  IconNetwork,
  IconPrinter,
  IconServer,
  IconStack2,
  type Icon,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { EquipmentItem, Named, OsView, Reason } from "../../api/types.ts";
import { Flag, Status, type Tone } from "../../components/status.tsx";
import { useGivenName } from "../../lib/given-names.ts";

export const types = [
  "workstation",
  "laptop",
  "server",
  "virtual-machine",
  "tablet",
  "phone",
  "printer",
  "monitor",
  "network",
  "other",
] as const;
export const statuses = ["in-stock", "in-use", "in-repair", "retired"] as const;
export const agentKinds = ["vigie", "glpi", "fusioninventory", "ocs"] as const;

const icons: Record<string, Icon> = {
  workstation: IconDeviceDesktop,
  laptop: IconDeviceLaptop,
  server: IconServer,
  "virtual-machine": IconStack2,
  tablet: IconDeviceTablet,
  phone: IconDeviceMobile,
  printer: IconPrinter,
  monitor: IconDeviceImac,
  network: IconNetwork,
};

export function TypeIcon({ type, size = 16 }: { type: string | null; size?: number }) {
  const Drawn = icons[type ?? ""] ?? IconBox;
  return <Drawn size={size} stroke={1.6} aria-hidden />;
}

export function useLabels() {
  const { t } = useTranslation();
  const named = useGivenName();
  const known = (group: string, key: string | null | undefined) =>
    key ? t(`equipment.${group}.${key}`, { defaultValue: key }) : "";
  return {
    type: (key: string | null | undefined) => known("types", key),
    status: (key: string | null | undefined) => known("statuses", key),
    agentKind: (key: string | null | undefined) => known("agentKinds", key),
    agent: (agent: { kind: string; version: string | null } | null) =>
      agent ? [known("agentKinds", agent.kind), agent.version].filter(Boolean).join(" ") : "",
    /** Maker and model; makers often put their name into the model, too. */
    model: (maker: string | null | undefined, model: string | null | undefined) =>
      maker && model?.toLowerCase().startsWith(maker.toLowerCase()) ? model : [maker, model].filter(Boolean).join(" "),
    customer: (customer: Named | null | undefined) => (customer ? named(customer.name) : ""),
    reason: (reason: Reason) => known("reasons", reason.code),
    field: (key: string) => t(`equipment.fields.${key}`, { defaultValue: key }),
    os: (os: OsView | null) => os?.name || "",
    osFamily: (key: string) => (key ? t(`inventory.values.${key}`, { defaultValue: key }) : ""),
    softwareSource: (key: string) => (key ? t(`software.sources.${key}`, { defaultValue: key }) : ""),
    /** For tables: without the maker, which says nothing that the product does not. */
    osShort: (os: OsView | null) =>
      (os?.name || "").replace(/^Microsoft (?=Windows)/, "").replace(/^Debian GNU\/Linux/, "Debian"),
    typeOptions: types.map((value) => ({ value: value as string, label: t(`equipment.types.${value}`) })),
    statusOptions: statuses.map((value) => ({ value: value as string, label: t(`equipment.statuses.${value}`) })),
  };
}

const statusTones: Record<string, Tone> = {
  "in-use": "good",
  "in-stock": "off",
  "in-repair": "attention",
  retired: "off",
};

export function EquipmentStatus({ status }: { status: string }) {
  const labels = useLabels();
  return <Status tone={statusTones[status] ?? "off"}>{labels.status(status)}</Status>;
}

/** What wants attention on an equipment: silent, nearly full, a clone, not proven, deleted. */
export function EquipmentFlags({ item }: { item: EquipmentItem }) {
  const { t } = useTranslation();
  return (
    <>
      {item.deleted_at && <Flag tone="broken">{t("equipment.flags.deleted")}</Flag>}
      {item.stale && (
        <Flag tone="attention" title={t("equipment.flags.staleHint")}>
          {t("equipment.flags.stale")}
        </Flag>
      )}
      {item.disk_nearly_full && <Flag tone="attention">{t("equipment.flags.disk")}</Flag>}
      {item.clone && (
        <Flag tone="attention" title={t("equipment.flags.cloneHint")}>
          {t("equipment.flags.clone")}
        </Flag>
      )}
      {item.agent && !item.agent.proven && (
        <Flag tone="off" title={t("equipment.flags.notProvenHint")}>
          {t("equipment.flags.notProven")}
        </Flag>
      )}
    </>
  );
}
