/**
 * What the HTTP API speaks, by the console's names. The types are generated from the server's own document
 * (`npm run gen`); here they only get short names. Times are RFC 3339 texts, sizes are bytes, ids are opaque; a text that is
 * not known is empty.
 */
import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

/** An answer's members are always told: what is not known is `null`, never left out. */
type Told<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number;
  /** Whether there are more than `total`: large counts are not finished. */
  total_is_minimum: boolean;
}

export interface Named {
  id: string;
  name: string;
}

export type About = Omit<Schemas["About"], "locale_default"> & { locale_default: Locale };
export type Locale = Schemas["Locale"];
export type ColorScheme = Schemas["ColorScheme"];
export type Density = Schemas["Density"];
export type Me = Told<Schemas["Me"]>;
export type Session = Omit<Schemas["Session"], "user"> & { user: Me };
export type Proof = Schemas["Proof"];
export type TotpEnrolment = Schemas["TotpEnrolment"];
export type RecoveryCodes = Schemas["RecoveryCodes"];
export type Passkey = Told<Schemas["Passkey"]>;
export type MyFactors = Told<Omit<Schemas["MyFactors"], "passkeys">> & { passkeys: Passkey[] };
export type OpenIdSettings = Told<Schemas["OpenIdSettings"]>;
export type OpenIdIdentity = Schemas["OpenIdIdentity"];
export type OpenIdMapping = Schemas["OpenIdMapping"];
export type NewOpenIdSettings = Schemas["NewOpenIdSettings"];
export type OpenId = { settings: OpenIdSettings | null; redirect_uri: string | null };
export type OpenIdTest = Told<Schemas["OpenIdTest"]>;
export type PasskeyCreation = PublicKeyCredentialCreationOptionsJSON;
export type PasskeyRequest = PublicKeyCredentialRequestOptionsJSON;
export type SecondFactorMethod = "code" | "recovery-code" | "passkey";
export type SessionItem = Told<Schemas["SessionItem"]>;
export type ApiToken = Told<Schemas["ApiToken"]>;
export type Network = Told<Schemas["Network"]>;
/** A customer's open alerts, and the worst of their severities. */
export type CustomerAlerts = Told<Schemas["CustomerAlerts"]>;
export type Customer = Told<Omit<Schemas["CustomerItem"], "network" | "alerts">> & {
  network: Network;
  alerts: CustomerAlerts;
};
export type CustomerColour = Schemas["CustomerColour"];
export type CustomerTag = Schemas["CustomerTag"];
/** What is typed about a customer. */
export type NewCustomer = Schemas["NewCustomer"];
export type CustomerChanges = Schemas["CustomerChanges"];
/** What would go with a customer. */
export type CustomerDeletion = Schemas["CustomerDeletion"];
export type CustomersDeleted = Schemas["CustomersDeleted"];
export type EnrolmentMailSent = Schemas["EnrolmentMailSent"];
export type Reseller = Told<Schemas["Reseller"]>;
export type Provider = Told<Schemas["Provider"]>;

export type Role = Schemas["Role"];
/** A row of the table of roles. */
export type PolicyAction = Schemas["Action"];
/** How far a role may do something. */
export type Reach = Schemas["PolicyCell"];
export type Policy = Schemas["Policy"];
export type Permissions = Schemas["Permissions"];
/** A user as those who manage users see them. */
export type User = Told<Omit<Schemas["User"], "created_by">> & { created_by: Told<Schemas["Creator"]> | null };
export type NewUser = Schemas["NewUser"];
/** What is changed of a user; a password is only ever sent. */
export type UserChanges = Schemas["UserChanges"] & { password?: string };
export type UserBulkAction = Schemas["UserBulkAction"];
export type MyChanges = Schemas["MyChanges"];
export type GrantNode = Schemas["GrantNode"];
export type Grant = Told<Schemas["Grant"]>;
export type NewGrant = Schemas["NewGrant"];
/** Why a user sees a customer, or does not. */
export type AccessReason = Told<Schemas["AccessReason"]>;
export type Explanation = { sees: boolean; reasons: AccessReason[] };
export type Assigned = Told<Omit<Schemas["Assigned"], "reason">> & { reason: AccessReason | null };

