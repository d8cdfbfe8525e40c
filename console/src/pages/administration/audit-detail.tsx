import { useTranslation } from "react-i18next";

import { Facts } from "../../components/facts.tsx";
import { readDetail, valueText } from "../../lib/audit-detail.ts";
import classes from "./audit.module.css";

/** What changed, field by field, before and after; the rest by name; and all of it as it was recorded. */
export function AuditDetail({ detail }: { detail: unknown }) {
  const { t } = useTranslation();
  const { changes, rest } = readDetail(detail);
  if (changes.length === 0 && rest.length === 0) return null;
  const field = (name: string) =>
    t(
      [
        `people.fields.${name}`,
        `equipment.fields.${name}`,
        `administration.preferences.${name}`,
        "administration.audit.raw",
      ],
      { defaultValue: name },
    );
  const named = (name: string) => {
    if (name === "") return t("administration.audit.details");
    const words = field(name);
    return words === t("administration.audit.raw") ? name : words;
  };
  const value = (it: unknown) => valueText(it) || <span className="muted">{t("administration.audit.empty")}</span>;
  return (
    <>
      {changes.length > 0 && (
        <table className={classes.changes}>
          <caption>{t("administration.audit.change")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("administration.audit.field")}</th>
              <th scope="col">{t("administration.audit.was")}</th>
              <th scope="col">{t("administration.audit.is")}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((one) => (
              <tr key={one.field}>
                <th scope="row">{named(one.field)}</th>
                <td>{value(one.was)}</td>
                <td>{value(one.is)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rest.length > 0 && <Facts facts={rest.map(([name, it]) => [named(name), valueText(it)])} />}
      <details>
        <summary className={classes.summary}>{t("administration.audit.raw")}</summary>
        <pre className={classes.detail} tabIndex={0}>
          {typeof detail === "string" ? detail : JSON.stringify(detail, null, 2)}
        </pre>
      </details>
    </>
  );
}
