/** The first look at one equipment: what wants attention, what it is, how full its disks are. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { equipment } from "../../api/index.ts";
import type { Equipment, InventoryRecord } from "../../api/types.ts";
import { Facts } from "../../components/facts.tsx";
import { Meter } from "../../components/meter.tsx";
import { Shape, Status } from "../../components/status.tsx";
import { Ago, Moment } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import { KeySoftwareLines, useKeySoftware } from "./key-software.tsx";
import { useLabels } from "./labels.tsx";
import { Value } from "./preview.tsx";
import classes from "./summary-tab.module.css";

export const inventoryQuery = (id: string, inventory: string | null) => ({
  queryKey: ["equipment", "inventory", id, inventory],
  queryFn: () => equipment.inventory(id),
  staleTime: 60_000,
  enabled: inventory !== null,
});

const list = (value: InventoryRecord | InventoryRecord[] | undefined): InventoryRecord[] =>
  Array.isArray(value) ? value : value ? [value] : [];
const text = (value: unknown) => (typeof value === "string" ? value : null);
const number = (value: unknown) => (typeof value === "number" ? value : null);

export function SummaryTab({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const format = useFormat();
  const inventory = useQuery(inventoryQuery(item.id, item.inventory_id));
  const sections = inventory.data?.sections ?? {};
  const system = list(sections.system)[0] ?? {};
  const os = list(sections.operating_system)[0] ?? {};
  const processor = list(sections.processors)[0];
  const runtime = list(sections.runtime)[0] ?? {};
  const volumes = list(sections.volumes).filter((volume) => (number(volume.size_bytes) ?? 0) > 0);
  const networks = list(sections.networks).filter(
    (network) => network.kind !== "loopback" && Array.isArray(network.addresses) && network.addresses.length > 0,
  );
  const memory = number(system.memory_bytes);
  const waiting = list(sections.updates).filter((update) => update.state === "waiting");
  const security = waiting.filter((update) => update.security === true).length;
  const antivirus = list(sections.antivirus);
  const programs = useKeySoftware(item.id, item.inventory_id);

  return (
    <div className={classes.summary}>
      <Attention item={item} />
      <div className={classes.columns}>
        <div className={classes.column}>
          <Part title={t("equipment.parts.identity")}>
            <Facts
              facts={[
                [t("equipment.fields.type"), labels.type(item.type)],
                [t("equipment.fields.manufacturer"), item.manufacturer],
                [t("equipment.fields.model"), item.model],
                [t("equipment.fields.serial"), item.serial && <Value text={item.serial} />],
                [t("equipment.fields.uuid"), item.uuid && <Value text={item.uuid} />],
                [t("inventory.fields.domain"), text(system.domain) ?? text(system.workgroup)],
              ]}
            />
          </Part>
          {item.inventory_id && (
            <Part title={t("equipment.parts.system")}>
              <Facts
                facts={[
                  [t("equipment.fields.os"), item.os?.name],
                  [t("inventory.fields.version"), [item.os?.version, text(os.build)].filter(Boolean).join(" · ")],
                  [t("inventory.fields.kernel"), text(os.kernel)],
                  [t("inventory.fields.install_date"), text(os.install_date) && format.date(text(os.install_date)!)],
                  [t("equipment.parts.started"), text(runtime.started_at) && <Ago at={text(runtime.started_at)} />],
                  [
                    t("inventory.sections.updates"),
                    sections.updates !== undefined &&
                      (waiting.length === 0 ? (
                        <Status tone="good">{t("equipment.updates.none")}</Status>
                      ) : (
                        <Status tone={security > 0 ? "attention" : "waiting"}>
                          {t("equipment.updates.waiting", { count: waiting.length })}
                          {security > 0 && ` · ${t("equipment.updates.security", { count: security })}`}
                        </Status>
                      )),
                  ],
                  [
                    t("inventory.sections.antivirus"),
                    antivirus.length > 0 && (
                      <Status tone={antivirus.some((one) => one.enabled === true) ? "good" : "attention"}>
                        {antivirus.map((one) => text(one.name)).join(", ")}
                      </Status>
                    ),
                  ],
                ]}
              />
            </Part>
          )}
          <Part title={t("equipment.parts.management")}>
            <Facts
              facts={[
                [
                  t("equipment.fields.customer"),
                  <Link key="c" to="/equipment" search={{ customer_id: item.customer.id }}>
                    {labels.customer(item.customer)}
                  </Link>,
                ],
                [t("equipment.fields.location"), item.location],
                [t("equipment.fields.person"), item.person],
                [t("equipment.fields.asset_number"), item.asset_number],
                [t("equipment.fields.purchase_date"), item.purchase_date && format.date(item.purchase_date)],
                [t("equipment.fields.warranty_end"), item.warranty_end && format.date(item.warranty_end)],
                [t("equipment.fields.supplier"), item.supplier],
                ...Object.entries(item.custom_fields).map(([name, value]) => [name, value] as [string, string]),
                [t("equipment.fields.notes"), item.notes && <span className={classes.notes}>{item.notes}</span>],
              ]}
            />
          </Part>
        </div>
        <div className={classes.column}>
          {item.inventory_id && (
            <>
              <Part title={t("equipment.parts.hardware")}>
                <Facts
                  facts={[
                    [t("inventory.sections.processors"), processor && text(processor.name)],
                    [
                      t("inventory.fields.cores"),
                      processor && number(processor.cores) !== null && format.number(number(processor.cores)!),
                    ],
                    [t("inventory.fields.memory_bytes"), memory !== null && format.bytes(memory)],
                    [
                      t("inventory.sections.disks"),
                      list(sections.disks).length > 0 && (
                        <span className={classes.notes}>
                          {list(sections.disks)
                            .map((disk) =>
                              [
                                text(disk.model) ?? text(disk.name),
                                number(disk.size_bytes) && format.diskSize(number(disk.size_bytes)!),
                              ]
                                .filter(Boolean)
                                .join(" · "),
                            )
                            .join("\n")}
                        </span>
                      ),
                    ],
                  ]}
                />
              </Part>
              {volumes.length > 0 && (
                <Part title={t("inventory.sections.volumes")}>
                  <ul className={classes.volumes}>
                    {volumes.slice(0, 8).map((volume, index) => (
                      <VolumeLine key={index} volume={volume} />
                    ))}
                  </ul>
                </Part>
              )}
              {networks.length > 0 && (
                <Part title={t("inventory.sections.networks")}>
                  <Facts
                    facts={networks.slice(0, 6).map((network) => [
                      text(network.name) ?? text(network.mac) ?? "—",
                      <span key="n" className={classes.addresses}>
                        {(network.addresses as unknown[]).map((address) => (
                          <span key={String(address)} className="mono">
                            {String(address)}
                          </span>
                        ))}
                      </span>,
                    ])}
                  />
                </Part>
              )}
            </>
          )}
          {programs.length > 0 && (
            <Part title={t("equipment.fields.key_software")}>
              <KeySoftwareLines items={programs} />
            </Part>
          )}
          <Part title={t("equipment.parts.agent")}>
            <Facts
              facts={[
                [t("equipment.fields.agent"), labels.agent(item.agent) || t("equipment.noAgent")],
                [
                  t("equipment.identity"),
                  item.agent &&
                    (item.agent.proven ? (
                      <Status tone="good">{t("equipment.proven")}</Status>
                    ) : (
                      <Status tone="off" title={t("equipment.flags.notProvenHint")}>
                        {t("equipment.flags.notProven")}
                      </Status>
                    )),
                ],
                [t("equipment.fields.last_inventory_at"), <Moment key="i" at={item.last_inventory_at} />],
                [t("equipment.fields.last_contact_at"), <Moment key="c" at={item.last_contact_at} />],
                [
                  t("equipment.freshAskedAt"),
                  item.fresh_inventory_requested_at && <Ago at={item.fresh_inventory_requested_at} />,
                ],
                [t("equipment.fields.created_at"), <Moment key="k" at={item.created_at} />],
              ]}
            />
          </Part>
        </div>
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function VolumeLine({ volume }: { volume: InventoryRecord }) {
  const { t } = useTranslation();
  const format = useFormat();
  const size = number(volume.size_bytes) ?? 0;
  const free = number(volume.free_bytes);
  const used = free === null ? null : Math.max(0, Math.min(1, 1 - free / size));
  const name = text(volume.mount_point) ?? text(volume.device) ?? "—";
  const full = used !== null && used >= 0.9;
  return (
    <li className={classes.volume}>
      <div className={classes.volumeTop}>
        <span className="mono truncate" title={name}>
          {name}
        </span>
        <span className={classes.volumeSize}>
          {full && <Shape tone="attention" />}
          {free === null
            ? format.diskSize(size)
            : t("equipment.freeOf", { free: format.diskSize(free), size: format.diskSize(size) })}
        </span>
      </div>
      {used !== null && (
        <Meter
          share={used}
          tone={full ? "attention" : undefined}
          label={t("equipment.usedOf", { name, share: format.percent(used) })}
        />
      )}
    </li>
  );
}

function Attention({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines: ReactNode[] = [];
  if (item.stale)
    lines.push(
      t("equipment.attention.stale", { when: item.last_contact_at ? format.dateTime(item.last_contact_at) : "—" }),
    );
  if (item.clone) lines.push(t("equipment.flags.cloneHint"));
  if (item.clock_skew_seconds) {
    lines.push(
      t(item.clock_skew_seconds > 0 ? "equipment.attention.clockAhead" : "equipment.attention.clockBehind", {
        by: format.duration(item.clock_skew_seconds),
      }),
    );
  }
  if (item.merged_into) {
    lines.push(
      <>
        {t("equipment.attention.mergedInto")}{" "}
        <Link to="/equipment/$id" params={{ id: item.merged_into }}>
          {t("equipment.attention.mergedOpen")}
        </Link>
      </>,
    );
  }
  if (item.accept_key_until) {
    lines.push(t("equipment.attention.keyAccepted", { until: format.dateTime(item.accept_key_until) }));
  }
  if (item.remarks.length > 0) {
    lines.push(
      <details className={classes.remarks}>
        <summary>{t("equipment.attention.remarks", { count: item.remarks.length })}</summary>
        <ul>
          {item.remarks.map((remark, index) => (
            <li key={index}>
              <span className="mono">{remark.field}</span> ·{" "}
              {t(`inventory.remarks.${remark.reason}`, { defaultValue: remark.reason })}
              {remark.value && (
                <>
                  {" · "}
                  <span className="mono">{remark.value}</span>
                </>
              )}
            </li>
          ))}
        </ul>
      </details>,
    );
  }
  if (lines.length === 0) return null;
  return (
    <ul className={classes.attention}>
      {lines.map((line, index) => (
        <li key={index}>
          <Shape tone="attention" />
          <div>{line}</div>
        </li>
      ))}
    </ul>
  );
}
