"""What the tests start reaches the store as a user that may do no more than the documentation says."""

from __future__ import annotations

from urllib.parse import urlsplit

import psutil
import pytest
from redis import Redis

from tests.support.stacks.stacks import Stack


@pytest.mark.engines
def test_no_process_of_a_stack_is_the_owner_of_the_store(stack: Stack, valkey_server: str) -> None:
    assert stack.request("GET", "/readyz").status == 200
    server = urlsplit(valkey_server).port
    with Redis.from_url(valkey_server, decode_responses=True) as client:
        users = {urlsplit(f"//{each['addr']}").port: each["user"] for each in client.client_list()}
    for name, pid in stack.ready["pids"].items():
        connections = psutil.Process(pid).net_connections("tcp")
        used = {users[each.laddr[1]] for each in connections if each.raddr[1:] == (server,)}
        assert len(used) == 1, name
        assert all(user.startswith("ferry-") for user in used), name
