/** How agents reach this server, and which agents do. */
import { SegmentedControl, Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { administration, agents } from "../../api/index.ts";
import type { AgentItem } from "../../api/types.ts";
import { CopyField, SecretField } from "../../components/copy.tsx";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Column, Filter, ListSpec } from "../../components/data-list/types.ts";
import { FirstAgent } from "../../components/first-agent.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Field, Section } from "../../components/section.tsx";
import { Failed, Loading, Nothing, useTold } from "../../components/states.tsx";
import { Flag, Status } from "../../components/status.tsx";
import { Ago } from "../../components/time.tsx";
import { done } from "../../components/toast.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { agentKinds, useLabels } from "../equipment/labels.tsx";
import list from "../equipment/list.module.css";
import classes from "../plain.module.css";
import { configurationKey, MoveSection } from "./agents-move.tsx";
import { RolloutAgents } from "./rollouts/agents.tsx";
import { Updates } from "./rollouts/updates.tsx";

export function AgentsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const manage = useMay("agents.manage");
  // A link that filters agents means their list; how they connect is for who may change it.
  const narrowed = search.kind || search.version || search.move || search.q;
  const wanted = search.tab ?? (narrowed ? "list" : "connection");
  const tab = manage.may ? wanted : "list";
  return (
    <>
      <PageHeader
        title={t("shell.places.agents")}
        help="agents"
        beside={tab === "list" && <ListTotal name="agents" />}
        actions={
          manage.may && (
            <SegmentedControl
              size="xs"
              aria-label={t("administration.agents.show")}
              value={tab}
              onChange={(value) => void navigate({ to: ".", search: { tab: value } })}
              data={[
                { value: "connection", label: t("administration.agents.connection") },
                { value: "updates", label: t("updates.tab") },
                { value: "list", label: t("administration.agents.list") },
              ]}
            />
          )
        }
      />
      {tab === "list" ? (
        <AgentList />
      ) : tab !== "updates" ? (
        <Connection />
      ) : search.rollout ? (
        <RolloutAgents id={search.rollout} />
      ) : (
        <Updates />
      )}
    </>
  );
}

function Connection() {
  const { t } = useTranslation();
  const told = useTold();
  const client = useQueryClient();
  const configuration = useQuery({
    queryKey: configurationKey,
    queryFn: agents.configuration,
    // While agents move, their number changes.
    refetchInterval: (query) => (query.state.data?.progress ? 30_000 : false),
  });
  if (configuration.isError) return <Failed error={configuration.error} retry={() => void configuration.refetch()} />;
  if (!configuration.data) {
    return (
      <div className={classes.page}>
        <Loading />
      </div>
    );
  }
  const { current, foreign_url, foreign_intake } = configuration.data;
  const setIntake = async (open: boolean) => {
    await told(() => administration.updatePreferences({ foreign_intake: open }));
    await client.invalidateQueries({ queryKey: configurationKey });
    done(t(open ? "administration.agents.intakeOpened" : "administration.agents.intakeClosed"));
  };
  return (
    <div className={classes.page}>
      <Section title={t("administration.agents.current")} text={t("administration.agents.currentText")}>
        <Field label={t("administration.agents.name")}>
          <span className="mono">{current.name}</span>
        </Field>
        <Field
          label={t("administration.agents.url")}
          hint={current.elsewhere ? t("administration.move.currentElsewhere") : undefined}
        >
          <CopyField text={current.url} label={t("administration.agents.url")} />
        </Field>
        <Field label={t("administration.agents.clientId")}>
          <CopyField text={current.client_id} label={t("administration.agents.clientId")} />
        </Field>
        <Field label={t("administration.agents.secret")} hint={t("administration.agents.secretHint")}>
          <SecretField
            masked={current.client_secret_masked}
            label={t("administration.agents.secret")}
            reveal={() => told(async () => (await agents.revealSecret()).client_secret)}
          />
        </Field>
        {current.ca_sha256 && (
          <Field label={t("administration.agents.ca")} hint={t("administration.agents.caHint")}>
            <CopyField text={current.ca_sha256} label={t("administration.agents.ca")} wrap />
          </Field>
        )}
        <p className="muted">
          {t("administration.agents.install")}{" "}
          <Link to="/administration/distribution">{t("shell.places.distribution")}</Link>
        </p>
      </Section>
      <MoveSection configuration={configuration.data} />
      <Section title={t("administration.agents.foreign")} text={t("administration.agents.foreignText")}>
        <Switch
          label={t("administration.agents.intake")}
          description={t("administration.agents.intakeHint")}
          checked={foreign_intake}
          onChange={(event) => void setIntake(event.currentTarget.checked).catch(() => undefined)}
        />

        <Field label={t("administration.agents.foreignUrl")} hint={t("administration.agents.foreignHint")}>
          <CopyField text={foreign_url} label={t("administration.agents.foreignUrl")} />
        </Field>
      </Section>
    </div>
  );
}

