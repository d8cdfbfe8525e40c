/** The mock's answers about who is notified of alerts, the messages that leave, and the mail server. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { page, Refusal } from "./list.ts";
import type { World } from "./world.ts";

const hour = 3600;
const invalid = (field: string, detail: string) =>
  new Refusal(422, "value-invalid", "A value is not valid.", [{ field, code: "invalid", detail }]);

export class Subscriptions {
  all: T.AlertSubscription[] = [];
  deliveries: T.AlertDelivery[] = [];
  made = 0;

  constructor(filled: boolean) {
    if (!filled) return;
    const one = (id: number, values: Partial<T.AlertSubscription>): T.AlertSubscription => ({
      id: `as_${id}`,
      name: "",
      is_on: true,
      channel: { kind: "email", to: [], language: "fr" },
      has_secret: false,
      filter: { alerts: true, notices: [], least_severity: "warning", types: [], customers: [], hours: null },
      tells_ends: true,
      interval_seconds: 60,
      revision: 1,
      last_at: null,
      ...values,
    });
    this.all = [
      one(1, {
        name: "Astreinte",
        channel: { kind: "ntfy", url: "https://ntfy.exemple.fr/vigie-astreinte", language: "fr" },
        has_secret: true,
        filter: {
          alerts: true,
          notices: [],
          least_severity: "major",
          types: [],
          customers: [],
          hours: { days: [1, 2, 3, 4, 5], from: "18:00", to: "08:00", time_zone: "Europe/Paris", outside: "skip" },
        },
        interval_seconds: 0,
        last_at: ago(300),
      }),
      one(2, {
        name: "Gestion des tickets",
        channel: { kind: "webhook", url: "https://tickets.exemple.fr/vigie" },
        has_secret: true,
        filter: {
          alerts: true,
          notices: [],
          least_severity: "minor",
          types: ["trunk", "service"],
          customers: ["cus_2"],
          hours: null,
        },
        last_at: ago(hour),
      }),
      one(3, {
        name: "Résumé du support",
        is_on: false,
        channel: { kind: "email", to: ["support@exemple.fr", "chef@exemple.fr"], language: "fr" },
        tells_ends: false,
        interval_seconds: hour,
      }),
    ];
    const message = (id: number, subscription: number, values: Partial<T.AlertDelivery>): T.AlertDelivery => ({
      id: `ad_${id}`,
      subscription_id: `as_${subscription}`,
      subscription: this.all[subscription - 1]!.name,
      state: "delivered",
      alerts: 1,
      notices: 0,
      attempts: 1,
      error: null,
      created_at: ago(id * hour),
      next_at: null,
      finished_at: ago(id * hour - 2),
      ...values,
    });
    this.deliveries = [
      message(1, 2, {
        state: "waiting",
        attempts: 3,
        error: "the answer was 503 Service Unavailable: maintenance",
        next_at: ago(-900),
        finished_at: null,
      }),
      message(2, 1, { alerts: 4 }),
      message(3, 2, { state: "dead", attempts: 12, error: "the name tickets.exemple.fr does not exist", alerts: 2 }),
      ...Array.from({ length: 12 }, (_, index) => message(index + 4, 1 + (index % 2), { alerts: 1 + (index % 5) })),
    ];
  }
}

function checked(world: World, body: T.AlertSubscriptionFields, but?: string): void {
  const { channel, secret } = body;
  const name = body.name.trim();
  if (name === "" || name.length > 100) throw invalid("name", "has 1 to 100 characters");
  if (world.subscriptions.all.some((one) => one.id !== but && one.name.toLowerCase() === name.toLowerCase()))
    throw invalid("name", "is taken");
  if (
    channel.kind === "email" &&
    (channel.to.length === 0 || !channel.to.every((one) => /^[^\s@]+@[^\s@]+$/.test(one)))
  )
    throw invalid("channel.to", "are 1 to 200 e-mail addresses");
  if (channel.kind === "webhook" && !channel.url.startsWith("https://"))
    throw invalid("channel.url", "is an address that begins with https://");
  if (channel.kind === "ntfy" && !/^https:\/\/.+\/[\w-]{1,64}$/.test(channel.url))
    throw invalid("channel.url", "is an address that begins with https:// and ends in the topic");
  if (secret && channel.kind === "webhook" && secret.length < 16)
    throw invalid("secret", "has up to 500 plain characters; a webhook's at least 16");
  if (body.filter?.hours && body.filter.hours.days.length === 0)
    throw invalid("filter.hours.days", "are days of the week, 1 to 7");
}

const fieldsOf = (body: T.AlertSubscriptionFields) => ({
  name: body.name.trim(),
  is_on: body.is_on ?? true,
  channel: body.channel,
  filter: {
    alerts: true,
    notices: [],
    least_severity: "warning" as const,
    types: [],
    customers: [],
    hours: null,
    ...body.filter,
  },
  tells_ends: body.tells_ends ?? true,
  interval_seconds: body.interval_seconds ?? 60,
});

function found(world: World, id: string): T.AlertSubscription {
  const one = world.subscriptions.all.find((subscription) => subscription.id === id);
  if (!one) throw new Refusal(404, "not-found", "There is no such thing, or it is not yours.");
  return one;
}

export const subscriptionRoutes: Route[] = [
  [
    "GET",
    /^\/alert-subscriptions$/,
    (world) => ({ items: [...world.subscriptions.all].sort((a, b) => a.name.localeCompare(b.name)) }),
  ],
  [
    "POST",
    /^\/alert-subscriptions$/,
    (world, call) => {
      const body = call.body as unknown as T.AlertSubscriptionFields;
      checked(world, body);
      world.subscriptions.made += 1;
      const hook = body.channel.kind === "webhook";
      const made: T.AlertSubscription = {
        id: `as_n${world.subscriptions.made}`,
        ...fieldsOf(body),
        has_secret: hook || Boolean(body.secret),
        revision: 1,
        last_at: null,
      };
      world.subscriptions.all.push(made);
      return new Created({ ...made, secret: hook && !body.secret ? "q7Zt5mXw9LcR2bNvHs3kQf8dYp4jUe6g" : null });
    },
  ],
  [
    "PUT",
    /^\/alert-subscriptions\/([^/]+)$/,
    (world, call, id) => {
      const body = call.body as unknown as T.AlertSubscriptionFields;
      const one = found(world, id!);
      if (typeof body.revision === "number" && body.revision !== one.revision)
        throw new Refusal(412, "revision-stale", "Somebody changed it meanwhile.");
      checked(world, body, one.id);
      const has_secret = Boolean(body.secret) || (one.has_secret && one.channel.kind === body.channel.kind);
      return Object.assign(one, fieldsOf(body), { has_secret, revision: one.revision + 1 });
    },
  ],
  [
    "DELETE",
    /^\/alert-subscriptions\/([^/]+)$/,
    (world, _, id) => {
      const kept = world.subscriptions;
      found(world, id!);
      kept.all = kept.all.filter((one) => one.id !== id);
      kept.deliveries = kept.deliveries.filter((one) => one.subscription_id !== id);
    },
  ],
  [
    "GET",
    /^\/alert-deliveries$/,
    (world, { query }) => {
      const is = (name: string, value: string) => !query.get(name) || query.get(name) === value;
      return page(
        world.subscriptions.deliveries.filter(
          (one) => is("subscription_id", one.subscription_id) && is("state", one.state),
        ),
        query,
        { defaultSort: "-created_at" },
      );
    },
  ],
  [
    "POST",
    /^\/alert-deliveries\/([^/]+)\/again$/,
    (world, _, id) => {
      const one = world.subscriptions.deliveries.find((delivery) => delivery.id === id);
      if (!one || one.state === "delivered") throw new Refusal(404, "not-found", "There is none.");
      Object.assign(one, { state: "waiting", next_at: ago(0), finished_at: null });
    },
  ],
  [
    "POST",
    /^\/preferences\/mail\/test$/,
    (world, { body }): T.MailTested => {
      if (world.preferences.mail.host === "") throw new Refusal(409, "mail-off", "No mail server is set.");
      if (String(body.to).endsWith("@refuse.exemple.fr"))
        return { ok: false, trouble: "refused", detail: "550 5.1.1 User unknown" };
      if (world.preferences.mail.host.startsWith("absent"))
        return { ok: false, trouble: "unavailable", detail: "the name does not exist" };
      return { ok: true, trouble: null, detail: null };
    },
  ],
];
