/** Every call of the console, by what it is about. Pages call these and nothing else. */
import { address, base, del, get, patch, post, put, request, send, type Call, type Query } from "./client.ts";
import type * as T from "./types.ts";

type Signal = AbortSignal | undefined;

/** Which rows a bulk action takes: these, or all that a list's filters let through. */
export type Target = { ids: string[] } | { all: Query };

const yesOrNo = new Set(["stale", "disk_nearly_full", "clone", "deleted", "disabled", "acknowledged"]);

/** A list's filters as a body has them: in an address everything is text. */
export function filterBody(query: Query): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => {
      if (value === undefined || value === null || value === "") return [];
      return [[name, yesOrNo.has(name) ? String(value) === "true" : String(value)]];
    }),
  );
}

const targetBody = (target: Target) => ("ids" in target ? target : { all: filterBody(target.all) });

type PendingWord = "create" | "ignore" | "unignore" | "delete" | "accept";
type EquipmentWord = "move" | "status" | "delete" | "restore" | "fresh-inventory";

/** The levels above customers. */
export type Level = "resellers" | "providers";

/** The actions that offer *copy as curl*: what they send. */
export const calls = {
  createCustomer: (body: T.NewCustomer): Call => ({ method: "POST", path: "/customers", body }),
  changeCustomer: (id: string, body: T.CustomerChanges): Call => ({ method: "PATCH", path: `/customers/${id}`, body }),
  deleteCustomer: (id: string): Call => ({ method: "DELETE", path: `/customers/${id}` }),
  deleteCustomers: (ids: string[]): Call => ({ method: "POST", path: "/customers/delete", body: { ids } }),
  restoreCustomer: (id: string): Call => ({ method: "POST", path: `/customers/${id}/restore` }),
  enrolmentMail: (ids: string[]): Call => ({ method: "POST", path: "/customers/enrolment-mail", body: { ids } }),
  startImport: (id: string, options: T.ImportOptions, dry_run: boolean): Call => ({
    method: "POST",
    path: `/imports/${id}/start`,
    body: { options, dry_run },
  }),
  undoImport: (id: string): Call => ({ method: "POST", path: `/imports/${id}/undo` }),
  deleteImport: (id: string): Call => ({ method: "DELETE", path: `/imports/${id}` }),
  placeSystem: (id: string, place: T.SystemPlace): Call => ({
    method: "PATCH",
    path: `/systems/${id}`,
    body: { place },
  }),
  makeToken: (body: T.NewEnrolmentToken): Call => ({ method: "POST", path: "/enrolment-tokens", body }),
  revokeToken: (id: string): Call => ({ method: "DELETE", path: `/enrolment-tokens/${id}` }),
  startRollout: (body: T.NewRollout): Call => ({ method: "POST", path: "/rollouts", body }),
  changeRollout: (id: string, body: T.RolloutChanges): Call => ({ method: "PATCH", path: `/rollouts/${id}`, body }),
  renewSystemCertificates: (id: string): Call => ({ method: "POST", path: `/systems/${id}/certificates/renewal` }),
  removeSystem: (id: string): Call => ({ method: "DELETE", path: `/systems/${id}` }),
  testConnection: (id: string, service_user?: T.TypedServiceUser): Call => ({
    method: "POST",
    path: `/customers/${id}/test-connection`,
    body: service_user && { service_user },
  }),
  assign: (id: string, user_ids: string[]): Call => ({
    method: "PUT",
    path: `/customers/${id}/assignments`,
    body: { user_ids },
  }),
  /** Providers and resellers; a reseller belongs to a provider. */
  createLevel: (level: Level, body: { name: string; provider_id?: string }): Call => ({
    method: "POST",
    path: `/${level}`,
    body,
  }),
  changeLevel: (level: Level, id: string, body: { name?: string; provider_id?: string }): Call => ({
    method: "PATCH",
    path: `/${level}/${id}`,
    body,
  }),
  deleteLevel: (level: Level, id: string): Call => ({ method: "DELETE", path: `/${level}/${id}` }),
  resetFactors: (id: string): Call => ({ method: "DELETE", path: `/users/${id}/second-factors` }),
  linkUser: (id: string, subject: string): Call => ({ method: "PUT", path: `/users/${id}/openid`, body: { subject } }),
  unlinkUser: (id: string): Call => ({ method: "DELETE", path: `/users/${id}/openid` }),
  changeUser: (id: string, changes: T.UserChanges): Call => ({ method: "PATCH", path: `/users/${id}`, body: changes }),
  usersBulk: (action: T.UserBulkAction, ids: string[]): Call => ({
    method: "POST",
    path: "/users/bulk",
    body: { action, ids },
  }),
  setGrants: (id: string, grants: T.NewGrant[]): Call => ({
    method: "PUT",
    path: `/users/${id}/grants`,
    body: { grants },
  }),
  createFromPending: (id: string, body: T.EquipmentInput): Call => ({
    method: "POST",
    path: `/pending-equipment/${id}/equipment`,
    body,
  }),
  associate: (id: string, equipment_id: string): Call => ({
    method: "POST",
    path: `/pending-equipment/${id}/association`,
    body: { equipment_id },
  }),
  changeAssociationRules: (body: T.AssociationRulesFields): Call => ({
    method: "PUT",
    path: "/association-rules",
    body,
  }),
  pendingBulk: (action: PendingWord, target: Target, customer_id?: string): Call => ({
    method: "POST",
    path: "/pending-equipment/bulk",
    body: { action, ...targetBody(target), customer_id },
  }),
  createEquipment: (body: T.EquipmentInput): Call => ({ method: "POST", path: "/equipment", body }),
  updateEquipment: (id: string, body: T.EquipmentInput): Call => ({ method: "PATCH", path: `/equipment/${id}`, body }),
  dissociate: (id: string): Call => ({ method: "POST", path: `/equipment/${id}/dissociation` }),
  merge: (id: string, other_id: string): Call => ({
    method: "POST",
    path: `/equipment/${id}/merge`,
    body: { other_id },
  }),
  /** Lets a reinstalled machine come back with a new key, for so many hours; 0 takes it back. */
  acceptKey: (id: string, hours: number): Call => ({
    method: "PUT",
    path: `/equipment/${id}/key-acceptance`,
    body: { hours },
  }),
  undo: (id: string, operation: string): Call => ({
    method: "POST",
    path: `/equipment/${id}/operations/${operation}/undo`,
  }),
  equipmentBulk: (
    action: EquipmentWord,
    target: Target,
    values: { customer_id?: string; status?: string } = {},
  ): Call => ({ method: "POST", path: "/equipment/bulk", body: { action, ...targetBody(target), ...values } }),
  clearAlerts: (target: Target): Call => ({ method: "POST", path: "/alerts/clear", body: targetBody(target) }),
  clearAlertType: (type: T.AlertType): Call => ({ method: "POST", path: "/alerts/clear-by-type", body: { type } }),
  acknowledgeAlerts: (target: Target, acknowledged: boolean): Call => ({
    method: "POST",
    path: "/alerts/acknowledge",
    body: { ...targetBody(target), acknowledged },
  }),
  /** Null: nobody looks after them. */
  assignAlerts: (target: Target, user_id: string | null): Call => ({
    method: "POST",
    path: "/alerts/assign",
    body: { ...targetBody(target), user_id },
  }),
  /** Null: not muted any more. */
  muteAlerts: (target: Target, until: string | null): Call => ({
    method: "POST",
    path: "/alerts/mute",
    body: { ...targetBody(target), until },
  }),
  setAlertRules: (customer: string, rules: T.AlertRule[]): Call => ({
    method: "PUT",
    path: `/customers/${customer}/alert-rules`,
    body: { rules },
  }),
  createMaintenance: (body: T.NewMaintenanceWindow): Call => ({ method: "POST", path: "/maintenance-windows", body }),
  deleteMaintenance: (id: string): Call => ({ method: "DELETE", path: `/maintenance-windows/${id}` }),
  createSubscription: (body: T.AlertSubscriptionFields): Call => ({
    method: "POST",
    path: "/alert-subscriptions",
    body,
  }),
  changeSubscription: (id: string, body: T.AlertSubscriptionFields): Call => ({
    method: "PUT",
    path: `/alert-subscriptions/${id}`,
    body,
  }),
  deleteSubscription: (id: string): Call => ({ method: "DELETE", path: `/alert-subscriptions/${id}` }),
  createKeySoftware: (body: T.KeySoftwareFields): Call => ({ method: "POST", path: "/key-software", body }),
  changeKeySoftware: (id: string, body: T.KeySoftwareFields): Call => ({
    method: "PUT",
    path: `/key-software/${id}`,
    body,
  }),
  createReportSchedule: (body: T.ReportScheduleFields): Call => ({ method: "POST", path: "/report-schedules", body }),
  changeReportSchedule: (id: string, body: T.ReportScheduleFields): Call => ({
    method: "PUT",
    path: `/report-schedules/${id}`,
    body,
  }),
  deleteReportSchedule: (id: string): Call => ({ method: "DELETE", path: `/report-schedules/${id}` }),
  deleteSavedView: (id: string): Call => ({ method: "DELETE", path: `/saved-views/${id}` }),
  deleteKeySoftware: (id: string): Call => ({ method: "DELETE", path: `/key-software/${id}` }),
  renewCertificate: (): Call => ({ method: "POST", path: "/certificate/renewal" }),
  endAcme: (): Call => ({ method: "DELETE", path: "/certificate/acme" }),
  distrust: (id: string): Call => ({ method: "DELETE", path: `/trusted-certificates/${id}` }),
  backUp: (): Call => ({ method: "POST", path: "/platform/backups" }),
  removeBackup: (id: string): Call => ({ method: "DELETE", path: `/platform/backups/${id}` }),
  apiClientStatus: (id: string, status: "active" | "inactive"): Call => ({
    method: "PATCH",
    path: `/api-clients/${id}`,
    body: { status },
  }),
  withdrawConfiguration: (): Call => ({ method: "DELETE", path: "/agent-configuration/next" }),
  /** `left_behind`: although agents have not moved yet. */
  promoteConfiguration: (left_behind: boolean): Call => ({
    method: "POST",
    path: "/agent-configuration/promotion",
    body: { left_behind },
  }),
};

