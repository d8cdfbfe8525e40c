/** Why does this user see a customer, or not? Everything that says something about it, the deciding one first. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { customers, users } from "../../../api/index.ts";
import type { User } from "../../../api/types.ts";
import { CustomerSelect } from "../../../components/customers.tsx";
import { Section } from "../../../components/section.tsx";
import { Failed, Loading } from "../../../components/states.tsx";
import { Shape, Status } from "../../../components/status.tsx";
import { useGivenName } from "../../../lib/given-names.ts";
import type { Search } from "../../../router.tsx";
import plain from "../../plain.module.css";
import classes from "./users.module.css";
import { useReasonWords } from "./words.ts";

export function WhyTab({ user }: { user: User }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const asked = search.customer ?? null;
  const customer = useQuery({
    queryKey: ["customers", "one", asked],
    queryFn: () => customers.get(asked!),
    enabled: asked !== null,
  });
  return (
    <Section title={t("people.why.title", { login: user.login })} text={t("people.why.text")}>
      <CustomerSelect
        className={plain.short}
        label={t("equipment.fields.customer")}
        placeholder={t("people.why.choose")}
        known={customer.data}
        value={asked}
        onChange={(value) =>
          void navigate({
            to: ".",
            search: (old: Search) => ({ ...old, customer: value ?? undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      />
      {asked !== null && <Answer user={user} customer={asked} name={customer.data?.name ?? ""} />}
    </Section>
  );
}

function Answer({ user, customer, name }: { user: User; customer: string; name: string }) {
  const { t } = useTranslation();
  const named = useGivenName();
  const words = useReasonWords();
  const answer = useQuery({
    queryKey: ["users", "why", user.id, customer],
    queryFn: () => users.explain(user.id, customer),
  });
  if (answer.isError) return <Failed error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading lines={3} />;
  const { sees, reasons } = answer.data;
  const whose = { login: user.login, customer: named(name) };
  return (
    <div className={plain.content} role="status">
      <p className={classes.verdict}>
        <Shape tone={sees ? "good" : "broken"} />
        {t(sees ? "people.why.sees" : "people.why.seesNot", whose)}
      </p>
      {reasons.length === 0 ? (
        <p>{t("people.why.nothing")}</p>
      ) : (
        <>
          <ol className={classes.reasons}>
            {reasons.map((reason, index) => (
              <li key={index} data-decides={reason.decides || undefined}>
                {words(reason)}
                {reason.decides && reasons.length > 1 && (
                  <>
                    {" "}
                    <Status tone={reason.allow ? "good" : "broken"}>{t("people.why.decides")}</Status>
                  </>
                )}
              </li>
            ))}
          </ol>
          {reasons.length > 1 && <p className="muted">{t("people.why.rule")}</p>}
        </>
      )}
    </div>
  );
}
