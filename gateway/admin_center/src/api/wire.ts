/** What travels between the page and `/api/v1`, under the page's own names; what the document leaves open is said here. */

import type * as schemas from "./schemas.ts";

export type { ConflictAction, CopyBody, ExportBody, ImportBody, Status } from "./schemas.ts";

/** The document allows every time to be null; these are always there. */
type Known<Answer, Field extends keyof Answer> = Omit<Answer, Field> & {
  [Each in Field]: NonNullable<Answer[Each]>;
};

export type Me = schemas.MeAnswer;
export type Permissions = schemas.PermissionsAnswer;

export type Archive = Known<schemas.ArchiveAnswer, "modified">;
export type Inspection = schemas.JudgementAnswer;
/** Where the names of another tool's graph come from; what is not given is as the installation has it. */
export type ForeignNames = {
  [Each in "label_from" | "type_from" | "id_property" | "parent_property"]?: string;
} & { one_application?: true };
/** What an import does with nodes of some labels. */
export type LabelWishes = Pick<schemas.ImportBody, "join_labels" | "rename_labels">;
export type Conflict = schemas.ConflictAnswer;
export type Application = schemas.ApplicationAnswer;
export type DamagedEntry = schemas.DamagedAnswer;
/** What a damaged entry shall have instead; null takes a property away. */
export type EntryValues = schemas.EntryBody;
export type Stray = schemas.StrayAnswer;
export type Schema = schemas.SchemaAnswer;

export type Tenant = schemas.TenantAnswer;
export type User = schemas.UserAnswer;
export type Key = schemas.KeyAnswer;
export type NewKey = schemas.NewKeyAnswer;
export type Schedule = schemas.ScheduleAnswer;
export type ScheduleBody = schemas.ScheduleBody;
export type Run = schemas.RunAnswer;
export type Grant = Known<schemas.GrantAnswer, "created">;

export type Webhook = schemas.WebhookAnswer;
export type Delivery = schemas.DeliveryAnswer;

export type AuditEntry = Known<schemas.AuditEntryAnswer, "time">;
export interface AuditPage {
  entries: AuditEntry[];
  next_cursor: string | null;
}

export type Worker = Known<schemas.WorkerAnswer, "started" | "heartbeat">;
/** What became of the tenant's jobs within a minute; one without a change is not told. */
export type Minute = Known<schemas.MinuteAnswer, "time">;
export interface Overview extends Omit<schemas.OverviewAnswer, "workers" | "throughput"> {
  workers: Worker[];
  throughput: Minute[];
}

export interface Job extends Known<Omit<schemas.JobAnswer, "summary" | "request" | "cancel">, "created" | "updated"> {
  cancel: Known<schemas.CancellationAnswer, "at"> | null;
  request: Fields<schemas.JobAnswer["request"]>;
  summary: Summary;
}

export interface JobPage {
  jobs: Job[];
  next_cursor: string | null;
}

/** The fields of all kinds of a union, each of which only some kinds have. */
type Fields<Union> = {
  [Field in Union extends unknown ? keyof Union : never]?: Union extends { [Each in Field]: infer Value }
    ? Value
    : never;
};

/** What a job has done so far: its fields depend on the kind of job, and on how far it came. */
export interface Summary {
  applications?: SummaryApplication[];
  warnings?: string[];
  references?: { connected: number; pending: number };
  shared?: { joined: number; differing: number };
  references_lost?: { count: number };
  /** Applications of the job that are not the reader's to see. */
  others?: number;
  dry_run?: boolean;
  /** Of an import or a copy that is not closed: what its undo removed. */
  undone?: { nodes_removed: number; relationships_removed: number; nodes_left: number };
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

export const ENDED: ReadonlySet<schemas.Status> = new Set(["closed", "closed_by_timeout", "failed", "cancelled"]);
/** The roles that an administrator of a tenant can give. */
export const ROLES = [
  "ADMIN",
  "importer",
  "supervisor:pf",
  "application_architect",
  "application_catalog_administrator",
] as const satisfies readonly schemas.Role[];
