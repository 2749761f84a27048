"""Tests of choosing ports."""

from __future__ import annotations

import socket

from infra.engines.ports import choose_port, is_free


def test_a_port_in_use_is_not_free() -> None:
    port = choose_port()
    assert is_free(port)
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()
        assert not is_free(port)


def test_ports_stay_out_of_the_way_of_outgoing_connections() -> None:
    assert all(15_000 <= choose_port() < 32_000 for _ in range(50))
