from __future__ import annotations

import pytest

from tests.support.archives.making import Maker


@pytest.fixture
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("archives"))