export const session = {
  about: () => request<T.About>("GET", "/about", { quiet: true }),
  get: () => request<T.Session>("GET", "/session", { quiet: true }),
  open: (login: string, password: string, licence_accepted: boolean) =>
    request<T.Session>("POST", "/session", { body: { login, password, licence_accepted }, quiet: true }),
  second: (ticket: string, proof: { code: string } | { recovery_code: string } | { passkey: unknown }) =>
    request<T.Session>("POST", "/session/second-factor", { body: { ticket, ...proof }, quiet: true }),
  secondPasskey: (ticket: string) =>
    request<{ options: T.PasskeyRequest }>("POST", "/session/second-factor/passkey", { body: { ticket }, quiet: true }),
  passkeyOptions: () =>
    request<{ ceremony: string; options: T.PasskeyRequest }>("POST", "/session/passkey/options", { quiet: true }),
  passkey: (ceremony: string, credential: unknown, licence_accepted: boolean) =>
    request<T.Session>("POST", "/session/passkey", { body: { ceremony, credential, licence_accepted }, quiet: true }),
  /** Where the browser goes to sign in at the OpenID provider. */
  openidStart: (back: string | undefined, licence_accepted: boolean) =>
    address("/openid/start", { back, licence_accepted: licence_accepted || undefined }),
  close: () => request<undefined>("DELETE", "/session", { quiet: true }),
};

