"""Profiles are stored safely, and a key goes nowhere but to its gateway."""

from __future__ import annotations

import stat
from pathlib import Path

import orjson
import pytest

from shared.cli.access import Access, find_access
from shared.cli.errors import UsageError
from shared.cli.options import Options
from shared.cli.profiles import Profile, Profiles
from tests.shared.cli.conftest import Desk
from tests.support.command_line import CommandLine

HERE, THERE = "https://here.example", "https://there.example"


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    made = Profiles.of({"XDG_CONFIG_HOME": str(tmp_path / "config")})
    made.put("default", Profile(url=HERE, key="gf_stored", tenant="acme"))
    made.put("other", Profile(url=THERE, key="gf_other"))
    return made


def test_the_file_is_for_its_owner_alone(profiles: Profiles) -> None:
    assert stat.S_IMODE(profiles.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(profiles.file.parent.stat().st_mode) == 0o700
    assert [each.name for each in profiles.file.parent.iterdir()] == ["profiles.json"]


@pytest.mark.parametrize(
    ("options", "environ", "found"),
    [
        (Options(), {}, Access(url=HERE, key="gf_stored", tenant="acme")),
        (Options(profile="other"), {}, Access(url=THERE, key="gf_other")),
        (Options(), {"GRAPHFERRY_PROFILE": "other"}, Access(url=THERE, key="gf_other")),
        (Options(profile="default"), {"GRAPHFERRY_PROFILE": "other"}, Access(url=HERE, key="gf_stored", tenant="acme")),
        (Options(tenant="globex"), {}, Access(url=HERE, key="gf_stored", tenant="globex")),
        (Options(), {"GRAPHFERRY_TENANT": "globex"}, Access(url=HERE, key="gf_stored", tenant="globex")),
        (Options(), {"GRAPHFERRY_KEY": "gf_mine"}, Access(url=HERE, key="gf_mine", tenant="acme")),
        (Options(), {"GRAPHFERRY_KEY": "gf_mine\n"}, Access(url=HERE, key="gf_mine", tenant="acme")),
        (Options(url=f"{HERE}/"), {}, Access(url=HERE, key="gf_stored", tenant="acme")),
        (Options(url=THERE), {"GRAPHFERRY_KEY": "gf_mine"}, Access(url=THERE, key="gf_mine")),
        (Options(), {"GRAPHFERRY_URL": THERE, "GRAPHFERRY_KEY": "gf_mine"}, Access(url=THERE, key="gf_mine")),
    ],
)
def test_options_go_before_the_environment_before_profiles(
    profiles: Profiles, options: Options, environ: dict[str, str], found: Access
) -> None:
    assert find_access(options, environ, profiles) == found


@pytest.mark.parametrize("environ", [{"GRAPHFERRY_URL": THERE}, {"GRAPHFERRY_URL": f"{HERE}:8443"}])
def test_a_stored_key_does_not_go_to_another_gateway(profiles: Profiles, environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="There is no key"):
        find_access(Options(), environ, profiles)


def test_a_damaged_file_is_named(profiles: Profiles) -> None:
    profiles.file.write_text("[]")
    with pytest.raises(UsageError, match=r"profiles\.json"):
        profiles.read()


def test_keys_are_not_in_what_debuggers_print(profiles: Profiles) -> None:
    assert "gf_stored" not in repr(profiles.read())
    assert "gf_stored" not in repr(find_access(Options(), {}, profiles))


async def test_a_login_reads_the_key_from_stdin_then_serves_every_command(desk: Desk) -> None:
    environ = {"HOME": str(desk.home)}
    somebody = CommandLine(environ=environ)
    key = desk.world.keys["importer"]
    ending = await somebody("login", f"{desk.proxy.url}/", "--profile", "work", typed=f"{key}\n")
    assert ending.code == 0
    assert "work" in ending.messages
    assert key not in ending.messages + ending.output
    file = desk.home / ".config" / "graphferry" / "profiles.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert orjson.loads(file.read_bytes())["work"] == {"url": desk.proxy.url, "key": key, "tenant": None}
    (me,) = (await somebody("whoami", "--profile", "work", "--json")).lines
    assert (me["user"], me["tenant"]) == ("importer", "acme")
    assert (await somebody("logout", "--profile", "work")).code == 0
    assert (await somebody("logout", "--profile", "work")).code == 2
    assert (await somebody("whoami", "--profile", "work")).code == 2


async def test_a_bad_key_is_not_stored(desk: Desk) -> None:
    somebody = CommandLine(environ={"HOME": str(desk.home)})
    assert (await somebody("login", desk.proxy.url, typed="gf_bad\n")).code == 4
    assert (await somebody("login", desk.proxy.url, typed="")).code == 2
    assert not desk.home.exists()


async def test_a_super_admin_names_the_tenant(desk: Desk) -> None:
    root = desk.as_("root")
    assert (await root("archives", "list")).code == 2
    assert (await root("archives", "list", "--tenant", "acme")).code == 0


async def test_a_key_on_an_open_line_is_warned_of(tmp_path: Path) -> None:
    somebody = CommandLine(environ={"HOME": str(tmp_path)})
    ending = await somebody("login", "http://192.0.2.1:1", typed="")
    assert "not encrypted" in ending.messages
