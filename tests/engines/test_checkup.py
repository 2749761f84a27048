"""The command that checks an installation, on real engines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.settings.databases import DatabaseSettings
from tests.support.command_line import Ending, call

pytestmark = pytest.mark.engines


@pytest.fixture
def environ(valkey_url: str, neo4j_2026: DatabaseSettings, tmp_path: Path) -> Mapping[str, str]:
    server = {"uri": neo4j_2026.uri, "user": neo4j_2026.user, "password": neo4j_2026.password.get_secret_value()}
    databases = {
        "source": server,
        "alias": {**server, "uri": server["uri"].replace("localhost", "127.0.0.1")},
        "locked": {**server, "password": "wr0ng"},
        "away": {**server, "uri": "bolt://127.0.0.1:9"},
    }
    return {
        "GRAPHFERRY_VALKEY_URL": valkey_url,
        "GRAPHFERRY_DATA_DIR": str(tmp_path / "data"),
        "GRAPHFERRY_DATABASES": orjson.dumps(databases).decode(),
    }


def name_only(environ: Mapping[str, str], *names: str) -> Mapping[str, str]:
    databases: dict[str, Any] = orjson.loads(environ["GRAPHFERRY_DATABASES"])
    return {**environ, "GRAPHFERRY_DATABASES": orjson.dumps({name: databases[name] for name in names}).decode()}


def states(ending: Ending) -> dict[str, str]:
    return {each["part"]: each["state"] for each in ending.lines}


def test_all_is_well(environ: Mapping[str, str], tmp_path: Path) -> None:
    ending = call(name_only(environ, "source"), "check")
    assert (ending.code, ending.messages) == (0, "")
    assert [line.split()[0] for line in ending.output.splitlines()] == [
        "PART",
        "settings",
        "time",
        "store:",
        "database",
        "store",
        *["store:"] * 6,
        "database",
        "database",
        "folder",
        "folder",
        "folder",
        "folder",
    ]
    assert list(tmp_path.iterdir()) == []


def test_every_fault_is_told_at_once(environ: Mapping[str, str]) -> None:
    ending = call(environ, "check", "--json")
    assert ending.code == 1
    folder = f"folder {environ['GRAPHFERRY_DATA_DIR']}"
    assert states(ending) == {
        "settings": "ok",
        "time zone": "ok",
        "store: encryption": "ok",
        **dict.fromkeys((f"database {each}: encryption" for each in ("source", "alias", "locked", "away")), "ok"),
        "store": "ok",
        "store: rights": "ok",
        "store: writes": "ok",
        "store: durability": "ok",
        "store: replicas": "ok",
        "store: eviction": "ok",
        "store: clock": "ok",
        **dict.fromkeys(("database source", "database source: writes"), "ok"),
        **dict.fromkeys(("database alias", "database alias: writes"), "ok"),
        "database locked": "failed",
        "database away": "failed",
        "database names": "warning",
        **dict.fromkeys((f"{folder}/archives", folder, f"{folder}/logs", f"{folder}/archives: room"), "ok"),
    }
    told = {each["part"]: each["message"] for each in ending.lines}
    assert "Unauthorized" in told["database locked"]
    assert told["database names"].startswith("source, alias lead to one database")
    assert "wr0ng" not in ending.output


def test_warnings_alone_are_no_failure(environ: Mapping[str, str]) -> None:
    ending = call(name_only(environ, "source", "alias"), "check", "--json")
    assert (ending.code, states(ending)["database names"]) == (0, "warning")


def test_a_store_out_of_reach_keeps_nothing_else_from_being_told(environ: Mapping[str, str]) -> None:
    away = {**name_only(environ, "source"), "GRAPHFERRY_VALKEY_URL": "redis://127.0.0.1:9/0"}
    ending = call(away, "check", "--json")
    assert (ending.code, states(ending)["store"], states(ending)["database source"]) == (1, "failed", "ok")


def test_wrong_settings_are_told(environ: Mapping[str, str]) -> None:
    odd = {"source": {"uri": "bolt://localhost?policy=a"}}
    for wrong, named in (
        ({"GRAPHFERRY_PORT": "many"}, "GRAPHFERRY_PORT"),
        ({"GRAPHFERRY_VALKEY_URL": "valkey.example"}, "GRAPHFERRY_VALKEY_URL"),
        ({"GRAPHFERRY_VALKEY_URL": "redis://:s3/cret@localhost"}, "GRAPHFERRY_VALKEY_URL"),
        ({"GRAPHFERRY_DATABASES": orjson.dumps(odd).decode()}, "GRAPHFERRY_DATABASES.source.uri"),
    ):
        ending = call({**environ, **wrong}, "check", "--json")
        assert (ending.code, states(ending)) == (1, {"settings": "failed"})
        assert named in ending.lines[0]["message"]
        assert "s3" not in ending.output
