/** Saving a form: it is busy meanwhile, and what the server refused is said at its fields, else under them. */
import { useState } from "react";

import { Problem } from "../api/index.ts";
import type { FieldError } from "../api/client.ts";
import plain from "../pages/plain.module.css";
import { useProblemText } from "./states.tsx";

/** `atField` says an error at its field; false: the form has no such field. */
export function useSaving(atField: (error: FieldError) => boolean = () => false) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const save = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      const said = error instanceof Problem && error.errors.filter(atField).length > 0;
      if (!said) setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, save, forget: () => setProblem(null) };
}

export function SaveProblem({ problem }: { problem: unknown }) {
  const text = useProblemText();
  return <div role="alert">{problem !== null && <p className={plain.problem}>{text(problem)}</p>}</div>;
}
