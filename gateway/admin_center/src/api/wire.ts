/** The shapes that travel between the page and `/api/v1`. */

export type Status = "created" | "in_progress" | "closed" | "closed_by_timeout" | "failed" | "cancelled";
export type JobKind = "export" | "import" | "copy" | "delete" | "undo";
export type ConflictAction = "fail" | "skip" | "overwrite" | "add_version" | "rename";
export type VersionStep = "major" | "minor" | "patch";

export interface Permissions {
  may_import: boolean;
  may_administer: boolean;
  sees_all_jobs: boolean;
  may_use_catalogue: boolean;
  is_super_admin: boolean;
}

export interface Me {
  user: string;
  tenant: string | null;
  roles: string[];
  databases: string[];
  tenants: string[];
  permissions: Permissions;
  key: { id: string; name: string | null; last_four: string; expires: string | null } | null;
}

export interface Progress {
  nodes_done: number;
  nodes_total: number | null;
  relationships_done: number;
  relationships_total: number | null;
  bytes_done: number;
}

export interface Failure {
  code: string;
  message: string;
  details: string[];
}

export interface SummaryApplication {
  name: string;
  version: string | null;
  status?: string;
  source_name?: string;
  source_version?: string | null;
  nodes?: number;
  relationships?: number;
  difference?: Difference | null;
}

export interface Difference {
  equal: boolean;
  elements?: Record<string, { count: number; listed: unknown[] }> | null;
}

export interface Summary {
  applications?: SummaryApplication[];
  warnings?: string[];
  references?: { connected: number; pending: number };
  shared?: { joined: number; differing: number };
  references_lost?: { count: number };
  dry_run?: boolean;
}

export interface Job {
  id: string;
  kind: JobKind;
  surface: string;
  status: Status;
  phase: string;
  progress: Progress;
  archive: { name: string; bytes: number; sha256: string } | null;
  summary: Summary;
  failure: Failure | null;
  created: string;
  started: string | null;
  updated: string;
  ended: string | null;
  attempt: number;
  crashes: number;
  database: string;
  created_by: string;
  request: JobRequest;
  cancel: { reason: string | null; by: string; at: string } | null;
  log: string;
  retry_of?: string | null;
  depends_on?: string[];
}

/** What was asked for; its fields depend on the kind. */
export interface JobRequest {
  name?: string;
  version?: string | null;
  archive_name?: string;
  import_as?: string | null;
  applications?: { name: string; version?: string | null }[];
  choices?: { source_name: string; name: string }[];
  dry_run?: boolean;
  from_database?: string;
  to_database?: string;
  [field: string]: unknown;
}

export interface JobPage {
  jobs: Job[];
  next_cursor: string | null;
}

export interface Archive {
  name: string;
  bytes: number;
  modified: string;
}

export interface InspectedApplication {
  name: string;
  version: string;
  kind: string;
  nodes: number;
  relationships: number;
  properties: number;
  labels: Record<string, number> | string[];
  types: Record<string, number> | string[];
  shared_nodes: number;
  /** By the far application, "" where there is none. */
  external_references: Record<string, number>;
  digest: string | null;
}

export interface Conflict {
  name: string;
  version: string;
  exists: boolean;
  present_versions: string[];
  missing_schema: { kind: string; type: string; labels_or_types: string[]; properties: string[] }[];
}

export interface Inspection {
  name: string;
  bytes: number;
  sha256: string;
  kind: string;
  format_version: number | null;
  tool_version: string | null;
  applications: InspectedApplication[];
  checks: string[];
  warnings: string[];
  database: string | null;
  conflicts: Conflict[];
  disk: { inflated_bytes: number; worker_bytes: number; database_bytes: number; free_bytes: number };
}

export interface Application {
  name: string;
  version: string;
  kind: string;
  label: string;
  service_id: string;
  version_id: string;
  nodes?: number;
  relationships?: number;
}

export interface Schema {
  name: string;
  version: string;
  nodes: number;
  relationships: number;
  labels: { label: string; count: number }[];
  types: { type: string; count: number }[];
  patterns: { from: string; type: string; to: string; count: number }[];
  properties: { label?: string; type?: string; key: string; types: string[]; count: number }[];
  sampled: boolean;
}

export interface ChosenApplication {
  name: string;
  version?: string;
  import_as?: string;
  on_conflict?: ConflictAction;
  suffix?: string;
  version_step?: VersionStep;
}

export interface ImportBody {
  database: string;
  archive: string;
  applications?: ChosenApplication[];
  dry_run?: boolean;
  fail_on_difference?: boolean;
  depends_on?: string[];
}

export interface ExportBody {
  database: string;
  applications: { name: string; version?: string }[];
  file_filter?: "migrate" | "onpremises";
  file_name?: string;
  strip_secured?: boolean;
  batch_size?: number;
}

export interface CopyBody {
  from_database: string;
  to_database: string;
  applications: ChosenApplication[];
}

export interface Tenant {
  name: string;
  databases: string[];
  catalogue_database: string | null;
  limits?: { max_archive_bytes?: number | null; waiting_jobs?: number | null } | null;
  created: string | null;
}

export interface User {
  user: string;
  name: string | null;
  roles: string[];
  disabled: boolean;
  created: string | null;
  last_used: string | null;
}

export interface Key {
  id: string;
  user: string;
  name: string | null;
  last_four: string;
  created: string | null;
  expires: string | null;
  last_used: string | null;
}

export interface NewKey extends Key {
  key: string;
}

export interface Grant {
  id: string;
  database: string;
  application: string;
  user: string;
  granted_by: string;
  created: string;
}

export interface Worker {
  id: string;
  host: string;
  pid: number;
  started: string;
  heartbeat: string;
  job_id: string | null;
}

/** What became of the tenant's jobs within a minute; one without a change is not told. */
export interface Minute {
  time: string;
  elements: number;
  jobs_ended: number;
  waiting: number;
  running: number;
}

export interface Overview {
  workers: Worker[];
  queue: { running: number; waiting: number };
  throughput: Minute[];
}

export const ENDED: ReadonlySet<Status> = new Set(["closed", "closed_by_timeout", "failed", "cancelled"]);
export const ROLES = [
  "ADMIN",
  "importer",
  "supervisor:pf",
  "application_architect",
  "application_catalog_administrator",
] as const;
