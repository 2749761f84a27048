/** Every call that the page makes. */

import type { Call } from "./call.ts";
import type * as schemas from "./schemas.ts";
import type * as wire from "./wire.ts";

const part = encodeURIComponent;

function get<Answer>(path: string, query?: Call["query"]): Call<Answer> {
  return { method: "GET", path, ...(query === undefined ? {} : { query }) };
}

function post<Answer>(path: string, body?: unknown): Call<Answer> {
  return { method: "POST", path, ...(body === undefined ? {} : { body }) };
}

function patch<Answer>(path: string, body: unknown, version?: string): Call<Answer> {
  return { method: "PATCH", path, body, ...(version === undefined ? {} : { version }) };
}

function remove<Answer = void>(path: string, query?: Call["query"]): Call<Answer> {
  return { method: "DELETE", path, ...(query === undefined ? {} : { query }) };
}

export const getMe = () => get<wire.Me>("/me");
export const getOverview = () => get<wire.Overview>("/overview");

export const listJobs = (query: Call["query"]) => get<wire.JobPage>("/jobs", query);
export const getJob = (id: string) => get<wire.Job>(`/jobs/${part(id)}`);
export const getLog = (id: string) => get<string>(`/jobs/${part(id)}/log`);
/** What a job found that inspected an archive. */
export const getInspection = (id: string) => get<wire.Inspection>(`/jobs/${part(id)}/inspection`);
export const getReceipt = (id: string) => get<schemas.ReceiptAnswer>(`/jobs/${part(id)}/receipt`);
export const followJobs = () => get("/events");
export const cancelJob = (id: string, reason: string) =>
  patch<wire.Job>(`/jobs/${part(id)}`, { status: "cancelled", ...(reason === "" ? {} : { reason }) });
export const retryJob = (id: string) => post<wire.Job>(`/jobs/${part(id)}/retry`);

export const createImport = (body: wire.ImportBody) => post<wire.Job>("/imports", body);
export const createExport = (body: wire.ExportBody) => post<wire.Job>("/exports", body);
export const createCopy = (body: wire.CopyBody) => post<wire.Job>("/copies", body);

export const listArchives = () => get<{ archives: wire.Archive[] }>("/archives");
export const inspectArchive = (
  name: string,
  database?: string,
  names: wire.ForeignNames = {},
  labels: wire.LabelWishes = {},
) =>
  get<wire.Inspection>(`/archives/${part(name)}/inspect`, {
    database,
    ...names,
    one_application: names.one_application ? "true" : undefined,
    join_labels: labels.join_labels,
    rename_labels: Object.entries(labels.rename_labels ?? {}).map(
      ([label, other]) => `${label.replace(/[\\=]/g, "\\$&")}=${other}`,
    ),
  });
export const downloadArchive = (name: string) => get<Blob>(`/archives/${part(name)}`);
export const linkArchive = (name: string) => post<schemas.LinkAnswer>(`/archives/${part(name)}/link`);
export const deleteArchive = (name: string) => remove(`/archives/${part(name)}`);
export const pinArchive = (name: string, pinned: boolean) =>
  patch<wire.Archive>(`/archives/${part(name)}`, { pinned } satisfies schemas.ArchiveChangeBody);
export const uploadArchive = (name: string): Call => ({ method: "PUT", path: `/archives/${part(name)}`, file: name });

export const listStrays = () => get<schemas.StraysAnswer>("/strays");
export const removeStray = (id: string) => remove(`/strays/${part(id)}`);

export const listApplications = (database: string) =>
  get<schemas.ApplicationsAnswer>(`/databases/${part(database)}/applications`);
/** Those of these names, with their counts as far as they are known within some seconds. */
export const listNamedApplications = (database: string, name: readonly string[]) =>
  get<schemas.ApplicationsAnswer>(`/databases/${part(database)}/applications`, { counts: "true", name });
export const getSchema = (database: string, name: string, version?: string) =>
  get<wire.Schema>(`/databases/${part(database)}/applications/${part(name)}/schema`, { version });
export const deleteApplication = (database: string, name: string, version?: string) =>
  remove<wire.Job>(`/databases/${part(database)}/applications/${part(name)}`, { version });

const entryPath = (database: string, id: string) => `/databases/${part(database)}/damaged-entries/${part(id)}`;
export const repairEntry = (database: string, id: string, values: wire.EntryValues) =>
  patch<void>(entryPath(database, id), values);
export const removeEntry = (database: string, id: string) => remove(entryPath(database, id));

export const listTenants = () => get<schemas.TenantsAnswer>("/tenants");
export const listServerDatabases = () => get<schemas.ServerDatabasesAnswer>("/server/databases");
export const createTenant = (body: schemas.NewTenantBody) => post<wire.Tenant>("/tenants", body);
export const changeTenant = ({ name, version }: wire.Tenant, body: schemas.TenantChangeBody) =>
  patch<wire.Tenant>(`/tenants/${part(name)}`, body, version);
export const deleteTenant = (name: string) => remove(`/tenants/${part(name)}`);

export const listUsers = () => get<schemas.UsersAnswer>("/users");
export const createUser = (body: schemas.NewUserBody) => post<wire.User>("/users", body);
export const changeUser = ({ user, version }: wire.User, body: schemas.UserChangeBody) =>
  patch<wire.User>(`/users/${part(user)}`, body, version);
export const deleteUser = (user: string) => remove(`/users/${part(user)}`);

export const listKeys = (user?: string) => get<schemas.KeysAnswer>("/keys", { user });
export const createKey = (body: schemas.NewKeyBody) => post<wire.NewKey>("/keys", body);
export const rotateKey = (id: string) => post<wire.NewKey>(`/keys/${part(id)}/rotate`);
export const revokeKey = (id: string) => remove(`/keys/${part(id)}`);

export const listGrants = (query: { database?: string; application?: string; user?: string } = {}) =>
  get<{ grants: wire.Grant[] }>("/grants", query);
export const createGrant = (body: schemas.GrantBody) => post<wire.Grant>("/grants", body);
export const revokeGrant = (id: string) => remove(`/grants/${part(id)}`);

export const getWebhook = () => get<wire.Webhook>("/webhook");
export const setWebhook = (body: schemas.WebhookSettingBody): Call<wire.Webhook> => ({
  method: "PUT",
  path: "/webhook",
  body,
});
export const removeWebhook = () => remove("/webhook");
export const testWebhook = () => post<schemas.TestAnswer>("/webhook/test");
export const listDeliveries = () => get<schemas.DeliveriesAnswer>("/webhook/deliveries");
export const redeliver = (id: string) => post<wire.Delivery>(`/webhook/deliveries/${part(id)}/redeliver`);
export const listSchedules = () => get<schemas.SchedulesAnswer>("/schedules");
export const createSchedule = (body: wire.ScheduleBody) => post<wire.Schedule>("/schedules", body);
export const changeSchedule = ({ id, version }: wire.Schedule, body: schemas.ScheduleChangeBody) =>
  patch<wire.Schedule>(`/schedules/${part(id)}`, body, version);
export const deleteSchedule = ({ id }: wire.Schedule) => remove(`/schedules/${part(id)}`);
export const runSchedule = (id: string) => post<wire.Run>(`/schedules/${part(id)}/run`);
export const listRuns = (id: string) => get<schemas.RunsAnswer>(`/schedules/${part(id)}/runs`);
export const listTimes = (cron: string, zone: string) =>
  get<schemas.TimesAnswer>("/schedule-times", { cron, time_zone: zone });

export const listAudit = (cursor?: string) => get<wire.AuditPage>("/audit", { cursor });
