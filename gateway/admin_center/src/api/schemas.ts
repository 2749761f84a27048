/** The bodies and answers of `/api/v1`; written by `python3 -m infra documents`. */

export interface ApplicationAnswer {
  name: string;
  version: string;
  kind: string;
  label: string;
  service_id: string;
  version_id: string;
  nodes?: number | null;
  relationships?: number | null;
  counted?: string | null;
}

export interface ApplicationChoice {
  source_name: string;
  source_version: string | null;
  name: string;
  on_conflict: ConflictAction;
  by_version: boolean;
  version_step: VersionStep;
  suffix: string | null;
}

export interface ApplicationReference {
  name: string;
  version: string | null;
  database: string | null;
}

export interface ApplicationsAnswer {
  database: string;
  applications: ApplicationAnswer[];
  damaged: DamagedAnswer[];
  next_cursor: string | null;
}

export interface ArchiveAnswer {
  name: string;
  bytes: number;
  modified: string | null;
  pinned: boolean;
}

export interface ArchiveChangeBody {
  pinned: boolean;
}

export interface ArchiveFacts {
  name: string;
  bytes: number;
  sha256: string;
}

export type ArchiveKind = "graphferry" | "graphml" | "csv";

export interface ArchivesAnswer {
  archives: ArchiveAnswer[];
  next_cursor: string | null;
}

export interface AuditAnswer {
  entries: AuditEntryAnswer[];
  next_cursor: string | null;
}

export interface AuditEntryAnswer {
  time: string | null;
  action: string;
  user: string;
  tenant: string;
  address: string;
  target: string;
  surface: string;
  request_id: string;
  status: number;
  code: string;
}

export interface CancelBody {
  status: "cancelled";
  reason?: string | null;
}

export interface CancellationAnswer {
  reason: string | null;
  by: string;
  at: string | null;
}

export interface ChosenApplication {
  name: string;
  version?: string | null;
  import_as?: string | null;
  on_conflict?: ConflictAction | null;
  version_step?: VersionStep;
  suffix?: string | null;
}

export type ConflictAction = "fail" | "skip" | "overwrite" | "add_version" | "rename";

export interface ConflictAnswer {
  name: string;
  version: string;
  exists: boolean;
  present_versions: string[];
  missing_schema: SchemaEntry[];
  catalogue_content: string | null;
  refusal: string | null;
  joins: JoinsAnswer | null;
}

export interface ContentAnswer {
  name: string;
  version: string;
  kind: string;
  service_id: string;
  version_id: string;
  folder: string;
  entry: string;
  digest: string;
  nodes: number;
  relationships: number;
  properties: number;
  labels: Record<string, number>;
  types: Record<string, number>;
  shared_nodes: number;
  external_references: Record<string, number>;
  others: number;
  secured_properties: Record<string, number>;
  fidelity: Record<string, number>;
  dialects: string[];
}

export interface CopyBody {
  batch_size?: number;
  depends_on?: string[];
  queue?: boolean;
  webhook?: WebhookBody | null;
  from_database: string;
  to_database: string;
  applications: ChosenApplication[];
  on_conflict?: ConflictAction;
  suffix?: string | null;
  strip_secured?: boolean;
  fail_on_difference?: boolean;
  join_labels?: string[];
  dry_run?: boolean;
}

export interface CopyRequest {
  from_database: string;
  to_database: string;
  choices: ApplicationChoice[];
  batch_size: number;
  strip_secured: boolean;
  fail_on_difference: boolean;
  join_labels: string[];
  dry_run: boolean;
}

export interface DamagedAnswer {
  id: string;
  name: string | null;
  reason: string;
}

export interface DatabaseAnswer {
  name: string;
}

export interface DatabasesAnswer {
  databases: DatabaseAnswer[];
}

export interface DeleteRequest {
  database: string;
  name: string;
  version: string | null;
}

export interface DeliveriesAnswer {
  deliveries: DeliveryAnswer[];
  next_cursor: string | null;
}

export interface DeliveryAnswer {
  id: string;
  job_id: string;
  target: Target;
  outcome: JobOutcome;
  state: DeliveryState;
  attempts: number;
  created: string | null;
  tried: string | null;
  code: number | null;
  error: string | null;
  next_try: string | null;
}

export type DeliveryState = "waiting" | "delivered" | "given_up";

export interface DiskNeed {
  inflated_bytes: number;
  worker_bytes: number;
  database_bytes: number;
  free_bytes: number;
}