/** How one signs in beside the password. */
export const factors = {
  get: () => get<T.MyFactors>("/users/me/second-factor"),
  totpStart: (proof: T.Proof) => post<T.TotpEnrolment>("/users/me/second-factor/totp", proof),
  totpConfirm: (code: string) => post<T.RecoveryCodes>("/users/me/second-factor/totp/confirmation", { code }),
  totpRemove: (proof: T.Proof) => post<undefined>("/users/me/second-factor/totp/removal", proof),
  recoveryCodes: (proof: T.Proof) => post<T.RecoveryCodes>("/users/me/second-factor/recovery-codes", proof),
  passkeyOptions: (proof: T.Proof) =>
    post<{ ceremony: string; options: T.PasskeyCreation }>("/users/me/passkeys/options", proof),
  passkeyAdd: (ceremony: string, name: string, credential: unknown) =>
    post<T.RecoveryCodes>("/users/me/passkeys", { ceremony, name, credential }),
  passkeyRemove: (id: string, proof: T.Proof) => post<undefined>(`/users/me/passkeys/${id}/removal`, proof),
  openidLink: (proof: T.Proof) => post<{ location: string }>("/users/me/openid", proof),
  openidUnlink: (proof: T.Proof) => post<undefined>("/users/me/openid/removal", proof),
};

export const openid = {
  get: () => get<T.OpenId>("/openid"),
  set: (settings: T.NewOpenIdSettings) => put<T.OpenId>("/openid", settings),
  remove: () => del("/openid"),
  test: () => post<T.OpenIdTest>("/openid/test"),
};

