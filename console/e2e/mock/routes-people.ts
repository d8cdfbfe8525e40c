/** The mock's answers about people. */
import { Created, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { Refusal } from "./list.ts";
import { secondStep } from "./routes-factors.ts";

export const peopleRoutes: Route[] = [
  [
    "GET",
    /^\/about$/,
    (world) => {
      const { banner_shown, banner_title: title, banner_text: text, licence_text } = world.preferences.sign_in_page;
      const name = world.preferences.server_name;
      const banner = banner_shown && (title || text) ? { title, text } : null;
      const { client_logging } = world.preferences;
      const label = world.factors.settings?.label;
      return {
        name,
        version: "0.1.0",
        locale_default: "fr",
        banner,
        licence: licence_text || null,
        single_sign_on: label ? { label } : null,
        passkeys: true,
        client_logging,
      };
    },
  ],
  [
    "GET",
    /^\/session$/,
    (world) => {
      if (!world.signedIn) throw new Refusal(401, "sign-in-required", "Sign in, or send a token.");
      return world.session();
    },
  ],
  [
    "POST",
    /^\/session$/,
    (world, { body }) => {
      const user = world.people.users.find((one) => one.login === body.login && !one.disabled);
      if (world.failures >= 3 || !user || body.password !== world.people.passwords.get(user.id)) {
        world.failures += 1;
        throw new Refusal(
          401,
          "sign-in-failed",
          "The name or the password is not right, or this sign-in is locked for some minutes.",
        );
      }
      world.failures = 0;
      const terms = world.preferences.sign_in_page.licence_text;
      if (terms !== world.licenceAccepted && body.licence_accepted !== true)
        throw new Refusal(403, "licence-not-accepted", "Accept the licence terms to sign in.");
      world.licenceAccepted = terms;
      secondStep(world);
      world.signedIn = true;
      world.wallboard = false;
      world.people.me = user;
      world.mustChange ||= user.must_change_password;
      return world.session();
    },
  ],
  [
    "DELETE",
    /^\/session$/,
    (world) => {
      world.signedIn = false;
    },
  ],
  ["GET", /^\/users\/me$/, (world) => world.me],
  [
    "PATCH",
    /^\/users\/me$/,
    (world, { body }) => {
      if (`${String(body.first_name ?? "")} ${String(body.last_name ?? "")}`.trim().length > 31)
        throw new Refusal(422, "value-invalid", "A value is not valid.", [
          { field: "last_name", code: "invalid", detail: "31 characters together" },
        ]);
      for (const [name, value] of Object.entries(body)) {
        if (name in world.choices) Object.assign(world.choices, { [name]: value });
        else Object.assign(world.people.me, { [name]: value });
      }
      return world.me;
    },
  ],
  [
    "PUT",
    /^\/users\/me\/password$/,
    (world, { body }) => {
      if (body.current_password !== world.people.passwords.get(world.people.me.id))
        throw new Refusal(422, "password-wrong", "The present password is not right.");
      if (String(body.new_password).length < 9)
        throw new Refusal(422, "password-weak", "The new password does not follow the rules.");
      if (body.new_password === body.current_password)
        throw new Refusal(422, "password-reused", "The new password was used before.");
      world.people.passwords.set(world.people.me.id, String(body.new_password));
      world.people.me.must_change_password = false;
      world.mustChange = false;
      world.signedIn = false;
    },
  ],
  [
    "GET",
    /^\/users\/me\/sessions$/,
    (_world) => ({
      items: [
        {
          id: "ses_1",
          created_at: ago(4000),
          last_seen_at: ago(4),
          source_address: "192.0.2.8",
          user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
          current: true,
        },
        {
          id: "ses_2",
          created_at: ago(90_000),
          last_seen_at: ago(1300),
          source_address: "2001:db8::8",
          user_agent:
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
          current: false,
        },
      ],
    }),
  ],
  ["DELETE", /^\/users\/me\/sessions\/([^/]+)$/, (_world) => undefined],
  ["GET", /^\/users\/me\/tokens$/, (world) => ({ items: world.tokens })],
  [
    "POST",
    /^\/users\/me\/tokens$/,
    (world, { body }) => {
      const token = {
        id: `tok_${world.tokens.length + 1}`,
        name: String(body.name),
        scope: body.scope === "read" ? ("read" as const) : ("all" as const),
        created_at: ago(0),
        last_used_at: null,
        expires_at: (body.expires_at as string) ?? null,
      };
      world.tokens.push(token);
      return new Created({ ...token, token: "vgt_6t0QnYw3dKfHk2ZJr8sVbXmL5pEaUc9D" });
    },
  ],
  [
    "DELETE",
    /^\/users\/me\/tokens\/([^/]+)$/,
    (world, _, id) => {
      world.tokens = world.tokens.filter((token) => token.id !== id);
    },
  ],
];
