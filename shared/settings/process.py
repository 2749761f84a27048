"""Settings: what the environment says, read once at the start of a process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlencode

import orjson
from pydantic import AfterValidator, Field, IPvAnyNetwork, PositiveInt, StringConstraints, ValidationError

from shared.settings.addresses import is_cluster, require_store_address
from shared.settings.archives import ArchiveSettings
from shared.settings.databases import DatabaseSettings
from shared.settings.given_files import SUFFIX, read_secrets
from shared.settings.issuers import IssuerSettings
from shared.settings.limits import LimitSettings
from shared.settings.tls import STORE_OPTIONS, AuthorityFile, CertificateFile, TlsFile
from shared.settings.tracing import TracingSettings
from shared.settings.webhooks import WebhookSettings

PREFIX = "GRAPHFERRY_"

SECRETS = ("valkey_url", "databases", "tracing_headers")
"""Fields that files may hold instead, which variables with `_FILE` at the end name."""

FEWEST_LANES, MOST_LANES = 2, 4
"""By default: while one batch is being written the next is on its way; one Python thread keeps no more lanes busy."""

_READ_ELSEWHERE = frozenset({"CACHE", "URL", "KEY", "TENANT", "PROFILE"})
"""Variables with our prefix that are for the command line, or for what starts engines."""

_JSON_FIELDS = {
    "cors_origins",
    "databases",
    "deadlines",
    "jwt_algorithms",
    "jwt_roles",
    "reference_keys",
    "shared_labels",
    "tracing_headers",
    "trusted_proxies",
    "webhook_networks",
    "webhook_ports",
}

DeadlineOf = Annotated[
    str, StringConstraints(pattern=r"^(imaging|spark|darwin|native)(\.(export|import|copy|delete|undo|inspect))?$")
]


class SettingsError(Exception):
    """The environment does not make sense; the message names each variable."""


class Settings(ArchiveSettings, IssuerSettings, LimitSettings, TracingSettings, WebhookSettings):
    """Everything a gateway or a worker needs to know. Each field is a variable with the prefix GRAPHFERRY_."""

    installation: str = Field(default="graphferry", pattern=r"^[^{}]+$")
    """Names this installation in the journals it writes and in its keys of the job store."""
    valkey_url: Annotated[str, AfterValidator(require_store_address)] = "redis://127.0.0.1:6379/0"
    """The server, the sentinels that know it (`redis+sentinel://one:26379,two:26379/name/0`), or nodes of a cluster
    (`redis+cluster://one:6379,two:6379`)."""
    valkey_ca_file: AuthorityFile = None
    """Certificates of further authorities that may have signed the server's, and the sentinels'."""
    valkey_key_file: TlsFile = None
    valkey_cert_file: CertificateFile = None
    """The certificate that we show, with its key where that is in no file of its own."""
    valkey_replicas: int = Field(default=0, ge=0, le=16)
    """How many replicas of the store must have a submission before it is answered, besides the server's own disk."""
    data_dir: Path = Path("data")
    """Archives, logs, the signing key and the identity mirror; shared by gateways and workers. Unused where archives
    are in an object store."""
    databases: dict[str, DatabaseSettings] = Field(default_factory=dict)
    """JSON: name → what DatabaseSettings has, and `password_file` and `token_file`."""
    reference_keys: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """JSON: label → property keys that tell its nodes apart where no uniqueness constraint does, for references from
    other applications; the first label that a node has counts."""
    shared_labels: tuple[str, ...] = ()
    """JSON: labels whose nodes an import joins to those that the database holds under a uniqueness constraint, although
    the archive does not mark them as shared."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str | None = None
    """What links are built from; absent: what a trusted proxy says, else http://host:port."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """JSON: addresses and networks of proxies whose X-Forwarded-For, -Host, -Proto and -Prefix are believed."""
    imaging_base_path: str = "/imaging/etl/api"
    environment: str = Field(default="default", pattern=r"^[A-Za-z0-9._-]{1,63}$")
    """What may stand before the tenant in the spark surface's paths."""
    spark_max_bytes: int = Field(default=200 * 1024**2, gt=0)
    """The largest archive that the spark surface takes or makes."""
    darwin_wait_seconds: int = Field(default=300, gt=0)
    """How long a request of the darwin surface waits for its job."""
    inspect_seconds: int = Field(default=20, gt=0)
    """How long a request waits for an inspection that may become a job."""
    link_seconds: int = Field(default=15 * 60, gt=0)
    """How long a signed link to a file is good."""
    token_seconds: int = Field(default=5 * 60, gt=0)
    """How long an access token is good."""
    max_upload_bytes: int = Field(default=20 * 1024**3, gt=0)
    upload_seconds: int = Field(default=24 * 3600, gt=0)
    """How long an upload in pieces is kept after the last of them."""
    max_json_bytes: int = Field(default=1024**2, gt=0)
    cors_origins: tuple[str, ...] = ()
    """JSON: origins whose pages may call the API, such as `https://page.example`; `*` is any."""
    requests_per_minute: int = Field(default=60_000, ge=1)
    """How often one user may ask one gateway; a sixth of it at once."""
    max_connections: int = Field(default=2000, ge=1)
    """Open connections of one gateway; further ones are refused."""
    max_connections_per_address: int = Field(default=500, ge=1)
    """Those of one address, with the requests of it that trusted proxies pass on."""
    reader_seconds: float = Field(default=60.0, gt=0)
    """How long a caller may take nothing of an answer under way; then its connection is cut."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where metrics are served; 0 = nowhere."""
    worker_metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where a worker's metrics are served; 0 = nowhere. Each of several processes has the next port."""
    metrics_by_tenant: bool = False
    """Whether metrics tell of each tenant's unfinished jobs: some series for each."""
    failed_logins_per_minute: int = Field(default=60, ge=1)
    """Bad keys from one address that are answered 401; further ones get 429."""

    foreign_label: str | None = None
    """What nodes of foreign GraphML get that name no label."""
    foreign_type: str = Field(default="RELATED", min_length=1)
    """What edges of foreign GraphML get that name no type."""
    foreign_id_property: str | None = None
    """Which property keeps the ids of foreign GraphML's nodes. None: `id`, where ids are not n0, n1 … and no key has
    that name; empty: none."""
    foreign_parent_property: str = "parent"
    """Which property keeps the id of the node whose nested graph holds a node of foreign GraphML; empty: none."""

    read_sessions: int = Field(default=2, ge=1, le=16)
    """Sessions that read one application at once: more pay where server and worker have cores to spare."""
    max_jobs: int = Field(default=1, ge=1, le=2)
    """Jobs that one worker process runs at once."""
    drain_seconds: int = Field(default=0, ge=0)
    """How long a worker that is to stop lets its jobs go on before it hands them off."""
    import_lanes: int = Field(default=0, ge=0, le=16)
    """Batches that one import writes at once; 0: one for each core."""
    lease_seconds: float = Field(default=15.0, gt=0)
    renew_seconds: float = Field(default=3.0, gt=0)
    reap_seconds: float = Field(default=2.0, gt=0)
    deadline_seconds: int = Field(default=24 * 3600, gt=0)
    spark_deadline_seconds: int = Field(default=15 * 60, gt=0)
    deadlines: dict[DeadlineOf, PositiveInt] = Field(default_factory=dict)
    """JSON: a surface, or a surface and a job kind such as `spark.import` → seconds, instead of the two above."""
    keep_ended_days: int = Field(default=30, ge=1)
    """How long the records and logs of ended jobs are kept."""
    audit_days: int = Field(default=365, ge=1, le=3650)
    """How long entries of the audit log are kept."""
    max_schedules: int = Field(default=100, ge=0, le=1000)
    """Schedules that one tenant may have."""
    schedule_interval_seconds: int = Field(default=300, ge=60)
    """The shortest time between two moments of a schedule."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    def find_deadline(self, surface: str, kind: str) -> int:
        """Return how many seconds a job may take, from what is said of both, else of its surface, else of all."""
        general = self.spark_deadline_seconds if surface == "spark" else self.deadline_seconds
        return self.deadlines.get(f"{surface}.{kind}", self.deadlines.get(surface, general))

    @property
    def lanes_of_an_import(self) -> int:
        """How many batches one import writes at once."""
        return self.import_lanes or min(max(FEWEST_LANES, os.cpu_count() or 1), MOST_LANES)

    @property
    def longest_deadline(self) -> int:
        """The most seconds that any job may take."""
        return max(self.deadline_seconds, self.spark_deadline_seconds, *self.deadlines.values())

    @property
    def archives_dir(self) -> Path:
        """The folder of the tenants' archive folders, unless archives are in an object store."""
        return self.data_dir / "archives"

    @property
    def logs_dir(self) -> Path:
        """The folder of the jobs' logs."""
        return self.data_dir / "logs"

    @property
    def signing_file(self) -> Path:
        """The secret that links and tokens are signed with, shared by all gateways."""
        return self.data_dir / "signing.key"

    @property
    def identity_file(self) -> Path:
        """The mirror of tenants and key hashes, from which an empty store is filled again."""
        return self.data_dir / "identity.json"

    @property
    def valkey_address(self) -> str:
        """The address of the store, with the files of TLS, and for a cluster whose keys to find, among its options."""
        files = {name: getattr(self, name) for name in STORE_OPTIONS}
        if files["valkey_cert_file"] and not files["valkey_key_file"]:
            files["valkey_key_file"] = files["valkey_cert_file"]
        # Quoted twice: the client library takes the quotes of an option's value off twice.
        options = {STORE_OPTIONS[name]: quote(str(file)) for name, file in files.items() if file is not None}
        if is_cluster(self.valkey_url):
            options["installation"] = quote(self.installation)
        if not options:
            return self.valkey_url
        return f"{self.valkey_url}{'&' if '?' in self.valkey_url else '?'}{urlencode(options)}"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables with our prefix, and the files that some name.

        Raises: SettingsError naming each variable that is wrong or unknown.
        """
        variables: dict[str, object] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in _READ_ELSEWHERE
        }
        names = {each: name_variable(f"{each}{SUFFIX}") for each in SECRETS if f"{each}{SUFFIX}" in variables}
        try:
            given = read_secrets(variables, SECRETS, name_variable)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        for name in _JSON_FIELDS & given.keys():
            try:
                given[name] = orjson.loads(str(given[name]))
            except orjson.JSONDecodeError as error:
                # Without its cause, which holds the text.
                raise SettingsError(f"{names.get(name) or name_variable(name)} is not JSON: {error}") from None
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError("; ".join(_tell(each["loc"], each["msg"], names) for each in error.errors())) from None


def name_variable(field: str) -> str:
    """Return the variable of a field."""
    return f"{PREFIX}{field.upper()}"


def _tell(place: tuple[int | str, ...], message: str, names: Mapping[str, str]) -> str:
    """Say what is wrong where; the names are those of variables that name files."""
    field, *rest = map(str, place)
    told = ".".join((names.get(field) or name_variable(field), *rest))
    return f"{repr(told)[1:-1]}: {message.removeprefix('Value error, ')}"  # on one line
