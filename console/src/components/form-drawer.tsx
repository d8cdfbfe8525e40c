/** A form beside the page. Leaving it with unsaved changes asks first. */
import { Drawer } from "@mantine/core";
import { createContext, useContext, useEffect, useLayoutEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Confirm, type Question } from "./confirm.tsx";
import classes from "./form-drawer.module.css";

/** Tells the drawer in which this one was opened that it is covered. */
const Covering = createContext<(covered: boolean) => void>(() => undefined);

interface Props {
  opened: boolean;
  close: () => void;
  title: string;
  dirty?: boolean;
  /** Whether a question stands before the drawer: Escape is the question's then. */
  covered?: boolean;
  size?: number;
  children: ReactNode;
}

export function FormDrawer({ opened, close, title, dirty, covered, size = 520, children }: Props) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState<Question | null>(null);
  const [under, setUnder] = useState(false);
  const cover = useContext(Covering);
  useEffect(() => {
    if (!opened) return undefined;
    cover(true);
    return () => cover(false);
  }, [opened, cover]);
  const leave = () => {
    if (!dirty) {
      close();
      return;
    }
    const ask: Question = {
      title: t("common.unsaved.title"),
      text: t("common.unsaved.text"),
      action: t("common.unsaved.discard"),
      danger: true,
      run: async () => close(),
    };
    // Later, or the Escape that asks would answer, too.
    window.setTimeout(() => setQuestion(ask));
  };
  return (
    <>
      <Drawer
        opened={opened}
        onClose={leave}
        closeOnEscape={question === null && !covered && !under}
        title={title}
        size={size}
        padding={24}
        closeButtonProps={{ "aria-label": t("common.close") }}
        classNames={{ content: classes.content, title: classes.title, header: classes.header, body: classes.body }}
      >
        <Covering value={setUnder}>{children}</Covering>
      </Drawer>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}

/** Tells a drawer whether the form in it has unsaved changes, as long as the form is there. */
export function useTellDirty(dirty: boolean, tellDirty: (dirty: boolean) => void): void {
  useLayoutEffect(() => {
    tellDirty(dirty);
    return () => tellDirty(false);
  }, [dirty, tellDirty]);
}
