/** What the HTTP API speaks. Times are RFC 3339 texts, sizes are bytes, ids are opaque. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number;
  /** Whether there are more than `total`: large counts are not finished. */
  total_is_minimum?: boolean;
}

export interface Named {
  id: string;
  name: string;
}

export interface About {
  name: string;
  version: string;
  locale_default: Locale;
}

export type Locale = "fr" | "en";
export type ColorScheme = "light" | "dark" | "auto";
export type Density = "comfortable" | "compact";

export interface Me {
  id: string;
  login: string;
  role: string;
  locale: Locale | null;
  color_scheme: ColorScheme;
  density: Density;
  session_timeout_minutes: number;
}

export interface Session {
  user: Me;
  csrf_token: string;
  must_change_password: boolean;
}

export interface SessionItem {
  id: string;
  created_at: string;
  last_seen_at: string;
  source_address: string | null;
  user_agent: string | null;
  current: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  scope: string;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}

export interface Customer extends Named {
  reseller: Named | null;
  provider: Named | null;
  is_default: boolean;
  equipment: number;
}

export interface OsView {
  family: string | null;
  name: string | null;
  version: string | null;
}

export interface AgentView {
  id: string;
  kind: string;
  version: string | null;
  proven: boolean;
}

export interface Reason {
  code: string;
  value: string | null;
}

export interface Remark {
  field: string;
  reason: string;
  value: string;
}

export interface PendingItem {
  id: string;
  name: string | null;
  uuid: string | null;
  serial: string | null;
  manufacturer: string | null;
  model: string | null;
  type: string | null;
  source_address: string | null;
  os: OsView | null;
  customer: Named | null;
  tag: string | null;
  received_at: string;
  first_received_at: string;
  state: "pending" | "ignored";
  agent: AgentView;
  enrolled_again: { equipment: Named; reasons: Reason[] } | null;
  clone: { of_equipment: Named | null; of_inventory_id: string | null } | null;
  incomplete: boolean;
  clock_skew_seconds: number | null;
  remarks: Remark[];
}

export interface Candidate {
  equipment: EquipmentItem;
  score: number;
  reasons: Reason[];
}

export interface EquipmentItem {
  id: string;
  name: string;
  type: string;
  status: string;
  customer: Named;
  manufacturer: string | null;
  model: string | null;
  serial: string | null;
  uuid: string | null;
  os: OsView | null;
  location: string | null;
  person: string | null;
  asset_number: string | null;
  last_inventory_at: string | null;
  last_contact_at: string | null;
  stale: boolean;
  disk_nearly_full: boolean;
  clone: boolean;
  agent: AgentView | null;
  deleted_at: string | null;
  revision: number;
}

export interface FieldLock {
  field: string;
  value: string | null;
  agent_value: string | null;
  locked_at: string;
  locked_by: string | null;
}

export interface Equipment extends EquipmentItem {
  purchase_date: string | null;
  warranty_end: string | null;
  supplier: string | null;
  notes: string | null;
  custom_fields: Record<string, string>;
  locks: FieldLock[];
  remarks: Remark[];
  clock_skew_seconds: number | null;
  created_at: string;
  updated_at: string;
  inventory_id: string | null;
  fresh_inventory_requested_at: string | null;
  similar: { equipment: Named; reasons: Reason[] }[];
}

/** What a person may set on an equipment. */
export interface EquipmentInput {
  name?: string;
  type?: string;
  status?: string;
  customer_id?: string;
  manufacturer?: string | null;
  model?: string | null;
  serial?: string | null;
  uuid?: string | null;
  location?: string | null;
  person?: string | null;
  asset_number?: string | null;
  purchase_date?: string | null;
  warranty_end?: string | null;
  supplier?: string | null;
  notes?: string | null;
  custom_fields?: Record<string, string>;
  unlock?: string[];
  revision?: number;
}

/** A record of an inventory: its fields differ by section and only those that a machine has are there. */
export type InventoryRecord = Record<string, unknown>;

