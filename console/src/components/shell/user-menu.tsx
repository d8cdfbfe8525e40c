import { Menu, SegmentedControl, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import {
  IconDeviceTv,
  IconHelpCircle,
  IconInfoCircle,
  IconKeyboard,
  IconLogout,
  IconUserCircle,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { me, session } from "../../api/index.ts";
import type { ColorScheme, Density, Locale, Me } from "../../api/types.ts";
import { locales, speak } from "../../i18n/index.ts";
import { applyDensity } from "../../lib/appearance.ts";
import { forgetSession, sessionQuery } from "../../lib/session.ts";
import { fullName } from "../../lib/people.ts";
import { enterWall } from "../../lib/wallboard.ts";
import { Avatar } from "../avatar.tsx";
import classes from "./user-menu.module.css";

/** Sets how the console looks, at once and for good. */
export function useMyChoices() {
  const client = useQueryClient();
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const save = useMutation({
    mutationFn: me.update,
    onSuccess: (user) => client.setQueryData(sessionQuery.queryKey, (old) => (old ? { ...old, user } : old)),
  });
  return {
    language: (locale: Locale) => {
      void speak(locale);
      save.mutate({ locale });
    },
    scheme: (color_scheme: ColorScheme) => {
      setColorScheme(color_scheme);
      save.mutate({ color_scheme });
    },
    density: (density: Density) => {
      applyDensity(density);
      save.mutate({ density });
    },
  };
}

interface Props {
  user: Me;
  openKeys: () => void;
  openAbout: () => void;
}

export function UserMenu({ user, openKeys, openAbout }: Props) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const choices = useMyChoices();
  const signOut = async () => {
    await session.close().catch(() => undefined);
    await navigate({ to: "/sign-in", search: {} });
    forgetSession(client);
  };
  const wall = () => {
    // Where the browser will not, it is still the whole window.
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
    enterWall();
  };
  return (
    <Menu width={264} closeOnItemClick>
      <Menu.Target>
        <UnstyledButton className={classes.target} aria-label={t("shell.user.menu", { name: user.login })}>
          <Avatar user={user} size={30} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <span className="truncate">{fullName(user) || user.login}</span>
          <span className={classes.role}>
            {fullName(user) && `${user.login} · `}
            {t(`shell.roles.${user.role ?? "none"}`)}
          </span>
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/profile" leftSection={<IconUserCircle size={16} stroke={1.6} />}>
          {t("shell.user.profile")}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.6} />} onClick={openKeys}>
          {t("shell.user.keys")}
        </Menu.Item>
        {user.wallboard && (
          <Menu.Item leftSection={<IconDeviceTv size={16} stroke={1.6} />} onClick={wall}>
            {t("shell.user.wall")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item
          component="a"
          href="/help"
          target="_blank"
          rel="noopener"
          leftSection={<IconHelpCircle size={16} stroke={1.6} />}
        >
          {t("shell.user.help")} <span className="sr-only">{t("common.newTab")}</span>
        </Menu.Item>
        <Menu.Item leftSection={<IconInfoCircle size={16} stroke={1.6} />} onClick={openAbout}>
          {t("shell.user.about")}
        </Menu.Item>
        <Menu.Divider />
        <div className={classes.choices}>
          <Choice
            label={t("shell.user.language")}
            value={i18n.language}
            data={locales.map(({ code, name }) => ({ value: code, label: name }))}
            change={(value) => choices.language(value as Locale)}
          />
          <Choice
            label={t("shell.user.scheme")}
            value={user.color_scheme}
            data={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`shell.schemes.${value}`) }))}
            change={(value) => choices.scheme(value as ColorScheme)}
          />
          <Choice
            label={t("shell.user.density")}
            value={user.density}
            data={(["comfortable", "compact"] as const).map((value) => ({
              value,
              label: t(`shell.densities.${value}`),
            }))}
            change={(value) => choices.density(value as Density)}
          />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.6} />} onClick={() => void signOut()}>
          {t("shell.user.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Choice(props: {
  label: string;
  value: string;
  data: { value: string; label: string }[];
  change: (value: string) => void;
}) {
  return (
    <div>
      <div className={classes.choiceLabel} aria-hidden>
        {props.label}
      </div>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={props.label}
        value={props.value}
        data={props.data}
        onChange={props.change}
      />
    </div>
  );
}
