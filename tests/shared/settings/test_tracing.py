"""Where traces go is judged when a process starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shared.settings.process import Settings, SettingsError

ENDPOINT = "GRAPHFERRY_TRACING_ENDPOINT"
HEADERS = "GRAPHFERRY_TRACING_HEADERS"
URL = "http://collector:4318"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", None),
        (URL, f"{URL}/v1/traces"),
        (f"{URL}/", f"{URL}/v1/traces"),
        (f"{URL}/v1/traces", f"{URL}/v1/traces"),
        ("https://vendor.example/otlp", "https://vendor.example/otlp/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
    ],
)
def test_the_endpoint_is_a_base_or_the_whole(given: str, taken: str | None) -> None:
    assert Settings.from_environ({ENDPOINT: given}).tracing_endpoint == taken


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("collector:4318", "must begin with http://, https://"),
        ("grpc://collector:4317", "not with grpc://"),
        ("http://", "names no host"),
        ("http://one two", "no spaces"),
        ("http://host:99999", "a port is a number"),
        ("http://user:hush@host", "neither user nor password"),
        ("http://host/?key=hush", "must end after host, port and path"),
        ("http://host/#hush", "must end after host, port and path"),
    ],
)
def test_a_wrong_endpoint_is_named(given: str, told: str) -> None:
    with pytest.raises(SettingsError, match=f"{ENDPOINT}: .*{told}") as caught:
        Settings.from_environ({ENDPOINT: given})
    assert "hush" not in str(caught.value)


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=rf"{ENDPOINT}: .*pip install 'graphferry\[tracing\]'"):
        Settings.from_environ({ENDPOINT: URL})
    assert Settings.from_environ({}).tracing_endpoint is None


def test_headers_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "headers"
    file.write_text('{"Authorization": "Bearer hush"}\n')
    settings = Settings.from_environ({ENDPOINT: URL, f"{HEADERS}_FILE": str(file)})
    assert settings.tracing_headers["Authorization"].get_secret_value() == "Bearer hush"
    assert "hush" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    "given",
    [
        '{"A B": "hush"}',
        '{"": "hush"}',
        '{"A": "hush\\r\\nB: hush"}',
        '{"A": "hushé"}',
        '{"A": ""}',
        '["hush"]',
        '{"A": ["hush"]}',
        "hush",
        '{"A": hush}',
    ],
)
def test_wrong_headers_are_named_without_their_values(given: str) -> None:
    with pytest.raises(SettingsError, match=HEADERS) as caught:
        Settings.from_environ({ENDPOINT: URL, HEADERS: given})
    assert "hush" not in str(caught.value)


def test_what_needs_an_endpoint_says_so(tmp_path: Path) -> None:
    for name, value in (("HEADERS", '{"A": "b"}'), ("CA_FILE", str(tmp_path / "none"))):
        with pytest.raises(SettingsError, match=f"GRAPHFERRY_TRACING_{name}"):
            Settings.from_environ({f"GRAPHFERRY_TRACING_{name}": value})
    with pytest.raises(SettingsError, match="CA_FILE: is for TLS"):
        Settings.from_environ({ENDPOINT: URL, "GRAPHFERRY_TRACING_CA_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize("given", ["-0.1", "1.1", "half", "nan"])
def test_the_share_is_one_of_the_whole(given: str) -> None:
    with pytest.raises(SettingsError, match="GRAPHFERRY_TRACING_SAMPLE"):
        Settings.from_environ({"GRAPHFERRY_TRACING_SAMPLE": given})