export interface Inventory {
  collected_at: string;
  received_at: string;
  agent: AgentView | null;
  sections: Record<string, InventoryRecord | InventoryRecord[]>;
}

export interface SectionChange {
  section: string;
  added?: InventoryRecord[];
  removed?: InventoryRecord[];
  changed?: { before: InventoryRecord; after: InventoryRecord }[];
}

export interface HistoryEntry {
  id: string;
  at: string;
  collected_at: string;
  sections: SectionChange[];
}

export interface Synchronisation {
  at: string;
  outcome: string;
  agent_version: string | null;
  status: string | null;
  messages: string[];
  bytes: number | null;
  source_address: string | null;
}

export interface Operation {
  id: string;
  kind: string;
  at: string;
  by: string | null;
  reasons: Reason[];
  undone_at: string | null;
  can_undo: boolean;
}

export interface Attachment {
  id: string;
  name: string;
  size: number;
  media_type: string | null;
  created_at: string;
  created_by: string | null;
}

export interface BulkResult {
  done: number;
  failed: { id: string; code: string; title: string }[];
}

export interface SoftwareTitle {
  name: string;
  publisher: string | null;
  versions: number;
  machines: number;
}

export interface SoftwareVersion {
  version: string | null;
  source: string | null;
  architecture: string | null;
  machines: number;
}

export interface SoftwareMachine {
  equipment: Named | null;
  inventory_id: string;
  name: string | null;
  customer: Named | null;
  version: string | null;
  publisher: string | null;
  source: string | null;
  os: OsView | null;
  received_at: string;
  pending: boolean;
}

export interface Count {
  key: string | null;
  count: number;
}

export interface Overview {
  equipment: { total: number; by_type: Count[]; by_os: Count[] };
  pending: number;
  stale: number;
  disks_nearly_full: number;
  clones: number;
  agents_by_version: { kind: string; version: string | null; count: number }[];
  stale_after_days: number;
}

export type ExportFormat = "csv" | "xlsx" | "json";
export type ExportList = "equipment" | "pending" | "software" | "software-machines";

export interface Export {
  id: string;
  list: ExportList;
  format: ExportFormat;
  state: "running" | "done" | "failed";
  rows_done: number;
  rows_total: number | null;
  file_name: string;
  bytes: number | null;
  created_at: string;
  error: string | null;
}

export interface AgentConfiguration {
  current: { name: string; url: string; client_id: string; client_secret_masked: string; ca_sha256: string | null };
  foreign_url: string;
  foreign_intake: boolean;
}

export interface AgentItem {
  id: string;
  kind: string;
  name: string | null;
  version: string | null;
  status: string | null;
  platform: string | null;
  proven: boolean;
  customer: Named | null;
  equipment: Named | null;
  inventory_id: string | null;
  last_contact_at: string | null;
  enrolled_at: string;
  revoked_at: string | null;
}

export interface ApiClient {
  id: string;
  client_id: string;
  scope: string;
  status: "active" | "inactive";
  built_in: boolean;
  customer: Named | null;
  last_used_at: string | null;
  created_at: string;
}

export interface Preferences {
  server_name: string;
  stale_after_days: number;
  foreign_intake: boolean;
  session_timeout_minutes: number;
  remembered_passwords: number;
  retention: {
    synchronisations_days: number;
    history_days: number;
    deleted_equipment_days: number;
    pending_days: number;
  };
  clone_window_days?: number;
}

export interface Distribution {
  files: { name: string; size: number; sha256: string; platform: string }[];
  install_command: string;
  ca_sha256: string | null;
}

export interface Certificate {
  subject: string;
  issuer: string;
  names: string[];
  not_before: string;
  not_after: string;
  days_left: number;
  sha256: string;
  ca: { not_after: string; sha256: string } | null;
}

export interface Notice {
  id: string;
  kind: string;
  count: number;
  at: string;
  read_at: string | null;
  data: Record<string, unknown>;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: { kind: string; id: string | null; name: string | null };
  source_address: string | null;
  action: string;
  object: { kind: string; id: string | null; name: string | null } | null;
  detail: unknown;
}