export interface EntryBody {
  name?: string | null;
  label?: string | null;
  version?: string | null;
  kind?: string | null;
  service_id?: string | null;
  version_id?: string | null;
}

export interface ExportBody {
  batch_size?: number;
  depends_on?: string[];
  queue?: boolean;
  webhook?: WebhookBody | null;
  database: string;
  applications: ExportedApplication[];
  file_filter?: FileFilter;
  file_name?: string | null;
  strip_secured?: boolean;
}

export interface ExportRequest {
  database: string;
  applications: ApplicationReference[];
  archive_name: string;
  file_name: string | null;
  batch_size: number;
  strip_secured: boolean;
  file_filter: FileFilter;
  max_bytes: number | null;
}

export interface ExportedApplication {
  name: string;
  version?: string | null;
}

export interface Failure {
  code: string;
  message: string;
  details: string[];
}

export type FileFilter = "migrate" | "onpremises";

export interface ForeignNames {
  label_from: string | null;
  type_from: string | null;
  id_property: string | null;
  parent_property: string | null;
  one_application: boolean | null;
}

export interface GrantAnswer {
  id: string;
  database: string;
  application: string;
  user: string;
  granted_by: string;
  created: string | null;
  version: string;
}

export interface GrantBody {
  database: string;
  application: string;
  user: string;
}

export interface GrantsAnswer {
  grants: GrantAnswer[];
}

export interface ImportBody {
  label_from?: string | null;
  type_from?: string | null;
  id_property?: string | null;
  parent_property?: string | null;
  one_application?: boolean | null;
  batch_size?: number;
  depends_on?: string[];
  queue?: boolean;
  webhook?: WebhookBody | null;
  database: string;
  archive: string;
  import_as?: string | null;
  on_conflict?: ConflictAction;
  suffix?: string | null;
  applications?: ChosenApplication[];
  fail_on_difference?: boolean;
  join_labels?: string[];
  rename_labels?: Record<string, string>;
  dry_run?: boolean;
}

export interface ImportRequest {
  database: string;
  archive_name: string;
  batch_size: number;
  import_as: string | null;
  on_conflict: ConflictAction;
  choices: ApplicationChoice[];
  suffix: string | null;
  fail_on_difference: boolean;
  join_labels: string[];
  rename_labels: Record<string, string>;
  dry_run: boolean;
  compare: boolean;
  foreign: ForeignNames;
}

export interface InspectRequest {
  database: string;
  archive_name: string;
  join_labels: string[];
  rename_labels: Record<string, string>;
  foreign: ForeignNames;
}

export interface JobAnswer {
  id: string;
  kind: JobKind;
  surface: Surface;
  status: Status;
  phase: Phase;
  progress: ProgressAnswer;
  archive: ArchiveFacts | null;
  summary: Record<string, unknown>;
  failure: Failure | null;
  created: string | null;
  started: string | null;
  updated: string | null;
  ended: string | null;
  attempt: number;
  crashes: number;
  database: string;
  created_by: string;
  request: ExportRequest | ImportRequest | CopyRequest | DeleteRequest | InspectRequest;
  retry_of: string | null;
  depends_on: string[];
  cancel: CancellationAnswer | null;
  source_system: string | null;
  correlation_id: string | null;
  log: string;
  queue: QueuedAnswer | null;
}

export type JobKind = "export" | "import" | "copy" | "delete" | "undo" | "inspect";

export type JobOutcome = "succeeded" | "failed" | "cancelled";

export interface JobsAnswer {
  jobs: JobAnswer[];
  next_cursor: string | null;
}

export interface JoinsAnswer {
  joined: number;
  unmarked: number;
  labels: Record<string, number>;
  refused: number;
  listed: RefusedNodeAnswer[];
  message: string | null;
}

export interface JudgementAnswer {
  name: string;
  bytes: number;
  sha256: string;
  kind: ArchiveKind;
  format_version: number | null;
  tool_version: string | null;
  source: SourceAnswer | null;
  applications: ContentAnswer[];
  checks: string[];
  warnings: string[];
  database: string | null;
  conflicts: ConflictAnswer[];
  disk: DiskNeed;
}

export interface KeyAnswer {
  id: string;
  user: string;
  name: string | null;
  last_four: string;
  created: string | null;
  expires: string | null;
  last_used: string | null;
  version: string;
}

export interface KeysAnswer {
  keys: KeyAnswer[];
}

export interface LabelAnswer {
  label: string;
  count: number;
}

export type Left = "nothing" | "some" | "unknown";

export interface LimitsBody {
  max_archive_bytes?: number | null;
  waiting_jobs?: number | null;
  max_total_bytes?: number | null;
  keep_archives_days?: number | null;
}

