/** Adds or changes a program that is watched for; shows while one types what the name means on the machines there are. */
import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, keySoftware } from "../../api/index.ts";
import type { KeySoftware, KeySoftwareFields } from "../../api/types.ts";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { FormDrawer, useTellDirty } from "../../components/form-drawer.tsx";
import { SaveProblem, useSaving } from "../../components/saving.tsx";
import { done } from "../../components/toast.ts";
import { useFieldErrorWords } from "../equipment/fields.tsx";
import plain from "../plain.module.css";
import classes from "./software.module.css";

interface Props {
  opened: boolean;
  close: () => void;
  /** The one to change; without it a new one is added. */
  program?: KeySoftware;
}

export function KeySoftwareDrawer({ opened, close, program }: Props) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer
      opened={opened}
      close={close}
      title={t(program ? "software.key.editOne" : "software.key.addOne")}
      dirty={dirty}
    >
      <KeySoftwareForm program={program} close={close} tellDirty={setDirty} />
    </FormDrawer>
  );
}

const fields = ["name", "pattern", "publisher", "platform", "lowest_version", "note"] as const;
type Values = Record<(typeof fields)[number], string>;

type FormProps = Omit<Props, "opened"> & { tellDirty: (dirty: boolean) => void };

function KeySoftwareForm({ program, close, tellDirty }: FormProps) {
  const { t } = useTranslation();
  const words = useFieldErrorWords();
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: Object.fromEntries(fields.map((field) => [field, program?.[field] ?? ""])) as Values,
    validate: {
      name: (value) => (value.trim() === "" ? t("common.required") : null),
      pattern: (value) => (/[^*\s]/.test(value) ? null : t("common.required")),
    },
    clearInputErrorOnChange: true,
  });
  const dirty = form.isDirty();
  useTellDirty(dirty, tellDirty);
  const { busy, problem, save } = useSaving((error) => {
    const field = fields.find((one) => one === error.field);
    if (field === undefined) return false;
    form.setFieldError(field, words(error));
    return true;
  });
  const body = (): KeySoftwareFields => ({ ...form.values, revision: program?.revision });
  const store = async () => {
    if (program) await keySoftware.change(program.id, body());
    else await keySoftware.create(body());
    await client.invalidateQueries({ queryKey: ["key-software"] });
    done(t("software.key.saved"));
    close();
  };
  return (
    <form className={plain.form} noValidate onSubmit={form.onSubmit(() => void save(store))}>
      <TextInput
        label={t("software.key.fields.name")}
        description={t("software.key.hints.name")}
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <TextInput
        label={t("software.key.fields.pattern")}
        description={t("software.key.hints.pattern")}
        maxLength={200}
        spellCheck={false}
        {...form.getInputProps("pattern")}
      />
      <TextInput
        label={t("software.key.fields.publisher")}
        description={t("software.key.hints.publisher")}
        maxLength={200}
        spellCheck={false}
        {...form.getInputProps("publisher")}
      />
      <Matches pattern={form.values.pattern} publisher={form.values.publisher} />
      <Select
        label={t("software.key.fields.platform")}
        description={t("software.key.hints.platform")}
        allowDeselect={false}
        data={["", "windows", "linux", "macos"].map((value) => ({
          value,
          label: value ? t(`inventory.values.${value}`) : t("software.key.everywhere"),
        }))}
        {...form.getInputProps("platform")}
      />
      <TextInput
        label={t("software.key.fields.lowest_version")}
        description={t("software.key.hints.lowest_version")}
        maxLength={100}
        spellCheck={false}
        {...form.getInputProps("lowest_version")}
      />
      <Textarea
        label={t("software.key.fields.note")}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
        {...form.getInputProps("note")}
      />
      <SaveProblem problem={problem} />
      <div className={plain.actions}>
        <Button type="submit" loading={busy}>
          {t("common.save")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <CopyCurl
          call={() => (program ? calls.changeKeySoftware(program.id, body()) : calls.createKeySoftware(body()))}
        />
      </div>
    </form>
  );
}

const shown = 8;

/** The programs that a pattern means on the machines one sees. */
function Matches({ pattern, publisher }: { pattern: string; publisher: string }) {
  const { t } = useTranslation();
  const [wanted] = useDebouncedValue({ pattern: pattern.trim(), publisher: publisher.trim() }, 250);
  const found = useQuery({
    queryKey: ["key-software", "matches", wanted],
    queryFn: ({ signal }) => keySoftware.matches(wanted, signal),
    placeholderData: keepPreviousData,
    enabled: /[^*]/.test(wanted.pattern),
    retry: false,
  });
  if (!/[^*]/.test(wanted.pattern) || !found.data) return null;
  const items = found.data.items;
  return (
    <div className={classes.matches} role="status">
      {items.length === 0 ? (
        t("software.key.matches.none")
      ) : (
        <>
          {t("software.key.matches.some", { count: items.length })}
          <ul>
            {items.slice(0, shown).map((item) => (
              <li key={`${item.name}\u001f${item.publisher}`}>
                {item.name}
                {item.publisher && <span> · {item.publisher}</span>}
              </li>
            ))}
          </ul>
          {items.length > shown && t("software.key.matches.more", { count: items.length - shown })}
        </>
      )}
    </div>
  );
}