export type OsView = Schemas["OsRef"];
export type AgentView = Schemas["AgentRef"];
export type Reason = Schemas["Reason"];
export type Remark = Schemas["Remark"];

export type PendingItem = Told<Omit<Schemas["PendingItem"], "enrolled_again" | "clone">> & {
  enrolled_again: Schemas["EnrolledAgain"] | null;
  clone: Told<Schemas["CloneOf"]> | null;
};
export type NoticeKind = Schemas["NoticeKind"];
export type AssociationRule = Schemas["AssociationRule"];
export type AssociationRulesGiven = Schemas["AssociationRulesGiven"];
export type AssociationRulesFields = Schemas["AssociationRulesFields"];
export type AssociationRules = Told<Schemas["AssociationRules"]>;
export type AssociationDryRun = Schemas["AssociationDryRun"];
export type AssociationRun = Schemas["AssociationRun"];
export type AssociationVerdict = Told<Schemas["AssociationVerdict"]>;
export type AssociationWhyNot = Schemas["AssociationWhyNot"];
export type AssociationLooked = Told<Omit<Schemas["AssociationLooked"], "items">> & { items: AssociationVerdict[] };
export type Candidate = Omit<Schemas["Candidate"], "equipment"> & { equipment: EquipmentItem };
export type EquipmentItem = Told<Omit<Schemas["EquipmentItem"], "key_software">> & {
  /** In lists only. */
  key_software?: Schemas["KeySoftwareSummary"];
};
export type FieldLock = Schemas["Lock"];
export type Equipment = EquipmentItem &
  Told<Omit<Schemas["Equipment"], "custom_fields" | "key_software">> & { custom_fields: Record<string, string> };
/** What a person may set on an equipment; an empty text clears. */
export type EquipmentInput = Partial<Omit<Schemas["Fields"], "custom_fields">> & {
  custom_fields?: Record<string, string>;
};

/** A record of an inventory: its fields differ by section and only those that a machine has are there. */
export type InventoryRecord = Record<string, unknown>;
export type Inventory = Told<Omit<Schemas["Inventory"], "sections">> & {
  sections: Record<string, InventoryRecord | InventoryRecord[]>;
};
export interface SectionChange {
  section: string;
  added?: InventoryRecord[];
  removed?: InventoryRecord[];
  changed?: { before: InventoryRecord; after: InventoryRecord }[];
}
export type HistoryEntry = Omit<Schemas["Change"], "sections"> & { sections: SectionChange[] };
export type Synchronisation = Schemas["SynchronisationItem"];
export type Operation = Told<Schemas["Operation"]>;
export type Attachment = Schemas["Attachment"];
export type BulkResult = Schemas["BulkAnswer_EquipmentId"];

export type SoftwareTitle = Schemas["Title"];
export type SoftwareVersion = Schemas["Version"];
export type SoftwareMachine = Told<Schemas["Machine"]>;
export type KeySoftware = Schemas["KeySoftware"];
export type KeySoftwareFields = Schemas["KeySoftwareFields"];
export type KeySoftwareList = Schemas["KeySoftwareList"];
export type KeySoftwareMatch = Schemas["KeySoftwareMatch"];
export type KeySoftwareOfMachine = Schemas["KeySoftwareOfMachine"];
export type KeySoftwareState = Schemas["KeySoftwareState"];
export type SummaryFigure = Told<Schemas["SummaryFigure"]>;
export type SummaryGroupBy = Schemas["SummaryGroupBy"];
export type SummaryGroup = { by: SummaryGroupBy; figures: SummaryFigure[] };
/** The whole inventory in figures. */
export type InventorySummary = Told<Omit<Schemas["InventorySummary"], "total" | "groups" | "key_software">> & {
  total: SummaryFigure;
  groups: SummaryGroup[];
  key_software: { name: string; lowest_version: string; figures: SummaryFigure[] }[];
};
export type ReportRepeats = Schemas["ReportRepeats"];
export type ReportSchedule = Told<Schemas["ReportScheduleAnswer"]>;
export type ReportScheduleFields = Schemas["ReportScheduleFields"];
export type SavedView = Schemas["SavedView"];
export type SavedViewPage = Schemas["SavedViewPage"];
export type NewSavedView = Schemas["NewSavedView"];
export type SavedViewFields = Schemas["SavedViewFields"];
export type Overview = Schemas["OverviewAnswer"];

