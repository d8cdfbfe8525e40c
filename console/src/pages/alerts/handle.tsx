/** What people do with alerts: clear, acknowledge, assign, mute; what is asked before, and what could not be done. */
import { Select, SegmentedControl, TextInput } from "@mantine/core";
import { IconBellOff, IconBellRinging, IconCheck, IconChecks, IconUser, IconUserCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Query } from "../../api/client.ts";
import { alerts, calls, type Target } from "../../api/index.ts";
import type { Alert, AlertsResult, AlertType } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import type { Action, Selection } from "../../components/data-list/types.ts";
import { useTold } from "../../components/states.tsx";
import { useNow } from "../../components/time.tsx";
import { done, failed } from "../../components/toast.ts";
import { localField, mutedUntil } from "../../lib/alerts.ts";
import { useFormat } from "../../lib/format.ts";
import { useGreyed } from "../../lib/permissions.ts";
import { sessionQuery } from "../../lib/session.ts";
import { inOneCall, inPortions } from "../equipment/bulk-questions.tsx";
import { useNameOf } from "./words.tsx";

/** What is cleared is over: history is not asked for again, nor what still goes on where it is to be cleared. */
function narrowed(target: Target, state: "open" | "ended"): Target {
  if ("ids" in target) return target;
  const asked = target.all.state;
  if (asked === "ongoing" || asked === "cleared" || asked === "ended") return target;
  return { all: { ...target.all, state } };
}

/** So many are named that could not be done. */
const named = 3;

