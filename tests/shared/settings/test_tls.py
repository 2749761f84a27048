"""Files of TLS are looked at when settings are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from shared.settings.process import Settings, SettingsError
from tests.support.proxies import write_certificate

_END_OF_KEY = "-----END PRIVATE KEY-----\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds ca.pem, cert.pem, key.pem, other.pem, locked.pem, junk.pem."""
    for name in ("ca", "both", "other"):
        write_certificate(tmp_path / f"{name}.pem")
    key, end, certificate = (tmp_path / "both.pem").read_text().partition(_END_OF_KEY)
    (tmp_path / "key.pem").write_text(f"{key}{end}")
    (tmp_path / "cert.pem").write_text(certificate)
    (tmp_path / "junk.pem").write_text("s3cret")
    locked = load_pem_private_key((tmp_path / "key.pem").read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    return tmp_path


def place(files: Mapping[str, str], folder: Path) -> dict[str, str]:
    return {field: str(folder / name) for field, name in files.items()}


def read_store(url: str, files: Mapping[str, str]) -> Settings:
    named = {f"GRAPHFERRY_VALKEY_{field.upper()}": path for field, path in files.items()}
    return Settings.from_environ({"GRAPHFERRY_VALKEY_URL": url, **named})


def read_database(uri: str, files: Mapping[str, str]) -> Settings:
    databases = orjson.dumps({"a": {"uri": uri, **files}}).decode()
    return Settings.from_environ({"GRAPHFERRY_DATABASES": databases})


GOOD = [
    {"ca_file": "ca.pem"},
    {"ca_file": "ca.pem", "cert_file": "cert.pem", "key_file": "key.pem"},
    {"cert_file": "both.pem"},
]


@pytest.mark.parametrize("files", GOOD)
def test_files_that_fit_are_taken(folder: Path, files: Mapping[str, str]) -> None:
    placed = place(files, folder)
    for url in ("rediss://h", "rediss+sentinel://h/name"):
        assert str(read_store(url, placed).valkey_ca_file) == str(placed.get("ca_file"))
    for uri in ("bolt+s://h", "neo4j+s://h"):
        assert str(read_database(uri, placed).databases["a"].cert_file) == str(placed.get("cert_file"))


BAD = [
    ({"ca_file": "nowhere.pem"}, "ca_file", "'{folder}/nowhere.pem' cannot be read: No such file"),
    ({"ca_file": "."}, "ca_file", "'{folder}' cannot be read: Is a directory"),
    ({"ca_file": "junk.pem"}, "ca_file", "'{folder}/junk.pem' holds no certificate"),
    ({"ca_file": "key.pem"}, "ca_file", "'{folder}/key.pem' holds no certificate"),
    ({"cert_file": "junk.pem"}, "cert_file", "'{folder}/junk.pem' holds no certificate"),
    ({"cert_file": "cert.pem"}, "cert_file", "'{folder}/cert.pem' does not hold the key"),
    ({"cert_file": "cert.pem", "key_file": "other.pem"}, "cert_file", "'{folder}/other.pem' does not hold the key"),
    ({"cert_file": "cert.pem", "key_file": "locked.pem"}, "cert_file", "'{folder}/locked.pem' does not .* passphrase"),
    ({"cert_file": "cert.pem", "key_file": "junk.pem"}, "cert_file", "'{folder}/junk.pem' does not hold the key"),
    ({"cert_file": "cert.pem", "key_file": "no.pem"}, "cert_file", "'{folder}/no.pem' cannot be read: No such file"),
    ({"key_file": "key.pem"}, "cert_file", "is needed for the key in '{folder}/key.pem'"),
]


@pytest.mark.parametrize(("files", "field", "told"), BAD)
def test_files_that_do_not_fit_are_told(folder: Path, files: Mapping[str, str], field: str, told: str) -> None:
    placed, told = place(files, folder), told.format(folder=folder)
    with pytest.raises(SettingsError, match=f"^GRAPHFERRY_VALKEY_{field.upper()}: {told}") as of_store:
        read_store("rediss://h", placed)
    with pytest.raises(SettingsError, match=rf"^GRAPHFERRY_DATABASES\.a\.{field}: {told}") as of_database:
        read_database("neo4j+s://h", placed)
    assert "s3cret" not in f"{of_store.value}{of_database.value}"


@pytest.mark.parametrize("field", ["ca_file", "cert_file"])
@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("redis://h", "rediss://"),
        ("redis+sentinel://h/name", r"rediss\+sentinel://"),
        ("unix:///run/valkey.sock", "rediss://"),
    ],
)
def test_a_store_without_tls_needs_no_files(folder: Path, url: str, instead: str, field: str) -> None:
    with pytest.raises(SettingsError, match=f"^GRAPHFERRY_VALKEY_{field.upper()}: is for TLS.* take {instead}"):
        read_store(url, {field: str(folder / "both.pem")})


@pytest.mark.parametrize("field", ["ca_file", "cert_file"])
@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_database_without_tls_needs_no_files(folder: Path, scheme: str, field: str) -> None:
    told = rf"^GRAPHFERRY_DATABASES\.a\.{field}: is for TLS.* take {scheme}\+s://"
    with pytest.raises(SettingsError, match=told):
        read_database(f"{scheme}://h", {field: str(folder / "both.pem")})


def test_authorities_are_of_no_use_where_any_certificate_is_taken(folder: Path) -> None:
    ca = {"ca_file": str(folder / "ca.pem")}
    with pytest.raises(SettingsError, match="GRAPHFERRY_VALKEY_CA_FILE: is of no use"):
        read_store("rediss://h?ssl_cert_reqs=none", ca)
    with pytest.raises(SettingsError, match=r"GRAPHFERRY_DATABASES\.a\.ca_file: is of no use"):
        read_database("bolt+ssc://h", ca)


def test_a_file_is_named_in_one_place(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"GRAPHFERRY_VALKEY_CA_FILE: .*option ssl_ca_certs"):
        read_store(f"rediss://h?ssl_ca_certs={folder}/ca.pem", {"ca_file": str(folder / "ca.pem")})
