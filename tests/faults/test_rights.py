"""What the tests start reaches the store as a user that may do no more than the documentation says."""

from __future__ import annotations

from tests.faults.conftest import TWO_WORKERS
from tests.support.faults.opening import INSTALLATION
from tests.support.faults.stacks import FaultStack
from tests.support.least_rights import read_users


@TWO_WORKERS
def test_no_process_of_a_stack_is_the_owner_of_the_store(stack: FaultStack) -> None:
    stack.wait_for_gateway()
    assert len(stack.workers) == 2
    assert read_users(stack.valkey.url) == {f"ferry-{INSTALLATION}"}
