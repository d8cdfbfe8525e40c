/** Every page, in both languages and both schemes, wide and narrow: it is there, it is named, and axe finds nothing. */
import { expect, expectAccessible, settled, test } from "./world.ts";

const pages: [address: string, french: string, english: string][] = [
  ["/", "Vue d’ensemble", "Overview"],
  ["/equipment", "Équipements", "Equipment"],
  ["/equipment?preview=eqp_000001", "Équipements", "Equipment"],
  ["/equipment?new=1", "Équipements", "Equipment"],
  ["/equipment?deleted=true", "Équipements supprimés", "Deleted equipment"],
  ["/equipment?q=nothing-has-this-name", "Équipements", "Equipment"],
  ["/equipment/eqp_000001", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000002", "lt-martin", "lt-martin"],
  ["/equipment/eqp_000001?tab=components", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=components&section=volumes", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=software", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=history", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=synchronisations", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=links", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=attachments", "srv-compta", "srv-compta"],
  ["/equipment/eqp_000001?tab=edit", "srv-compta", "srv-compta"],
  ["/equipment/none", "Équipement", "Equipment"],
  ["/pending", "Équipements en attente", "Pending equipment"],
  ["/pending?preview=pen_00001", "Équipements en attente", "Pending equipment"],
  ["/pending?state=ignored", "Équipements en attente", "Pending equipment"],
  ["/alerts", "Alertes", "Alerts"],
  ["/alerts?alert=al_2", "Alertes", "Alerts"],
  ["/alerts?type=trunk&state=all&acknowledged=false&q=nothing-has-this-name", "Alertes", "Alerts"],
  ["/alerts?tab=maintenance", "Alertes", "Alerts"],
  ["/alerts?tab=maintenance&new=1", "Alertes", "Alerts"],
  ["/systems", "Systèmes", "Systems"],
  ["/systems?preview=sys_2", "Systèmes", "Systems"],
  ["/systems?connectivity=unreachable&profile=sip-server", "Systèmes", "Systems"],
  ["/systems?q=nothing-has-this-name", "Systèmes", "Systems"],
  ["/systems?new=1", "Systèmes", "Systems"],
  ["/systems?tab=tokens", "Systèmes", "Systems"],
  [
    "/systems/sys_5",
    "passerelle-de-telephonie-du-siege-administratif-et-de-l-annexe.exemple.fr",
    "passerelle-de-telephonie-du-siege-administratif-et-de-l-annexe.exemple.fr",
  ],
  ["/systems/none", "Système", "System"],
  ["/software", "Logiciels", "Software"],
  ["/reports", "Rapports", "Reports"],
  ["/reports?tab=scheduled", "Rapports", "Reports"],
  ["/reports?tab=scheduled&new=1", "Rapports", "Reports"],
  ["/software/key", "Logiciels clés", "Key software"],
  ["/software/key?new=1", "Logiciels clés", "Key software"],
  ["/software/title?name=openssl&publisher=Debian", "openssl", "openssl"],
  [
    "/software/machines?name=openssl&version_below=9",
    "Machines qui ont openssl avant 9",
    "Machines that have openssl below 9",
  ],
  ["/exports", "Exports", "Exports"],
  ["/notifications", "Notifications", "Notifications"],
  ["/configuration/agents", "Agents", "Agents"],
  ["/configuration/agents?tab=list", "Agents", "Agents"],
  ["/administration/customers", "Clients", "Customers"],
  ["/administration/customers?new=1", "Clients", "Customers"],
  ["/administration/customers/cus_2", "Atelier Perrin", "Atelier Perrin"],
  ["/administration/customers/cus_10?new=1", "Transports Kerven", "Transports Kerven"],
  ["/administration/customers/none", "Client", "Customer"],
  ["/administration/api-access", "Accès API", "API access"],
  ["/administration/distribution", "Distribution", "Distribution"],
  ["/administration/preferences", "Préférences et conservation", "Preferences and retention"],
  ["/administration/notifications", "Notifications d’alertes", "Alert notifications"],
  ["/administration/notifications?tab=messages", "Notifications d’alertes", "Alert notifications"],
  ["/administration/notifications?new=1", "Notifications d’alertes", "Alert notifications"],
  ["/administration/sign-in", "Connexion", "Sign-in"],
  ["/administration/certificate", "Certificat", "Certificate"],
  ["/administration/certificate?form=replace", "Certificat", "Certificate"],
  ["/administration/certificate?form=acme", "Certificat", "Certificate"],
  ["/administration/certificate?form=trust", "Certificat", "Certificate"],
  ["/administration/platform", "Plateforme", "Platform"],
  ["/administration/platform?link=new", "Plateforme", "Platform"],
  ["/administration/platform/logs", "Journaux du serveur", "Server’s logs"],
  ["/administration/audit", "Audit", "Audit"],
  ["/administration/audit?preview=aud_1", "Audit", "Audit"],
  ["/administration/audit?actor_id=usr_2&from=2026-01-01&about=cus_2", "Audit", "Audit"],
  ["/administration/customers?reseller_id=res_3", "Clients", "Customers"],
  ["/administration/customers?q=nobody-is-called-so", "Clients", "Customers"],
  ["/administration/resellers", "Revendeurs et fournisseurs", "Resellers and providers"],
  ["/administration/resellers?q=nobody-is-called-so", "Revendeurs et fournisseurs", "Resellers and providers"],
  ["/administration/users", "Utilisateurs", "Users"],
  ["/administration/users?preview=usr_2", "Utilisateurs", "Users"],
  ["/administration/users?new=1", "Utilisateurs", "Users"],
  ["/administration/users?q=nobody-is-called-so", "Utilisateurs", "Users"],
  ["/administration/users/usr_2", "mkeribin", "mkeribin"],
  ["/administration/users/usr_2?tab=sign-in", "mkeribin", "mkeribin"],
  ["/administration/users/usr_2?tab=sees", "mkeribin", "mkeribin"],
  ["/administration/users/usr_2?tab=why&customer=cus_6", "mkeribin", "mkeribin"],
  ["/administration/users/usr_1?tab=sees", "admin", "admin"],
  ["/administration/users/none", "Utilisateur", "User"],
  ["/administration/roles", "Rôles", "Roles"],
  ["/help", "Premiers pas", "Getting started"],
  ["/help/users", "Utilisateurs et rôles", "Users and roles"],
  ["/help/connection", "Connexion des systèmes", "Connection of systems"],
  ["/help/alerts", "Alertes", "Alerts"],
  ["/help/nowhere", "Page introuvable", "Page not found"],
  ["/help?q=client", "Résultats", "Results"],
  ["/profile", "Profil", "Profile"],
  ["/profile?token=new", "Profil", "Profile"],
  ["/profile?factor=totp", "Profil", "Profile"],
  ["/nowhere", "Page introuvable", "Page not found"],
];

// Words depend on the language, contrast on the scheme: two rounds meet both of each.
const rounds = [
  { language: "French", locale: "fr-FR", scheme: "light" },
  { language: "English", locale: "en-GB", scheme: "dark" },
] as const;
for (const { language, locale, scheme } of rounds) {
  test.describe(`${language}, ${scheme}`, () => {
    test.use({ locale, colorScheme: scheme });
    for (const [address, french, english] of pages) {
      test(address, async ({ page }) => {
        await page.goto(address);
        const heading = page.getByRole("heading", { level: 1, includeHidden: true });
        await expect(heading).toHaveText(language === "French" ? french : english);
        await settled(page);
        await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
        await expectAccessible(page);
      });
    }
  });
}

test.describe("narrow", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  for (const [address] of pages) {
    test(`${address} does not overflow`, async ({ page }) => {
      await page.goto(address);
      await settled(page);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(390);
      await expectAccessible(page);
    });
  }
});

