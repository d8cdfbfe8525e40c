/** What the machine is made of, section by section, as its last inventory tells it. */
import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Equipment, Inventory, InventoryRecord } from "../../api/types.ts";
import { Facts } from "../../components/facts.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Ago } from "../../components/time.tsx";
import { useFormat } from "../../lib/format.ts";
import type { Search } from "../../router.tsx";
import classes from "./components-tab.module.css";
import { SectionTable } from "./section-table.tsx";
import { isMono, sectionOrder, showValue } from "./sections.ts";
import { inventoryQuery } from "./summary-tab.tsx";
import { useSectionWords } from "./use-section-words.ts";

export function ComponentsTab({ item, only }: { item: Equipment; only?: string }) {
  const inventory = useQuery(inventoryQuery(item.id, item.inventory_id));
  if (inventory.isError) return <Failed error={inventory.error} retry={() => void inventory.refetch()} />;
  if (!inventory.data) return <Loading lines={10} />;
  return <Sections inventory={inventory.data} only={only} />;
}

const count = (section: InventoryRecord | InventoryRecord[]) => (Array.isArray(section) ? section.length : null);

export function Sections({ inventory, only }: { inventory: Inventory; only?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const names = Object.keys(inventory.sections)
    .filter((name) => inventory.sections[name] !== null && (!only || name === only))
    .sort((a, b) => position(a) - position(b));
  const chosen = search.section && names.includes(search.section) ? search.section : names[0];
  const label = (name: string) => t(`inventory.sections.${name}`, { defaultValue: name });
  const open = (name: string) =>
    void navigate({
      to: ".",
      search: (old: Search) => ({ ...old, section: name, find: undefined }),
      replace: true,
      resetScroll: false,
    });

  if (!chosen) return <p className="muted">{t("inventory.noSections")}</p>;
  const content = inventory.sections[chosen]!;
  return (
    <div className={classes.components} data-single={only !== undefined}>
      {!only && (
        <>
          <nav className={classes.index} aria-label={t("inventory.sectionsLabel")}>
            <ul>
              {names.map((name) => (
                <li key={name}>
                  <Link
                    to="."
                    search={((old: Search) => ({ ...old, section: name, find: undefined })) as never}
                    replace
                    resetScroll={false}
                    className={classes.entry}
                    activeProps={{}}
                    data-chosen={name === chosen || undefined}
                    data-empty={count(inventory.sections[name]!) === 0 || undefined}
                    aria-current={name === chosen ? "true" : undefined}
                  >
                    <span className="truncate">{label(name)}</span>
                    <span className={classes.count}>{count(inventory.sections[name]!)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <NativeSelect
            className={classes.select}
            aria-label={t("inventory.sectionsLabel")}
            value={chosen}
            onChange={(event) => open(event.currentTarget.value)}
            data={names.map((name) => {
              const size = count(inventory.sections[name]!);
              return { value: name, label: size === null ? label(name) : `${label(name)} (${format.number(size)})` };
            })}
          />
        </>
      )}
      <section className={classes.section}>
        <header className={classes.head}>
          <h2>{label(chosen)}</h2>
          <p className={classes.when}>
            {t("inventory.lastInventory")} <b>{format.dateTime(inventory.collected_at)}</b> (
            <Ago at={inventory.collected_at} />)
          </p>
        </header>
        {Array.isArray(content) ? (
          <SectionTable key={chosen} section={chosen} rows={content} />
        ) : (
          <SectionFacts section={chosen} record={content} />
        )}
      </section>
    </div>
  );
}

function position(name: string): number {
  const at = sectionOrder.indexOf(name);
  return at < 0 ? sectionOrder.length : at;
}

function SectionFacts({ section, record }: { section: string; record: InventoryRecord }) {
  const format = useFormat();
  const words = useSectionWords();
  return (
    <Facts
      wide
      facts={Object.entries(record).map(([field, value]) => {
        const shown = showValue(section, field, value, format, words);
        return [words.field(field), isMono(field) ? <span className="mono">{shown}</span> : shown];
      })}
    />
  );
}
