/** The mock's certificates: the server's, how it is got, and those that it trusts. */
import type * as T from "../../src/api/types.ts";
import { Created, type Route } from "./answers.ts";
import { ago } from "./fleet.ts";
import { Refusal } from "./list.ts";

const day = 86_400;

const own = (issued: number): T.Certificate => ({
  mode: "own",
  subject: "O=Vigie, CN=vigie.exemple.fr",
  issuer: "O=Vigie, CN=Vigie CA 9f2c4e0b",
  names: ["localhost", "127.0.0.1", "::1", "vigie", "vigie.exemple.fr"],
  not_before: ago(20 * day),
  not_after: ago(-345 * day),
  days_left: 345,
  renews_itself: true,
  warning: null,
  uncovered_names: [],
  sha256: issued.toString(16).padStart(64, "0a1b2c3d"),
  installed_at: null,
  chain: [
    {
      subject: "O=Vigie, CN=vigie.exemple.fr",
      issuer: "O=Vigie, CN=Vigie CA 9f2c4e0b",
      not_after: ago(-345 * day),
      sha256: issued.toString(16).padStart(64, "0a1b2c3d"),
    },
    {
      subject: "O=Vigie, CN=Vigie CA 9f2c4e0b",
      issuer: "O=Vigie, CN=Vigie CA 9f2c4e0b",
      not_after: ago(-3600 * day),
      sha256: "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8",
    },
  ],
  ca: {
    subject: "O=Vigie, CN=Vigie CA 9f2c4e0b",
    not_after: ago(-3600 * day),
    sha256: "9f2c4e0b7d1a8c5f63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e8",
    warning: null,
  },
  agents: { share_listener: true },
  acme: null,
  acme_listener: false,
});

/** A certificate of another authority that ends soon. */
const bought = (): T.Certificate => ({
  ...own(1),
  mode: "replaced",
  subject: "CN=vigie.exemple.com",
  issuer: "O=Autorité Exemple, CN=Émettrice 3",
  names: ["vigie.exemple.com"],
  days_left: 40,
  not_after: ago(-40 * day),
  renews_itself: false,
  warning: "ends",
  uncovered_names: ["vigie.exemple.fr"],
  installed_at: ago(0),
  chain: [
    {
      subject: "CN=vigie.exemple.com",
      issuer: "O=Autorité Exemple, CN=Émettrice 3",
      not_after: ago(-40 * day),
      sha256: "5d4c3b2a19081726354453627180f9e89f2c4e0b7d1a8c5f63e2b1a09d8c7f6e",
    },
    {
      subject: "O=Autorité Exemple, CN=Émettrice 3",
      issuer: "O=Autorité Exemple, CN=Racine",
      not_after: ago(-900 * day),
      sha256: "63e2b1a09d8c7f6e5d4c3b2a19081726354453627180f9e89f2c4e0b7d1a8c5f",
    },
  ],
});

export class Certificates {
  issued = 0;
  present: T.Certificate = own(0);
  trusted: T.TrustedCertificate[] = [
    {
      id: "tc_1",
      kind: "root",
      subject: "O=Exemple SA, CN=Racine interne",
      issuer: "O=Exemple SA, CN=Racine interne",
      not_before: ago(4000 * day),
      not_after: ago(-20 * day),
      days_left: 20,
      warning: "ends",
      sha256: "b1a09d8c7f6e5d4c3b2a19081726354453627180f9e89f2c4e0b7d1a8c5f63e2",
      added_at: ago(100 * day),
    },
  ];
}

const refuse = (code: string) => new Refusal(code === "certificate-automatic" ? 409 : 422, code, code);

export const certificateRoutes: Route[] = [
  ["GET", /^\/certificate$/, (world) => world.certificates.present],
  [
    "PUT",
    /^\/certificate$/,
    (world, { body }) => {
      const it = world.certificates;
      if (it.present.acme) throw refuse("certificate-automatic");
      if (body.format === "pkcs12" && body.password !== "s3cret") throw refuse("certificate-password-wrong");
      if (body.format === "pem" && !String(body.certificates).includes("BEGIN CERTIFICATE")) {
        throw refuse("certificate-malformed");
      }
      it.present = bought();
      return it.present;
    },
  ],
  [
    "POST",
    /^\/certificate\/renewal$/,
    (world) => {
      const it = world.certificates;
      if (it.present.acme) throw refuse("certificate-automatic");
      it.issued += 1;
      it.present = own(it.issued);
      return it.present;
    },
  ],
  [
    "PUT",
    /^\/certificate\/acme$/,
    (world, { body }) => {
      const names = body.names as string[];
      if (names.some((name) => name.startsWith("*"))) {
        throw new Refusal(422, "value-invalid", "A value is not valid.", [
          { field: "names", code: "invalid", detail: `"${names[0]!}" is not a host name` },
        ]);
      }
      const it = world.certificates;
      it.present = {
        ...it.present,
        warning: "renewal-failed",
        acme: {
          directory: String(body.directory),
          contact: String(body.contact),
          names,
          challenge: body.challenge as T.Acme["challenge"],
          status: "failed",
          error: `${names[0]!}: DNS problem: NXDOMAIN looking up A for ${names[0]!}`,
          attempted_at: ago(2),
          next_attempt_at: ago(-300),
          issued_at: null,
        },
      };
      return it.present;
    },
  ],
  [
    "DELETE",
    /^\/certificate\/acme$/,
    (world) => {
      world.certificates.present = { ...world.certificates.present, acme: null, warning: null };
    },
  ],
  ["GET", /^\/trusted-certificates$/, (world) => ({ items: world.certificates.trusted })],
  [
    "POST",
    /^\/trusted-certificates$/,
    (world, { body }) => {
      if (typeof body.pem === "string" && !body.pem.includes("BEGIN CERTIFICATE"))
        throw refuse("certificate-malformed");
      const added: T.TrustedCertificate = {
        ...world.certificates.trusted[0]!,
        id: `tc_${world.certificates.trusted.length + 2}`,
        kind: "system",
        subject: "CN=annuaire.exemple.fr",
        days_left: 800,
        not_after: ago(-800 * day),
        warning: null,
      };
      world.certificates.trusted = [...world.certificates.trusted, added];
      return new Created({ items: [added] });
    },
  ],
  [
    "DELETE",
    /^\/trusted-certificates\/([^/]+)$/,
    (world, _call, id) => {
      world.certificates.trusted = world.certificates.trusted.filter((one) => one.id !== id);
    },
  ],
];
