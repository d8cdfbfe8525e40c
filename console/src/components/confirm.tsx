/** Asks before what cannot simply be taken back: says what it touches; wide actions ask to type a word. */
import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Call } from "../api/index.ts";
import { CopyCurl } from "./copy-curl.tsx";
import { useProblemText } from "./states.tsx";
import classes from "./confirm.module.css";

export interface Question {
  title: string;
  /** What it touches. */
  about?: string;
  text?: ReactNode;
  action: string;
  danger?: boolean;
  /** Has to be typed before the button works. */
  word?: string;
  /** Further questions, above the buttons; `ready` says whether they are answered. */
  fields?: ReactNode;
  ready?: boolean;
  /** What `run` sends, where one call says it all. */
  call?: () => Call;
  run: () => Promise<unknown>;
}

export function Confirm({ question, close }: { question: Question | null; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={question !== null}
      onClose={close}
      title={question?.title}
      size={480}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {question && <Body question={question} close={close} />}
    </Modal>
  );
}

function Body({ question, close }: { question: Question; close: () => void }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const ready = (question.word === undefined || typed.trim() === question.word) && question.ready !== false;
  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await question.run();
      close();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={classes.body}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void run();
      }}
    >
      {question.about && <p className={classes.about}>{question.about}</p>}
      {question.text && <p className={classes.text}>{question.text}</p>}
      {question.fields}
      {question.word !== undefined && (
        <TextInput
          label={t("common.typeToConfirm", { word: question.word })}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
      )}
      {problem !== null && (
        <p className={classes.problem} role="alert">
          {text(problem)}
        </p>
      )}
      <Group justify="flex-end" gap={8} mt={8}>
        {question.call && question.ready !== false && (
          <span className={classes.aside}>
            <CopyCurl call={question.call} />
          </span>
        )}
        <Button variant="default" onClick={close}>
          {t("common.cancel")}
        </Button>
        <Button type="submit" color={question.danger ? "red" : undefined} loading={busy} disabled={!ready}>
          {question.action}
        </Button>
      </Group>
    </form>
  );
}
