/** What becomes of the columns: how the file is read, which column is which field, how equipment is found. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { IconChecklist, IconTableImport } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, imports } from "../../api/index.ts";
import type { Import, ImportOptions, ImportPreview } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CustomerSelect } from "../../components/customers.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading, useTold } from "../../components/states.tsx";
import plain from "../plain.module.css";
import classes from "./imports.module.css";
import {
  customField,
  customName,
  faults,
  fields,
  firstMapping,
  isCustom,
  optionsOf,
  samples,
  type Mapping,
} from "./mapping.ts";
import { useWarningText } from "./words.ts";

interface Props {
  one: Import;
  begun: (now: Import) => void;
}

type Hints = Pick<ImportOptions, "encoding" | "delimiter" | "sheet">;

export function ColumnsForm({ one, begun }: Props) {
  const [hints, setHints] = useState<Hints>({
    encoding: one.options.encoding,
    delimiter: one.options.delimiter,
    sheet: one.options.sheet,
  });
  const preview = useQuery({
    queryKey: ["imports", one.id, "preview", hints],
    queryFn: ({ signal }) => imports.preview(one.id, { ...hints }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  if (preview.isError) return <Failed error={preview.error} retry={() => void preview.refetch()} />;
  if (!preview.data) return <Loading />;
  // Other columns, other choices.
  const columns = preview.data.columns.map((column) => column.name).join("\n");
  return <Choices key={columns} one={one} preview={preview.data} hints={hints} setHints={setHints} begun={begun} />;
}

function Choices({
  one,
  preview,
  hints,
  setHints,
  begun,
}: Props & { preview: ImportPreview; hints: Hints; setHints: (hints: Hints) => void }) {
  const { t, i18n } = useTranslation();
  const told = useTold();
  const warning = useWarningText();
  const [question, setQuestion] = useState<Question | null>(null);
  const [mapping, setMapping] = useState<Mapping>(() => firstMapping(one, preview));
  const [rules, setRules] = useState<Pick<ImportOptions, "match" | "dates" | "customer_id">>({
    match: one.options.match ?? "auto",
    // Who writes French writes the day first.
    dates: one.state === "draft" && i18n.language === "fr" ? "dmy" : (one.options.dates ?? "auto"),
    customer_id: one.options.customer_id,
  });
  const wrong = faults(mapping);
  const nothing = Object.keys(mapping).length === 0;
  const ready = !nothing && Object.keys(wrong).length === 0;
  const options = optionsOf({ ...hints, ...rules }, mapping);
  const check = useMutation({
    mutationFn: () => told(() => imports.start(one.id, options, true)),
    onSuccess: begun,
  });
  const start = () =>
    setQuestion({
      title: t("imports.startTitle", { name: one.file_name }),
      text: t("imports.startUnchecked"),
      action: t("imports.start"),
      call: () => calls.startImport(one.id, options, false),
      run: async () => begun(await imports.start(one.id, options, false)),
    });
  const set = (column: string, field: string | undefined) => {
    const others = Object.entries(mapping).filter(([name]) => name !== column);
    setMapping(Object.fromEntries(field === undefined ? others : [...others, [column, field]]));
  };
  const word = (group: string, values: readonly string[]) =>
    values.map((value) => ({ value, label: t(`imports.${group}.${value}`) }));

  return (
    <>
      <Section title={t("imports.file")} text={t("imports.fileText")}>
        <div className={plain.pair}>
          {preview.format === "csv" ? (
            <>
              <NativeSelect
                label={t("imports.delimiter")}
                value={hints.delimiter ?? preview.delimiter ?? "comma"}
                data={word("delimiters", ["comma", "semicolon", "tab", "pipe"])}
                onChange={(event) => setHints({ ...hints, delimiter: event.currentTarget.value as Hints["delimiter"] })}
              />
              <NativeSelect
                label={t("imports.encoding")}
                value={hints.encoding ?? preview.encoding ?? "utf-8"}
                data={word("encodings", ["utf-8", "windows-1252", "utf-16le", "utf-16be"])}
                onChange={(event) => setHints({ ...hints, encoding: event.currentTarget.value as Hints["encoding"] })}
              />
            </>
          ) : (
            <NativeSelect
              label={t("imports.sheet")}
              value={preview.sheet ?? ""}
              data={preview.sheets}
              onChange={(event) => setHints({ ...hints, sheet: event.currentTarget.value })}
            />
          )}
        </div>
        <ul className={classes.warnings}>
          {preview.warnings
            .filter(({ code }) => code !== "columns-left-out" && code !== "no-name")
            .map((one) => (
              <li key={one.code}>{warning(one)}</li>
            ))}
        </ul>
      </Section>
      <Section title={t("imports.columns")} text={t("imports.columnsText")}>
        <ul className={classes.columns}>
          {preview.columns.map(({ name }, index) => (
            <ColumnLine
              key={name}
              name={name}
              samples={samples(preview, index)}
              field={mapping[name]}
              fault={wrong[name]}
              set={(field) => set(name, field)}
            />
          ))}
        </ul>
        {nothing && (
          <p className={plain.problem} role="alert">
            {t("imports.nothing")}
          </p>
        )}
        <p className={plain.detail}>{t("imports.emptyHint")}</p>
      </Section>
      <FirstLines preview={preview} />
      <Section title={t("imports.rules")} text={t("imports.rulesText")}>
        <NativeSelect
          className={classes.rule}
          label={t("imports.match")}
          value={rules.match ?? "auto"}
          data={word("matches", ["auto", "asset_number", "serial", "id", "none"])}
          onChange={(event) => setRules({ ...rules, match: event.currentTarget.value as typeof rules.match })}
        />
        <NativeSelect
          className={classes.rule}
          label={t("imports.datesLabel")}
          description={t("imports.datesHint")}
          value={rules.dates ?? "auto"}
          data={word("dates", ["auto", "dmy", "mdy"])}
          onChange={(event) => setRules({ ...rules, dates: event.currentTarget.value as typeof rules.dates })}
        />
        <CustomerSelect
          className={classes.rule}
          label={t("imports.customer")}
          description={t("imports.customerHint")}
          placeholder={t("imports.noCustomer")}
          clearable
          clearButtonProps={{ "aria-label": t("imports.noCustomer") }}
          value={rules.customer_id ?? null}
          onChange={(value) => setRules({ ...rules, customer_id: value })}
        />
        <div className={plain.actions}>
          <Button
            leftSection={<IconChecklist size={15} stroke={1.6} />}
            onClick={() => check.mutate()}
            loading={check.isPending}
            disabled={!ready}
          >
            {t("imports.dryRun")}
          </Button>
          <Button
            variant="default"
            leftSection={<IconTableImport size={15} stroke={1.6} />}
            onClick={start}
            disabled={!ready}
          >
            {t("imports.start")}
          </Button>
          <CopyCurl call={() => calls.startImport(one.id, options, true)} />
        </div>
      </Section>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

interface LineProps {
  name: string;
  samples: string[];
  field: string | undefined;
  fault: string | undefined;
  set: (field: string | undefined) => void;
}

function ColumnLine({ name, samples: values, field, fault, set }: LineProps) {
  const { t } = useTranslation();
  const own = isCustom(field);
  const choose = (value: string) =>
    set(value === "" ? undefined : value === "custom" ? customField(name.slice(0, 64)) : value);
  return (
    <li className={classes.column}>
      <div className={classes.what}>
        <span className={classes.columnName}>{name}</span>
        <span className={plain.detail} title={t("imports.samples")}>
          {values.length > 0 ? values.join(" · ") : t("imports.noSample")}
        </span>
      </div>
      <div className={classes.choice}>
        <NativeSelect
          aria-label={t("imports.columnField", { column: name, interpolation: { escapeValue: false } })}
          value={own ? "custom" : (field ?? "")}
          onChange={(event) => choose(event.currentTarget.value)}
          error={!own && fault ? t(`imports.${fault}`) : undefined}
          data={[
            { value: "", label: t("imports.leftOut") },
            ...fields.map((value) => ({ value, label: t(`equipment.fields.${value}`) })),
            { value: "id", label: t("imports.fieldId") },
            { value: "custom", label: t("imports.custom") },
          ]}
        />
        {own && (
          <TextInput
            aria-label={t("imports.customNameOf", { column: name, interpolation: { escapeValue: false } })}
            placeholder={t("imports.customName")}
            maxLength={64}
            value={customName(field!)}
            error={fault ? t(`imports.${fault}`) : undefined}
            onChange={(event) => set(customField(event.currentTarget.value))}
          />
        )}
      </div>
    </li>
  );
}

/** The file's first lines as they are read. */
function FirstLines({ preview }: { preview: ImportPreview }) {
  const { t } = useTranslation();
  return (
    <Section title={t("imports.firstLines")}>
      {/* Wider than the page: it scrolls, also by keyboard. */}
      <div className={classes.table} tabIndex={0} role="region" aria-label={t("imports.firstLines")}>
        <table>
          <thead>
            <tr>
              {preview.columns.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.rows.slice(0, 5).map((row, index) => (
              // Lines have no name of their own, and never move.
              <tr key={index}>
                {preview.columns.map(({ name }, column) => (
                  <td key={name}>{row[column]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