export interface LinkAnswer {
  url: string;
}

export interface MeAnswer {
  user: string;
  tenant: string | null;
  roles: Role[];
  databases: string[];
  tenants: string[];
  permissions: PermissionsAnswer;
  key: OwnKeyAnswer | null;
}

export interface MinuteAnswer {
  time: string | null;
  elements: number;
  jobs_ended: number;
  waiting: number;
  running: number;
}

export interface NewKeyAnswer {
  id: string;
  user: string;
  name: string | null;
  last_four: string;
  created: string | null;
  expires: string | null;
  last_used: string | null;
  version: string;
  key: string;
}

export interface NewKeyBody {
  name?: string | null;
  user?: string | null;
  expires?: string | null;
}

export interface NewTenantBody {
  name: string;
  databases?: string[];
  catalogue_database?: string | null;
  limits?: LimitsBody;
}

export interface NewUserBody {
  user: string;
  roles?: string[];
  name?: string | null;
}

export type Overlap = "skip" | "queue";

export interface OverviewAnswer {
  workers: WorkerAnswer[];
  queue: QueueAnswer;
  throughput: MinuteAnswer[];
}

export interface OwnKeyAnswer {
  id: string;
  name: string | null;
  last_four: string;
  expires: string | null;
}

export interface PatternAnswer {
  from: string;
  type: string;
  to: string;
  count: number;
}

export interface PermissionsAnswer {
  may_import: boolean;
  may_administer: boolean;
  sees_all_jobs: boolean;
  may_use_catalogue: boolean;
  is_super_admin: boolean;
}

export type Phase =
  | "waiting"
  | "starting"
  | "reading"
  | "nodes"
  | "relationships"
  | "packing"
  | "checking"
  | "verifying"
  | "publishing"
  | "deleting"
  | "undoing"
  | "ended";

export interface ProgressAnswer {
  nodes_done: number;
  nodes_total: number | null;
  relationships_done: number;
  relationships_total: number | null;
  bytes_done: number;
}

export interface PropertyKeyAnswer {
  label?: string;
  type?: string;
  key: string;
  types: string[];
  count: number;
}

export interface QueueAnswer {
  running: number;
  waiting: number;
}

export interface QueuedAnswer {
  place: number;
  running: string | null;
}

export interface ReceiptAnswer {
  format: number;
  job: string;
  kind: JobKind;
  outcome: Status;
  tenant: string;
  database: string;
  from_database: string | null;
  created_by: string;
  surface: string;
  source_system: string | null;
  correlation_id: string | null;
  created: string | null;
  started: string | null;
  ended: string | null;
  attempts: number;
  crashes: number;
  retry_of: string | null;
  dry_run: boolean;
  request: ExportRequest | ImportRequest | CopyRequest | DeleteRequest | InspectRequest;
  archive: ArchiveFacts | null;
  applications: ReceiptGraph[];
  hidden_applications: number;
  nodes: number;
  relationships: number;
  undone: UndoneAnswer | null;
  left: Left | null;
  failure: Failure | null;
  cancel: CancellationAnswer | null;
  warnings: string[];
  made_by: string;
}

export interface ReceiptGraph {
  name: string;
  version: string | null;
  database: string;
  source_name: string | null;
  source_version: string | null;
  outcome: string;
  nodes: number;
  relationships: number;
  digest_of_archive: string | null;
  digest_before: string | null;
  digest_after: string | null;
}

export type Refusal = "differs" | "differs_within" | "twice" | "copy";

export interface RefusedNodeAnswer {
  application: string;
  labels: string[];
  constraint: string;
  key: Record<string, Record<string, string>>;
  reason: Refusal | string;
  properties: string[];
  labels_differ: boolean;
  nodes: number[];
}

export interface Retention {
  keep_last: number;
  keep_daily: number;
  keep_weekly: number;
  keep_monthly: number;
}

export interface RetentionBody {
  keep_last?: number;
  keep_daily?: number;
  keep_weekly?: number;
  keep_monthly?: number;
}

export type Role =
  | "importer"
  | "ADMIN"
  | "supervisor:pf"
  | "application_architect"
  | "application_catalog_administrator"
  | "SUPER_ADMIN";

export interface RunAnswer {
  due: string | null;
  outcome: RunOutcome;
  job_id: string | null;
  status: string | null;
  ended: string | null;
  code: string | null;
  reason: string | null;
  by: string | null;
  number: number;
  first: string | null;
}

