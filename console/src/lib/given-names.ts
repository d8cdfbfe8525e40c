import { useTranslation } from "react-i18next";

/**
 * What the server's first start named, in English. Such a name reads in the reader's language for as long as it is the
 * original one; names of customers are unique, so nothing else is meant by it.
 */
export function useGivenName(): (name: string) => string {
  const { t } = useTranslation();
  const given: Record<string, string> = {
    "Default customer": t("common.given.customer"),
    "Main reseller": t("common.given.reseller"),
    "Main provider": t("common.given.provider"),
  };
  return (name) => given[name] ?? name;
}
