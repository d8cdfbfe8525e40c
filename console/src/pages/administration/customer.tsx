/** One customer: how it is connected, its alerts and systems, what is known of it, and what is done with it. */
import { Button, Menu } from "@mantine/core";
import { IconDots, IconMail, IconPlus, IconTool, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { ConnectivityBar, Explanation, NetworkState } from "../../components/connectivity.tsx";
import { ActionItems, CopyItems } from "../../components/data-list/row-menu.tsx";
import { one } from "../../components/data-list/selection.ts";
import { May } from "../../components/may.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { Section } from "../../components/section.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { toneOfColour } from "../../lib/connectivity.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useLive } from "../../lib/live.ts";
import { useMay } from "../../lib/permissions.ts";
import type { Search } from "../../router.tsx";
import { Conditions } from "../alerts/conditions.tsx";
import { MaintenanceDrawer } from "../alerts/maintenance-drawer.tsx";
import { AlertsOf } from "../alerts/of.tsx";
import detail from "../equipment/detail.module.css";
import plain from "../plain.module.css";
import { AddDrawer } from "../systems/add-drawer.tsx";
import { useLaunch } from "../systems/launch.tsx";
import { NetworkSystems } from "../systems/network.tsx";
import { ServiceUserCard } from "../systems/service-user.tsx";
import system from "../systems/systems.module.css";
import { TestButton, TestResult, useConnectionTest } from "../systems/test.tsx";
import { AboutCustomer } from "./customer-about.tsx";
import { useDeletion } from "./customer-deletion.tsx";
import { CustomerDrawer } from "./customer-drawer.tsx";
import { AttentionMark } from "./customer-marks.tsx";
import { useEnrolmentMail } from "./enrolment-mail.tsx";

export function CustomerPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["customers", "one", id], queryFn: () => customers.get(id) });
  useLive(["systems"], () => void client.invalidateQueries({ queryKey: ["customers", "one", id] }));
  if (found.data) return <Loaded key={id} customer={found.data} />;
  return (
    <>
      <PageHeader
        title={t("systems.fields.customer")}
        parent={<Link to="/administration/customers">{t("shell.places.customers")}</Link>}
      />
      {found.isError ? (
        <Failed error={found.error} retry={() => void found.refetch()} />
      ) : (
        <div className={plain.page}>
          <Loading lines={8} />
        </div>
      )}
    </>
  );
}

function Loaded({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const format = useFormat();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const add = useMay("customers.add");
  const [editing, setEditing] = useState(false);
  const [maintaining, setMaintaining] = useState(false);
  const test = useConnectionTest(customer.id);
  const [question, setQuestion] = useState<Question | null>(null);
  const mail = useEnrolmentMail(setQuestion);
  const launch = useLaunch();
  const deletion = useDeletion(setQuestion, () => void navigate({ to: "/administration/customers", search: {} }));
  const { network } = customer;
  const icon = { size: 15, stroke: 1.6 };
  const open = (value: string | undefined) =>
    void navigate({ to: ".", search: (old: Search) => ({ ...old, new: value }), replace: value === undefined });
  return (
    <>
      <PageHeader
        title={named(customer.name)}
        help="customers"
        parent={<Link to="/administration/customers">{t("shell.places.customers")}</Link>}
        beside={<AttentionMark row={customer} />}
        facts={
          <>
            <span className="mono">{customer.code}</span>
            <span className={detail.fact}>{named(customer.reseller.name)}</span>
            <Link to="/systems" search={{ customer_id: customer.id }}>
              {t("systems.count", { count: network.systems, shown: format.number(network.systems) })}
            </Link>
            <Link to="/equipment" search={{ customer_id: customer.id }}>
              {t("customers.equipment", {
                count: customer.equipment,
                shown: format.number(customer.equipment),
              })}
            </Link>
          </>
        }
        actions={
          <>
            <May action="customers.edit" within="all">
              <Button variant="default" onClick={() => setEditing(true)}>
                {t("customers.edit")}
              </Button>
            </May>
            <May action="customers.add">
              <Button leftSection={<IconPlus size={15} stroke={2} />} onClick={() => open("1")}>
                {t("systems.add.one")}
              </Button>
            </May>
            <Menu width={270}>
              <Menu.Target>
                <Button variant="default" px={8} aria-label={t("common.more")}>
                  <IconDots size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <CopyItems id={customer.id} path="/customers" />
                <Menu.Divider />
                <ActionItems
                  actions={[
                    ...launch(network.applications),
                    {
                      label: t("customers.mail.action"),
                      icon: <IconMail {...icon} />,
                      disabled: mail.why(one(customer)),
                      run: () => mail.send(one(customer)),
                    },
                    {
                      label: t("customers.deletion.action"),
                      icon: <IconTrash {...icon} />,
                      danger: true,
                      disabled: deletion.why(one(customer)),
                      run: () => deletion.remove(one(customer)),
                    },
                  ]}
                />
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <div className={plain.page}>
        <Section title={t("systems.customer.connection")} text={t("systems.customer.connectionText")}>
          <div className={system.now}>
            <span className={system.state}>
              <ConnectivityBar tone={toneOfColour[network.colour]} />
              <NetworkState network={network} customer={customer.id} />
            </span>
            {network.connectivity !== "connected" && (
              <Explanation connectivity={network.connectivity} since={network.connectivity_since} wide />
            )}
          </div>
          <div>
            <TestButton test={test} />
          </div>
          <TestResult test={test} />
        </Section>
        <AlertsOf of={{ customer_id: customer.id }}>
          <div>
            <May action="alerts.handle">
              <Button
                variant="default"
                leftSection={<IconTool size={15} stroke={1.6} />}
                onClick={() => setMaintaining(true)}
              >
                {t("alerts.maintenance.put")}
              </Button>
            </May>
          </div>
        </AlertsOf>
        <Section title={t("systems.customer.systems")} text={t("systems.customer.systemsText")}>
          <NetworkSystems customer={customer.id} none={t("systems.customer.none")} />
        </Section>
        <ServiceUserCard customer={customer.id} />
        <AboutCustomer customer={customer} />
        <Conditions customer={customer.id} />
      </div>
      <AddDrawer opened={add.may && search.new === "1"} close={() => open(undefined)} customer={customer.id} />
      <MaintenanceDrawer opened={maintaining} close={() => setMaintaining(false)} customer={customer.id} />
      <CustomerDrawer opened={editing} customer={customer} close={() => setEditing(false)} />
      <Confirm question={question} close={() => setQuestion(null)} />
      {mail.unsent}
    </>
  );
}