test.describe("with nothing yet", () => {
  test.use({ machines: 0 });
  for (const address of [
    "/",
    "/alerts",
    "/alerts?tab=maintenance",
    "/administration/notifications",
    "/systems",
    "/systems?tab=tokens",
    "/equipment",
    "/pending",
    "/software",
    "/software/key",
    "/reports",
    "/reports?tab=scheduled",
    "/notifications",
    "/exports",
  ]) {
    test(`${address} says what it is for`, async ({ page }) => {
      await page.goto(address);
      await settled(page);
      await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
      await expectAccessible(page);
    });
  }
  test("pages with nothing lead to the line that installs an agent, and do not ask for its secret", async ({
    page,
  }) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    for (const address of ["/equipment", "/pending", "/configuration/agents?tab=list", "/"]) {
      await page.goto(address);
      await expect(page.getByRole("link", { name: "Installer un agent" })).toBeVisible();
      await settled(page);
    }
    expect(asked.filter((path) => /distribution|secret/.test(path))).toEqual([]);
    await page.getByRole("link", { name: "Installer un agent" }).click();
    const line = page.getByLabel("Commande d’installation");
    await expect(line).toContainText("/install/agent.sh");
    await expect(line).toContainText("--client-secret ••••");
    await page.getByRole("button", { name: "Révéler" }).first().click();
    await expect(line).toContainText("--client-secret Wq7e-");
    const windows = page.getByLabel("La ligne qui installe l’agent sous Windows");
    await expect(windows).toContainText("/i InventoryAgent-0.1.0.msi PORTALURL1=https://vigie.exemple.fr:7080");
    await expect(windows).toContainText('CLIENTSECRET="••••');
    await page.getByRole("button", { name: "Révéler" }).click();
    await expect(windows).toContainText('CLIENTSECRET="Wq7e-');
    await expect(page.getByLabel("La ligne qui affiche l’empreinte SHA-256 du fichier")).toHaveText(
      "certutil -hashfile InventoryAgent-0.1.0.msi SHA256",
    );
  });
});

test.describe("signed out", () => {
  test.use({ signedIn: false });
  for (const scheme of ["light", "dark"] as const) {
    test.describe(scheme, () => {
      test.use({ colorScheme: scheme });
      test("the sign-in page", async ({ page }) => {
        await page.goto("/sign-in");
        await expect(page.getByText("Vigie Démo")).toBeVisible();
        await expectAccessible(page);
      });
    });
  }
});
