/** Who did what, when, from where. */
import { Button } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { administration } from "../../api/index.ts";
import type { AuditEntry } from "../../api/types.ts";
import { DataList } from "../../components/data-list/data-list.tsx";
import { ListTotal } from "../../components/data-list/total.tsx";
import type { Column, ListSpec } from "../../components/data-list/types.ts";
import { Facts } from "../../components/facts.tsx";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Nothing } from "../../components/states.tsx";
import { Moment } from "../../components/time.tsx";
import { useGivenName } from "../../lib/given-names.ts";
import { useMay } from "../../lib/permissions.ts";
import preview from "../equipment/preview.module.css";
import { AuditDetail } from "./audit-detail.tsx";
import { useAuditFilters } from "./audit-filters.ts";
import { AuditVerdictBand } from "./audit-verdict.tsx";
import classes from "./audit.module.css";

export function AuditPage() {
  const { t } = useTranslation();
  const named = useGivenName();
  const action = (row: AuditEntry) => t(`administration.audit.actions.${row.action}`, { defaultValue: row.action });
  const kind = (name: string) => t(`administration.audit.kinds.${name}`, { defaultValue: name });
  const actor = (row: AuditEntry) => row.actor.name || row.actor.id || kind(row.actor.kind);
  const object = (row: AuditEntry) => named(row.object.name || row.object.id || "");
  const columns = useMemo<Column<AuditEntry>[]>(
    () => [
      {
        id: "at",
        header: t("administration.audit.at"),
        width: 190,
        fixed: true,
        cell: (row) => <Moment at={row.at} />,
      },
      { id: "actor", header: t("administration.audit.actor"), width: 160, cell: (row) => actor(row) },
      { id: "action", header: t("administration.audit.action"), width: 240, grow: true, cell: (row) => action(row) },
      {
        id: "object",
        header: t("administration.audit.object"),
        width: 240,
        grow: true,
        cell: (row) =>
          row.object && (
            <span title={object(row)}>
              {object(row)} <span className="muted">{kind(row.object.kind)}</span>
            </span>
          ),
      },
      {
        id: "source",
        header: t("pending.source"),
        width: 150,
        cell: (row) => row.source_address && <span className="mono">{row.source_address}</span>,
      },
    ],
    // The words follow the language, as `t` does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  );
  const filters = useAuditFilters();
  const may = useMay("preferences.manage");
  const verification = useMutation({ mutationFn: administration.verifyAudit });
  const spec: ListSpec<AuditEntry> = {
    name: "audit",
    title: t("shell.places.audit"),
    load: administration.audit,
    path: "/audit",
    copyable: false,
    rowId: (row) => row.id,
    rowName: (row) => `${action(row)} ${object(row)}`.trim(),
    columns,
    sort: "",
    filters,
    searchLabel: t("administration.audit.search"),
    preview: (row) => (
      <div className={preview.preview}>
        <h2 className={preview.title}>{action(row)}</h2>
        <Facts
          facts={[
            [t("administration.audit.at"), <Moment key="a" at={row.at} />],
            [t("administration.audit.actor"), `${actor(row)} (${kind(row.actor.kind)})`],
            [t("administration.audit.object"), row.object && `${object(row)} (${kind(row.object.kind)})`],
            [t("administration.audit.objectId"), row.object?.id && <span className="mono">{row.object.id}</span>],
            [t("pending.source"), row.source_address && <span className="mono">{row.source_address}</span>],
            [
              t("administration.audit.code"),
              <span key="c" className="mono">
                {row.action}
              </span>,
            ],
          ]}
        />
        <AuditDetail detail={row.detail} />
        <div className={classes.links}>
          {row.actor.id && (
            <Link to="/administration/audit" search={{ actor_id: row.actor.id }}>
              {t("administration.audit.onlyActor", { name: actor(row) })}
            </Link>
          )}
          {row.object?.id && (
            <Link to="/administration/audit" search={{ object_id: row.object.id }}>
              {t("administration.audit.onlyObject", { name: object(row) })}
            </Link>
          )}
        </div>
      </div>
    ),
    line: (row) => ({
      title: action(row),
      detail: [actor(row), object(row)].filter(Boolean).join(" · "),
      aside: <Moment at={row.at} />,
    }),
    download: {
      format: t("administration.audit.exportFormat"),
      hint: t("administration.audit.exportHint"),
      address: administration.auditAddress,
      disabled: may.why,
    },
    empty: <Nothing title={t("administration.audit.none")} />,
  };
  return (
    <>
      <PageHeader
        title={t("shell.places.audit")}
        beside={<ListTotal name="audit" />}
        help="users"
        actions={
          <May action="preferences.manage">
            <Button
              variant="default"
              leftSection={<IconShieldCheck size={15} stroke={1.6} />}
              title={t("administration.audit.verifyTitle")}
              loading={verification.isPending}
              onClick={() => verification.mutate()}
            >
              {t("administration.audit.verify")}
            </Button>
          </May>
        }
      />
      <DataList spec={spec} above={<AuditVerdictBand verification={verification} />} />
    </>
  );
}
