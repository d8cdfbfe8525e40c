/** The mock's answers about second factors and the OpenID provider. Its code generator always shows 123456. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { Refusal } from "./list.ts";
import type { World } from "./world.ts";

const codes = Array.from({ length: 10 }, (_, at) => `Kp7w-m2Zr-8XtB-${"abcdefghij"[at]}Ls9`);

/** What is known of someone's factors, and what the administrator set up. */
export class Factors {
  totp: string | null = null;
  enrolling = false;
  passkeys: T.Passkey[] = [];
  left = 0;
  linked: T.MyFactors["openid"] = [];
  settings: T.OpenIdSettings | null = null;
  /** Others' identities at the provider, by user. */
  identities = new Map<string, T.OpenIdIdentity[]>();

  get any(): boolean {
    return this.totp !== null || this.passkeys.length > 0;
  }

  /** New codes where there are none. */
  fresh(): string[] {
    if (this.left > 0) return [];
    this.left = codes.length;
    return codes;
  }
}

function prove(world: World, body: Record<string, unknown>): void {
  if (body.current_password !== world.people.passwords.get(world.people.me.id))
    throw new Refusal(422, "password-wrong", "The present password is not right.");
  if (world.factors.totp && body.code === undefined)
    throw new Refusal(422, "code-required", "A code of the second factor is needed too.");
  if (world.factors.totp && body.code !== "123456" && !codes.includes(String(body.code)))
    throw new Refusal(422, "code-wrong", "The code is not right, or was used already.");
}

/** What comes after a right password. */
export function secondStep(world: World): void {
  if (!world.factors.any) return;
  const methods = [world.factors.totp && "code", world.factors.passkeys.length > 0 && "passkey", "recovery-code"];
  throw new Refusal(401, "second-factor-required", "The password is right; a second factor is needed.", undefined, {
    ticket: "ticket-mock",
    methods: methods.filter(Boolean),
  });
}

const failed = () =>
  new Refusal(
    401,
    "sign-in-failed",
    "The name or the password is not right, or this sign-in is locked for some minutes.",
  );

/** Nobody does this to their own account. */
function another(world: World, id: string): T.User {
  const user = world.people.user(id);
  if (user !== world.people.me) return user;
  throw new Refusal(409, "own-account", "Nobody can do that to their own account.");
}

export const factorRoutes: Route[] = [
  [
    "DELETE",
    /^\/users\/([^/]+)\/second-factors$/,
    (world, _, id) => {
      another(world, id!).second_factor = false;
    },
  ],
  [
    "GET",
    /^\/users\/([^/]+)\/openid$/,
    (world, _, id) => ({ items: world.factors.identities.get(world.people.user(id!).id) ?? [] }),
  ],
  [
    "PUT",
    /^\/users\/([^/]+)\/openid$/,
    (world, { body }, id) => {
      const user = another(world, id!);
      const { settings, identities } = world.factors;
      if (!settings) throw new Refusal(404, "openid-off", "Single sign-on is not set up.");
      const subject = String(body.subject);
      if ([...identities.values()].flat().some((one) => one.subject === subject))
        throw new Refusal(409, "openid-taken", "Somebody else signs in with this identity.");
      const before = identities.get(user.id) ?? [];
      identities.set(user.id, [...before, { issuer: settings.issuer, subject, created_at: ago(0) }]);
    },
  ],
  [
    "DELETE",
    /^\/users\/([^/]+)\/openid$/,
    (world, _, id) => {
      if (!world.factors.identities.delete(world.people.user(id!).id))
        throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
    },
  ],
  [
    "POST",
    /^\/session\/second-factor$/,
    (world, { body }) => {
      const right = body.code === "123456" || codes.includes(String(body.recovery_code));
      if (body.ticket !== "ticket-mock" || !right) throw failed();
      world.signedIn = true;
      return world.session();
    },
  ],
  [
    "GET",
    /^\/users\/me\/second-factor$/,
    (world) => ({
      totp_since: world.factors.totp,
      passkeys: world.factors.passkeys,
      recovery_codes_left: world.factors.left,
      has_password: true,
      openid: world.factors.linked,
      required: world.preferences.second_factor_roles.includes("administrator"),
    }),
  ],
  [
    "POST",
    /^\/users\/me\/second-factor\/totp$/,
    (world, { body }) => {
      prove(world, body);
      world.factors.enrolling = true;
      const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
      return { secret, uri: `otpauth://totp/Vigie:admin?secret=${secret}&issuer=Vigie` };
    },
  ],
  [
    "POST",
    /^\/users\/me\/second-factor\/totp\/confirmation$/,
    (world, { body }) => {
      if (!world.factors.enrolling) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
      if (body.code !== "123456") throw new Refusal(422, "code-wrong", "The code is not right, or was used already.");
      world.factors.totp = ago(0);
      return { recovery_codes: world.factors.fresh() };
    },
  ],
  [
    "POST",
    /^\/users\/me\/second-factor\/totp\/removal$/,
    (world, { body }) => {
      prove(world, body);
      world.factors.totp = null;
      if (!world.factors.any) world.factors.left = 0;
    },
  ],
  [
    "POST",
    /^\/users\/me\/second-factor\/recovery-codes$/,
    (world, { body }) => {
      prove(world, body);
      world.factors.left = 0;
      return { recovery_codes: world.factors.fresh() };
    },
  ],
  [
    "POST",
    /^\/users\/me\/passkeys\/([^/]+)\/removal$/,
    (world, { body }, id) => {
      prove(world, body);
      world.factors.passkeys = world.factors.passkeys.filter((one) => one.id !== id);
    },
  ],
  [
    "GET",
    /^\/openid$/,
    (world) => ({
      settings: world.factors.settings,
      redirect_uri: "https://vigie.example.com:7080/api/v1/openid/callback",
    }),
  ],
  [
    "PUT",
    /^\/openid$/,
    (world, { body }) => {
      const { client_secret, ...settings } = body as unknown as T.NewOpenIdSettings;
      if (!settings.issuer.startsWith("https://")) {
        const detail = "must be an address that begins with https://";
        throw new Refusal(422, "value-invalid", "A value is not valid.", [
          { field: "issuer", code: "invalid", detail },
        ]);
      }
      world.factors.settings = { ...settings, has_secret: Boolean(client_secret) } as T.OpenIdSettings;
      return { settings: world.factors.settings, redirect_uri: null };
    },
  ],
  [
    "DELETE",
    /^\/openid$/,
    (world) => {
      world.factors.settings = null;
    },
  ],
  [
    "POST",
    /^\/openid\/test$/,
    (world) => ({
      ok: world.factors.settings?.issuer.includes("example.com") ?? false,
      trouble: world.factors.settings?.issuer.includes("example.com") ? null : "unreachable",
      detail: world.factors.settings?.issuer.includes("example.com") ? null : "the provider cannot be reached: refused",
      endpoints: [],
      unknown_scopes: [],
    }),
  ],
  [
    "POST",
    /^\/users\/me\/passkeys\/options$/,
    (world, { body }) => {
      prove(world, body);
      return new Created({ ceremony: "ceremony-mock", options: {} }, 200);
    },
  ],
];