export type Connectivity = Schemas["Connectivity"];
/** A web application of a system. */
export type Application = Schemas["Application"];
export type SystemPlace = Schemas["SystemPlace"];
/** What a system's owner lets the server do. */
export type Switches = Required<Schemas["SystemSwitches"]>;
/** A customer's system, with its agent's link; not a machine of the inventory. */
export type CustomerSystem = Told<Omit<Schemas["CustomerSystem"], "switches">> & { switches: Switches };
export type SystemValues = Schemas["SystemValues"];
export type EnrolmentToken = Told<Schemas["EnrolmentToken"]>;
export type NewEnrolmentToken = Schemas["NewEnrolmentToken"];
export type MadeEnrolmentToken = EnrolmentToken & { token: string; server: string };
export type SystemCertificates = Told<Omit<Schemas["SystemCertificates"], "entries">> & {
  entries: SystemCertificate[];
};
export type SystemCertificate = Required<Schemas["SystemCertificate"]>;
export type ServiceUser = Schemas["ServiceUserView"];
export type TypedServiceUser = Schemas["TypedServiceUser"];
export type TestedConnection = Told<Schemas["TestedConnection"]>;

export type AlertType = Schemas["AlertType"];
export type AlertSeverity = Schemas["AlertSeverity"];
/** Why nobody is notified of an alert. */
export type AlertSilence = Schemas["Silence"];
/** A problem seen on a system. */
export type Alert = Told<Schemas["SystemAlert"]>;
export type AlertCounts = Schemas["AlertCounts"];
export type AlertsOfType = Schemas["AlertsOfType"];
/** Somebody whose role handles alerts. */
export type Assignable = Schemas["Assignable"];
export type AlertsResult = Schemas["BulkAnswer_AlertId"];
export type AlertCondition = Required<Schemas["AlertCondition"]>;
/** What people changed about a condition. */
export type AlertRule = Required<Schemas["AlertRule"]>;
/** A condition of a customer's systems, with what was changed about it. */
export type CustomerCondition = { condition: AlertCondition; systems: number; rule: AlertRule | null };
export type MaintenanceRepeats = Schemas["MaintenanceRepeats"];
export type MaintenanceWindow = Told<Schemas["MaintenanceWindow"]>;
export type NewMaintenanceWindow = Schemas["NewMaintenanceWindow"];
export type AlertChannel = Schemas["AlertChannel"];
export type AlertHours = Schemas["AlertHours"];
export type AlertFilter = Required<Schemas["AlertSubscriptionFilter"]>;
export type AlertSubscription = Told<Omit<Schemas["AlertSubscription"], "filter">> & { filter: AlertFilter };
export type AlertSubscriptionFields = Schemas["AlertSubscriptionFields"];
export type AlertDelivery = Told<Schemas["AlertDelivery"]>;
export type AlertDeliveryState = Schemas["AlertDeliveryState"];
export type MailTested = Told<Schemas["MailTested"]>;

/** So many have this value; the last entry of a long list, without a value, is all others. */
export interface Share {
  value: string | null;
  count: number;
}
export interface Dashboard {
  customers: { total: number; green: number; orange: number; red: number; grey: number };
  systems: { total: number; connected: number };
  versions: Share[];
  profiles: Share[];
  /** Of customers. */
  tags?: { name: string; customers: number }[];
  /** Of open alerts. */
  alerts: AlertCounts;
  recent: Alert[];
  /** Samples of the last day; null: the person does not see every system. */
  connected: { at: string; connected: number; systems: number }[];
}

