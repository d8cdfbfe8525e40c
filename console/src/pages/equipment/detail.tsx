/** One equipment: what it is, what it is made of, what happened to it. */
import { Button, Menu, Tabs } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconArrowMerge,
  IconArrowsRight,
  IconDots,
  IconKey,
  IconPlugOff,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { calls, equipment } from "../../api/index.ts";
import type { Equipment } from "../../api/types.ts";
import { ActionItems, CopyItems } from "../../components/data-list/row-menu.tsx";
import { one } from "../../components/data-list/selection.ts";
import type { Action } from "../../components/data-list/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Failed, Loading, useProblemText } from "../../components/states.tsx";
import { Flag } from "../../components/status.tsx";
import { Ago } from "../../components/time.tsx";
import { done, failed } from "../../components/toast.ts";
import { useLive } from "../../lib/live.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { useBulkQuestions } from "./bulk-questions.tsx";
import classes from "./detail.module.css";
import { EquipmentFlags, EquipmentStatus, TypeIcon, useLabels } from "./labels.tsx";
import { MergeDrawer } from "./merge-drawer.tsx";
import { SummaryTab } from "./summary-tab.tsx";

const ComponentsTab = lazy(async () => ({ default: (await import("./components-tab.tsx")).ComponentsTab }));
const HistoryTab = lazy(async () => ({ default: (await import("./history-tab.tsx")).HistoryTab }));
const SynchronisationsTab = lazy(async () => ({
  default: (await import("./synchronisations-tab.tsx")).SynchronisationsTab,
}));
const LinksTab = lazy(async () => ({ default: (await import("./links-tab.tsx")).LinksTab }));
const AttachmentsTab = lazy(async () => ({ default: (await import("./attachments-tab.tsx")).AttachmentsTab }));
const EditTab = lazy(async () => ({ default: (await import("./edit-tab.tsx")).EditTab }));

export const equipmentQuery = (id: string) => ({
  queryKey: ["equipment", "one", id],
  queryFn: () => equipment.get(id),
});

export function EquipmentPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const client = useQueryClient();
  const item = useQuery(equipmentQuery(id));
  useLive(["equipment"], () => void client.invalidateQueries({ queryKey: ["equipment", "one", id] }), 10_000);
  const parent = <Link to="/equipment">{t("shell.places.equipment")}</Link>;
  if (item.isError && !item.data) {
    return (
      <>
        <PageHeader title={t("equipment.one")} parent={parent} />
        <Failed error={item.error} retry={() => void item.refetch()} />
      </>
    );
  }
  if (!item.data) {
    return (
      <>
        <PageHeader title={t("equipment.one")} parent={parent} />
        <div className={classes.body}>
          <Loading lines={10} />
        </div>
      </>
    );
  }
  return <Loaded key={id} item={item.data} />;
}

