"""Statements about the catalogue and the server."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.names import STAGED, name_of

PROBE = "RETURN datetime('2000-01-01T00:00:00Z') AS value"
ENGINE_VERSION = "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]"
DATABASE_ACCESS = "SHOW DATABASE $name YIELD access, currentStatus, statusMessage"
"""Of each member of its cluster that has it."""

DATABASE_ID = "CALL dbms.info() YIELD id AS server CALL db.info() YIELD id RETURN server + '/' + id"
"""A dump that another server has loaded may have the same id there."""

CATALOGUE_ENTRIES = """
MATCH (entry:Application) WHERE entry.Name IS NOT NULL AND ($name IS NULL OR entry.Name = $name)
RETURN properties(entry)
"""


LABELS_IN_USE = "CALL db.labels() YIELD label WITH label WHERE label IN $labels RETURN collect(label)"
"""One row: those of $labels that some node carries."""

LABELLED_ENTRIES = "MATCH (entry:Application) WHERE entry.Name IS NOT NULL RETURN properties(entry), labels(entry)"

CATALOGUE_NODES = """
MATCH (entry:Application) WHERE entry.Name IS NOT NULL RETURN elementId(entry), properties(entry)
"""

HELD_ENTRY = """
MATCH (entry:Application) WHERE elementId(entry) = $entry AND entry.Name IS NOT NULL
SET entry.Name = entry.Name
RETURN properties(entry), labels(entry)
"""
"""What the node says, which nobody changes before the transaction ends."""

SET_ENTRY = "MATCH (entry:Application) WHERE elementId(entry) = $entry SET entry += $values"
REMOVE_ENTRY = "MATCH (entry:Application) WHERE elementId(entry) = $entry DETACH DELETE entry"

ALL_RELATIONSHIPS = "MATCH ()-[r]->() RETURN count(r)"
"""Answered from the server's own counters."""


LABELS_OF_ENTRIES = """
MATCH (entry:Application) WHERE entry.Name IS NOT NULL
UNWIND labels(entry) AS label
WITH DISTINCT label WHERE label IN $labels
RETURN collect(label)
"""
"""One row: those of $labels that some entry carries."""


def label_in_use(label: str) -> str:
    """Whether any node carries the label."""
    return f"MATCH (n:{name_of(label, 'label')}) RETURN true LIMIT 1"


def label_overlaps(label: str) -> str:
    """Whether any node with the label has one of $others too, or is being imported."""
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE n:{STAGED} OR any(each IN labels(n) WHERE each IN $others)
    RETURN true LIMIT 1
    """