/** What the roles may do. */
export const policy = {
  get: () => get<T.Policy>("/policy"),
  mine: () => request<T.Permissions>("GET", "/users/me/permissions", { quiet: true }),
};

export const me = {
  update: (changes: T.MyChanges) => patch<T.Me>("/users/me", changes),
  setAvatar: (picture: Blob) => put<{ avatar: string }>("/users/me/avatar", picture),
  removeAvatar: () => del("/users/me/avatar"),
  password: (current_password: string, new_password: string) =>
    put<undefined>("/users/me/password", { current_password, new_password }),
  sessions: () => get<{ items: T.SessionItem[] }>("/users/me/sessions"),
  endSession: (id: string) => del(`/users/me/sessions/${id}`),
  tokens: () => get<{ items: T.ApiToken[] }>("/users/me/tokens"),
  createToken: (body: { name: string; scope: string; expires_at?: string }) =>
    post<T.ApiToken & { token: string }>("/users/me/tokens", body),
  deleteToken: (id: string) => del(`/users/me/tokens/${id}`),
};

export const customers = {
  list: (query: Query = {}, signal?: Signal) =>
    get<T.Page<T.Customer>>("/customers", { limit: 200, sort: "name", ...query }, signal),
  create: (body: T.NewCustomer) => send<T.Customer>(calls.createCustomer(body)),
  resellers: (query: Query = {}, signal?: Signal) =>
    get<T.Page<T.Reseller>>("/resellers", { limit: 200, sort: "name", ...query }, signal),
  providers: (query: Query = {}, signal?: Signal) =>
    get<T.Page<T.Provider>>("/providers", { limit: 200, sort: "name", ...query }, signal),
  get: (id: string) => get<T.Customer>(`/customers/${id}`),
  level: (level: Level, id: string) => get<T.Named>(`/${level}/${id}`),
  change: (...of: Parameters<typeof calls.changeCustomer>) => send<T.Customer>(calls.changeCustomer(...of)),
  remove: (id: string) => send<undefined>(calls.deleteCustomer(id)),
  /** What would go with it. */
  deletion: (id: string, signal?: Signal) => get<T.CustomerDeletion>(`/customers/${id}/deletion`, {}, signal),
  removeSeveral: (ids: string[]) => send<T.CustomersDeleted>(calls.deleteCustomers(ids)),
  restore: (id: string) => send<T.Customer>(calls.restoreCustomer(id)),
  mail: (ids: string[]) => send<T.EnrolmentMailSent>(calls.enrolmentMail(ids)),
  tags: (q?: string, signal?: Signal) => get<{ items: T.CustomerTag[] }>("/tags", { q }, signal),
  assignments: (id: string) => get<{ items: T.Assigned[] }>(`/customers/${id}/assignments`),
  assign: (...of: Parameters<typeof calls.assign>) => send<{ items: T.Assigned[] }>(calls.assign(...of)),
  createLevel: (...of: Parameters<typeof calls.createLevel>) => send<T.Named>(calls.createLevel(...of)),
  changeLevel: (...of: Parameters<typeof calls.changeLevel>) => send<T.Named>(calls.changeLevel(...of)),
  removeLevel: (...of: Parameters<typeof calls.deleteLevel>) => send<undefined>(calls.deleteLevel(...of)),
};

/** Customers' systems, the tokens with which they enrol, and how they are connected. */
export const systems = {
  list: (query: Query = {}, signal?: Signal) => get<T.Page<T.CustomerSystem>>("/systems", query, signal),
  get: (id: string) => get<T.CustomerSystem>(`/systems/${id}`),
  remove: (id: string) => send<undefined>(calls.removeSystem(id)),
  /** What the server issued to it, and how it stands with that. */
  certificates: (id: string) => get<T.SystemCertificates>(`/systems/${id}/certificates`),
  renewCertificates: (id: string) => send<undefined>(calls.renewSystemCertificates(id)),
  place: (...of: Parameters<typeof calls.placeSystem>) => send<T.CustomerSystem>(calls.placeSystem(...of)),
  /** What systems can be narrowed by. */
  values: (signal?: Signal) => get<T.SystemValues>("/systems/values", {}, signal),
  tokens: (query: Query = {}, signal?: Signal) => get<T.Page<T.EnrolmentToken>>("/enrolment-tokens", query, signal),
  makeToken: (...of: Parameters<typeof calls.makeToken>) => send<T.MadeEnrolmentToken>(calls.makeToken(...of)),
  revokeToken: (id: string) => send<undefined>(calls.revokeToken(id)),
  serviceUser: (customer: string) => get<T.ServiceUser>(`/customers/${customer}/service-user`),
  setServiceUser: (customer: string, user: T.TypedServiceUser) =>
    put<undefined>(`/customers/${customer}/service-user`, user),
  testConnection: (...of: Parameters<typeof calls.testConnection>) =>
    send<T.TestedConnection>(calls.testConnection(...of)),
};

