import { ActionIcon, Button, Select, TagsInput, TextInput, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { OpenIdMapping } from "../../api/types.ts";
import classes from "../plain.module.css";
import own from "./sign-in.module.css";

/** Roles in the table's order. */
export const roles = [
  "administrator",
  "support",
  "supervisor",
  "operator",
  "read-only",
  "equipment-manager",
  "technician",
] as const satisfies readonly OpenIdMapping["role"][];

/** Roles that see the customers that they are assigned to: labels are for them. */
const assigned = new Set<string>(["supervisor", "operator", "read-only", "equipment-manager", "technician"]);

interface Props {
  mappings: OpenIdMapping[];
  change: (mappings: OpenIdMapping[]) => void;
  error: string | undefined;
}

/** Which role a group of the provider gives; the first line that fits counts. */
export function MappingTable({ mappings, change, error }: Props) {
  const { t } = useTranslation();
  const put = (at: number, changes: Partial<OpenIdMapping>) =>
    change(mappings.map((one, index) => (index === at ? { ...one, ...changes } : one)));
  const up = (at: number) => {
    const moved = [...mappings];
    moved.splice(at - 1, 0, ...moved.splice(at, 1));
    change(moved);
  };
  return (
    <div className={classes.field} role="group" aria-label={t("factors.provider.mapping")}>
      <span className={classes.label}>{t("factors.provider.mapping")}</span>
      <span className={classes.hint}>{t("factors.provider.mappingHint")}</span>
      {mappings.length > 0 && (
        <ul className={classes.rows}>
          {mappings.map((one, at) => (
            <li key={at} className={own.line}>
              <TextInput
                aria-label={t("factors.provider.groupOf", { line: at + 1 })}
                placeholder={t("factors.provider.group")}
                maxLength={200}
                value={one.group}
                onChange={(event) => put(at, { group: event.currentTarget.value })}
              />
              <Select
                aria-label={t("factors.provider.roleOf", { line: at + 1 })}
                data={roles.map((role) => ({ value: role, label: t(`shell.roles.${role}`) }))}
                value={one.role}
                allowDeselect={false}
                onChange={(role) =>
                  role &&
                  put(at, { role: role as OpenIdMapping["role"], labels: assigned.has(role) ? (one.labels ?? []) : [] })
                }
              />
              <TagsInput
                aria-label={t("factors.provider.labelsOf", { line: at + 1 })}
                placeholder={assigned.has(one.role) ? t("factors.provider.labels") : t("factors.provider.seesAll")}
                disabled={!assigned.has(one.role)}
                value={one.labels ?? []}
                onChange={(labels) => put(at, { labels })}
              />
              <div className={classes.actions}>
                <Tooltip label={t("factors.provider.up")}>
                  <ActionIcon
                    size={26}
                    disabled={at === 0}
                    aria-label={t("factors.provider.upOf", { line: at + 1 })}
                    onClick={() => up(at)}
                  >
                    <IconArrowUp size={15} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
                <Tooltip label={t("common.delete")}>
                  <ActionIcon
                    size={26}
                    aria-label={t("factors.provider.removeOf", { line: at + 1 })}
                    onClick={() => change(mappings.filter((_, index) => index !== at))}
                  >
                    <IconX size={15} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              </div>
            </li>
          ))}
        </ul>
      )}
      <div role="alert">{error && <p className={classes.problem}>{error}</p>}</div>
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} stroke={2} />}
          disabled={mappings.length >= 100}
          onClick={() => change([...mappings, { group: "", role: "operator", labels: [] }])}
        >
          {t("factors.provider.add")}
        </Button>
      </div>
    </div>
  );
}