function Loaded({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const text = useProblemText();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const client = useQueryClient();
  const [question, setQuestion] = useState<Question | null>(null);
  const [merging, setMerging] = useState(false);
  const questions = useBulkQuestions(setQuestion);
  const selection = one(item);
  const edit = useMay("equipment.edit");
  const deleted = item.deleted_at !== null;
  const tab = search.tab ?? "summary";
  const open = (name: string | null) =>
    void navigate({
      to: ".",
      search: (old: Search) => ({
        ...old,
        tab: name === "summary" ? undefined : (name ?? undefined),
        section: undefined,
        find: undefined,
      }),
      resetScroll: false,
    });
  const refresh = () => client.invalidateQueries();
  const icon = { size: 15, stroke: 1.6 };

  const askDissociate = () =>
    setQuestion({
      title: t("equipment.actions.dissociate"),
      text: t("equipment.confirm.dissociateText", { name: item.name, agent: labels.agent(item.agent) }),
      action: t("equipment.actions.dissociate"),
      danger: true,
      call: () => calls.dissociate(item.id),
      run: async () => {
        await equipment.dissociate(item.id);
        await refresh();
        done(t("equipment.dissociated"));
      },
    });
  const askKey = () =>
    setQuestion({
      title: t("equipment.actions.acceptKey"),
      text: t("equipment.confirm.acceptKeyText", { name: item.name }),
      action: t("equipment.confirm.acceptKeyAction"),
      call: () => calls.acceptKey(item.id, 24),
      run: async () => {
        await equipment.acceptKey(item.id, 24);
        await refresh();
        done(t("common.saved"));
      },
    });
  const refuseKey = async () => {
    try {
      await equipment.acceptKey(item.id, 0);
      await refresh();
      done(t("common.saved"));
    } catch (error) {
      failed(text(error));
    }
  };
  const askRetire = () =>
    setQuestion({
      title: t("equipment.actions.retire"),
      text: t("equipment.confirm.retireText", { name: item.name }),
      action: t("equipment.actions.retire"),
      call: () => calls.updateEquipment(item.id, { status: "retired", revision: item.revision }),
      run: async () => {
        await equipment.update(item.id, { status: "retired", revision: item.revision });
        await refresh();
        done(t("common.saved"));
      },
    });
  const actions: Action[] = [
    { label: t("equipment.actions.move"), icon: <IconArrowsRight {...icon} />, run: () => questions.move(selection) },
    { label: t("equipment.actions.merge"), icon: <IconArrowMerge {...icon} />, run: () => setMerging(true) },
    {
      label: t("equipment.actions.dissociate"),
      icon: <IconPlugOff {...icon} />,
      disabled: item.agent ? undefined : t("equipment.noAgent"),
      run: askDissociate,
    },
    {
      label: item.accept_key_until ? t("equipment.actions.refuseKey") : t("equipment.actions.acceptKey"),
      icon: <IconKey {...icon} />,
      disabled: item.agent?.proven ? undefined : t("equipment.flags.notProvenHint"),
      run: item.accept_key_until ? () => void refuseKey() : askKey,
    },
    {
      label: t("equipment.actions.retire"),
      icon: <IconArchive {...icon} />,
      disabled: item.status === "retired" ? t("equipment.alreadyRetired") : undefined,
      run: askRetire,
    },
    {
      label: t("equipment.actions.delete"),
      icon: <IconTrash {...icon} />,
      danger: true,
      run: () => questions.remove(selection),
    },
  ].map((one) => ({ ...one, disabled: edit.why ?? one.disabled }));
  const tabs = [
    "summary",
    ...(item.inventory_id ? ["components", "software", "history", "synchronisations"] : []),
    "links",
    "attachments",
    ...(deleted || !edit.may ? [] : ["edit"]),
  ];

  return (
    <>
      <PageHeader
        title={item.name}
        parent={<Link to="/equipment">{t("shell.places.equipment")}</Link>}
        beside={
          <span className={classes.beside}>
            <EquipmentStatus status={item.status} />
            <EquipmentFlags item={item} />
            {item.fresh_inventory_requested_at && <Flag tone="running">{t("equipment.flags.freshAsked")}</Flag>}
          </span>
        }
        facts={
          <>
            <span className={classes.fact}>
              <TypeIcon type={item.type} size={15} />
              {[labels.type(item.type), item.model].filter(Boolean).join(" · ")}
            </span>
            <Link to="/equipment" search={{ customer_id: item.customer.id }} className="truncate">
              {labels.customer(item.customer)}
            </Link>
            {item.os?.name && <span>{item.os.name}</span>}
            {item.serial && <span className="mono">{item.serial}</span>}
            <span>
              {t("equipment.lastInventory")} <Ago at={item.last_inventory_at} never={t("equipment.never")} />
            </span>
          </>
        }
        actions={
          <>
            {deleted ? (
              <May action="equipment.edit">
                <Button leftSection={<IconArchiveOff {...icon} />} onClick={() => questions.restore(selection)}>
                  {t("equipment.actions.restore")}
                </Button>
              </May>
            ) : item.agent ? (
              <May action="equipment.edit">
                <Button leftSection={<IconRefresh {...icon} />} onClick={() => questions.fresh(selection)}>
                  {t("equipment.actions.freshShort")}
                </Button>
              </May>
            ) : (
              <May action="equipment.edit">
                <Button onClick={() => open("edit")}>{t("common.edit")}</Button>
              </May>
            )}
            <Menu width={270}>
              <Menu.Target>
                <Button variant="default" px={8} aria-label={t("common.more")}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <CopyItems id={item.id} path="/equipment" />
                {!deleted && (
                  <>
                    <Menu.Divider />
                    <ActionItems actions={actions} />
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <Tabs
        value={tabs.includes(tab) ? tab : "summary"}
        onChange={open}
        keepMounted={false}
        classNames={{ root: classes.root, list: classes.tabs, tab: classes.tab }}
      >
        <Tabs.List aria-label={t("equipment.tabs.label")}>
          {tabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`equipment.tabs.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((name) => (
          <Tabs.Panel key={name} value={name} className={classes.body}>
            <Suspense fallback={<Loading />}>
              {name === "summary" && <SummaryTab item={item} />}
              {name === "components" && <ComponentsTab item={item} />}
              {name === "software" && <ComponentsTab item={item} only="software" />}
              {name === "history" && <HistoryTab item={item} />}
              {name === "synchronisations" && <SynchronisationsTab item={item} />}
              {name === "links" && <LinksTab item={item} />}
              {name === "attachments" && <AttachmentsTab item={item} />}
              {name === "edit" && <EditTab key={item.revision} item={item} />}
            </Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
      <MergeDrawer
        item={item}
        opened={merging}
        close={() => setMerging(false)}
        ask={setQuestion}
        asking={question !== null}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
