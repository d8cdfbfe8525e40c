import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { session } from "../api/index.ts";
import { Mark } from "../components/mark.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { PasswordForm } from "../components/password-form.tsx";
import { forgetSession, sessionQuery } from "../lib/session.ts";
import type { Search } from "../router.tsx";
import classes from "./sign-in.module.css";

/** Someone told to change the password does so before anything else. */
export function PasswordPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const current = useQuery(sessionQuery);
  const leave = async (why?: string) => {
    await navigate({ to: "/sign-in", search: { why, back: search.back } });
    forgetSession(client);
  };
  return (
    <div className={classes.page}>
      <main className={classes.card}>
        <div className={classes.brand}>
          <Mark size={44} />
          <span className={classes.wordmark}>Vigie</span>
        </div>
        <div>
          <PageHeader title={t("password.title")} bare />
          <p className={classes.server}>{t("password.why")}</p>
        </div>
        <PasswordForm login={current.data?.user.login ?? ""} changed={() => void leave("password")} />
      </main>
      <footer className={classes.foot}>
        <Button
          variant="subtle"
          color="gray"
          c="var(--v-ink-text)"
          onClick={() =>
            void session
              .close()
              .catch(() => undefined)
              .then(() => leave())
          }
        >
          {t("password.leave")}
        </Button>
      </footer>
    </div>
  );
}
