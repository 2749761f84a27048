"""What a stack consists of, from the command line and the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.engines.maven import download_server
from infra.engines.neo4j import Neo4jServer
from infra.engines.object_stores import ObjectStoreServer
from infra.engines.ports import choose_port, is_free
from infra.engines.process import EngineError
from infra.engines.valkey import ValkeyServer
from infra.engines.versions import CURRENT
from infra.stack.data_dir import KEYRING
from infra.stack.keyring import Keyring
from infra.stack.supervisor import LONGEST_PAUSE_SECONDS
from shared.settings.process import PREFIX, Settings

_DEFAULT_DATABASES = ("source", "target")
_PREFIX = "stack"
"""What the keys of the bucket begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRequest:
    """What a command line asks for."""

    data_dir: Path
    tenants: Sequence[str]
    databases: Sequence[str] | None = None
    """None: those that the environment names, else the default ones."""
    workers: int = 1
    neo4j_version: str = CURRENT
    is_short_lived: bool = False
    has_bucket: bool = False
    """Whether archives are in an object store."""
    longest_pause: float = LONGEST_PAUSE_SECONDS
    """The most seconds before a gateway or worker that dies again and again is started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """A stack that is not started yet. What the user already has is named in the settings; the rest is embedded."""

    settings: Settings
    """As every gateway and worker of the stack gets them."""
    keyring: Keyring
    tenants: Sequence[str]
    workers: int
    valkey: ValkeyServer | None
    """None where the user names one."""
    neo4j: Mapping[str, Neo4jServer]
    """By database; without those that the user names."""
    objects: ObjectStoreServer | None = None
    """None where archives are in a folder, or where the user names a bucket."""
    longest_pause: float = LONGEST_PAUSE_SECONDS
    """As in the request."""
    room_program: Sequence[str] = ("-m",)
    """What Python is told before a room's name."""

    @classmethod
    def make(cls, request: StackRequest, environ: Mapping[str, str]) -> Self:
        """Choose ports, read the keyring. Raises: SettingsError; EngineError for a port that is taken."""
        given = Settings.from_environ(environ)
        names = request.databases or tuple(given.databases) or _DEFAULT_DATABASES
        keyring = Keyring.open(request.data_dir / KEYRING, tenants=request.tenants)
        valkey = None
        if "valkey_url" not in given.model_fields_set:
            valkey = ValkeyServer(directory=request.data_dir / "valkey")
        objects = _embed_objects(request) if request.has_bucket and given.archives is None else None
        neo4j = {name: _embed(name, request, keyring) for name in names if name not in given.databases}
        settings = given.model_copy(
            update={
                "data_dir": request.data_dir,
                "databases": {name: neo4j[name].settings if name in neo4j else given.databases[name] for name in names},
                "valkey_url": valkey.url if valkey else given.valkey_url,
                "archives": objects.address(_PREFIX) if objects else given.archives,
                "scratch_dir": request.data_dir / "scratch" if objects else given.scratch_dir,
                "port": _require_port(environ, "PORT", given.port, given.host),
                "metrics_port": _require_port(environ, "METRICS_PORT", given.metrics_port, given.host),
                "installation": environ.get(f"{PREFIX}INSTALLATION", keyring.installation),
            }
        )
        return cls(
            settings=settings,
            keyring=keyring,
            tenants=request.tenants,
            workers=request.workers,
            valkey=valkey,
            neo4j=neo4j,
            objects=objects,
            longest_pause=request.longest_pause,
        )

    def download(self) -> None:
        """Have the embedded servers' programs on this machine. Raises: EngineError."""
        for version in {server.version for server in self.neo4j.values()}:
            download_server(version)


def _embed(name: str, request: StackRequest, keyring: Keyring) -> Neo4jServer:
    return Neo4jServer(
        directory=request.data_dir / f"neo4j-{name}",
        version=request.neo4j_version,
        password=keyring.neo4j_password,
        name=f"neo4j-{name}",
        is_short_lived=request.is_short_lived,
    )


def _embed_objects(request: StackRequest) -> ObjectStoreServer:
    """Choose the store that is Python alone, so that it runs wherever a stack does, and knows conditional writes."""
    return ObjectStoreServer(directory=request.data_dir / "objects", is_conditional=True)


def _require_port(environ: Mapping[str, str], name: str, given: int, host: str) -> int:
    if f"{PREFIX}{name}" not in environ or given == 0:
        return choose_port()
    if not is_free(given, host):
        raise EngineError(f"Port {given} of {host} is taken: stop its user, or set {PREFIX}{name} to another port.")
    return given
