"""A whole stack over the session's engines: real processes, reached over HTTP as users reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from shared.settings.databases import DatabaseSettings
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack


@pytest.fixture(scope="module")
def stack(
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Stack]:
    """Two tenants, one worker, the databases `current` and `lts`; a module's ENVIRON may say more."""
    databases = {"current": neo4j_2026, "lts": neo4j_526}
    folder = tmp_path_factory.mktemp("stack")
    with open_stack(
        folder,
        tenants=("acme", "globex"),
        databases=databases,
        valkey_for=valkey_for,
        archives_for=archives_for,
        environ=getattr(request.module, "ENVIRON", {}),
    ) as opened:
        yield opened
