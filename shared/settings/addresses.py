"""What the addresses of engines may look like. No message quotes what may be a part of a password."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

_DATABASE_SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_WEB_SCHEMES: Final = ("http", "https")
_STORE_SCHEMES: Final = (
    *("redis", "rediss", "redis+sentinel", "rediss+sentinel"),
    *("redis+cluster", "rediss+cluster", "unix"),
)
_TLS_SCHEMES: Final = frozenset(
    {"rediss", "rediss+sentinel", "rediss+cluster", "bolt+s", "bolt+ssc", "neo4j+s", "neo4j+ssc"}
)
_SENTINEL: Final = "+sentinel"
_CLUSTER: Final = "+cluster"
_ANY_CERTIFICATE: Final = "+ssc"

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*")
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_HOST: Final = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+(%\w+)?")
_NUMBER: Final = re.compile(r"[0-9]*")


class _Values(NamedTuple):
    """What an option may be."""

    pattern: str
    words: str


_TEXT: Final = _Values(".+", "a text")
_WHOLE: Final = _Values("[0-9]+", "a whole number")
_SECONDS: Final = _Values(r"[0-9]+(\.[0-9]+)?", "a number of seconds")
_SWITCH: Final = _Values("(?i:yes|no|true|false|1|0)", "yes or no")

_OPTIONS: Final[Mapping[str, _Values]] = {
    "client_name": _TEXT,
    "db": _WHOLE,
    "health_check_interval": _WHOLE,
    "max_connections": _WHOLE,
    "password": _TEXT,
    "socket_connect_timeout": _SECONDS,
    "socket_keepalive": _SWITCH,
    "socket_timeout": _SECONDS,
    "username": _TEXT,
}
_TLS_OPTIONS: Final[Mapping[str, _Values]] = {
    "ssl_ca_certs": _TEXT,
    "ssl_cert_reqs": _Values("none|optional|required", "none, optional or required"),
    "ssl_certfile": _TEXT,
    "ssl_check_hostname": _SWITCH,
    "ssl_ciphers": _TEXT,
    "ssl_keyfile": _TEXT,
}
_SENTINEL_OPTIONS: Final[Mapping[str, _Values]] = {"sentinel_password": _TEXT, "sentinel_username": _TEXT}


def is_encrypted(address: str) -> bool:
    """Whether connections to this address are by TLS."""
    return address.partition("://")[0] in _TLS_SCHEMES


def is_cluster(address: str) -> bool:
    """Whether an address of the store names nodes of a cluster."""
    return address.partition("://")[0].endswith(_CLUSTER)


def is_routed(address: str) -> bool:
    """Whether an address of Neo4j is that of a cluster, whose members the driver finds out."""
    return address.startswith("neo4j")


def trusts_anybody(address: str) -> bool:
    """Whether whatever certificate a server shows is taken."""
    parts = urlsplit(address)
    return parts.scheme.endswith(_ANY_CERTIFICATE) or ("ssl_cert_reqs", "none") in parse_qsl(parts.query)


def has_option(address: str, name: str) -> bool:
    """Whether an address has this option."""
    return name in dict(parse_qsl(urlsplit(address).query))


def require_database_address(uri: str) -> str:
    """Return the address of a Neo4j. Raises: ValueError."""
    parts = _split(uri, _DATABASE_SCHEMES)
    if "@" in uri:
        raise ValueError("must hold neither user nor password: these are fields of their own")
    _require_host(parts.netloc)
    if parts.path not in {"", "/"} or parts.fragment:
        raise ValueError("must end after host and port: the name of the database is the field `database`")
    if parts.query and parts.scheme.startswith("bolt"):
        raise ValueError("has options, which neo4j:// alone can have: those of routing")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    names = {name for name, _ in pairs}
    if len(names) < len(pairs) or "address" in names or not all(value for _, value in pairs):
        raise ValueError("has options that are no routing context: each is name=value, once, and not `address`")
    return uri


def require_store_address(url: str) -> str:
    """Return the address of a Valkey, of sentinels or of a cluster. Raises: ValueError."""
    try:
        _check_store_address(url)
    except ValueError:
        _, _, rest = url.partition("://")
        if "@" in "".join(re.split("([/?#])", rest, maxsplit=1)[1:]):  # the rest of a password, perhaps
            raise ValueError(
                "cannot be read: in a user and a password write %40 for @, %2F for /, %3A for :, %3F for ?, %23 for #"
            ) from None
        raise
    return url


def require_collector_address(url: str) -> str:
    """Return the address of what collects traces. Raises: ValueError."""
    return _require_web_address(url, "what the collector asks for is in the headers")


def require_endpoint(url: str) -> str:
    """Return the address of an object store. Raises: ValueError."""
    return _require_web_address(url, "the object store's credentials come from the environment")


def _require_web_address(url: str, instead: str) -> str:
    parts = _split(url, _WEB_SCHEMES)
    if "@" in url:
        raise ValueError(f"must hold neither user nor password: {instead}")
    _require_host(parts.netloc)
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ValueError("must end after host, port and path")
    return url


def _check_store_address(url: str) -> None:
    parts = _split(url, _STORE_SCHEMES)
    hosts = parts.netloc.rpartition("@")[2]
    number = parts.path.strip("/")
    if parts.fragment:
        raise ValueError("must have nothing after a #")
    if parts.scheme == "unix":
        if hosts or not number:
            raise ValueError("must name a socket by its whole path, such as unix:///run/valkey.sock")
        number = ""
    else:
        names_several = parts.scheme.endswith((_SENTINEL, _CLUSTER))
        for host in hosts.split(",") if names_several else [hosts]:
            _require_host(host)
    if parts.scheme.endswith(_SENTINEL):
        name, _, number = number.partition("/")
        if not name:
            raise ValueError("lacks the name that the sentinels watch, as in redis+sentinel://host:26379/name/0")
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"ends in {number!r}, which is no number of a database")
    _check_options(parts)
    if is_cluster(url) and {number, dict(parse_qsl(parts.query)).get("db", "0")} - {"", "0"}:
        raise ValueError("names another database than 0, the only one that a cluster has")


def _check_options(parts: SplitResult) -> None:
    tls = _TLS_OPTIONS if parts.scheme in _TLS_SCHEMES else {}
    options = {**_OPTIONS, **tls, **(_SENTINEL_OPTIONS if parts.scheme.endswith(_SENTINEL) else {})}
    given = parse_qsl(parts.query, keep_blank_values=True)
    for name, value in given:
        if name not in options:
            told = "an option" if "password=" in parts.query else f"the option {name!r}"
            raise ValueError(f"has {told}, which is none of {', '.join(sorted(options))}")
        if not re.fullmatch(options[name].pattern, value):
            raise ValueError(f"must have {options[name].words} as the option {name}")
    checks_hostname = dict(given).get("ssl_check_hostname", "no").lower() in {"yes", "true", "1"}
    if ("ssl_cert_reqs", "none") in given and checks_hostname:
        raise ValueError("has ssl_check_hostname, which takes a certificate, with ssl_cert_reqs=none, which takes none")


def _split(address: str, schemes: Collection[str]) -> SplitResult:
    if _BLANK.search(address):
        raise ValueError("must have no spaces, line breaks or control characters")
    scheme, mark, _ = address.partition("://")
    if not mark or scheme not in schemes:
        told = f", not with {scheme}://" if mark and _SCHEME.fullmatch(scheme) else ""
        raise ValueError(f"must begin with {', '.join(f'{each}://' for each in schemes)}{told}")
    try:
        return urlsplit(address)
    except ValueError:  # which may quote it
        raise ValueError("has a host that cannot be read") from None


def _require_host(text: str) -> None:
    """Refuse what is not a host, with a port or without."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:  # which may quote it
        raise ValueError("has a host or a port that cannot be read: a port is a number from 1 to 65535") from None
    if not host:
        raise ValueError("names no host")
    if not _HOST.fullmatch(host) or port == 0:
        raise ValueError("names what is no host and port, such as one.example:7687")
