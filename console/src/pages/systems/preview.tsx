import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import type { CustomerSystem } from "../../api/types.ts";
import { ConnectivityBar, Explanation, useConnectivityWords } from "../../components/connectivity.tsx";
import { Facts, type Fact } from "../../components/facts.tsx";
import { Ago, useNow } from "../../components/time.tsx";
import { toneOf } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { Value } from "../equipment/preview.tsx";
import preview from "../equipment/preview.module.css";
import { NotSynchronised } from "./synchronised.tsx";
import classes from "./systems.module.css";

export function SystemPreview({ system }: { system: CustomerSystem }) {
  const { t } = useTranslation();
  const words = useConnectivityWords()(system.connectivity, system.connectivity_since);
  return (
    <div className={preview.preview}>
      <h2 className={preview.title}>{system.name}</h2>
      <div className={classes.now}>
        <h3 className={classes.state}>
          <ConnectivityBar tone={toneOf(system.connectivity)} />
          {words}
        </h3>
        <Explanation connectivity={system.connectivity} wide />
      </div>
      <SystemFacts system={system} />
      <Button component={Link} to="/systems/$id" params={{ id: system.id } as never} fullWidth>
        {t("systems.open")}
      </Button>
    </div>
  );
}

/** What is known of a system, for the preview and for its own page. */
export function SystemFacts({ system, wide }: { system: CustomerSystem; wide?: boolean }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const format = useFormat();
  const now = useNow();
  const up = system.connectivity === "connected" && system.started_at;
  const facts: Fact[] = [
    [
      t("systems.fields.customer"),
      <Link key="c" to="/administration/customers/$id" params={{ id: system.customer.id }}>
        {named(system.customer.name)}
      </Link>,
    ],
    [
      t("systems.fields.place"),
      <span key="p">
        {t(`systems.places.${system.place}`)}
        {wide && <span className="muted"> — {t(`systems.placesText.${system.place}`)}</span>}
      </span>,
    ],
    [t("systems.fields.profile"), system.profile || <span className="muted">{t("systems.noProfile")}</span>],
    [t("systems.fields.version"), system.version],
    [t("systems.fields.connectivity_since"), <Ago key="s" at={system.connectivity_since} />],
    [t("systems.fields.last_seen_at"), <Ago key="l" at={system.last_seen_at} never={t("systems.never")} />],
    [t("systems.fields.started_at"), system.started_at && <Ago at={system.started_at} />],
    [t("systems.fields.uptime"), up && format.duration((now - Date.parse(up)) / 1000)],
    [t("systems.fields.address"), system.address && <Value text={system.address} />],
    [t("systems.fields.port"), system.port],
    [t("systems.fields.applications"), system.applications.map(({ title }) => title).join(", ")],
    [t("systems.fields.via_primary"), t(system.via_primary ? "systems.viaPrimary" : "systems.direct")],
    [
      t("systems.fields.synchronised"),
      system.synchronised === false ? (
        <NotSynchronised system={system} />
      ) : (
        system.synchronised && t("systems.synchronised.yes")
      ),
    ],
    [t("systems.fields.platform"), t(`systems.platforms.${system.platform}`, { defaultValue: system.platform })],
    [t("systems.fields.agent_version"), system.agent_version],
    [t("systems.fields.enrolled_at"), <Ago key="e" at={system.enrolled_at} />],
  ];
  return <Facts wide={wide} facts={facts} />;
}