/** Problems seen on customers' systems, what people do with them, and when nobody is notified of them. */
export const alerts = {
  list: (query: Query = {}, signal?: Signal) => get<T.Page<T.Alert>>("/alerts", query, signal),
  get: (id: string) => get<T.Alert>(`/alerts/${id}`),
  counts: (query: Query = {}, signal?: Signal) => get<T.AlertCounts>("/alerts/counts", query, signal),
  assignees: (q?: string, signal?: Signal) => get<{ items: T.Assignable[] }>("/alerts/assignees", { q }, signal),
  clear: (target: Target) => send<T.AlertsResult>(calls.clearAlerts(target)),
  clearType: (type: T.AlertType) => send<{ alerts: number; customers: number }>(calls.clearAlertType(type)),
  acknowledge: (...of: Parameters<typeof calls.acknowledgeAlerts>) =>
    send<T.AlertsResult>(calls.acknowledgeAlerts(...of)),
  assign: (...of: Parameters<typeof calls.assignAlerts>) => send<T.AlertsResult>(calls.assignAlerts(...of)),
  mute: (...of: Parameters<typeof calls.muteAlerts>) => send<T.AlertsResult>(calls.muteAlerts(...of)),
  conditions: (customer: string) => get<{ items: T.CustomerCondition[] }>(`/customers/${customer}/alert-rules`),
  setRules: (...of: Parameters<typeof calls.setAlertRules>) => send<unknown>(calls.setAlertRules(...of)),
  maintenance: (signal?: Signal) => get<{ items: T.MaintenanceWindow[] }>("/maintenance-windows", {}, signal),
  createMaintenance: (body: T.NewMaintenanceWindow) => send<{ id: string }>(calls.createMaintenance(body)),
  deleteMaintenance: (id: string) => send<undefined>(calls.deleteMaintenance(id)),
};

/** Who is notified of which alerts. */
export const subscriptions = {
  list: () => get<{ items: T.AlertSubscription[] }>("/alert-subscriptions"),
  create: (body: T.AlertSubscriptionFields) =>
    send<T.AlertSubscription & { secret: string | null }>(calls.createSubscription(body)),
  change: (...of: Parameters<typeof calls.changeSubscription>) =>
    send<T.AlertSubscription>(calls.changeSubscription(...of)),
  remove: (id: string) => send<undefined>(calls.deleteSubscription(id)),
  deliveries: (query: Query = {}, signal?: Signal) => get<T.Page<T.AlertDelivery>>("/alert-deliveries", query, signal),
  again: (id: string) => post<undefined>(`/alert-deliveries/${id}/again`),
};

export const users = {
  list: (query: Query = {}, signal?: Signal) => get<T.Page<T.User>>("/users", query, signal),
  get: (id: string) => get<T.User>(`/users/${id}`),
  create: (body: T.NewUser) => post<T.User>("/users", body),
  change: (...of: Parameters<typeof calls.changeUser>) => send<T.User>(calls.changeUser(...of)),
  remove: (id: string) => del(`/users/${id}`),
  bulk: (...of: Parameters<typeof calls.usersBulk>) => send<undefined>(calls.usersBulk(...of)),
  grants: (id: string) => get<{ items: T.Grant[] }>(`/users/${id}/grants`),
  setGrants: (...of: Parameters<typeof calls.setGrants>) => send<{ items: T.Grant[] }>(calls.setGrants(...of)),
  resetFactors: (id: string) => send<undefined>(calls.resetFactors(id)),
  /** Who somebody is at the OpenID provider. */
  identities: (id: string) => get<{ items: T.OpenIdIdentity[] }>(`/users/${id}/openid`),
  link: (...of: Parameters<typeof calls.linkUser>) => send<undefined>(calls.linkUser(...of)),
  unlink: (id: string) => send<undefined>(calls.unlinkUser(id)),
  explain: (id: string, customer_id: string) => get<T.Explanation>(`/users/${id}/access`, { customer_id }),
  /** The picture's address; the digest keeps browsers from showing the one before. */
  avatarAddress: (id: string, digest: string) => address(`/users/${id}/avatar`, { v: digest }),
};