export function useHandling(ask: (question: Question | null) => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const nameOf = useNameOf();
  const told = useTold();
  const me = useQuery(sessionQuery).data?.user;
  const greyed = useGreyed("alerts.handle");
  const icon = { size: 15, stroke: 1.6 };

  const report = (result: AlertsResult, rows: Alert[]) => {
    if (result.done > 0) done(t("alerts.bulk.done", { count: result.done, shown: format.number(result.done) }));
    if (result.failed.length === 0) return;
    const names = result.failed.flatMap(({ id }) => {
      const row = rows.find((alert) => alert.id === id);
      return row ? [`${nameOf(row)} (${row.system.name})`] : [];
    });
    const rest = result.failed.length - Math.min(named, names.length);
    const more = rest > 0 ? [t("alerts.about", { count: rest, shown: format.number(rest) })] : [];
    const codes = new Set(result.failed.map((one) => t(`problems.${one.code}`, { defaultValue: one.title })));
    failed(
      t("alerts.bulk.failed", {
        names: [...names.slice(0, named), ...more].join(", "),
        reasons: [...codes].join(" "),
      }),
    );
  };
  const renew = () => client.invalidateQueries({ queryKey: ["alerts"] });
  const run = async (selection: Selection<Alert>, target: Target, call: (target: Target) => Promise<AlertsResult>) => {
    report(await inPortions(target, call), selection.rows);
    selection.clear();
    await renew();
  };
  const shownOf = ({ count, countIsMinimum }: Selection<Alert>) => format.number(count) + (countIsMinimum ? "+" : "");
  const about = (selection: Selection<Alert>) => {
    const [only] = selection.rows;
    if (selection.count === 1 && only) return `${nameOf(only)} — ${only.system.name}`;
    return t("alerts.about", { count: selection.count, shown: shownOf(selection) });
  };

  /** All that a filter finds and that has ended; counted first, because the number is what one decides by. */
  const clearAll = async (filter: Query, clear: () => void = () => undefined) => {
    const target = narrowed({ all: filter }, "ended");
    const counted = narrowed({ all: filter }, "open");
    const counts = await told(() => alerts.counts("all" in counted ? counted.all : filter));
    // The counts by type leave the type out, those by severity do not.
    const sum = (of: "alerts" | "ongoing") => counts.severities.reduce((total, each) => total + each[of], 0);
    const ongoing = sum("ongoing");
    const count = sum("alerts") - ongoing;
    ask({
      title: t("alerts.clear.listTitle"),
      about: t("alerts.clear.about", { count, shown: format.number(count) }),
      text: `${t("alerts.clear.listText", { count: ongoing, shown: format.number(ongoing) })} ${t("alerts.clear.text")}`,
      action: t("alerts.clear.action"),
      ready: count > 0,
      call: () => calls.clearAlerts(target),
      run: async () => {
        report(await alerts.clear(target), []);
        clear();
        await renew();
      },
    });
  };

  const questions = {
    clearAll,
    clearType: async (type: AlertType) => {
      // Whatever the filter: counted without it.
      const counts = await told(() => alerts.counts());
      const found = counts.types.find((each) => each.type === type);
      const { clearable = 0, clearable_customers: customers = 0, ongoing = 0 } = found ?? {};
      ask({
        title: t("alerts.clear.typeTitle", { type: t(`alerts.types.${type}`) }),
        about: t("alerts.clear.of", {
          count: customers,
          shown: format.number(customers),
          alerts: t("alerts.clear.about", { count: clearable, shown: format.number(clearable) }),
        }),
        text: `${t("alerts.clear.typeText", { count: ongoing, shown: format.number(ongoing) })} ${t("alerts.clear.text")}`,
        action: t("alerts.clear.action"),
        ready: clearable > 0,
        call: () => calls.clearAlertType(type),
        run: async () => {
          const cleared = await alerts.clearType(type);
          done(t("alerts.clear.typeDone", { count: cleared.alerts, shown: format.number(cleared.alerts) }));
          await renew();
        },
      });
    },
    clear: (selection: Selection<Alert>) => {
      if ("all" in selection.target) {
        void clearAll(selection.target.all, selection.clear).catch(() => undefined);
        return;
      }
      const { target } = selection;
      ask({
        title: t("alerts.clear.title", { count: selection.count }),
        about:
          selection.count === 1
            ? about(selection)
            : t("alerts.clear.about", { count: selection.count, shown: shownOf(selection) }),
        text: t("alerts.clear.text"),
        action: t("alerts.clear.action"),
        call: inOneCall(target, () => calls.clearAlerts(target)),
        run: () => run(selection, target, alerts.clear),
      });
    },
    acknowledge: (selection: Selection<Alert>, acknowledged: boolean) =>
      void told(() =>
        run(selection, narrowed(selection.target, "open"), (target) => alerts.acknowledge(target, acknowledged)),
      ).catch(() => undefined),
    assign: (selection: Selection<Alert>) => {
      const target = narrowed(selection.target, "open");
      const show = (user: string | null, ready: boolean) =>
        ask({
          title: t("alerts.assign.title"),
          about: about(selection),
          fields: <AssigneeField change={(value) => show(value === "" ? null : value, true)} />,
          ready,
          action: t("alerts.assign.submit"),
          call: ready ? inOneCall(target, () => calls.assignAlerts(target, user)) : undefined,
          run: () => run(selection, target, (part) => alerts.assign(part, user)),
        });
      show(null, false);
    },
    assignTo: (selection: Selection<Alert>, user: string | null) =>
      void told(() => run(selection, narrowed(selection.target, "open"), (part) => alerts.assign(part, user))).catch(
        () => undefined,
      ),
    mute: (selection: Selection<Alert>) => {
      const target = narrowed(selection.target, "open");
      const show = (until: () => string | null) =>
        ask({
          title: t("alerts.mute.title"),
          about: about(selection),
          text: t("alerts.mute.text"),
          fields: <MuteField change={show} />,
          ready: until() !== null,
          action: t("alerts.mute.submit"),
          call: inOneCall(target, () => calls.muteAlerts(target, until())),
          run: () => run(selection, target, (part) => alerts.mute(part, until())),
        });
      show(() => mutedUntil("hour", new Date()).toISOString());
    },
    unmute: (selection: Selection<Alert>) =>
      void told(() => run(selection, narrowed(selection.target, "open"), (target) => alerts.mute(target, null))).catch(
        () => undefined,
      ),
  };

  /** What can be done with a selection; what cannot be done says why. */
  const actions = (selection: Selection<Alert>): Action[] => {
    const { rows, all } = selection;
    const ongoing = rows.filter((row) => row.ongoing).length;
    const cleared = rows.some((row) => row.cleared) ? t("alerts.clear.cleared") : undefined;
    const single = rows.length === 1 ? rows[0] : undefined;
    const whyNotClear =
      ongoing > 0
        ? single
          ? t("alerts.clear.ongoing")
          : t("alerts.clear.someOngoing", { count: ongoing, shown: format.number(ongoing) })
        : undefined;
    const any = (is: (row: Alert) => boolean) => all || rows.some(is);
    const mine = single?.assigned_to?.id === me?.id;
    return greyed([
      {
        label: t("alerts.clear.action"),
        icon: <IconChecks {...icon} />,
        disabled: cleared ?? whyNotClear,
        run: () => questions.clear(selection),
      },
      {
        label: t("alerts.acknowledge.action"),
        icon: <IconCheck {...icon} />,
        disabled: cleared ?? (any((row) => !row.acknowledged) ? undefined : t("alerts.acknowledge.already")),
        run: () => questions.acknowledge(selection, true),
      },
      {
        label: t("alerts.assign.action"),
        icon: <IconUser {...icon} />,
        disabled: cleared,
        run: () => questions.assign(selection),
      },
      {
        label: t("alerts.mute.action"),
        icon: <IconBellOff {...icon} />,
        disabled: cleared,
        run: () => questions.mute(selection),
      },
      ...(single && me && !mine
        ? [
            {
              label: t("alerts.assign.toMe"),
              icon: <IconUserCheck {...icon} />,
              disabled: cleared,
              run: () => questions.assignTo(selection, me.id),
            },
          ]
        : []),
      {
        label: t("alerts.acknowledge.undo"),
        disabled: cleared ?? (any((row) => row.acknowledged !== null) ? undefined : t("alerts.acknowledge.not")),
        run: () => questions.acknowledge(selection, false),
      },
      {
        label: t("alerts.mute.undo"),
        icon: <IconBellRinging {...icon} />,
        disabled: cleared ?? (any((row) => row.muted_until !== null) ? undefined : t("alerts.mute.not")),
        run: () => questions.unmute(selection),
      },
    ]);
  };
  return { ...questions, actions };
}

