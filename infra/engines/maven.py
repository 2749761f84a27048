"""Downloads Neo4j's server from Maven Central, once for all checkouts."""

from __future__ import annotations

from pathlib import Path

from infra.engines.cache import cache_dir, cache_lock
from infra.engines.process import EngineError


def download_server(version: str) -> Path:
    """Return a folder with the server's `jars/` and `modules/`. Raises: EngineError when it cannot be downloaded."""
    cache = cache_dir()
    stamp = cache / f"neo4j-{version}.path"
    with cache_lock(cache):
        if not stamp.exists() or not Path(stamp.read_text()).is_dir():
            stamp.write_text(str(_resolve(version, cache)))
    return Path(stamp.read_text())


def _resolve(version: str, cache: Path) -> Path:
    import jgo  # noqa: PLC0415 - slow to import and needed the first time only

    try:
        environment = jgo.build(f"org.neo4j.app:neo4j-server:{version}+org.neo4j:neo4j:{version}", cache_dir=cache)
    except (RuntimeError, ValueError, OSError) as error:  # what jgo raises, its HTTP errors being OSErrors
        raise EngineError(
            f"Neo4j {version} could not be downloaded from Maven Central: {error}\n"
            "Check the network (a proxy is taken from HTTPS_PROXY), the version and the disk space, then try again."
        ) from error
    return Path(environment.path)
