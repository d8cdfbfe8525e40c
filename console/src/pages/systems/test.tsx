/** Testing a connection: asks the customer's primary now, and says what that state means. */
import { Button } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { FieldError } from "../../api/client.ts";
import { Problem, systems } from "../../api/index.ts";
import type { TestedConnection, TypedServiceUser } from "../../api/types.ts";
import { ConnectivityBar, Explanation, useConnectivityWords } from "../../components/connectivity.tsx";
import { Greyed } from "../../components/may.tsx";
import { useProblemText } from "../../components/states.tsx";
import { Ago } from "../../components/time.tsx";
import { announce } from "../../lib/announce.ts";
import { toneOf } from "../../lib/connectivity.ts";
import { useMay } from "../../lib/permissions.ts";
import plain from "../plain.module.css";
import classes from "./systems.module.css";

/** `atField` says an error at its field; false: there is no such field. */
export function useConnectionTest(customer: string, atField: (error: FieldError) => boolean = () => false) {
  const words = useConnectivityWords();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [found, setFound] = useState<(TestedConnection & { typed: boolean }) | null>(null);
  const test = async (typed?: TypedServiceUser) => {
    setBusy(true);
    setProblem(null);
    setFound(null);
    try {
      const answer = await systems.testConnection(customer, typed);
      setFound({ ...answer, typed: typed !== undefined });
      announce(words(answer.connectivity));
      await client.invalidateQueries({ queryKey: ["systems"] });
    } catch (error) {
      const said = error instanceof Problem && error.errors.filter(atField).length > 0;
      if (!said) setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, found, test, forget: () => setFound(null) };
}

export type ConnectionTest = ReturnType<typeof useConnectionTest>;

interface ButtonProps {
  test: ConnectionTest;
  /** Tested in place of what is saved; null: it is not complete yet, and says so. */
  typed?: () => TypedServiceUser | null;
  /** Why there is nothing to test. */
  why?: string;
}

export function TestButton({ test, typed, why }: ButtonProps) {
  const { t } = useTranslation();
  const may = useMay("connection.test");
  const run = () => {
    const user = typed?.();
    if (user === null) return;
    void test.test(user);
  };
  return (
    <Greyed why={may.why ?? why}>
      <Button
        variant="default"
        leftSection={<IconPlugConnected size={15} stroke={1.6} />}
        loading={test.busy}
        onClick={run}
      >
        {t("systems.test.action")}
      </Button>
    </Greyed>
  );
}

export function TestResult({ test: { found, problem } }: { test: ConnectionTest }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const words = useConnectivityWords();
  return (
    <div role="status">
      {problem !== null && <p className={plain.problem}>{text(problem)}</p>}
      {found && (
        <section
          className={classes.found}
          aria-label={t(found.typed ? "systems.test.resultTyped" : "systems.test.result")}
        >
          <h3 className={classes.state}>
            <ConnectivityBar tone={toneOf(found.connectivity)} />
            {words(found.connectivity)}
          </h3>
          <p className={classes.note}>
            {found.system_id === null
              ? t("systems.test.none")
              : t(found.is_fresh ? "systems.test.fresh" : "systems.test.known")}{" "}
            {found.typed && t("systems.test.typed")} {t("systems.test.at")} <Ago at={found.at} />.
          </p>
          <Explanation connectivity={found.connectivity} wide />
        </section>
      )}
    </div>
  );
}
