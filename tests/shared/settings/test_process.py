"""Settings come from the environment, whole or not at all."""

from __future__ import annotations

from typing import get_args

import pytest

from shared.identity import Role
from shared.settings.issuers import RoleName
from shared.settings.process import Settings, SettingsError


def test_the_deadline_of_surface_and_kind_goes_before_that_of_the_surface() -> None:
    deadlines = '{"spark.import": 3, "native": 4, "native.undo": 5}'
    environ = {"GRAPHFERRY_DEADLINE_SECONDS": "7", "GRAPHFERRY_SPARK_DEADLINE_SECONDS": "6"}
    settings = Settings.from_environ({**environ, "GRAPHFERRY_DEADLINES": deadlines})
    wanted = {
        ("spark", "import"): 3,
        ("spark", "export"): 6,
        ("native", "import"): 4,
        ("native", "undo"): 5,
        ("imaging", "import"): 7,
    }
    assert {each: settings.find_deadline(*each) for each in wanted} == wanted
    assert settings.longest_deadline == 7


def test_deadlines_by_default() -> None:
    settings = Settings()
    found = {surface: settings.find_deadline(surface, "export") for surface in ("imaging", "spark", "darwin", "native")}
    assert found == {"imaging": 86_400, "spark": 900, "darwin": 86_400, "native": 86_400}
    assert settings.longest_deadline == 86_400


@pytest.mark.parametrize("text", ['{"spark.imports": 3}', '{"sparks": 3}', '{"spark": 0}', '{"spark"', "[]"])
def test_deadlines_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="GRAPHFERRY_DEADLINES"):
        Settings.from_environ({"GRAPHFERRY_DEADLINES": text})


def test_an_unknown_log_level_is_told() -> None:
    with pytest.raises(SettingsError, match="GRAPHFERRY_LOG_LEVEL"):
        Settings.from_environ({"GRAPHFERRY_LOG_LEVEL": "LOUD"})


def test_variables_of_the_command_line_are_passed_over() -> None:
    names = ("CACHE", "URL", "KEY", "TENANT", "PROFILE")
    assert Settings.from_environ({f"GRAPHFERRY_{name}": "x" for name in names}) == Settings()


ISSUER = {
    "GRAPHFERRY_JWT_ISSUER": "https://login.example",
    "GRAPHFERRY_JWT_AUDIENCE": "graphferry",
    "GRAPHFERRY_JWT_JWKS_URL": "https://login.example/keys",
}


def test_an_issuer_is_set_whole() -> None:
    settings = Settings.from_environ({**ISSUER, "GRAPHFERRY_JWT_ROLES": '{"boss": "ADMIN"}'})
    assert (settings.jwt_algorithms, settings.jwt_roles) == (("RS256",), {"boss": "ADMIN"})
    for name in ("AUDIENCE", "JWKS_URL"):
        rest = {key: value for key, value in ISSUER.items() if key != f"GRAPHFERRY_JWT_{name}"}
        with pytest.raises(SettingsError, match=f"GRAPHFERRY_JWT_{name}"):
            Settings.from_environ(rest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWKS_URL", "http://login.example/keys"),
        ("JWKS_URL", "file:///etc/passwd"),
        ("TOKEN_URL", "http://127.0.0.1.example/"),
        ("ALGORITHMS", '["HS256"]'),
        ("ALGORITHMS", '["none"]'),
        ("ALGORITHMS", "[]"),
        ("ROLES", '{"boss": "KING"}'),
        ("ISSUER", ""),
    ],
)
def test_what_would_open_a_door_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"GRAPHFERRY_JWT_{name}"):
        Settings.from_environ({**ISSUER, f"GRAPHFERRY_JWT_{name}": value})


def test_role_names_of_the_settings_are_all_there_are() -> None:
    assert set(get_args(RoleName)) == {role.value for role in Role}


@pytest.mark.parametrize("uri", ["localhost:7687", "http://localhost:7474", "bolt:/x", ""])
def test_an_address_that_is_no_databases_is_told(uri: str) -> None:
    databases = f'{{"source": {{"uri": "{uri}", "password": "s3cret"}}}}'
    with pytest.raises(SettingsError, match=r"GRAPHFERRY_DATABASES\.source\.uri") as told:
        Settings.from_environ({"GRAPHFERRY_DATABASES": databases})
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("url", ["localhost:6379", "valkey://:s3cret@localhost", ""])
def test_an_address_that_is_no_stores_is_told(url: str) -> None:
    with pytest.raises(SettingsError, match="GRAPHFERRY_VALKEY_URL") as told:
        Settings.from_environ({"GRAPHFERRY_VALKEY_URL": url})
    assert "s3cret" not in str(told.value)
