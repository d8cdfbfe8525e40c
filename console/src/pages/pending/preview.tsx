import { Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { pending } from "../../api/index.ts";
import type { PendingItem } from "../../api/types.ts";
import { ActionItems } from "../../components/data-list/row-menu.tsx";
import type { Action } from "../../components/data-list/types.ts";
import { Facts } from "../../components/facts.tsx";
import { May } from "../../components/may.tsx";
import { Loading } from "../../components/states.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import { TypeIcon, useLabels } from "../equipment/labels.tsx";
import { Value } from "../equipment/preview.tsx";
import classes from "../equipment/preview.module.css";
import { PendingFlags } from "./flags.tsx";
import { nameOf } from "./list.tsx";
import own from "./preview.module.css";

interface Props {
  item: PendingItem;
  ignored: boolean;
  accept: () => void;
  create: () => void;
  associate: () => void;
  more: Action[];
}

/** A waiting machine beside the list: enough to decide what it is. */
export function PendingPreview({ item, ignored, accept, create, associate, more }: Props) {
  const { t } = useTranslation();
  const labels = useLabels();
  const format = useFormat();
  const inventory = useQuery({
    queryKey: ["pending", "inventory", item.id, item.received_at],
    queryFn: () => pending.inventory(item.id),
    staleTime: 60_000,
  });
  const sections = inventory.data?.sections ?? {};
  const networks = (Array.isArray(sections.networks) ? sections.networks : []).filter(
    (network) => Array.isArray(network.addresses) && network.addresses.length > 0 && network.kind !== "loopback",
  );
  const count = (name: string) => (Array.isArray(sections[name]) ? (sections[name] as unknown[]).length : 0);
  const memory = !Array.isArray(sections.system) ? sections.system?.memory_bytes : undefined;
  const users = Array.isArray(sections.logged_on_users) ? sections.logged_on_users : [];
  return (
    <div className={classes.preview}>
      <h2 className={classes.title}>
        <TypeIcon type={item.type} size={20} />
        {nameOf(item)}
      </h2>
      <div className={classes.flags}>
        <PendingFlags item={item} />
      </div>
      {item.enrolled_again && !ignored && (
        <div className={own.again}>
          <p>
            {t("pending.againText")}{" "}
            <Link to="/equipment/$id" params={{ id: item.enrolled_again.equipment.id }}>
              {item.enrolled_again.equipment.name}
            </Link>
          </p>
          <ul>
            {item.enrolled_again.reasons.map((reason, index) => (
              <li key={index}>
                {labels.reason(reason)} {reason.value && <span className="mono">{reason.value}</span>}
              </li>
            ))}
          </ul>
          <May action="equipment.edit">
            <Button onClick={accept}>{t("pending.actions.accept")}</Button>
          </May>
        </div>
      )}
      {item.clone?.of_equipment && (
        <div className={own.again}>
          <p>
            {t("pending.cloneText")}{" "}
            <Link to="/equipment/$id" params={{ id: item.clone.of_equipment.id }}>
              {item.clone.of_equipment.name}
            </Link>
          </p>
        </div>
      )}
      {!ignored && (
        <div className={own.actions}>
          <May action="equipment.edit">
            <Button variant={item.enrolled_again ? "default" : "filled"} onClick={create}>
              {t("pending.actions.create")}
            </Button>
          </May>
          <May action="equipment.edit">
            <Button variant="default" onClick={associate}>
              {t("pending.actions.associateShort")}
            </Button>
          </May>
          <Menu>
            <Menu.Target>
              <Button variant="default" px={8} aria-label={t("common.more")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <ActionItems actions={more.slice(-2)} />
            </Menu.Dropdown>
          </Menu>
        </div>
      )}
      <Facts
        facts={[
          [t("equipment.fields.type"), labels.type(item.type)],
          [t("equipment.fields.os"), labels.os(item.os)],
          [t("equipment.fields.manufacturer"), item.manufacturer],
          [t("equipment.fields.model"), item.model],
          [t("equipment.fields.serial"), item.serial && <Value text={item.serial} />],
          [t("equipment.fields.uuid"), item.uuid && <Value text={item.uuid} />],
          [t("pending.source"), item.source_address && <Value text={item.source_address} />],
          [t("equipment.fields.customer"), labels.customer(item.customer)],
          [t("pending.tag"), item.tag],
          [t("equipment.fields.agent"), labels.agent(item.agent)],
          [t("equipment.fields.last_inventory_at"), <Moment key="r" at={item.received_at} />],
          [t("pending.first"), <Ago key="f" at={item.first_received_at} />],
          [
            t("pending.clock"),
            item.clock_skew_seconds
              ? t(item.clock_skew_seconds > 0 ? "pending.clockAhead" : "pending.clockBehind", {
                  by: format.duration(item.clock_skew_seconds),
                })
              : null,
          ],
        ]}
      />
      {item.remarks.length > 0 && (
        <details className={own.remarks}>
          <summary>{t("equipment.attention.remarks", { count: item.remarks.length })}</summary>
          <ul>
            {item.remarks.map((remark, index) => (
              <li key={index}>
                <span className="mono">{remark.field}</span> ·{" "}
                {t(`inventory.remarks.${remark.reason}`, { defaultValue: remark.reason })} ·{" "}
                <span className="mono">{remark.value}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <h3 className={own.heading}>{t("pending.collected")}</h3>
      {inventory.isPending ? (
        <Loading lines={4} />
      ) : inventory.isError ? (
        <p className="muted">{t("pending.noInventory")}</p>
      ) : (
        <Facts
          facts={[
            [t("inventory.fields.memory_bytes"), typeof memory === "number" ? format.bytes(memory) : null],
            [t("inventory.sections.software"), count("software") > 0 && format.number(count("software"))],
            [t("inventory.sections.services"), count("services") > 0 && format.number(count("services"))],
            [
              t("inventory.sections.logged_on_users"),
              users
                .map((user) => String(user.name || ""))
                .filter(Boolean)
                .join(", "),
            ],
            [
              t("inventory.sections.networks"),
              networks.length > 0 && (
                <span className={own.addresses}>
                  {networks.slice(0, 4).map((network, index) => (
                    <span key={index}>
                      {String(network.name || "")}{" "}
                      <span className="mono">{(network.addresses as unknown[]).map(String).join(" ")}</span>
                    </span>
                  ))}
                </span>
              ),
            ],
          ]}
        />
      )}
    </div>
  );
}
