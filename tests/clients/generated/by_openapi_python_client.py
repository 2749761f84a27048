"""Works with the client of openapi-python-client."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

from python_client import AuthenticatedClient, models
from python_client.api.native import archives_download, archives_upload, exports_create, jobs_cancel, jobs_get
from python_client.api.spark import spark_get_import, spark_import_services
from python_client.types import File

UNFINISHED = ("created", "in_progress")


def export(client: AuthenticatedClient) -> models.JobAnswer:
    wanted = models.ExportedApplication(name="Shop", version="3.2.0")
    body = models.ExportBody(database="left", applications=[wanted])
    return exports_create.sync(client=client, body=body)


def wait(client: AuthenticatedClient, job_id: str) -> models.JobAnswer:
    while (job := jobs_get.sync(job_id, client=client)).status in UNFINISHED:
        time.sleep(0.1)
    return job


def move(client: AuthenticatedClient, folder: Path, name: str) -> dict[str, Any]:
    with (folder / "sent.zip").open("rb") as file:
        sent = archives_upload.sync(f"{name}.zip", client=client, body=File(payload=file))
    exported = wait(client, export(client).id)
    received = archives_download.sync(exported.archive.name, client=client).payload.read()
    (folder / "received.zip").write_bytes(received)
    mapping = {"service_uri_source": "left/Shop", "service_uri_destination": f"right/{name}"}
    entity = json.dumps({"inputs": {"services_modify": [mapping]}})
    file = File(payload=io.BytesIO(received), file_name="received.zip", mime_type="application/zip")
    body = models.SparkImportServicesBody(file=file, import_request_entity=entity)
    started = spark_import_services.sync("acme", client=client, body=body)
    while (imported := spark_get_import.sync("acme", started.id, client=client)).status in UNFINISHED:
        time.sleep(0.1)
    return {"sent": sent.sha256, "received": exported.archive.sha256, "imported": imported.status}


def cancel(client: AuthenticatedClient) -> dict[str, Any]:
    job = export(client)
    body = models.CancelBody(status="cancelled", reason="not needed")
    return {"status": jobs_cancel.sync(job.id, client=client, body=body).status}


def main(task: str, url: str, key: str, folder: Path, name: str) -> None:
    with AuthenticatedClient(url, token=key) as client:
        print(json.dumps(move(client, folder, name) if task == "move" else cancel(client)))


main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5])
