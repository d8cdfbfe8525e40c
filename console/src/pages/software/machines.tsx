import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { ListTotal } from "../../components/data-list/total.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import type { Search } from "../../router.tsx";
import { MachineList } from "./machine-list.tsx";
import { QuestionForm } from "./titles.tsx";

/** The answer to "which machines have X below version Y". */
export function SoftwareMachinesPage() {
  const { t } = useTranslation();
  const search = useSearch({ strict: false }) as Search;
  const name = search.name || "";
  const below = search.version_below;
  const title = below ? t("software.answerBelow", { name, version: below }) : t("software.answer", { name });
  return (
    <>
      <PageHeader
        title={title}
        parent={<Link to="/software">{t("shell.places.software")}</Link>}
        beside={<ListTotal name="software-machines" />}
      />
      <MachineList
        fixed={{ name, publisher: search.publisher, version_below: below }}
        above={<QuestionForm key={`${name}\n${below ?? ""}`} name={name} below={below} />}
        emptyTitle={below ? t("software.none.below", { name, version: below }) : t("software.none.any", { name })}
        emptyText={t("software.none.hint")}
      />
    </>
  );
}
