"""The Neo4j versions that every change is tested on."""

from __future__ import annotations

CURRENT = "2026.08.1"
LTS = "5.26.30"