export type ExportFormat = Schemas["Format"];
export type ExportList = Schemas["List"];
export type Export = Told<Schemas["Export"]>;

/** How a file is read, and what becomes of its columns. */
export type ImportOptions = Schemas["ImportOptions"];
export type Import = Told<Schemas["Import"]>;
export type ImportPreview = Told<Schemas["ImportPreview"]>;
export type ImportRefusal = Told<Schemas["ImportRefusal"]>;
export type ImportKept = Told<Schemas["ImportKept"]>;

export type AgentConfiguration = Schemas["AgentConfiguration"];
export type AgentItem = Told<Schemas["AgentItem"]>;
export type ApiClient = Told<Schemas["ApiClient"]>;
export type Preferences = Told<
  Omit<Schemas["Preferences"], "retention" | "sign_in_page" | "backups" | "second_factor_roles" | "syslog" | "mail">
> & {
  mail: Mail;
  backups: Told<Schemas["AutomaticBackups"]>;
  second_factor_roles: Schemas["Role"][];
  retention: Told<Schemas["Retention"]>;
  sign_in_page: Told<Schemas["SignInPage"]>;
  syslog: Told<Schemas["Syslog"]>;
};
/** Who takes the server's e-mails; a password is never told, only typed. */
export type Mail = Told<Schemas["Mail"]> & { password?: string };
/** All of it; a password is only ever sent, and left out stays what it was. */
export type NewMail = Schemas["NewMail"] & { password?: string };
/** Changes of preferences. */
export type PreferenceChanges = Omit<Partial<Preferences>, "mail"> & { mail?: NewMail };
export type Distribution = Schemas["Distribution"];
export type Certificate = Told<Omit<Schemas["Certificate"], "acme">> & { acme: Acme | null };
export type Acme = Told<Schemas["Acme"]>;
export type NewAcme = Schemas["NewAcme"];
export type NewCertificate = Schemas["NewCertificate"];
export type TrustedCertificate = Told<Schemas["TrustedCertificate"]>;
export type DashboardLink = Schemas["DashboardLink"];
export type PlatformPart = Told<Schemas["Part"]>;
export type PlatformNode = Told<Omit<Schemas["Node"], "parts">> & { parts: PlatformPart[] };
export type Platform = Told<Omit<Schemas["PlatformStatus"], "nodes">> & { nodes: PlatformNode[] };
export type Health = Schemas["Health"];
export type Backup = Told<Schemas["ListAnswer_Kept"]["items"][number]>;
export interface Backups {
  items: Backup[];
  running: { id: string; created_at: string; percent: number | null } | null;
  last_error: string | null;
}
export type LogsAccess = Told<Schemas["LogsAccess"]>;
export type LogLevel = Schemas["LogLevel"];
export type LogSeverity = Schemas["Severity"];
export type LogLine = Told<Omit<Schemas["LogLine"], "fields">> & { fields: Record<string, unknown> };
export type LogPage = Told<Omit<Schemas["LogPage"], "items">> & { items: LogLine[] };
export type ClientError = Schemas["ClientError"];
export interface Notice {
  id: string;
  kind: string;
  count: number;
  at: string;
  read_at: string | null;
  data: Record<string, unknown>;
}
export type AuditEntry = Told<Schemas["AuditRow"]>;
export type AuditVerdict = Told<Schemas["AuditVerdict"]>;
export type ReleaseSigned = Schemas["ReleaseSigned"];
export type Release = Told<Schemas["ListedRelease"]>;
export type Releases = Told<Omit<Schemas["Releases"], "items">> & { items: Release[] };
export type RolloutState = Schemas["RolloutState"];
export type RolloutAgentState = Schemas["RolloutAgentState"];
export type Rollout = Told<Schemas["Rollout"]>;
export type RolloutAgent = Told<Schemas["RolloutAgent"]>;
export type NewRollout = Schemas["NewRollout"];
export type RolloutChanges = Schemas["RolloutChanges"];
