"""Who may have a job import: by the right that a dialect submits with, and by the surface that a record names."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from shared.caller import Caller
from shared.errors import ForbiddenError
from shared.identity import Principal, Role, Tenant
from shared.jobs.record import Surface
from shared.jobs.requests import ApplicationChoice, ConflictAction, CopyRequest, ImportRequest
from shared.resources import Resources
from shared.rights.jobs import ImportRight, require_import_rights, require_rights
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.identity import MemoryIdentity
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import make_resources, make_settings

ARCHITECT = frozenset({Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR})
OVERWRITE = ImportRequest(database="target", archive_name="a.zip", on_conflict=ConflictAction.OVERWRITE)
CHOICE = ApplicationChoice(source_name="App", name="App", on_conflict=ConflictAction.OVERWRITE)
COPY = CopyRequest(from_database="target", to_database="target", choices=(CHOICE,))


def caller_with(roles: frozenset[Role]) -> Caller:
    return Caller(principal=Principal(user="ann", tenant="acme", roles=roles), tenant="acme")


def outcome(*, may: bool) -> AbstractContextManager[object]:
    return nullcontext() if may else pytest.raises(ForbiddenError)


@pytest.fixture
async def resources(tmp_path: Path) -> Resources:
    identity = MemoryIdentity()
    await identity.create_tenant(Tenant(name="acme", databases=("target",)))
    made = make_resources(make_settings(tmp_path), MemoryJobStore(), identity)
    return replace(made, sources={"target": MemorySource(MemoryDatabase(name="target"))})


@pytest.mark.parametrize(
    ("roles", "right", "may"),
    [
        (frozenset({Role.ADMIN}), ImportRight.ROLES, True),
        (frozenset({Role.ADMIN}), ImportRight.CATALOGUE, True),
        (frozenset({Role.IMPORTER}), ImportRight.ROLES, False),
        (ARCHITECT, ImportRight.ROLES, False),
        (ARCHITECT, ImportRight.CATALOGUE, True),
        (frozenset({Role.ARCHITECT}), ImportRight.CATALOGUE, False),
    ],
)
def test_who_may_overwrite(roles: frozenset[Role], right: ImportRight, *, may: bool) -> None:
    with outcome(may=may):
        require_import_rights(caller_with(roles), right, OVERWRITE)


@pytest.mark.parametrize("request_", [OVERWRITE, replace(OVERWRITE, choices=(CHOICE,)), COPY])
@pytest.mark.parametrize("surface", Surface)
async def test_in_a_record_the_surface_says_by_which_right(
    resources: Resources, surface: Surface, request_: ImportRequest | CopyRequest
) -> None:
    with outcome(may=surface is Surface.DARWIN):
        await require_rights(resources, caller_with(ARCHITECT), surface, request_)