/** Who looks after them; the empty value is nobody. */
function AssigneeField({ change }: { change: (user: string) => void }) {
  const { t } = useTranslation();
  const me = useQuery(sessionQuery).data?.user;
  const [value, setValue] = useState<string | null>(null);
  const found = useQuery({
    queryKey: ["alerts", "assignees"],
    queryFn: ({ signal }) => alerts.assignees(undefined, signal),
    staleTime: 60_000,
  });
  const people = (found.data?.items ?? []).filter((person) => person.id !== me?.id);
  return (
    <Select
      label={t("alerts.assign.to")}
      data={[
        ...(me ? [{ value: me.id, label: t("alerts.me", { login: me.login }) }] : []),
        { value: "", label: t("alerts.assign.nobody") },
        ...people.map((person) => ({
          value: person.id,
          label: person.name ? `${person.name} (${person.login})` : person.login,
        })),
      ]}
      searchable
      allowDeselect={false}
      value={value}
      onChange={(now) => {
        setValue(now);
        if (now !== null) change(now);
      }}
      data-autofocus
    />
  );
}

type Length = "hour" | "hours" | "tomorrow" | "date";

function MuteField({ change }: { change: (until: () => string | null) => void }) {
  const { t } = useTranslation();
  const [length, setLength] = useState<Length>("hour");
  const [until, setUntil] = useState(() => localField(mutedUntil("tomorrow", new Date())));
  const tell = (how: Length, typed: string) => {
    setLength(how);
    setUntil(typed);
    const chosen = new Date(typed);
    const fits = how !== "date" || chosen.getTime() > Date.now();
    // Counted from when it is confirmed, not from when it was chosen.
    change(() => {
      if (how !== "date") return mutedUntil(how, new Date()).toISOString();
      return fits ? chosen.toISOString() : null;
    });
  };
  const now = useNow();
  const past = length === "date" && !(new Date(until).getTime() > now);
  return (
    <>
      <SegmentedControl
        orientation="vertical"
        aria-label={t("alerts.mute.for")}
        value={length}
        onChange={(value) => tell(value as Length, until)}
        data={(["hour", "hours", "tomorrow", "date"] as const).map((value) => ({
          value,
          label: t(`alerts.mute.${value}`),
        }))}
      />
      {length === "date" && (
        <TextInput
          type="datetime-local"
          label={t("alerts.mute.until")}
          min={localField(new Date(now))}
          value={until}
          onChange={(event) => tell("date", event.currentTarget.value)}
          error={past && t("alerts.mute.past")}
        />
      )}
    </>
  );
}
