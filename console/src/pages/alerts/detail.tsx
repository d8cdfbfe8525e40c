/** One alert beside the list: what it is, what was found, what to do, where it stands, and what can be done with it. */
import { Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { Alert } from "../../api/types.ts";
import { ActionItems } from "../../components/data-list/row-menu.tsx";
import type { Action } from "../../components/data-list/types.ts";
import { Facts } from "../../components/facts.tsx";
import { Greyed } from "../../components/may.tsx";
import { SeverityMark } from "../../components/severity.tsx";
import { Moment } from "../../components/time.tsx";
import { anchorOf } from "../../lib/anchor.ts";
import { isKnownKind } from "../../lib/alerts.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useLive } from "../../lib/live.ts";
import preview from "../equipment/preview.module.css";
import classes from "./alerts.module.css";
import { Phase, SilenceMark, Times, useAlertWords } from "./words.tsx";

/** So many actions stand as buttons; the others are in a menu. */
const direct = 2;

export function AlertDetail({ alert, actions }: { alert: Alert; actions: Action[] }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const format = useFormat();
  const client = useQueryClient();
  const words = useAlertWords();
  // One that is not on the list's page is followed here.
  useLive(["alerts"], () => void client.invalidateQueries({ queryKey: ["alerts", "elsewhere"] }));
  const found = words.found(alert);
  const measured = words.measured(alert);
  const kind = isKnownKind(alert.kind) ? t(`alerts.kinds.${alert.kind}.name`) : t("alerts.details.about");
  const handled = (what: { at: string; by: string }) => (
    <>
      <Moment at={what.at} /> {t("alerts.by", { name: what.by })}
    </>
  );
  return (
    <div className={preview.preview}>
      <div className={classes.head}>
        <h2>
          {words.titleOf(alert, alert.condition)}{" "}
          {alert.subject && <span className={classes.subject}>{alert.subject}</span>}
        </h2>
        <div className={classes.marks}>
          <SeverityMark severity={alert.severity} />
          <span>{t(`alerts.types.${alert.type}`)}</span>
          <Phase alert={alert} />
          <Times alert={alert} />
        </div>
      </div>
      {(found || measured) && (
        <div className={classes.found}>
          {found && <p>{found}</p>}
          {measured && <p className={found ? "muted" : undefined}>{measured}</p>}
        </div>
      )}
      <div className={classes.actions}>
        {actions.slice(0, direct).map((action) => (
          <Greyed key={action.label} why={action.disabled}>
            <Button variant="default" leftSection={action.icon} onClick={action.run}>
              {action.label}
            </Button>
          </Greyed>
        ))}
        <Menu>
          <Menu.Target>
            <Button variant="default" px={8} aria-label={t("common.more")}>
              <IconDots size={16} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <ActionItems actions={actions.slice(direct)} />
          </Menu.Dropdown>
        </Menu>
      </div>
      {alert.silence && (
        <div className={classes.part}>
          <SilenceMark silence={alert.silence} wide />
          <p className={classes.why}>{t(`alerts.silences.${alert.silence}.text`)}</p>
        </div>
      )}
      <div className={classes.part}>
        <h3>{t("alerts.details.todo")}</h3>
        <p>
          {words.ofKind(alert.kind, "todo")}{" "}
          <a href={`/help/alerts#${anchorOf(kind)}`} target="_blank" rel="noopener">
            {t("alerts.help")}
            <span className="sr-only"> {t("common.newTab")}</span>
          </a>
        </p>
      </div>
      <Facts
        facts={[
          [
            t("alerts.fields.system"),
            <Link key="s" to="/systems/$id" params={{ id: alert.system.id }}>
              {alert.system.name}
            </Link>,
          ],
          [
            t("alerts.fields.customer"),
            <Link key="c" to="/administration/customers/$id" params={{ id: alert.customer.id }}>
              {named(alert.customer.name)}
            </Link>,
          ],
          [t("alerts.fields.last_at"), <Moment key="l" at={alert.last_at} />],
          alert.occurrences > 1 && [t("alerts.fields.first_at"), <Moment key="f" at={alert.first_at} />],
          alert.occurrences > 1 && [t("alerts.fields.occurrences"), format.number(alert.occurrences)],
          [
            t("alerts.fields.ended_at"),
            alert.ended_at ? <Moment at={alert.ended_at} /> : <span className="muted">{t("alerts.goesOn")}</span>,
          ],
          alert.acknowledged && [t("alerts.fields.acknowledged"), handled(alert.acknowledged)],
          [t("alerts.fields.assigned_to"), alert.assigned_to?.login],
          alert.muted_until !== null && [t("alerts.fields.muted_until"), <Moment key="m" at={alert.muted_until} />],
          alert.cleared && [t("alerts.fields.cleared"), handled(alert.cleared)],
          [t("alerts.fields.kind"), words.ofKind(alert.kind, "what")],
          [
            t("alerts.fields.condition"),
            <span key="k" className="mono">
              {alert.condition}
            </span>,
          ],
        ]}
      />
      <div className={classes.links}>
        <Link to="/alerts" search={{ system_id: alert.system.id, state: "all" }}>
          {t("alerts.details.others")}
        </Link>
        <Link to="/alerts" search={{ condition: alert.condition }}>
          {t("alerts.details.same")}
        </Link>
        <Link to="/administration/customers/$id" params={{ id: alert.customer.id }} hash="conditions">
          {t("alerts.details.rules")}
        </Link>
      </div>
    </div>
  );
}
