/** How one can be reached, and one's picture. */
import { Button, FileButton } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPhoto } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { me, Problem } from "../api/index.ts";
import type { Me } from "../api/types.ts";
import { Avatar } from "../components/avatar.tsx";
import { ContactFields, contactOf, useContactRules } from "../components/contact-fields.tsx";
import { SaveProblem, useSaving } from "../components/saving.tsx";
import { Section } from "../components/section.tsx";
import { useProblemText } from "../components/states.tsx";
import { done } from "../components/toast.ts";
import { useFormat } from "../lib/format.ts";
import { longestNames } from "../lib/people.ts";
import { sessionQuery } from "../lib/session.ts";
import classes from "./plain.module.css";
import own from "./profile.module.css";

/** The largest picture that the server takes, bytes. */
const largest = 2 << 20;
const types = ["image/png", "image/jpeg", "image/gif", "image/webp"];

function useAdopt() {
  const client = useQueryClient();
  return (change: (user: Me) => Me) => {
    client.setQueryData(sessionQuery.queryKey, (old) => (old ? { ...old, user: change(old.user) } : old));
    void client.invalidateQueries({ queryKey: ["users"] });
  };
}

export function DetailsSection({ user }: { user: Me }) {
  const { t } = useTranslation();
  const adopt = useAdopt();
  const { first_name, last_name, email } = user;
  const form = useForm({
    initialValues: { first_name, last_name, phone: user.phone, mobile: user.mobile, email },
    validate: useContactRules(),
    clearInputErrorOnChange: true,
  });
  const { values } = form;
  const { busy, problem, save } = useSaving((error) => {
    if (!(error.field in values)) return false;
    const words = t(`people.errors.${error.field}`, { most: longestNames, defaultValue: error.detail ?? "" });
    form.setFieldError(error.field, words);
    return true;
  });
  const update = async () => {
    const saved = await me.update(contactOf(values));
    adopt(() => saved);
    form.resetDirty();
    done(t("common.saved"));
  };
  return (
    <Section title={t("people.profile.details")} text={t("people.profile.detailsText")}>
      <form className={classes.content} noValidate onSubmit={form.onSubmit(() => void save(update))}>
        <ContactFields form={form} own />
        <SaveProblem problem={problem} />
        <div className={classes.actions}>
          <Button type="submit" disabled={!form.isDirty()} loading={busy}>
            {t("common.save")}
          </Button>
          <Button variant="default" disabled={!form.isDirty()} onClick={() => form.reset()}>
            {t("common.revert")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

export function PictureSection({ user }: { user: Me }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const format = useFormat();
  const adopt = useAdopt();
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const resetFile = useRef<() => void>(null);
  const words = (code: string, otherwise: string) => t(`people.profile.errors.${code}`, { defaultValue: otherwise });

  const choose = (chosen: File | null) => {
    setFile(chosen);
    const code =
      chosen && chosen.size > largest
        ? "too-large"
        : chosen && chosen.type !== "" && !types.includes(chosen.type)
          ? "media-type-unsupported"
          : null;
    setProblem(code && words(code, ""));
  };
  const forget = () => {
    setFile(null);
    resetFile.current?.();
  };
  const run = async (work: () => Promise<string | null>, said: string) => {
    setBusy(true);
    setProblem(null);
    try {
      const avatar = await work();
      adopt((old) => ({ ...old, avatar }));
      forget();
      done(said);
    } catch (error) {
      setProblem(words(error instanceof Problem ? error.code : "", text(error)));
    } finally {
      setBusy(false);
    }
  };
  const unfit = file !== null && (file.size > largest || (file.type !== "" && !types.includes(file.type)));
  return (
    <Section title={t("people.profile.picture")} text={t("people.profile.pictureText")}>
      <div className={own.pictures}>
        <Avatar user={user} size={96} />
        {file && !unfit && <Preview key={`${file.name} ${file.lastModified}`} file={file} />}
      </div>
      {file && (
        <p className={classes.hint}>
          {t("people.profile.chosen", {
            name: file.name,
            type: file.type || t("people.profile.unknownType"),
            size: format.bytes(file.size),
          })}
        </p>
      )}
      <div role="alert">{problem && <p className={classes.problem}>{problem}</p>}</div>
      <div className={classes.actions}>
        {file && !unfit && (
          <Button
            loading={busy}
            onClick={() => void run(async () => (await me.setAvatar(file)).avatar, t("people.profile.set"))}
          >
            {t("people.profile.use")}
          </Button>
        )}
        <FileButton
          resetRef={resetFile}
          accept={types.join(",")}
          onChange={choose}
          inputProps={{ "aria-label": t("people.profile.choose") }}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconPhoto size={15} stroke={1.6} />}>
              {t("people.profile.choose")}
            </Button>
          )}
        </FileButton>
        {file && (
          <Button
            variant="default"
            onClick={() => {
              forget();
              setProblem(null);
            }}
          >
            {t("common.cancel")}
          </Button>
        )}
        {user.avatar && !file && (
          <Button
            variant="default"
            loading={busy}
            onClick={() =>
              void run(async () => {
                await me.removeAvatar();
                return null;
              }, t("people.profile.removed"))
            }
          >
            {t("people.profile.remove")}
          </Button>
        )}
      </div>
    </Section>
  );
}

/** The middle of the picture, as the server will cut it. Drawn, for a `blob:` address is closed by the page's policy. */
function Preview({ file }: { file: File }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    void createImageBitmap(file)
      .then((picture) => {
        const context = canvas.current?.getContext("2d");
        if (gone || !context) return;
        const side = Math.min(picture.width, picture.height);
        const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
        context.clearRect(0, 0, 192, 192);
        context.drawImage(picture, left, top, side, side, 0, 0, 192, 192);
      })
      // What this browser cannot draw the server may read: it says so where it cannot.
      .catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [file]);
  return (
    <canvas
      ref={canvas}
      className={own.preview}
      width={192}
      height={192}
      role="img"
      aria-label={t("people.profile.preview")}
    />
  );
}
