/** Somebody's picture, or their initials where there is none. Beside a name it says nothing of its own. */
import { useState } from "react";

import { users } from "../api/index.ts";
import { initialsOf, type Person } from "../lib/people.ts";
import classes from "./avatar.module.css";

export function Avatar({ user, size = 24 }: { user: Person & { id: string; avatar: string | null }; size?: number }) {
  const [broken, setBroken] = useState<string | null>(null);
  const shape = { width: size, height: size, fontSize: Math.round(size * 0.42) };
  if (user.avatar && broken !== user.avatar) {
    return (
      <img
        className={classes.avatar}
        src={users.avatarAddress(user.id, user.avatar)}
        alt=""
        {...{ width: size, height: size }}
        onError={() => setBroken(user.avatar)}
      />
    );
  }
  return (
    <span className={classes.avatar} style={shape} aria-hidden>
      {initialsOf(user)}
    </span>
  );
}
