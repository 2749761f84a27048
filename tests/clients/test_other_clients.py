"""Requests as other clients build them: the file part first, over a plain socket, at a stretch or in pieces."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.support.stacks.stacks import Stack

ENTITY = {
    "inputs": {
        "services_modify": [{"service_uri_source": "left/Shop[3.2.0]", "service_uri_destination": "right/By hand"}]
    },
    "services_existing": "abort",
}


def export(stack: Stack) -> dict[str, Any]:
    body = {"inputs": {"services": ["left/Shop"]}, "file_name": "by hand.zip"}
    started = stack.request("POST", "/acme/api/v4/export", body)
    assert started.status == 200, started
    return wait(stack, started.body["status_url"])


def wait(stack: Stack, url: str) -> dict[str, Any]:
    path = urlsplit(url).path
    for _ in range(1200):
        body: dict[str, Any] = stack.request("GET", path).body
        if body["status"] not in ("created", "in_progress"):
            return body
        time.sleep(0.05)
    raise AssertionError(body)


def pieces(archive: bytes) -> Iterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="any.bin"\r\n\r\n'
    for first in range(0, len(archive), 1000):
        yield archive[first : first + 1000]
    yield b'\r\n--b\r\nContent-Disposition: form-data; name="importRequestEntity"\r\n\r\n'
    yield json.dumps(ENTITY).encode()
    yield b"\r\n--b--\r\n"


def test_the_file_first_in_chunks(stack: Stack) -> None:
    exported = export(stack)
    (file,) = exported["outputs"]["files"]
    with urlopen(file["file"], timeout=60) as answer:
        archive: bytes = answer.read()
        assert 'filename="by hand.zip"' in answer.headers["Content-Disposition"]
    assert hashlib.sha256(archive).hexdigest() == file["file_hash"]

    place = urlsplit(stack.ready["gateway"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Authorization": f"Bearer {stack.ready['tenants']['acme']['keys']['importer']}",
    }
    connection.request("POST", "/default/acme/api/v4/import", pieces(archive), headers, encode_chunked=True)
    answer = connection.getresponse()
    started = json.loads(answer.read())
    assert answer.status == 200, started
    assert "/default/acme/api/v4/import/" in started["status_url"]
    connection.close()

    imported = wait(stack, started["status_url"])
    assert imported["status"] == "closed", imported
    (version,) = imported["outputs"]["service_versions"]
    assert (version["service_uri_source"], version["service_uri_destination"], version["status"]) == (
        "left/Shop[3.2.0]",
        "right/By hand[3.2.0]",
        "added",
    )