export const pending = {
  list: (query: Query, signal?: Signal) => get<T.Page<T.PendingItem>>("/pending-equipment", query, signal),
  get: (id: string) => get<T.PendingItem>(`/pending-equipment/${id}`),
  inventory: (id: string) => get<T.Inventory>(`/pending-equipment/${id}/inventory`),
  candidates: (id: string, q: string) =>
    get<T.Page<T.Candidate>>(`/pending-equipment/${id}/candidates`, { q, limit: 50 }),
  create: (id: string, body: T.EquipmentInput) => send<T.Equipment>(calls.createFromPending(id, body)),
  associate: (id: string, equipment_id: string) => send<T.Equipment>(calls.associate(id, equipment_id)),
  accept: (id: string) => post<T.Equipment>(`/pending-equipment/${id}/acceptance`),
  setState: (id: string, state: "pending" | "ignored") => patch<T.PendingItem>(`/pending-equipment/${id}`, { state }),
  remove: (id: string) => del(`/pending-equipment/${id}`),
  bulk: (...of: Parameters<typeof calls.pendingBulk>) => send<T.BulkResult>(calls.pendingBulk(...of)),
};

/** Which pending machines are associated by themselves. */
export const association = {
  rules: () => get<T.AssociationRules>("/association-rules"),
  change: (body: T.AssociationRulesFields) => send<T.AssociationRules>(calls.changeAssociationRules(body)),
  dryRun: (body: T.AssociationDryRun) => post<T.AssociationLooked>("/association-rules/dry-run", body),
  run: (body: T.AssociationRun) => post<T.AssociationLooked>("/association-rules/run", body),
};

export const equipment = {
  list: (query: Query, signal?: Signal) => get<T.Page<T.EquipmentItem>>("/equipment", query, signal),
  get: (id: string) => get<T.Equipment>(`/equipment/${id}`),
  create: (body: T.EquipmentInput) => send<T.Equipment>(calls.createEquipment(body)),
  update: (id: string, body: T.EquipmentInput) => send<T.Equipment>(calls.updateEquipment(id, body)),
  remove: (id: string) => del(`/equipment/${id}`),
  restore: (id: string) => post<T.Equipment>(`/equipment/${id}/restoration`),
  dissociate: (id: string) => send<T.Equipment>(calls.dissociate(id)),
  merge: (id: string, other_id: string) => send<T.Equipment>(calls.merge(id, other_id)),
  freshInventory: (id: string) => post<T.Equipment>(`/equipment/${id}/fresh-inventory`),
  acceptKey: (id: string, hours: number) => send<T.Equipment>(calls.acceptKey(id, hours)),
  inventory: (id: string) => get<T.Inventory>(`/equipment/${id}/inventory`),
  history: (id: string, cursor?: string) =>
    get<T.Page<T.HistoryEntry>>(`/equipment/${id}/history`, { limit: 25, cursor }),
  synchronisations: (id: string, cursor?: string) =>
    get<T.Page<T.Synchronisation>>(`/equipment/${id}/synchronisations`, { limit: 50, cursor }),
  operations: (id: string) => get<T.Page<T.Operation>>(`/equipment/${id}/operations`),
  undo: (id: string, operation: string) => send<unknown>(calls.undo(id, operation)),
  attachments: (id: string) => get<T.Page<T.Attachment>>(`/equipment/${id}/attachments`),
  attach: (id: string, file: File) => {
    const form = new FormData();
    form.append("file", file);
    return post<T.Attachment>(`/equipment/${id}/attachments`, form);
  },
  attachmentAddress: (id: string, attachment: string) => `${base}/equipment/${id}/attachments/${attachment}`,
  detach: (id: string, attachment: string) => del(`/equipment/${id}/attachments/${attachment}`),
  bulk: (...of: Parameters<typeof calls.equipmentBulk>) => send<T.BulkResult>(calls.equipmentBulk(...of)),
};

export const software = {
  titles: (query: Query, signal?: Signal) => get<T.Page<T.SoftwareTitle>>("/software", query, signal),
  versions: (query: Query, signal?: Signal) => get<T.Page<T.SoftwareVersion>>("/software/versions", query, signal),
  machines: (query: Query, signal?: Signal) => get<T.Page<T.SoftwareMachine>>("/software/machines", query, signal),
};

