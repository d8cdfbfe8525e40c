/** One system: how it is connected and what to do about it, what it is, what its owner allows, what stands beside it. */
import { Button, Menu } from "@mantine/core";
import { IconDots, IconTool, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { systems } from "../../api/index.ts";
import type { CustomerSystem, Switches } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { Explanation, ConnectivityBar, useConnectivityWords } from "../../components/connectivity.tsx";
import { CopyField } from "../../components/copy.tsx";
import { ActionItems, CopyItems } from "../../components/data-list/row-menu.tsx";
import { one } from "../../components/data-list/selection.ts";
import { PageHeader } from "../../components/page-header.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { Flag, Status } from "../../components/status.tsx";
import { Ago } from "../../components/time.tsx";
import { switchCommand, switchNames, toneOf } from "../../lib/connectivity.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useLive } from "../../lib/live.ts";
import { useGreyed } from "../../lib/permissions.ts";
import { MaintenanceDrawer } from "../alerts/maintenance-drawer.tsx";
import { AlertsOf } from "../alerts/of.tsx";
import detail from "../equipment/detail.module.css";
import plain from "../plain.module.css";
import { CertificatesSection } from "./certificates.tsx";
import { useLaunch } from "./launch.tsx";
import { NetworkSystems } from "./network.tsx";
import { SystemFacts } from "./preview.tsx";
import { usePrimary } from "./primary.tsx";
import { useRemoval } from "./removal.tsx";
import classes from "./systems.module.css";
import { TestButton, TestResult, useConnectionTest } from "./test.tsx";

export function SystemPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["systems", "one", id], queryFn: () => systems.get(id) });
  useLive(["systems"], () => void client.invalidateQueries({ queryKey: ["systems", "one", id] }));
  if (found.data) return <Loaded key={id} system={found.data} />;
  return (
    <>
      <PageHeader title={t("systems.one")} parent={<Link to="/systems">{t("systems.title")}</Link>} />
      {found.isError ? (
        <Failed error={found.error} retry={() => void found.refetch()} />
      ) : (
        <div className={plain.page}>
          <Loading lines={10} />
        </div>
      )}
    </>
  );
}

function Loaded({ system }: { system: CustomerSystem }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const navigate = useNavigate();
  const words = useConnectivityWords()(system.connectivity, system.connectivity_since);
  const [question, setQuestion] = useState<Question | null>(null);
  const removal = useRemoval(setQuestion, () => void navigate({ to: "/systems", search: {} }));
  const primary = usePrimary(setQuestion);
  const launch = useLaunch();
  const greyed = useGreyed("customers.delete");
  const handled = useGreyed("alerts.handle");
  const [maintaining, setMaintaining] = useState(false);
  const test = useConnectionTest(system.customer.id);
  const tone = toneOf(system.connectivity);
  const icon = { size: 15, stroke: 1.6 };
  const customer = named(system.customer.name);
  return (
    <>
      <PageHeader
        title={system.name}
        help="connection"
        parent={<Link to="/systems">{t("systems.title")}</Link>}
        beside={
          <span className={detail.beside}>
            <Flag tone={tone} title={words}>
              {words}
            </Flag>
          </span>
        }
        facts={
          <>
            <Link to="/administration/customers/$id" params={{ id: system.customer.id }} className="truncate">
              {customer}
            </Link>
            <span>{t(`systems.places.${system.place}`)}</span>
            {system.profile && <span>{[system.profile, system.version].filter(Boolean).join(" ")}</span>}
            <span>
              {t("systems.fields.last_seen_at")} <Ago at={system.last_seen_at} never={t("systems.never")} />
            </span>
          </>
        }
        actions={
          <>
            <TestButton test={test} why={system.place === "primary" ? undefined : t("systems.test.primaryOnly")} />
            <Menu width={270}>
              <Menu.Target>
                <Button variant="default" px={8} aria-label={t("common.more")}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <CopyItems id={system.id} path="/systems" />
                <Menu.Divider />
                <ActionItems actions={launch(system.applications)} />
                <ActionItems actions={primary(system)} />
                <ActionItems
                  actions={handled([
                    {
                      label: t("alerts.maintenance.put"),
                      icon: <IconTool {...icon} />,
                      run: () => setMaintaining(true),
                    },
                  ])}
                />
                <ActionItems
                  actions={greyed([
                    {
                      label: t("systems.remove.action"),
                      icon: <IconTrash {...icon} />,
                      danger: true,
                      run: () => removal(one(system)),
                    },
                  ])}
                />
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <div className={plain.page}>
        <Section title={t("systems.sections.connection")} text={t("systems.sections.connectionText")}>
          <div className={classes.now}>
            <h3 className={classes.state}>
              <ConnectivityBar tone={tone} />
              {words}
            </h3>
            <Explanation connectivity={system.connectivity} wide />
          </div>
          <TestResult test={test} />
        </Section>
        <AlertsOf of={{ system_id: system.id }} />
        <Section title={t("systems.sections.about")} text={t("systems.sections.aboutText")}>
          <SystemFacts system={system} wide />
        </Section>
        <Section
          title={t("systems.sections.owner")}
          text={`${t("systems.sections.ownerText")} ${t("systems.switches.change")}`}
        >
          <OwnersSwitches switches={system.switches} />
        </Section>
        <CertificatesSection system={system} />
        <Section title={t("systems.sections.network")} text={t("systems.sections.networkText", { customer })}>
          <NetworkSystems customer={system.customer.id} but={system.id} none={t("systems.sections.alone")} />
        </Section>
      </div>
      <MaintenanceDrawer
        opened={maintaining}
        close={() => setMaintaining(false)}
        customer={system.customer.id}
        system={system}
      />
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** Read only here: the owner changes them on the system. */
function OwnersSwitches({ switches }: { switches: Switches }) {
  const { t } = useTranslation();
  return (
    <ul>
      {switchNames.map((name) => (
        <li key={name} className={classes.switch}>
          <div className={classes.switchHead}>
            <b>{t(`systems.switches.${name}.name`)}</b>
            <Status tone={switches[name] ? "good" : "off"}>
              {t(switches[name] ? "systems.switches.on" : "systems.switches.off")}
            </Status>
          </div>
          <p className="muted">{t(`systems.switches.${name}.text`)}</p>
          <CopyField
            text={switchCommand(name, switches[name])}
            label={t("systems.switches.command", { name: t(`systems.switches.${name}.name`) })}
            wrap
          />
        </li>
      ))}
    </ul>
  );
}
