"""How a database admits us is said without contradiction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.settings.databases import DatabaseSettings
from shared.settings.process import Settings, SettingsError
from tests.support.proxies import write_certificate


def read(fields: dict[str, Any]) -> DatabaseSettings:
    databases = orjson.dumps({"a": {"uri": "bolt+s://h", **fields}}).decode()
    return Settings.from_environ({"GRAPHFERRY_DATABASES": databases}).databases["a"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"auth": "kerberos"}, r"\.auth: "),
        ({"auth": "bearer"}, ": token, or token_file, is needed with auth 'bearer'"),
        ({"auth": "bearer", "token": ""}, ": token, or token_file, is needed"),
        ({"auth": "bearer", "token": "s3cret", "user": "ann"}, ": user is of no use with auth 'bearer'"),
        ({"auth": "bearer", "token": "s3cret", "password": "s3cret"}, ": password is of no use with auth 'bearer'"),
        ({"auth": "none", "password": "s3cret"}, ": password is of no use with auth 'none'"),
        ({"auth": "none", "user": "ann"}, ": user is of no use with auth 'none'"),
        ({"auth": "none", "token": "s3cret"}, ": token is of no use with auth 'none'"),
        ({"token": "s3cret"}, ": token is of no use with auth 'basic'"),
        ({"passwort": "s3cret"}, r"\.passwort: "),
        ({"read": "replica"}, r": read 'replica' needs an address that begins with neo4j://"),
        ({"read": "follower"}, r"\.read: "),
        ({"database": " "}, r"\.database: names no database: name the home database, too"),
        ({"database": "System"}, r"\.database: is the server's own database"),
        ({"a\nb": "s3cret"}, r"\.a\\nb: "),
    ],
)
def test_what_does_not_fit_together_is_told(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=f"^GRAPHFERRY_DATABASES.a{told}") as refusal:
        read(fields)
    assert "s3cret" not in str(refusal.value)


def test_a_cluster_may_be_read_from_its_replicas() -> None:
    assert read({"uri": "neo4j+ssc://h", "read": "replica"}).is_routed
    assert not read({}).is_routed


@pytest.mark.parametrize("fields", [{}, {"password": "p"}, {"auth": "none"}, {"auth": "bearer", "token": "t"}])
def test_what_is_written_down_is_read_again(tmp_path: Path, fields: dict[str, Any]) -> None:
    file = tmp_path / "both.pem"
    write_certificate(file)
    settings = read({**fields, "database": "other", "ca_file": str(file), "cert_file": str(file)})
    assert DatabaseSettings.model_validate(settings.reveal()).reveal() == settings.reveal()
    assert DatabaseSettings.model_validate(settings.reveal()) == settings
    assert DatabaseSettings.model_validate(settings.model_dump()) == settings
