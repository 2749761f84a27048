"""A login that was turned down is not tried again and again."""

from __future__ import annotations

from itertools import pairwise

import pytest
from neo4j.exceptions import Neo4jError

from shared.adapters.neo4j.admission import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Admission
from shared.adapters.neo4j.server_errors import NotAdmittedError, translated
from shared.errors import DatabaseUnavailableError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def is_asked(admission: Admission, *, admitted: bool) -> bool:
    """Whether a statement got to the server, which admits us or not."""
    asked = []

    def ask() -> None:
        with admission.asking():
            asked.append(True)
            if not admitted:
                turn_down()

    if admitted and admission.is_open:
        ask()
    else:
        with pytest.raises(NotAdmittedError, match="the password is wrong"):
            ask()
    return bool(asked)


def turn_down() -> None:
    raise NotAdmittedError("the password is wrong")


def test_waits_grow_up_to_a_bound() -> None:
    clock = Clock()
    admission = Admission("one", clock)
    asked = []
    for second in range(200):
        clock.now = float(second)
        if is_asked(admission, admitted=False):
            asked.append(second)
    waits = [after - before for before, after in pairwise(asked)]
    assert waits == [FIRST_WAIT_SECONDS, 10, 20, 40, LONGEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS]


def test_once_admitted_all_is_as_before() -> None:
    clock = Clock()
    admission = Admission("one", clock)
    assert is_asked(admission, admitted=False)
    clock.now = FIRST_WAIT_SECONDS
    assert is_asked(admission, admitted=True)
    assert is_asked(admission, admitted=True)
    assert is_asked(admission, admitted=False)
    clock.now += FIRST_WAIT_SECONDS
    assert is_asked(admission, admitted=True)


@pytest.mark.parametrize("name", ["Unauthorized", "AuthenticationRateLimit", "CredentialsExpired", "TokenExpired"])
def test_what_turns_a_login_down(name: str) -> None:
    error = Neo4jError._hydrate_neo4j(code=f"Neo.ClientError.Security.{name}", message="no")
    with pytest.raises(NotAdmittedError), translated("one"):
        raise error


def test_what_a_user_may_not_do_turns_no_login_down() -> None:
    error = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Security.Forbidden", message="no")
    with pytest.raises(DatabaseUnavailableError) as raised, translated("one"):
        raise error
    assert not isinstance(raised.value, NotAdmittedError)
