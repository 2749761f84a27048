"""Works with the Python client of openapi-generator."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import openapi_client as made

UNFINISHED = (made.Status.CREATED, made.Status.IN_PROGRESS)


def export(api: made.NativeApi) -> made.JobAnswer:
    wanted = made.ExportedApplication(name="Shop", version="3.2.0")
    return api.exports_create(made.ExportBody(database="left", applications=[wanted]))


def wait(api: made.NativeApi, job_id: str) -> made.JobAnswer:
    while (job := api.jobs_get(job_id)).status in UNFINISHED:
        time.sleep(0.1)
    return job


def move(client: made.ApiClient, folder: Path, name: str) -> dict[str, Any]:
    api, spark = made.NativeApi(client), made.SparkApi(client)
    sent = api.archives_upload(f"{name}.zip", (folder / "sent.zip").read_bytes())
    exported = wait(api, export(api).id)
    received = bytes(api.archives_download(exported.archive.name))
    (folder / "received.zip").write_bytes(received)
    mapping = {"service_uri_source": "left/Shop", "service_uri_destination": f"right/{name}"}
    entity = json.dumps({"inputs": {"services_modify": [mapping]}})
    started = spark.spark_import_services("acme", ("received.zip", received), entity)
    while (imported := spark.spark_get_import("acme", started.id)).status in UNFINISHED:
        time.sleep(0.1)
    return {"sent": sent.sha256, "received": exported.archive.sha256, "imported": imported.status}


def cancel(client: made.ApiClient) -> dict[str, Any]:
    api = made.NativeApi(client)
    job = export(api)
    return {"status": api.jobs_cancel(job.id, made.CancelBody(status="cancelled", reason="not needed")).status}


def main(task: str, url: str, key: str, folder: Path, name: str) -> None:
    with made.ApiClient(made.Configuration(host=url, api_key={"X-API-KEY": key})) as client:
        print(json.dumps(move(client, folder, name) if task == "move" else cancel(client)))


main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])
