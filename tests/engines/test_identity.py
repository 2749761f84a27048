"""Users, keys and grants in a whole stack: who gets in, what is hidden, what a lost store forgets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from tests.support.archives.small import make_archive
from tests.support.buckets import BucketView
from tests.support.stacks.stacks import Answer, Stack

SMALL = make_archive("Small")

KEPT_FOR_THEIR_OWNER = {"keyring.json", "signing.key"}
"""Files that exist to hold secrets, readable by their owner alone."""


def read_values(valkey_url: str) -> Iterator[bytes]:
    """Give everything that the store holds, names too."""
    with Redis.from_url(valkey_url) as client:
        for name in client.scan_iter(count=1000):
            yield name
            match client.type(name):
                case b"string":
                    yield client.get(name) or b""
                case b"hash":
                    yield repr(client.hgetall(name)).encode()
                case b"list":
                    yield repr(client.lrange(name, 0, -1)).encode()
                case b"set":
                    yield repr(client.smembers(name)).encode()
                case b"zset":
                    yield repr(client.zrange(name, 0, -1)).encode()
                case b"stream":
                    yield repr(client.xrange(name)).encode()
                case kind:
                    raise AssertionError(kind)


def read_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in KEPT_FOR_THEIR_OWNER:
            yield str(path), path.read_bytes()


def read_objects(stack: Stack) -> Iterator[tuple[str, bytes]]:
    if stack.bucket is not None:
        bucket = BucketView(stack.bucket)
        yield from ((each.key, bucket.read(each.key)) for each in bucket.list_objects())


def read_command_lines(stack: Stack) -> Iterator[tuple[str, bytes]]:
    for name, pid in stack.ready["pids"].items():
        process = psutil.Process(pid)
        for each in (process, *process.parents()):
            yield f"process {name}", " ".join(each.cmdline()).encode()


def ask_for_errors(stack: Stack, key: str) -> list[Answer]:
    """Show a key in every way, rightly and wrongly."""
    basic = base64.b64encode(f"somebody:{key}".encode()).decode()
    token_path = "/auth/realms/acme/protocol/openid-connect/token"
    form = f"client_id=somebody&client_secret={key}&grant_type=client_credentials".encode()
    return [
        stack.request("GET", "/api/v1/jobs/nonsense", credentials={"X-API-KEY": key}),
        stack.request("GET", "/api/v1/me", credentials={"X-API-KEY": key + "x"}),
        stack.request("GET", "/api/v1/me", credentials={"Authorization": f"Basic {basic}"}),
        stack.request("GET", "/api/v1/me", credentials={"Authorization": f"Bearer {key[:-1]}"}),
        stack.request("POST", token_path, form, media_type="application/x-www-form-urlencoded"),
        stack.request("POST", "/imaging/etl/api/app/export", b"{", credentials={"X-API-KEY": key}),
    ]


@pytest.mark.engines
def test_no_key_is_told(stack: Stack, valkey_server: str) -> None:
    made = stack.request("POST", "/api/v1/keys", {"name": "CI"})
    rotated = stack.request("POST", f"/api/v1/keys/{made.body['id']}/rotate")
    assert (made.status, rotated.status) == (201, 201)
    secrets = [made.body["key"], rotated.body["key"], stack.ready["super_admin"]]
    secrets += [key for tenant in stack.ready["tenants"].values() for key in tenant["keys"].values()]
    answers = [answer for key in secrets for answer in ask_for_errors(stack, key)]
    assert {answer.status for answer in answers} <= {400, 401, 403, 404, 429}
    job = stack.imaging("export", database="current", export_app="Nobody")
    listed = [stack.request("GET", path) for path in ("/api/v1/keys?user=*", "/api/v1/users", "/api/v1/me")]

    data = Path(stack.ready["archive_folder"]["acme"]).parents[1]
    told: list[tuple[str, Any]] = [
        *(("answer", repr((each.headers, each.body)).encode()) for each in (*answers, *listed, job)),
        *(("store", each) for each in read_values(valkey_server)),
        *read_files(data),
        *read_objects(stack),
        *read_command_lines(stack),
    ]
    assert len(told) > 50
    assert any(place.endswith("gateway.log") for place, _ in told)
    assert any(place.endswith("identity.json") for place, _ in told)
    found = [place for place, content in told for secret in secrets if secret.encode() in content]
    assert found == []


def import_as(stack: Stack, name: str, key: str) -> str:
    """Bring an archive under a name; give the job's id."""
    body = {"database": "lts", "archive": "Small.zip", "import_as": name}
    answer = stack.request("POST", "/api/v1/imports", body, key=key)
    assert answer.status == 202, answer
    assert stack.wait(answer.body["id"])["status"] == "closed"
    return str(answer.body["id"])