/** Programs that are watched for on every machine. */
export const keySoftware = {
  list: (query: Query = {}, signal?: Signal) => get<T.KeySoftwareList>("/key-software", query, signal),
  create: (body: T.KeySoftwareFields) => send<T.KeySoftware>(calls.createKeySoftware(body)),
  change: (...of: Parameters<typeof calls.changeKeySoftware>) => send<T.KeySoftware>(calls.changeKeySoftware(...of)),
  remove: (id: string) => send<undefined>(calls.deleteKeySoftware(id)),
  /** What a pattern means on the machines there are. */
  matches: (pattern: { pattern: string; publisher: string }, signal?: Signal) =>
    get<{ items: T.KeySoftwareMatch[] }>("/key-software/matches", pattern, signal),
  of: (equipment: string) => get<{ items: T.KeySoftwareOfMachine[] }>(`/equipment/${equipment}/key-software`),
};

/** The inventory in figures, and the reports of it. */
export const reports = {
  summary: (query: Query, signal?: Signal) => get<T.InventorySummary>("/reports/summary", query, signal),
  /** The same as a page of its own. */
  pageAddress: (query: Query) => address("/reports/summary.html", query),
  schedules: () => get<{ items: T.ReportSchedule[] }>("/report-schedules"),
  create: (body: T.ReportScheduleFields) => send<T.ReportSchedule>(calls.createReportSchedule(body)),
  change: (...of: Parameters<typeof calls.changeReportSchedule>) =>
    send<T.ReportSchedule>(calls.changeReportSchedule(...of)),
  remove: (id: string) => send<undefined>(calls.deleteReportSchedule(id)),
  run: (id: string) => post<undefined>(`/report-schedules/${id}/run`),
  latestAddress: (id: string) => address(`/report-schedules/${id}/latest.html`),
  reportAddress: (id: string, report: string) => address(`/report-schedules/${id}/reports/${report}`),
};

/** Views of lists that people saved. */
export const views = {
  list: (page: T.SavedViewPage, signal?: Signal) => get<{ items: T.SavedView[] }>("/saved-views", { page }, signal),
  create: (body: T.NewSavedView) => post<T.SavedView>("/saved-views", body),
  change: (id: string, body: T.SavedViewFields) => put<T.SavedView>(`/saved-views/${id}`, body),
  remove: (id: string) => send<undefined>(calls.deleteSavedView(id)),
  order: (page: T.SavedViewPage, ids: string[]) => put<undefined>("/saved-views/order", { page, ids }),
  setDefault: (page: T.SavedViewPage, id: string | null) => put<undefined>("/saved-views/default", { page, id }),
};

export const overview = { get: () => get<T.Overview>("/overview") };
export const dashboard = { get: () => get<T.Dashboard>("/dashboard") };

export const exportsOf = {
  list: () => get<T.Page<T.Export>>("/exports"),
  start: (list: T.ExportList, format: T.ExportFormat, filter: Query, sort: string) =>
    post<T.Export>("/exports", { list, format, filter: filterBody(filter), sort: sort || undefined }),
  remove: (id: string) => del(`/exports/${id}`),
  fileAddress: (id: string) => address(`/exports/${id}/file`),
};

/** Equipment from files. */
export const imports = {
  list: (query: Query = {}, signal?: Signal) => get<T.Page<T.Import>>("/imports", query, signal),
  get: (id: string) => get<T.Import>(`/imports/${id}`),
  /** Only brings the file: nothing begins. */
  upload: (file: File) => {
    const form = new FormData();
    form.append("preview", "true");
    form.append("file", file);
    return post<T.Import>("/imports/equipment", form);
  },
  preview: (id: string, query: Query, signal?: Signal) => get<T.ImportPreview>(`/imports/${id}/preview`, query, signal),
  start: (...of: Parameters<typeof calls.startImport>) => send<T.Import>(calls.startImport(...of)),
  undo: (id: string) => send<T.Import>(calls.undoImport(id)),
  remove: (id: string) => send<undefined>(calls.deleteImport(id)),
  refused: (id: string, cursor?: string) =>
    get<T.Page<T.ImportRefusal>>(`/imports/${id}/refused-lines`, { limit: 50, cursor }),
  refusedAddress: (id: string) => address(`/imports/${id}/refused-lines/file`),
  kept: (id: string, cursor?: string) => get<T.Page<T.ImportKept>>(`/imports/${id}/kept`, { limit: 50, cursor }),
};

