"""Secrets may come from files, whose names alone stand in messages."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from shared.settings.process import Settings, SettingsError

URL = "redis://:s3cret@h/0"


def read(**variables: object) -> Settings:
    texts = {name: value if isinstance(value, str) else str(value) for name, value in variables.items()}
    return Settings.from_environ({f"GRAPHFERRY_{name}": text for name, text in texts.items()})


def write(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_each_secret_may_be_in_a_file(tmp_path: Path, end: str) -> None:
    password = write(tmp_path / "password", f" p\u00e4ss{end}")
    token = write(tmp_path / "token", f"t0ken{end}")
    told = {
        "one": {"uri": "bolt://h", "password_file": str(password)},
        "two": {"uri": "bolt://h", "auth": "bearer", "token_file": str(token)},
    }
    databases = write(tmp_path / "databases", orjson.dumps(told) + end.encode())
    settings = read(VALKEY_URL_FILE=write(tmp_path / "url", f"{URL}{end}"), DATABASES_FILE=databases)
    assert settings.valkey_url == URL
    assert settings.databases["one"].password.get_secret_value() == " p\u00e4ss"
    assert settings.databases["two"].reveal() == {"uri": "bolt://h", "auth": "bearer", "token": "t0ken"}


def test_only_one_newline_goes(tmp_path: Path) -> None:
    password = write(tmp_path / "password", "pass\n\n")
    settings = read(DATABASES=orjson.dumps({"a": {"uri": "bolt://h", "password_file": str(password)}}).decode())
    assert settings.databases["a"].password.get_secret_value() == "pass\n"


@pytest.mark.parametrize("name", ["VALKEY_URL", "DATABASES"])
def test_a_secret_given_twice_is_refused(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / "file", URL)
    told = f"GRAPHFERRY_{name} and GRAPHFERRY_{name}_FILE are both given"
    with pytest.raises(SettingsError, match=told):
        read(**{name: "s3cret", f"{name}_FILE": file})


@pytest.mark.parametrize("name", ["VALKEY_URL_FILE", "DATABASES_FILE"])
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, name: str) -> None:
    for file, told in (
        (tmp_path / "nowhere", "cannot be read: No such file"),
        (tmp_path, "cannot be read: Is a directory"),
        (write(tmp_path / "below", "") / "x", "cannot be read: Not a directory"),
        (write(tmp_path / "empty", "\n"), "is empty"),
        (write(tmp_path / "bytes", b"s3cret\xff"), "is no text in UTF-8"),
    ):
        with pytest.raises(SettingsError, match=f"^GRAPHFERRY_{name}: '{file}' {told}") as refusal:
            read(**{name: file})
        assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("VALKEY_URL_FILE", "redis://:s3/cret@h", "^GRAPHFERRY_VALKEY_URL_FILE: "),
        ("VALKEY_URL_FILE", f"{URL}\n\n", "^GRAPHFERRY_VALKEY_URL_FILE: .* line breaks"),
        ("DATABASES_FILE", '{"a": s3cret}', "^GRAPHFERRY_DATABASES_FILE is not JSON"),
        ("DATABASES_FILE", '{"a": {"uri": "bolt://u:s3cret@h"}}', r"^GRAPHFERRY_DATABASES_FILE\.a\.uri: "),
    ],
)
def test_the_file_is_named_for_what_it_holds(tmp_path: Path, name: str, content: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refusal:
        read(**{name: write(tmp_path / "file", content)})
    assert "s3" not in str(refusal.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "s3cret", "password_file": "/x"}, "password and password_file are both given"),
        ({"auth": "bearer", "token": "s3cret", "token_file": "/x"}, "token and token_file are both given"),
        ({"password_file": "/nowhere"}, "password_file: '/nowhere' cannot be read: No such file"),
        ({"password_file": 5}, "password_file: '5' cannot be read"),
        ({"password_file": "a\0b"}, "password_file: .* is no path"),
        ({"password_file": ""}, "password_file: '.' cannot be read: Is a directory"),
    ],
)
def test_the_files_of_a_database_are_judged_alike(fields: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=rf"^GRAPHFERRY_DATABASES\.a: {told}") as refusal:
        read(DATABASES=orjson.dumps({"a": {"uri": "bolt://h", **fields}}).decode())
    assert "s3cret" not in str(refusal.value)


def test_what_is_no_secret_has_no_file() -> None:
    with pytest.raises(SettingsError, match="GRAPHFERRY_PORT_FILE"):
        read(PORT_FILE="/x")
