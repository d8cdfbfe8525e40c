import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { calls } from "../../api/index.ts";
import { useCustomers } from "../../components/customers.tsx";
import { FormDrawer } from "../../components/form-drawer.tsx";
import type { Search } from "../../router.tsx";
import { CreateForm } from "./create-form.tsx";
import { changesBetween, noValues } from "./fields.tsx";

/** An equipment made by hand: what has no agent. */
export function CreateDrawer({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  const search = useSearch({ strict: false }) as Search;
  const customers = useCustomers();
  const [dirty, setDirty] = useState(false);
  return (
    <FormDrawer opened={opened} close={close} title={t("equipment.addTitle")} dirty={dirty}>
      <CreateForm
        start={noValues}
        owner={search.customer_id ?? customers.data?.items.find((customer) => customer.is_default)?.id}
        action={t("equipment.addAction")}
        call={(values) => calls.createEquipment(changesBetween({ ...noValues, type: "", status: "" }, values))}
        close={close}
        tellDirty={setDirty}
      />
    </FormDrawer>
  );
}