def export_status(stack: Stack, name: str, key: str) -> int:
    """Give the status that an export's submission gets; wait for its end."""
    body = {"database": "lts", "applications": [{"name": name}]}
    answer = stack.request("POST", "/api/v1/exports", body, key=key)
    if answer.status == 202:
        assert stack.wait(answer.body["id"])["status"] == "closed"
    return answer.status


@pytest.mark.engines
def test_an_import_is_granted_step_by_step_and_forgotten_with_its_deletion(stack: Stack) -> None:
    assert stack.request("PUT", "/api/v1/archives/Small.zip", SMALL).status == 201
    import_as(stack, "Granted", key="importer")
    assert [export_status(stack, "Granted", key) for key in ("admin", "importer", "user")] == [202, 202, 404]
    body = {"database": "lts", "application": "Granted", "user": "user"}
    assert stack.request("POST", "/api/v1/grants", body, key="importer").status == 201
    assert [export_status(stack, "Granted", key) for key in ("user", "supervisor")] == [202, 404]
    deleted = stack.request("DELETE", "/api/v1/databases/lts/applications/Granted")
    assert stack.wait(deleted.body["id"])["status"] == "closed"
    assert stack.request("GET", "/api/v1/grants").body == {"grants": []}
    import_as(stack, "Granted", key="admin")
    assert export_status(stack, "Granted", "user") == 404


@pytest.mark.engines
def test_a_lost_store_forgets_nobody(stack: Stack, valkey_server: str) -> None:
    made = stack.request("POST", "/api/v1/users", {"user": "new", "roles": ["supervisor:pf"]})
    assert made.status == 201
    key = stack.request("POST", "/api/v1/keys", {"user": "new"}).body["key"]
    import_as(stack, "Kept", key="importer")
    granted = stack.request("POST", "/api/v1/grants", {"database": "lts", "application": "Kept", "user": "new"})
    assert granted.status == 201
    with Redis.from_url(valkey_server) as client:
        client.flushall()
    me = stack.request("GET", "/api/v1/me", credentials={"X-API-KEY": key})
    assert (me.status, me.body["roles"]) == (200, ["supervisor:pf"])
    assert granted.body in stack.request("GET", "/api/v1/grants").body["grants"]
    assert [export_status(stack, "Kept", each) for each in ("user", "importer")] == [404, 202]
    assert "globex" in stack.request("GET", "/api/v1/me", credentials=as_root(stack)).body["tenants"]


def as_root(stack: Stack) -> dict[str, str]:
    return {"X-API-KEY": stack.ready["super_admin"]}


@pytest.mark.engines
def test_what_is_revoked_is_out_at_the_next_request(stack: Stack) -> None:
    made = stack.request("POST", "/api/v1/keys", {"user": "user"}).body
    shown = {"X-API-KEY": made["key"]}
    statuses = [stack.request("GET", "/api/v1/me", credentials=shown).status for _ in range(20)]
    assert stack.request("DELETE", f"/api/v1/keys/{made['id']}").status == 204
    statuses.append(stack.request("GET", "/api/v1/me", credentials=shown).status)
    assert statuses == [200] * 20 + [401]
