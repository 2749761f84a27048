/** Works with the TypeScript client of openapi-generator. */

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Configuration, type JobAnswer, NativeApi, SparkApi } from "./typescript-fetch/index.js";

const [task, url, key, folder, name] = process.argv.slice(2) as [string, string, string, string, string];
const configuration = new Configuration({ basePath: url, apiKey: (header) => (header === "X-API-KEY" ? key : "") });
const api = new NativeApi(configuration);
const spark = new SparkApi(configuration);
const isUnfinished = (status: string) => status === "created" || status === "in_progress";

function startExport(): Promise<JobAnswer> {
  return api.exportsCreate({ exportBody: { database: "left", applications: [{ name: "Shop", version: "3.2.0" }] } });
}

async function wait(jobId: string): Promise<JobAnswer> {
  let job = await api.jobsGet({ jobId });
  while (isUnfinished(job.status)) {
    await sleep(100);
    job = await api.jobsGet({ jobId });
  }
  return job;
}

async function move() {
  const body = new Blob([readFileSync(`${folder}/sent.zip`)]);
  const sent = await api.archivesUpload({ name: `${name}.zip`, body });
  const exported = await wait((await startExport()).id);
  const file = await api.archivesDownload({ name: exported.archive?.name ?? "" });
  writeFileSync(`${folder}/received.zip`, Buffer.from(await file.arrayBuffer()));
  const modify = [{ service_uri_source: "left/Shop", service_uri_destination: `right/${name}` }];
  const importRequestEntity = JSON.stringify({ inputs: { services_modify: modify } });
  let imported = await spark.sparkImportServices({ tenant: "acme", file, importRequestEntity });
  while (isUnfinished(imported.status)) {
    await sleep(100);
    imported = await spark.sparkGetImport({ tenant: "acme", jobId: imported.id });
  }
  return { sent: sent.sha256, received: exported.archive?.sha256, imported: imported.status };
}

async function cancel() {
  const { id } = await startExport();
  const cancelled = await api.jobsCancel({ jobId: id, cancelBody: { status: "cancelled", reason: "not needed" } });
  return { status: cancelled.status };
}

console.log(JSON.stringify(task === "move" ? await move() : await cancel()));
