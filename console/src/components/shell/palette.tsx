/** Ctrl/Cmd-K: go somewhere, do something, find a machine by anything that names it. */
import { Combobox, Modal, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconApps, IconArrowRight, IconBolt, IconDeviceDesktop, IconHourglass, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { equipment, pending, software } from "../../api/index.ts";
import type { PolicyAction } from "../../api/types.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { mayOf, usePermissions } from "../../lib/permissions.ts";
import classes from "./palette.module.css";
import { usePlaces } from "./rail.tsx";
import { rank } from "./rank.ts";

interface Entry {
  id: string;
  label: string;
  /** Further words by which it is found. */
  words?: string;
  detail?: string;
  icon: ReactNode;
  run: () => void;
}

export function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      withCloseButton={false}
      centered={false}
      size={620}
      padding={0}
      title={t("shell.palette.title")}
      yOffset="12vh"
      classNames={{ header: "sr-only" }}
    >
      <Body close={close} />
    </Modal>
  );
}

function Body({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const named = useGivenName();
  const places = usePlaces();
  const permissions = usePermissions();
  const may = (action: PolicyAction) => mayOf(permissions, action).may;
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 180);
  const combobox = useCombobox({ opened: true });
  const options = { enabled: wanted.length >= 2 && may("equipment.see"), placeholderData: keepPreviousData };
  const machines = useQuery({
    queryKey: ["palette", "equipment", wanted],
    queryFn: ({ signal }) => equipment.list({ q: wanted, limit: 6 }, signal),
    ...options,
  });
  const waiting = useQuery({
    queryKey: ["palette", "pending", wanted],
    queryFn: ({ signal }) => pending.list({ q: wanted, limit: 4 }, signal),
    ...options,
  });
  const titles = useQuery({
    queryKey: ["palette", "software", wanted],
    queryFn: ({ signal }) => software.titles({ q: wanted, limit: 4 }, signal),
    ...options,
  });

  const go: Entry[] = places
    .flatMap((group) => group.places)
    .map((place) => ({
      id: `go:${place.to}`,
      label: t(`shell.places.${place.name}`),
      words: t(`shell.palette.words.${place.name}`, { defaultValue: "" }),
      icon: <IconArrowRight size={15} stroke={1.6} />,
      run: () => void navigate({ to: place.to }),
    }));
  const act = (id: string, needs: PolicyAction | null, run: () => void): Entry[] =>
    needs !== null && !may(needs)
      ? []
      : [
          {
            id: `do:${id}`,
            label: t(`shell.palette.actions.${id}`),
            icon: <IconBolt size={15} stroke={1.6} />,
            run,
          },
        ];
  const actions: Entry[] = [
    ...act("addEquipment", "equipment.edit", () => void navigate({ to: "/equipment", search: { new: "1" } })),
    ...act("installAgent", "agents.manage", () => void navigate({ to: "/administration/distribution" })),
    ...act("askSoftware", "equipment.see", () => void navigate({ to: "/software", search: { ask: "1" } })),
    ...act(
      "addCustomer",
      "customers.add",
      () => void navigate({ to: "/administration/customers", search: { new: "1" } }),
    ),
    ...act("addUser", "users.manage", () => void navigate({ to: "/administration/users", search: { new: "1" } })),
    ...act("createToken", null, () => void navigate({ to: "/profile", search: { token: "new" } })),
    ...act("seeDeleted", "equipment.see", () => void navigate({ to: "/equipment", search: { deleted: "true" } })),
    ...act("seeSilent", "equipment.see", () => void navigate({ to: "/equipment", search: { stale: "true" } })),
    ...act("seeExports", "equipment.see", () => void navigate({ to: "/exports" })),
  ];
  const matching = (entries: Entry[]) =>
    entries
      .map((entry) => ({ entry, score: rank(entry, text) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .map(({ entry }) => entry);

  const searching = wanted.length >= 2 && text.trim().length >= 2;
  const groups: { name: string; entries: Entry[] }[] = [
    {
      name: t("shell.palette.machines"),
      entries: searching
        ? (machines.data?.items ?? []).map((item) => ({
            id: `eq:${item.id}`,
            label: item.name,
            detail: [named(item.customer.name), item.serial || item.model].filter(Boolean).join(" · "),
            icon: <IconDeviceDesktop size={15} stroke={1.6} />,
            run: () => void navigate({ to: "/equipment/$id", params: { id: item.id } }),
          }))
        : [],
    },
    {
      name: t("shell.palette.pending"),
      entries: searching
        ? (waiting.data?.items ?? []).map((item) => ({
            id: `pe:${item.id}`,
            label: item.name || item.serial || item.id,
            detail: [item.source_address, item.os?.name].filter(Boolean).join(" · "),
            icon: <IconHourglass size={15} stroke={1.6} />,
            run: () => void navigate({ to: "/pending", search: { q: item.name || wanted, preview: item.id } }),
          }))
        : [],
    },
    {
      name: t("shell.palette.software"),
      entries: searching
        ? (titles.data?.items ?? []).map((item) => ({
            id: `so:${item.name}:${item.publisher || ""}`,
            label: item.name,
            detail: item.publisher || undefined,
            icon: <IconApps size={15} stroke={1.6} />,
            run: () =>
              void navigate({
                to: "/software/title",
                search: { name: item.name, publisher: item.publisher || undefined },
              }),
          }))
        : [],
    },
    { name: t("shell.palette.go"), entries: matching(go) },
    { name: t("shell.palette.do"), entries: matching(actions) },
  ].filter((group) => group.entries.length > 0);
  const everything = groups.flatMap((group) => group.entries);
  const shape = everything.map((entry) => entry.id).join("\n");
  useEffect(() => {
    combobox.selectFirstOption();
    // The store is the same object in another wrapping at every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);

  return (
    <Combobox
      store={combobox}
      withinPortal={false}
      onOptionSubmit={(id) => {
        close();
        everything.find((entry) => entry.id === id)?.run();
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          variant="unstyled"
          classNames={{ input: classes.input }}
          leftSection={<IconSearch size={17} stroke={1.8} aria-hidden />}
          placeholder={t("shell.palette.placeholder")}
          aria-label={t("shell.palette.title")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          // The list of choices keeps Escape from the dialog around it.
          onKeyDownCapture={(event) => {
            if (event.key === "Escape") close();
          }}
          data-autofocus
        />
      </Combobox.EventsTarget>
      <div className={classes.results}>
        <Combobox.Options aria-label={t("shell.palette.title")}>
          {groups.map((group) => (
            <Combobox.Group key={group.name} label={group.name}>
              {group.entries.map((entry) => (
                <Combobox.Option key={entry.id} value={entry.id}>
                  <span className={classes.entry}>
                    {entry.icon}
                    <span className="truncate">{entry.label}</span>
                    {entry.detail && <span className={`${classes.detail} truncate`}>{entry.detail}</span>}
                  </span>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {groups.length === 0 && (
            <Combobox.Empty>{machines.isFetching ? t("common.loading") : t("shell.palette.nothing")}</Combobox.Empty>
          )}
        </Combobox.Options>
      </div>
    </Combobox>
  );
}
