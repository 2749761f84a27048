"""A Valkey Cluster: three masters, the first of which owns the keys in question, and a replica of that one.

Or three masters behind TLS: the embedded server speaks none, so a front stands before each, and its port is announced.
Replicas would go by the announced ports, too, so there are none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import RedisError
from typing_extensions import override

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process
from tests.support.faults.valkey import LastingServer
from tests.support.least_rights import give_user, log_in
from tests.support.tls import open_tls_front

SETTLED_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class ClusterNode(LastingServer):
    """A server that is a node of a cluster."""

    bus_port: int = field(default_factory=choose_port)
    front_port: int = 0
    """Where clients reach it by TLS, if anywhere."""

    @override
    def _command(self) -> list[str | Path]:
        options = {
            "cluster-enabled": "yes",
            "cluster-node-timeout": "2000",
            "cluster-port": str(self.bus_port),
            "cluster-allow-replica-migration": "no",  # each keeps its part, also without a slot
            "repl-diskless-sync-delay": "0",
            **({"cluster-announce-port": str(self.front_port)} if self.front_port else {}),
        }
        return [*super()._command(), *(word for name, value in options.items() for word in (f"--{name}", value))]


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Its nodes, and what may become of them."""

    nodes: Sequence[ClusterNode]
    """Three masters and perhaps a replica, as they were at first."""
    processes: dict[int, Process] = field(default_factory=dict)
    """By port."""

    @property
    def url(self) -> str:
        hosts = ",".join(f"{LOOPBACK}:{each.front_port or each.port}" for each in self.nodes)
        return f"redis{'s' if self.nodes[0].front_port else ''}+cluster://{hosts}/0"

    @property
    def all_known(self) -> str:
        """What a node says that knows of all others."""
        return f"cluster_known_nodes:{len(self.nodes)}"

    def admit(self, *installations: str) -> str:
        """Give the same address with a user of least rights, whom every node knows."""
        (user,) = {give_user(node.url, *installations) for node in self.nodes}
        return log_in(self.url, user)

    def ask(self, node: ClusterNode, *command: str | int) -> Any:
        with Redis(port=node.port, decode_responses=True) as client:
            return client.execute_command(*command)

    def empty(self) -> None:
        for each in self.nodes:
            if self._read_role(each) == "master":
                self.ask(each, "FLUSHALL")

    def find_owner(self, installation: str) -> ClusterNode:
        """Give the node that owns the keys of an installation, by what all nodes say."""
        slot, end = find_slot(installation), time.monotonic() + SETTLED_SECONDS
        while True:
            ports = {_find_owner(self.ask(each, "CLUSTER", "SLOTS"), slot) for each in self.nodes}
            if len(ports) == 1:
                (port,) = ports
                return next(each for each in self.nodes if each.port == port)
            assert time.monotonic() < end, ports
            time.sleep(0.05)

    def fail_over(self) -> None:
        """Have the one replica of now take its master's place, and wait until all know."""
        self.wait_until_settled()
        (replica,) = [each for each in self.nodes if self._read_role(each) == "slave"]
        self.ask(replica, "CLUSTER", "FAILOVER")
        end = time.monotonic() + SETTLED_SECONDS
        while self._read_role(replica) != "master":
            assert time.monotonic() < end, "the replica does not take over"
            time.sleep(0.02)
        self.wait_until_settled()

    def kill_owner(self, installation: str) -> None:
        """Kill the owner of the keys, wait for its replica in its place, and start it again."""
        owner = self.find_owner(installation)
        self.processes[owner.port].kill()
        others, end = [each for each in self.nodes if each is not owner], time.monotonic() + SETTLED_SECONDS
        slot = find_slot(installation)
        while {_find_owner(self.ask(each, "CLUSTER", "SLOTS"), slot) for each in others} == {owner.port}:
            assert time.monotonic() < end, "nobody takes the place of the killed"
            time.sleep(0.05)
        self.start(owner)

    def begin_moving(self, installation: str, target: ClusterNode) -> None:
        """Begin to move the slot, key by key: some are at one server and some at the other."""
        slot, owner = find_slot(installation), self.find_owner(installation)
        self.ask(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", self._read_id(owner))
        self.ask(owner, "CLUSTER", "SETSLOT", slot, "MIGRATING", self._read_id(target))

    def end_moving(self, installation: str, target: ClusterNode) -> None:
        """Move all keys of the slot that are still at its owner."""
        slot, owner = find_slot(installation), self.find_owner(installation)
        while keys := self.ask(owner, "CLUSTER", "GETKEYSINSLOT", slot, 100):
            self.ask(owner, "MIGRATE", LOOPBACK, target.port, "", 0, 5000, "KEYS", *keys)
        for each in (target, owner):
            self.ask(each, "CLUSTER", "SETSLOT", slot, "NODE", self._read_id(target))

    def start(self, node: ClusterNode) -> None:
        self.processes[node.port] = node.start()
        node.wait_until_ready(self.processes[node.port])

    def wait_until_settled(self) -> None:
        """Wait until every node finds the cluster well, and the replica follows."""
        end = time.monotonic() + SETTLED_SECONDS
        while not self._is_settled():
            assert time.monotonic() < end, "the cluster does not settle"
            time.sleep(0.05)

    def _is_settled(self) -> bool:
        with suppress(RedisError, OSError):
            roles = [self._read_role(each) for each in self.nodes]
            infos = [self.ask(each, "CLUSTER", "INFO") for each in self.nodes]
            followed = [self.ask(each, "INFO", "replication").get("slave0", {}).get("state") for each in self.nodes]
            replicas = len(self.nodes) - 3
            return (
                sorted(roles) == ["master"] * 3 + ["slave"] * replicas
                and followed.count("online") == replicas
                and all("cluster_state:ok" in each and self.all_known in each for each in infos)
            )
        return False

    def _read_role(self, node: ClusterNode) -> str:
        return str(self.ask(node, "INFO", "replication")["role"])

    def _read_id(self, node: ClusterNode) -> str:
        return str(self.ask(node, "CLUSTER", "MYID"))


def find_slot(installation: str) -> int:
    return key_slot(f"{{{installation}}}".encode())


def _find_owner(ranges: Any, slot: int) -> int:
    """Read the port out of what CLUSTER SLOTS answers."""
    return next((owner[1] for first, last, owner, *_ in ranges if first <= slot <= last), 0)


@contextmanager
def open_cluster(folder: Path, installation: str) -> Iterator[Cluster]:
    """Start a cluster whose one replica follows the owner of the installation's keys; kill it at the end."""
    nodes = [ClusterNode(directory=folder / f"node-{number}", name=f"node-{number}") for number in range(4)]
    cluster = Cluster(nodes=nodes)
    try:
        for node in nodes:
            cluster.start(node)
        _join(cluster, find_slot(installation))
        yield cluster
    finally:
        for process in cluster.processes.values():
            process.kill()


@contextmanager
def open_tls_cluster(folder: Path, certificate: Path) -> Iterator[Cluster]:
    """Start three masters that are reached by TLS, whose fronts show this certificate; kill them at the end."""
    with ExitStack() as exits:
        ports = [choose_port() for _ in range(3)]
        fronts = [exits.enter_context(open_tls_front(port, certificate)) for port in ports]
        nodes = [
            ClusterNode(directory=folder / f"node-{number}", name=f"node-{number}", port=port, front_port=front)
            for number, (port, front) in enumerate(zip(ports, fronts, strict=True))
        ]
        cluster = Cluster(nodes=nodes)
        try:
            for node in nodes:
                cluster.start(node)
            third = REDIS_CLUSTER_HASH_SLOTS // 3
            _introduce(cluster, [(0, third), (third + 1, 2 * third), (2 * third + 1, REDIS_CLUSTER_HASH_SLOTS - 1)])
            cluster.wait_until_settled()
            yield cluster
        finally:
            for process in cluster.processes.values():
                process.kill()


def _join(cluster: Cluster, slot: int) -> None:
    first, *_, replica = cluster.nodes
    _introduce(cluster, [(slot, slot), (0, slot - 1), (slot + 1, REDIS_CLUSTER_HASH_SLOTS - 1)])
    end = time.monotonic() + SETTLED_SECONDS
    while True:
        with suppress(RedisError):  # it may not know the master yet
            cluster.ask(replica, "CLUSTER", "REPLICATE", cluster.ask(first, "CLUSTER", "MYID"))
            break
        assert time.monotonic() < end, "the replica does not know its master"
        time.sleep(0.05)
    cluster.wait_until_settled()


def _introduce(cluster: Cluster, ranges: Sequence[tuple[int, int]]) -> None:
    """Give the first nodes their slots, and wait until all nodes know each other."""
    for node, bounds in zip(cluster.nodes, ranges, strict=False):
        cluster.ask(node, "CLUSTER", "ADDSLOTSRANGE", *bounds)
    for number, node in enumerate(cluster.nodes):
        cluster.ask(node, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    first, *others = cluster.nodes
    for node in others:
        cluster.ask(node, "CLUSTER", "MEET", LOOPBACK, first.port, first.bus_port)
    end = time.monotonic() + SETTLED_SECONDS
    while any(cluster.all_known not in cluster.ask(each, "CLUSTER", "INFO") for each in cluster.nodes):
        assert time.monotonic() < end, "the nodes do not meet"
        time.sleep(0.05)
