/** The help, in a tab of its own: the user documentation, with its pages, their contents, and a search. */
import { SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Locale } from "../api/types.ts";
import { Mark } from "../components/mark.tsx";
import { Markdown } from "../components/markdown.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Failed, Loading } from "../components/states.tsx";
import { locales, speak } from "../i18n/index.ts";
import { linkOf, loadHelp, pages, search, type HelpPage as Page } from "../lib/help.ts";
import type { Search } from "../router.tsx";
import classes from "./help.module.css";

export function HelpPage() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { page: name } = useParams({ strict: false }) as { page?: string };
  const { q = "" } = useSearch({ strict: false }) as Search;
  const locale = i18n.language as Locale;
  const help = useQuery({ queryKey: ["help", locale], queryFn: () => loadHelp(locale), staleTime: Infinity });
  const current = help.data?.find((one) => one.name === (name ?? pages[0]));
  return (
    <div className={classes.help}>
      <header className={classes.bar}>
        <Link to="/help" className={classes.brand}>
          <Mark size={24} />
          {t("help.title")}
        </Link>
        <TextInput
          className={classes.search}
          size="xs"
          type="search"
          aria-label={t("help.search")}
          placeholder={t("help.search")}
          leftSection={<IconSearch size={14} stroke={1.8} aria-hidden />}
          value={q}
          onChange={(event) => {
            const value = event.currentTarget.value;
            void navigate({ to: ".", search: { q: value || undefined }, replace: true, resetScroll: false });
          }}
        />
        <SegmentedControl
          size="xs"
          aria-label={t("shell.user.language")}
          value={locale}
          data={locales.map(({ code, name: language }) => ({ value: code, label: language }))}
          onChange={(value) => void speak(value as Locale)}
        />
      </header>
      {help.isError ? (
        <Failed error={help.error} retry={() => void help.refetch()} />
      ) : !help.data ? (
        <Loading lines={10} />
      ) : (
        <div className={classes.columns}>
          <nav className={classes.pages} aria-label={t("help.pages")}>
            <ul>
              {help.data.map((one) => (
                <li key={one.name}>
                  <Link
                    to="/help/$page"
                    params={{ page: one.name }}
                    search={{}}
                    aria-current={one === current ? "page" : undefined}
                  >
                    {one.title}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <main className={classes.main}>
            {q.trim() !== "" ? (
              <Results help={help.data} wanted={q} />
            ) : current ? (
              <Text key={`${locale} ${current.name}`} page={current} />
            ) : (
              <>
                <PageHeader title={t("common.notFound.title")} documentTitle={t("help.title")} bare />
                <p className={classes.none}>{t("help.noPage")}</p>
              </>
            )}
          </main>
          {current && q.trim() === "" && <Contents page={current} />}
        </div>
      )}
    </div>
  );
}

function Contents({ page }: { page: Page }) {
  const { t } = useTranslation();
  const headings = page.headings.filter((one) => one.depth === 2 || one.depth === 3);
  if (headings.length < 2) return null;
  return (
    <nav className={classes.contents} aria-label={t("help.contents")}>
      <p>{t("help.contents")}</p>
      <ul>
        {headings.map((one) => (
          <li key={one.anchor} data-depth={one.depth}>
            <Way page={page.name} anchor={one.anchor}>
              {one.text}
            </Way>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface WayProps {
  page: string;
  anchor?: string;
  /** Another language than the one that is read. */
  locale?: Locale;
  children: ReactNode;
}

function Way({ page, anchor, locale, children }: WayProps) {
  return (
    <Link to="/help/$page" params={{ page }} search={{}} hash={anchor} onClick={() => locale && void speak(locale)}>
      {children}
    </Link>
  );
}

function Text({ page }: { page: Page }) {
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const hash = decodeURIComponent(useLocation().hash);
  // The text comes later than the address: its place is found once it is there.
  useEffect(() => {
    if (hash === "") return;
    const place = body.current?.querySelector<HTMLElement>(`#${CSS.escape(hash)}`);
    place?.scrollIntoView();
    place?.focus({ preventScroll: true });
  }, [hash, page]);
  const link = (href: string, children: ReactNode) => {
    const way = linkOf(href, page.name);
    if (way === null) return children;
    if ("page" in way) {
      return (
        <Way page={way.page} anchor={way.anchor && decodeURIComponent(way.anchor)} locale={way.locale}>
          {children}
        </Way>
      );
    }
    return (
      <a href={way.out} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  };
  return (
    <div ref={body}>
      <PageHeader title={page.title} documentTitle={`${page.title} · ${t("help.title")}`} bare />
      <Markdown tokens={page.tokens} link={link} withoutTitle />
    </div>
  );
}

function Results({ help, wanted }: { help: Page[]; wanted: string }) {
  const { t } = useTranslation();
  const found = search(help, wanted);
  return (
    <>
      <PageHeader title={t("help.results")} bare />
      <p className={classes.none} role="status">
        {t("help.found", { count: found.length })}
      </p>
      <ul className={classes.results}>
        {found.map((one) => (
          <li key={`${one.page} ${one.anchor}`}>
            <Way page={one.page} anchor={one.anchor}>
              {one.heading === one.title ? one.title : `${one.title} · ${one.heading}`}
            </Way>
            <p>{one.excerpt}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
