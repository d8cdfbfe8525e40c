/** A section that is a list. Long ones are searched, sorted and shown in portions, here in the browser. */
import { Button, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { InventoryRecord } from "../../api/types.ts";
import { useFormat } from "../../lib/format.ts";
import { Meter } from "../../components/meter.tsx";
import classes from "./components-tab.module.css";
import { columnsOf, isMono, isNumeric, showValue } from "./sections.ts";
import { useSectionWords } from "./use-section-words.ts";

const portion = 200;
/** What is longer may take several lines, characters. */
const longText = 44;

export function SectionTable({ section, rows }: { section: string; rows: InventoryRecord[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const words = useSectionWords();
  const [text, setText] = useState("");
  const [shown, setShown] = useState(portion);
  const [order, setOrder] = useState<{ field: string; down: boolean } | null>(null);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const columns = useMemo(() => columnsOf(section, rows), [section, rows]);
  const found = useMemo(() => {
    const matching =
      wanted === ""
        ? rows
        : rows.filter((row) =>
            Object.values(row).some((value) =>
              String(value ?? "")
                .toLowerCase()
                .includes(wanted),
            ),
          );
    if (!order) return matching;
    const compare = new Intl.Collator(i18n.language, { numeric: true }).compare;
    const sign = order.down ? -1 : 1;
    return [...matching].sort((a, b) => {
      const [left, right] = [a[order.field], b[order.field]];
      if (typeof left === "number" && typeof right === "number") return sign * (left - right);
      return sign * compare(String(left ?? ""), String(right ?? ""));
    });
  }, [rows, wanted, order, i18n.language]);

  if (rows.length === 0) return <p className="muted">{t("inventory.emptySection")}</p>;
  return (
    <>
      {rows.length > 12 && (
        <div className={classes.find}>
          <TextInput
            size="xs"
            type="search"
            data-list-search
            leftSection={<IconSearch size={14} stroke={1.8} aria-hidden />}
            placeholder={t("inventory.searchSection")}
            aria-label={t("inventory.searchSection")}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setShown(portion);
            }}
          />
          <span className="muted num" role="status">
            {wanted === ""
              ? t("inventory.items", { count: rows.length, shown: format.number(rows.length) })
              : t("inventory.itemsOf", { found: format.number(found.length), total: format.number(rows.length) })}
          </span>
        </div>
      )}
      <div
        className={classes.scroll}
        tabIndex={0}
        role="region"
        aria-label={t(`inventory.sections.${section}`, { defaultValue: section })}
      >
        <table className={classes.table}>
          <thead>
            <tr>
              {columns.map((field) => {
                const active = order?.field === field;
                return (
                  <th
                    key={field}
                    scope="col"
                    data-align={isNumeric(field) ? "right" : undefined}
                    aria-sort={active ? (order.down ? "descending" : "ascending") : undefined}
                  >
                    <button
                      type="button"
                      className={classes.sort}
                      data-active={active}
                      onClick={() => setOrder({ field, down: active ? !order.down : false })}
                    >
                      {words.field(field)}
                      {active && order.down ? (
                        <IconArrowDown size={12} aria-hidden />
                      ) : (
                        <IconArrowUp size={12} aria-hidden />
                      )}
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((row, index) => (
              <tr key={index}>
                {columns.map((field, at) => {
                  const shownText = showValue(section, field, row[field], format, words);
                  return (
                    <td
                      key={field}
                      data-align={isNumeric(field) ? "right" : undefined}
                      data-first={at === 0 || undefined}
                      data-long={shownText.length > longText || undefined}
                    >
                      <Cell section={section} field={field} row={row} text={shownText} />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.length === 0 && <p className={classes.none}>{t("common.list.nothingFound")}</p>}
      {found.length > shown && (
        <Button variant="default" mt={12} onClick={() => setShown((now) => now + 5 * portion)}>
          {t("inventory.showMore", { rest: format.number(found.length - shown) })}
        </Button>
      )}
    </>
  );
}

function Cell({ section, field, row, text }: { section: string; field: string; row: InventoryRecord; text: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (text === "") return <span className="muted">—</span>;
  if (section === "software" && field === "name" && typeof row.name === "string") {
    return (
      <Link
        to="/software/title"
        search={{ name: row.name, publisher: typeof row.publisher === "string" ? row.publisher : undefined }}
      >
        {text}
      </Link>
    );
  }
  if (section === "volumes" && field === "free_bytes" && typeof row.size_bytes === "number" && row.size_bytes > 0) {
    const used = 1 - Number(row.free_bytes) / row.size_bytes;
    return (
      <span className={classes.free}>
        {text}
        <Meter
          share={used}
          tone={used >= 0.9 ? "attention" : undefined}
          label={t("equipment.usedOf", {
            name: String(row.mount_point ?? row.device ?? ""),
            share: format.percent(used),
          })}
        />
      </span>
    );
  }
  const value = row[field];
  if (isMono(field) && Array.isArray(value)) {
    return (
      <span className={`${classes.lines} mono`}>
        {value.map((one, index) => (
          <span key={index}>{String(one)}</span>
        ))}
      </span>
    );
  }
  return isMono(field) ? <span className="mono">{text}</span> : text;
}
