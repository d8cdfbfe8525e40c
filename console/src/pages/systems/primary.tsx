/** Making a system its customer's primary: what that means is said before. */
import { IconStar } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { calls, systems } from "../../api/index.ts";
import type { CustomerSystem } from "../../api/types.ts";
import type { Question } from "../../components/confirm.tsx";
import type { Action } from "../../components/data-list/types.ts";
import { done } from "../../components/toast.ts";
import { useGivenName } from "../../lib/given-names.ts";
import { useGreyed } from "../../lib/permissions.ts";

/** The action for a menu; none for the one that is the primary. */
export function usePrimary(ask: (question: Question) => void): (system: CustomerSystem) => Action[] {
  const { t } = useTranslation();
  const named = useGivenName();
  const client = useQueryClient();
  const greyed = useGreyed("customers.edit", "all");
  return (system) => {
    if (system.place === "primary") return [];
    const customer = named(system.customer.name);
    const make = async () => {
      await systems.place(system.id, "primary");
      await client.invalidateQueries({ queryKey: ["systems"] });
      await client.invalidateQueries({ queryKey: ["customers"] });
      done(t("systems.primary.done", { name: system.name, customer }));
    };
    return greyed([
      {
        label: t("systems.primary.action"),
        icon: <IconStar size={15} stroke={1.6} />,
        run: () =>
          ask({
            title: t("systems.primary.title"),
            about: t("systems.primary.about", { name: system.name, customer }),
            text: t("systems.primary.text", { name: system.name }),
            action: t("systems.primary.action"),
            call: () => calls.placeSystem(system.id, "primary"),
            run: make,
          }),
      },
    ]);
  };
}
