/** Works with the types of openapi-typescript, through openapi-fetch. */

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi-typescript.js";

type Job = components["schemas"]["JobAnswer"];

const [task, url, key, folder, name] = process.argv.slice(2) as [string, string, string, string, string];
const api = createClient<paths>({ baseUrl: url, headers: { "X-API-KEY": key } });
const isUnfinished = (status: string) => status === "created" || status === "in_progress";

function need<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

async function startExport(): Promise<Job> {
  const body = { database: "left", applications: [{ name: "Shop", version: "3.2.0" }] };
  return need(await api.POST("/api/v1/exports", { body }));
}

async function wait(id: string): Promise<Job> {
  const params = { path: { job_id: id } };
  let job = need(await api.GET("/api/v1/jobs/{job_id}", { params }));
  while (isUnfinished(job.status)) {
    await sleep(100);
    job = need(await api.GET("/api/v1/jobs/{job_id}", { params }));
  }
  return job;
}

async function move() {
  const sent = need(
    await api.PUT("/api/v1/archives/{name}", {
      params: { path: { name: `${name}.zip` } },
      headers: { "Content-Type": "application/zip" },
      body: "sent.zip",
      bodySerializer: (file) => readFileSync(`${folder}/${file}`),
    }),
  );
  const exported = await wait((await startExport()).id);
  const path = { name: exported.archive?.name ?? "" };
  const file = need(await api.GET("/api/v1/archives/{name}", { params: { path }, parseAs: "blob" }));
  writeFileSync(`${folder}/received.zip`, Buffer.from(await file.arrayBuffer()));
  const imported = await importFile(file);
  return { sent: sent.sha256, received: exported.archive?.sha256, imported };
}

async function importFile(file: Blob) {
  const modify = [{ service_uri_source: "left/Shop", service_uri_destination: `right/${name}` }];
  const importRequestEntity = JSON.stringify({ inputs: { services_modify: modify } });
  let status = need(
    await api.POST("/{tenant}/api/v4/import", {
      params: { path: { tenant: "acme" } },
      body: { file: "received.zip", importRequestEntity },
      bodySerializer: (parts) => {
        const form = new FormData();
        form.append("file", file, parts.file);
        form.append("importRequestEntity", parts.importRequestEntity);
        return form;
      },
    }),
  );
  const params = { path: { tenant: "acme", job_id: status.id } };
  while (isUnfinished(status.status)) {
    await sleep(100);
    status = need(await api.GET("/{tenant}/api/v4/import/{job_id}/status", { params }));
  }
  return status.status;
}

async function cancel() {
  const params = { path: { job_id: (await startExport()).id } };
  const body = { status: "cancelled", reason: "not needed" } as const;
  return { status: need(await api.PATCH("/api/v1/jobs/{job_id}", { params, body })).status };
}

console.log(JSON.stringify(task === "move" ? await move() : await cancel()));
