import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls } from "../../api/index.ts";
import type { PendingItem } from "../../api/types.ts";
import { useCustomers } from "../../components/customers.tsx";
import { Facts } from "../../components/facts.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import { CreateForm } from "../equipment/create-form.tsx";
import { changesBetween, noValues, type Values } from "../equipment/fields.tsx";
import classes from "../equipment/fields.module.css";
import { useLabels } from "../equipment/labels.tsx";

/** Makes an equipment of a waiting machine: what was collected is filled in, and can be corrected. */
export function CreateFromDrawer({ item, close }: { item: PendingItem | null; close: () => void }) {
  const { t } = useTranslation();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={item !== null} close={close} title={t("pending.createTitle")} dirty={dirty}>
      {item && <Body key={item.id} item={item} close={close} tellDirty={setDirty} />}
    </FormDrawer>
  );
}

interface Props {
  item: PendingItem;
  close: () => void;
  tellDirty: (dirty: boolean) => void;
}

function Body({ item, close, tellDirty }: Props) {
  const { t } = useTranslation();
  const labels = useLabels();
  const customers = useCustomers();
  const collected: Values = {
    ...noValues,
    name: item.name || "",
    type: item.type ?? "other",
    customer_id: item.customer?.id ?? "",
  };
  return (
    <CreateForm
      start={collected}
      owner={customers.data?.items.find((customer) => customer.is_default)?.id}
      customer={item.customer ?? undefined}
      short
      above={
        <div className={classes.above}>
          <Facts
            facts={[
              [t("equipment.fields.os"), labels.os(item.os)],
              [t("equipment.fields.model"), labels.model(item.manufacturer, item.model)],
              [t("equipment.fields.serial"), item.serial && <span className="mono">{item.serial}</span>],
              [t("equipment.fields.agent"), labels.agent(item.agent)],
            ]}
          />
        </div>
      }
      action={t("pending.createAction")}
      // What stays as collected is left to the agent; only corrections are sent, and locked.
      call={(values) =>
        calls.createFromPending(item.id, {
          ...changesBetween({ ...collected, status: noValues.status }, values),
          customer_id: values.customer_id || undefined,
        })
      }
      close={close}
      tellDirty={tellDirty}
    />
  );
}
