/** Things to copy: ids, addresses, commands, and secrets that are only shown on purpose. */
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconEye, IconEyeOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { announce } from "../lib/announce.ts";
import classes from "./copy.module.css";

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export function Copy({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = window.setTimeout(() => setCopied(false), 1600);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const name = copied ? t("common.copied") : (label ?? t("common.copy"));
  return (
    <Tooltip label={name}>
      <ActionIcon
        size={26}
        aria-label={name}
        onClick={async () => {
          setCopied(await copyText(text));
          announce(t("common.copied"));
        }}
      >
        {copied ? <IconCheck size={15} /> : <IconCopy size={15} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A command's options stay whole where its line breaks; long values break anywhere. */
function unbroken(text: string) {
  return text.split(/(\s+)/).map((part, index) =>
    /^--?[a-zA-Z-]+$/.test(part) ? (
      // The parts of a text keep their places.
      <span key={index} className={classes.whole}>
        {part}
      </span>
    ) : (
      part
    ),
  );
}

/** A value in a frame of its own with its copy button. */
export function CopyField({ text, label, wrap }: { text: string; label: string; wrap?: boolean }) {
  return (
    <div className={classes.field} data-wrap={wrap}>
      <code className={classes.value} tabIndex={0} aria-label={label}>
        {wrap ? unbroken(text) : text}
      </code>
      <Copy text={text} />
    </div>
  );
}

interface SecretProps {
  masked: string;
  label: string;
  reveal: () => Promise<string>;
  /** A whole line with the secret in it: it wraps, and the button has words. */
  line?: boolean;
}

/** A secret: masked until asked for. `reveal` fetches it, so that looking at it leaves a trace. */
export function SecretField(props: SecretProps) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const show = async () => {
    if (secret !== null) {
      setSecret(null);
      return;
    }
    setBusy(true);
    try {
      setSecret(await props.reveal());
    } finally {
      setBusy(false);
    }
  };
  const name = secret === null ? t("common.reveal") : t("common.hide");
  const icon = secret === null ? <IconEye size={15} stroke={1.6} /> : <IconEyeOff size={15} stroke={1.6} />;
  const press = () => void show().catch(() => undefined);
  return (
    <div className={classes.field} data-wrap={props.line}>
      <code className={classes.value} tabIndex={0} aria-label={props.label}>
        {secret ?? props.masked}
      </code>
      {props.line ? (
        <Button size="compact-xs" variant="light" m={2} leftSection={icon} loading={busy} onClick={press}>
          {name}
        </Button>
      ) : (
        <Tooltip label={name}>
          <ActionIcon size={26} aria-label={name} loading={busy} onClick={press}>
            {icon}
          </ActionIcon>
        </Tooltip>
      )}
      {secret !== null && <Copy text={secret} />}
    </div>
  );
}