function AgentList() {
  const { t } = useTranslation();
  const labels = useLabels();
  const moveWords = useMoveWords();
  const search = useSearch({ strict: false }) as Search;
  const columns = useMemo<Column<AgentItem>[]>(
    () => [
      {
        id: "name",
        header: t("administration.agents.machine"),
        sort: "name",
        width: 220,
        grow: true,
        fixed: true,
        cell: (row) => (
          <span className={list.name}>
            <span className="truncate">{row.equipment?.name || row.name || row.id}</span>
            {!row.proven && (
              <Flag tone="off" title={t("equipment.flags.notProvenHint")}>
                {t("equipment.flags.notProven")}
              </Flag>
            )}
          </span>
        ),
      },
      {
        id: "status",
        header: t("administration.agents.state"),
        width: 140,
        cell: (row) =>
          row.revoked_at ? (
            <Status tone="broken">{t("administration.agents.revoked")}</Status>
          ) : row.equipment ? (
            <Status tone="good">{t("administration.agents.associated")}</Status>
          ) : (
            <Status tone="waiting">{t("administration.agents.waiting")}</Status>
          ),
      },
      {
        id: "kind",
        header: t("administration.agents.kind"),
        width: 130,
        // Only agents of our own move.
        hidden: Boolean(search.move),
        cell: (row) => labels.agentKind(row.kind),
      },
      { id: "version", header: t("software.version"), width: 110, cell: (row) => row.version || "" },
      {
        id: "platform",
        header: t("administration.agents.platform"),
        width: 140,
        hidden: Boolean(search.move),
        cell: (row) => labels.osFamily(row.platform),
      },
      {
        id: "move",
        header: t("administration.move.column"),
        width: 220,
        hidden: !search.move,
        cell: (row) => row.move && <MoveCell move={row.move} />,
      },
      {
        id: "reason",
        header: t("administration.move.reason"),
        width: 240,
        grow: true,
        hidden: !search.move,
        cell: (row) => (
          <span className="truncate" title={row.move?.words ?? undefined}>
            {row.move?.words}
          </span>
        ),
      },
      {
        id: "customer",
        header: t("equipment.fields.customer"),
        width: 180,
        hidden: true,
        cell: (row) => labels.customer(row.customer),
      },
      {
        id: "enrolled_at",
        header: t("administration.agents.enrolled"),
        width: 130,
        hidden: true,
        cell: (row) => <Ago at={row.enrolled_at} />,
      },
      {
        id: "last_contact_at",
        header: t("equipment.fields.last_contact_at"),
        width: 138,
        cell: (row) => <Ago at={row.last_contact_at} never={t("equipment.never")} />,
      },
    ],
    // The labels follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t, search.move],
  );
  const filters = useMemo<Filter[]>(
    () => [
      {
        param: "kind",
        label: t("administration.agents.kind"),
        options: agentKinds.map((value) => ({ value, label: t(`equipment.agentKinds.${value}`) })),
      },
      { param: "version", label: t("software.version") },
      {
        param: "move",
        label: t("administration.move.column"),
        options: ["moved", "left", "failed"].map((value) => ({
          value,
          label: t(`administration.move.filters.${value}`),
        })),
      },
    ],
    [t],
  );
  const spec: ListSpec<AgentItem> = {
    name: "agents",
    title: t("administration.agents.list"),
    topics: ["equipment"],
    load: agents.list,
    path: "/agents",
    copyable: "id",
    rowId: (row) => row.id,
    rowName: (row) => row.equipment?.name || row.name || row.id,
    columns,
    filters,
    sort: "name",
    searchLabel: t("administration.agents.search"),
    link: (row) =>
      row.equipment
        ? { to: "/equipment/$id", params: { id: row.equipment.id } }
        : { to: "/pending", search: { q: row.name || undefined } },
    line: (row) => ({
      title: row.equipment?.name || row.name || row.id,
      detail: (search.move && row.move
        ? [moveWords(row.move), row.move.words]
        : [labels.agent(row), labels.osFamily(row.platform)]
      )
        .filter(Boolean)
        .join(" · "),
      aside: <Ago at={row.last_contact_at} never={t("equipment.never")} />,
    }),
    empty: (
      <Nothing title={t("administration.agents.none")} text={t("equipment.empty.text")}>
        <FirstAgent />
      </Nothing>
    ),
  };
  return <DataList key={search.customer_id} spec={spec} />;
}

type Move = NonNullable<AgentItem["move"]>;

/** How far an agent has come on its way to another portal, and at which step its test ended. */
function useMoveWords() {
  const { t } = useTranslation();
  return (move: Move) => {
    const step = move.step ? t(`administration.move.steps.${move.step}`, { defaultValue: move.step }) : "";
    return [t(`administration.move.states.${move.state}`), step].filter(Boolean).join(" · ");
  };
}

function MoveCell({ move }: { move: Move }) {
  const words = useMoveWords();
  const tone = { moved: "good", failed: "attention", told: "waiting", untold: "off" } as const;
  return <Status tone={tone[move.state]}>{words(move)}</Status>;
}
