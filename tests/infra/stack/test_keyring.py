"""Tests of the kept keys."""

from __future__ import annotations

from pathlib import Path

from infra.stack.keyring import ROLES, Keyring
from shared.api_keys import is_well_formed


def test_a_second_start_finds_the_same_keys(tmp_path: Path) -> None:
    file = tmp_path / "keyring.json"
    first = Keyring.open(file, tenants=["acme"])
    second = Keyring.open(file, tenants=["acme", "globex"])
    assert second.tenants["acme"] == first.tenants["acme"]
    assert second.super_admin == first.super_admin
    assert second.neo4j_password == first.neo4j_password
    assert second.installation == first.installation
    assert set(second.tenants["globex"]) == set(ROLES)


def test_keys_differ_and_are_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keyring.json"
    keyring = Keyring.open(file, tenants=["acme", "globex"])
    keys = [keyring.super_admin, *(key for users in keyring.tenants.values() for key in users.values())]
    assert len(set(keys)) == 11
    assert all(map(is_well_formed, keys))
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_installations_have_different_names(tmp_path: Path) -> None:
    one, two = (Keyring.open(tmp_path / name, tenants=[]) for name in "ab")
    assert one.installation != two.installation
