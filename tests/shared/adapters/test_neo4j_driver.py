"""What the driver raises becomes what callers can act on."""

from __future__ import annotations

import pytest
from neo4j.exceptions import ConnectionAcquisitionTimeoutError, ServiceUnavailable, SessionExpired

from shared.adapters.neo4j_driver import RepeatableError, translated
from shared.errors import DatabaseUnavailableError


def test_a_pool_without_a_free_connection_is_a_database_out_of_reach() -> None:
    with pytest.raises(DatabaseUnavailableError, match="too much to do"), translated("source"):
        raise ConnectionAcquisitionTimeoutError("none within 10 s")


@pytest.mark.parametrize("kind", [ServiceUnavailable, SessionExpired])
def test_a_lost_connection_may_be_tried_again(kind: type[Exception]) -> None:
    with pytest.raises(RepeatableError, match="'source'"), translated("source"):
        raise kind("gone")