export type RunOutcome = "submitted" | "failed" | "skipped" | "missed";

export interface RunsAnswer {
  runs: RunAnswer[];
}

export interface ScheduleAnswer {
  id: string;
  name: string;
  cron: string;
  time_zone: string;
  work: Work;
  export: Record<string, unknown> | null;
  copy: Record<string, unknown> | null;
  enabled: boolean;
  owner: string;
  retention: Retention;
  catch_up_seconds: number;
  overlap: Overlap;
  next_run: string | null;
  last_run: RunAnswer | null;
  created: string | null;
  changed: string | null;
  version: string;
}

export interface ScheduleBody {
  export?: ExportBody | null;
  copy?: CopyBody | null;
  name: string;
  cron: string;
  time_zone?: string;
  enabled?: boolean;
  retention?: RetentionBody;
  catch_up_seconds?: number;
  overlap?: Overlap;
}

export interface ScheduleChangeBody {
  export?: ExportBody | null;
  copy?: CopyBody | null;
  name?: string | null;
  cron?: string | null;
  time_zone?: string | null;
  enabled?: boolean | null;
  retention?: RetentionBody | null;
  catch_up_seconds?: number | null;
  overlap?: Overlap | null;
  owner?: string | null;
}

export interface SchedulesAnswer {
  schedules: ScheduleAnswer[];
}

export interface SchemaAnswer {
  name: string;
  version: string;
  nodes: number;
  relationships: number;
  sampled: boolean;
  labels: LabelAnswer[];
  types: TypeAnswer[];
  patterns: PatternAnswer[];
  properties: PropertyKeyAnswer[];
}

export interface SchemaEntry {
  kind: string;
  name: string;
  type: string;
  entity: string;
  labels_or_types: string[];
  properties: string[];
}

export interface ServerDatabaseAnswer {
  name: string;
}

export interface ServerDatabasesAnswer {
  databases: ServerDatabaseAnswer[];
}

export interface SourceAnswer {
  database: string;
  engine: string;
}

export type Status = "created" | "in_progress" | "closed" | "closed_by_timeout" | "failed" | "cancelled";

export interface StrayAnswer {
  id: string;
  name: string;
  kind: StrayKind;
  reason: string;
}

export type StrayKind = "file" | "link" | "folder" | "other";

export interface StraysAnswer {
  strays: StrayAnswer[];
}

export type Surface = "imaging" | "spark" | "darwin" | "native";

export type Target = "tenant" | "job";

export interface TenantAnswer {
  name: string;
  databases: string[];
  catalogue_database: string | null;
  limits: TenantLimits;
  created: string | null;
  version: string;
}

export interface TenantChangeBody {
  databases?: string[] | null;
  catalogue_database?: string | null;
  limits?: LimitsBody | null;
}

export interface TenantLimits {
  max_archive_bytes: number | null;
  waiting_jobs: number | null;
  max_total_bytes: number | null;
  keep_archives_days: number | null;
}

export interface TenantsAnswer {
  tenants: TenantAnswer[];
}

export interface TestAnswer {
  delivered: boolean;
  code: number | null;
  error: string | null;
}

export interface TimesAnswer {
  times: string[];
}

export interface TypeAnswer {
  type: string;
  count: number;
}

export interface UndoneAnswer {
  nodes_removed: number;
  relationships_removed: number;
  nodes_left: number;
}

export interface UserAnswer {
  user: string;
  name: string | null;
  roles: Role[];
  disabled: boolean;
  created: string | null;
  last_used: string | null;
  version: string;
}

export interface UserChangeBody {
  roles?: string[] | null;
  name?: string | null;
  disabled?: boolean | null;
}

export interface UsersAnswer {
  users: UserAnswer[];
  next_cursor: string | null;
}

export type VersionStep = "major" | "minor" | "patch";

export interface WebhookAnswer {
  url: string;
  outcomes: JobOutcome[] | null;
  kinds: JobKind[] | null;
  enabled: boolean;
  disabled_because: string | null;
  changed: string | null;
  secret?: string;
}

export interface WebhookBody {
  url: string;
  secret?: string | null;
}

export interface WebhookSettingBody {
  url: string;
  secret?: string | null;
  new_secret?: boolean;
  outcomes?: JobOutcome[] | null;
  kinds?: JobKind[] | null;
  enabled?: boolean;
}

export type Work = "export" | "copy";

export interface WorkerAnswer {
  id: string;
  host: string;
  pid: number;
  started: string | null;
  heartbeat: string | null;
  job_id: string | null;
  draining: boolean;
}
