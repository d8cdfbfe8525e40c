import { ActionIcon, Button, FileButton, Tooltip } from "@mantine/core";
import { IconDownload, IconPaperclip, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { equipment } from "../../api/index.ts";
import type { Attachment, Equipment } from "../../api/types.ts";
import { Confirm, type Question } from "../../components/confirm.tsx";
import { May } from "../../components/may.tsx";
import { Failed, Loading, Nothing, useProblemText } from "../../components/states.tsx";
import { Moment } from "../../components/time.tsx";
import { done, failed } from "../../components/toast.ts";
import { useFormat } from "../../lib/format.ts";
import { useMay } from "../../lib/permissions.ts";
import classes from "./links-tab.module.css";

export function AttachmentsTab({ item }: { item: Equipment }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const format = useFormat();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [question, setQuestion] = useState<Question | null>(null);
  const edit = useMay("equipment.edit");
  const key = ["equipment", "attachments", item.id];
  const list = useQuery({ queryKey: key, queryFn: () => equipment.attachments(item.id) });
  const add = async (file: File | null) => {
    if (!file) return;
    setBusy(true);
    try {
      await equipment.attach(item.id, file);
      await client.invalidateQueries({ queryKey: key });
      done(t("equipment.attachments.added", { name: file.name }));
    } catch (error) {
      failed(text(error));
    } finally {
      setBusy(false);
    }
  };
  const remove = (attachment: Attachment) =>
    setQuestion({
      title: t("equipment.attachments.removeTitle"),
      text: t("equipment.attachments.removeText", { name: attachment.name }),
      action: t("common.delete"),
      danger: true,
      run: async () => {
        await equipment.detach(item.id, attachment.id);
        await client.invalidateQueries({ queryKey: key });
      },
    });
  const button = (
    <FileButton onChange={(file) => void add(file)} inputProps={{ "aria-label": t("equipment.attachments.choose") }}>
      {(props) => (
        <May action="equipment.edit">
          <Button {...props} loading={busy} leftSection={<IconPaperclip size={15} stroke={1.6} />}>
            {t("equipment.attachments.add")}
          </Button>
        </May>
      )}
    </FileButton>
  );
  if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Loading />;
  if (list.data.items.length === 0) {
    return (
      <Nothing title={t("equipment.attachments.none")} text={t("equipment.attachments.noneText")}>
        {button}
      </Nothing>
    );
  }
  return (
    <>
      {button}
      <ul className={classes.list}>
        {list.data.items.map((attachment) => (
          <li key={attachment.id} className={classes.row}>
            <div className={classes.words}>
              <span className={classes.kind}>{attachment.name}</span>
              <span className="muted">
                {format.bytes(attachment.bytes)} · <Moment at={attachment.created_at} />
                {attachment.created_by && <> · {attachment.created_by}</>}
              </span>
            </div>
            <span>
              <Tooltip label={t("common.export.download")}>
                <ActionIcon
                  component="a"
                  href={equipment.attachmentAddress(item.id, attachment.id)}
                  download={attachment.name}
                  aria-label={t("common.export.downloadNamed", { name: attachment.name })}
                >
                  <IconDownload size={16} stroke={1.6} />
                </ActionIcon>
              </Tooltip>
              {edit.may && (
                <Tooltip label={t("common.delete")}>
                  <ActionIcon
                    aria-label={t("common.export.deleteNamed", { name: attachment.name })}
                    onClick={() => remove(attachment)}
                  >
                    <IconTrash size={16} stroke={1.6} />
                  </ActionIcon>
                </Tooltip>
              )}
            </span>
          </li>
        ))}
      </ul>
      <Confirm question={question} close={() => setQuestion(null)} />
    </>
  );
}
