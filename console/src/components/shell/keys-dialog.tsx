import { Kbd, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./keys-dialog.module.css";
import { usePlaces } from "./rail.tsx";

export function KeysDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  const places = usePlaces();
  const general: [string[], string][] = [
    [["Ctrl", "K"], "palette"],
    [["/"], "search"],
    [["?"], "keys"],
    [["j"], "next"],
    [["k"], "previous"],
    [["x"], "select"],
    [["↵"], "open"],
    [["p"], "preview"],
    [["Esc"], "escape"],
  ];
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("shell.keys.title")}
      size={620}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <div className={classes.columns}>
        <dl className={classes.list}>
          {general.map(([keys, name]) => (
            <div key={name}>
              <dt>{t(`shell.keys.${name}`)}</dt>
              <dd>
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <dl className={classes.list}>
          {places
            .flatMap((group) => group.places)
            .map((place) => (
              <div key={place.to}>
                <dt>{t(`shell.places.${place.name}`)}</dt>
                <dd>
                  <Kbd>g</Kbd>
                  <Kbd>{place.key}</Kbd>
                </dd>
              </div>
            ))}
        </dl>
      </div>
      <p className={classes.help}>
        <a href="/help/console" target="_blank" rel="noopener">
          {t("shell.keys.help")} <span className="sr-only">{t("common.newTab")}</span>
        </a>
      </p>
    </Modal>
  );
}