export const agents = {
  configuration: () => get<T.AgentConfiguration>("/agent-configuration"),
  revealSecret: () => post<{ client_secret: string }>("/agent-configuration/secret"),
  revealNextSecret: () => post<{ client_secret: string }>("/agent-configuration/next/secret"),
  announce: (body: { url: string; client_id: string; client_secret: string; ca?: string }) =>
    put<T.AgentConfiguration>("/agent-configuration/next", body),
  withdraw: () => send<undefined>(calls.withdrawConfiguration()),
  promote: (left_behind: boolean) => send<T.AgentConfiguration>(calls.promoteConfiguration(left_behind)),
  list: (query: Query, signal?: Signal) => get<T.Page<T.AgentItem>>("/agents", query, signal),
};

export const rollouts = {
  releases: () => get<T.Releases>("/agent-releases"),
  list: (query: Query) => get<T.Page<T.Rollout>>("/rollouts", query),
  get: (id: string) => get<T.Rollout>(`/rollouts/${id}`),
  start: (body: T.NewRollout) => send<T.Rollout>(calls.startRollout(body)),
  change: (id: string, changes: T.RolloutChanges) => send<T.Rollout>(calls.changeRollout(id, changes)),
  agents: (id: string, query: Query, signal?: Signal) =>
    get<T.Page<T.RolloutAgent>>(`/rollouts/${id}/agents`, query, signal),
};

export const apiClients = {
  list: (query: Query = {}, signal?: Signal) => get<T.Page<T.ApiClient>>("/api-clients", query, signal),
  create: (body: { client_id: string; customer_id?: string }) =>
    post<T.ApiClient & { client_secret: string }>("/api-clients", body),
  setStatus: (id: string, status: "active" | "inactive") => send<T.ApiClient>(calls.apiClientStatus(id, status)),
};

export const administration = {
  preferences: () => get<T.Preferences>("/preferences"),
  updatePreferences: (changes: T.PreferenceChanges) => patch<T.Preferences>("/preferences", changes),
  testMail: (to: string) => post<T.MailTested>("/preferences/mail/test", { to }),
  distribution: () => get<T.Distribution>("/distribution"),
  audit: (query: Query, signal?: Signal) => get<T.Page<T.AuditEntry>>("/audit", query, signal),
  /** All entries that the filters let through, as JSON lines. */
  auditAddress: (filters: Query) => address("/audit/export", filters),
  verifyAudit: () => post<T.AuditVerdict>("/audit/verification"),
};

export const certificates = {
  get: () => get<T.Certificate>("/certificate"),
  renew: () => send<T.Certificate>(calls.renewCertificate()),
  replace: (body: T.NewCertificate) => put<T.Certificate>("/certificate", body),
  setAcme: (body: T.NewAcme) => put<T.Certificate>("/certificate/acme", body),
  endAcme: () => send<undefined>(calls.endAcme()),
  fileAddress: (which: "server" | "issuer" | "authority", format: "pem" | "der") =>
    address("/certificate/download", { which, format }),
  trusted: () => get<{ items: T.TrustedCertificate[] }>("/trusted-certificates"),
  trust: (body: { pem: string } | { content: string }) =>
    post<{ items: T.TrustedCertificate[] }>("/trusted-certificates", body),
  distrust: (id: string) => send<undefined>(calls.distrust(id)),
};

export const platform = {
  get: () => request<T.Platform>("GET", "/platform", { background: true }),
  backups: () => request<T.Backups>("GET", "/platform/backups", { background: true }),
  backUp: () => send<{ id: string }>(calls.backUp()),
  removeBackup: (id: string) => send<undefined>(calls.removeBackup(id)),
  backupAddress: (id: string) => address(`/platform/backups/${id}/file`),
  logsAccess: () => request<T.LogsAccess>("GET", "/platform/logs/access"),
  openLogs: (password: string) => post<T.LogsAccess>("/platform/logs/access", { password }),
  logs: (query: Query, signal?: Signal) => get<T.LogPage>("/platform/logs", query, signal),
  /** Tells the server's log of errors of this console. */
  tellErrors: (entries: T.ClientError[]) =>
    request<undefined>("POST", "/client-logs", { body: { entries }, quiet: true, background: true }),
};

export const notices = {
  list: (query: Query = {}, signal?: Signal) =>
    get<T.Page<T.Notice> & { unread: number }>("/notifications", query, signal),
  read: (target: { ids: string[] } | { all: true }) => post<unknown>("/notifications/read", target),
};

export type * from "./types.ts";
export { Problem, address, curl, send, type Call } from "./client.ts";
