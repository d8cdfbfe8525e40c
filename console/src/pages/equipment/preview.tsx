import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { EquipmentItem } from "../../api/types.ts";
import { Copy } from "../../components/copy.tsx";
import { Facts } from "../../components/facts.tsx";
import { Ago } from "../../components/time.tsx";
import { EquipmentFlags, EquipmentStatus, TypeIcon, useLabels } from "./labels.tsx";
import classes from "./preview.module.css";

export function EquipmentPreview({ item }: { item: EquipmentItem }) {
  const { t } = useTranslation();
  const labels = useLabels();
  return (
    <div className={classes.preview}>
      <h2 className={classes.title}>
        <TypeIcon type={item.type} size={20} />
        {item.name}
      </h2>
      <div className={classes.flags}>
        <EquipmentStatus status={item.status} />
        <EquipmentFlags item={item} />
      </div>
      <Facts
        facts={[
          [t("equipment.fields.customer"), labels.customer(item.customer)],
          [t("equipment.fields.type"), labels.type(item.type)],
          [t("equipment.fields.os"), labels.os(item.os)],
          [t("equipment.fields.manufacturer"), item.manufacturer],
          [t("equipment.fields.model"), item.model],
          [t("equipment.fields.serial"), item.serial && <Value text={item.serial} />],
          [t("equipment.fields.uuid"), item.uuid && <Value text={item.uuid} />],
          [t("equipment.fields.asset_number"), item.asset_number],
          [t("equipment.fields.person"), item.person],
          [t("equipment.fields.location"), item.location],
          [t("equipment.fields.agent"), labels.agent(item.agent) || t("equipment.noAgent")],
          [
            t("equipment.fields.last_inventory_at"),
            <Ago key="i" at={item.last_inventory_at} never={t("equipment.never")} />,
          ],
          [t("equipment.fields.last_contact_at"), item.last_contact_at && <Ago at={item.last_contact_at} />],
        ]}
      />
      <Button component={Link} to="/equipment/$id" params={{ id: item.id } as never} fullWidth>
        {t("equipment.open")}
      </Button>
    </div>
  );
}

export function Value({ text }: { text: string }) {
  return (
    <span className={classes.value}>
      <span className="mono">{text}</span>
      <Copy text={text} />
    </span>
  );
}
