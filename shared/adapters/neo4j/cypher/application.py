"""Statements that read one application."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.cypher.names import RETIRED, STAGED, has_label

_NOT_CATALOGUE = " AND NOT ({node}:Application AND {node}.Name IS NOT NULL)"


class ApplicationStatements:
    """The statements that read one application, for its scope label."""

    def __init__(self, label: str, *, catalogue_inside: bool) -> None:
        """Catalogue nodes are never content; the filter is left out where none carries the scope label."""
        self._label = label
        self._guard = _NOT_CATALOGUE if catalogue_inside else ""

    def _is_content(self, node: str) -> str:
        return has_label(node, self._label) + self._guard.format(node=node)

    @property
    def node_pattern(self) -> str:
        """Matches each node."""
        return f"MATCH (n) WHERE {self._is_content('n')}"

    @property
    def relationship_pattern(self) -> str:
        """Matches each relationship with both ends inside."""
        return f"MATCH (n)-[r]->(m) WHERE {self._is_content('n')} AND {self._is_content('m')}"

    @property
    def count_nodes(self) -> str:
        """One row: the number of nodes."""
        return f"{self.node_pattern} RETURN count(n)"

    @property
    def count_relationships(self) -> str:
        """One row: the number of relationships with both ends inside."""
        return f"{self.relationship_pattern} RETURN count(r)"

    @property
    def counts(self) -> str:
        """Two rows, in any order: the number of `nodes`, and that of `relationships` with both ends inside."""
        return f"""
        MATCH (n) WHERE {self._is_content("n")}
        WITH count(n) AS number RETURN 'nodes' AS what, number
        UNION ALL
        MATCH (n)-[r]->(m) WHERE {self._is_content("n")} AND {self._is_content("m")}
        WITH count(r) AS number RETURN 'relationships' AS what, number
        """

    @property
    def some_nodes(self) -> str:
        """A row for each of at most $limit nodes, drawn with the chance $share."""
        return f"""
        MATCH (n) WHERE {self._is_content("n")} AND rand() < $share
        WITH n LIMIT $limit RETURN id(n), labels(n), properties(n)
        """

    @property
    def some_relationships(self) -> str:
        """A row for each of at most $limit relationships, drawn likewise."""
        return f"""
        MATCH (n)-[r]->(m) WHERE {self._is_content("n")} AND {self._is_content("m")} AND rand() < $share
        WITH r LIMIT $limit RETURN id(r), id(startNode(r)), id(endNode(r)), type(r), properties(r)
        """

    @property
    def node_shapes(self) -> str:
        """A row for each kind of node among those that some_nodes may draw: labels, keys with types, count."""
        return f"""
        MATCH (n) WHERE {self._is_content("n")} AND rand() < $share
        WITH n LIMIT $limit
        RETURN labels(n), [key IN keys(n) | [key, valueType(n[key])]], count(*)
        """

    @property
    def relationship_shapes(self) -> str:
        """A row for each kind of relationship, likewise: type, labels of both ends, keys with types, count."""
        return f"""
        MATCH (n)-[r]->(m) WHERE {self._is_content("n")} AND {self._is_content("m")} AND rand() < $share
        WITH n, r, m LIMIT $limit
        RETURN type(r), labels(n), labels(m), [key IN keys(r) | [key, valueType(r[key])]], count(*)
        """

    @property
    def blocks(self) -> str:
        """A row for each block of $width ids that the application touches, with the number of its nodes there."""
        return f"MATCH (n) WHERE {self._is_content('n')} RETURN id(n) / $width AS block, count(*)"

    def _of_blocks(self, collected: str) -> str:
        return f"""
        UNWIND $groups AS blocks
        CALL (blocks) {{
          UNWIND blocks AS block
          UNWIND range(block * $width, block * $width + $width - 1) AS i
          MATCH (n) WHERE id(n) = i AND {self._is_content("n")}
          RETURN collect({collected}) AS rows
        }}
        RETURN rows
        """

    @property
    def nodes(self) -> str:
        """A row for each list of blocks in $groups: its nodes."""
        return self._of_blocks("[id(n), labels(n), properties(n)]")

    @property
    def nodes_of_ids(self) -> str:
        """One row: those of the nodes $ids that are the application's."""
        return f"""
        UNWIND $ids AS i
        MATCH (n) WHERE id(n) = i AND {self._is_content("n")}
        RETURN collect([id(n), labels(n), properties(n)])
        """

    @property
    def degrees(self) -> str:
        """A row for each list of blocks in $groups: the ids of its nodes with their relationships that start there."""
        return self._of_blocks("[id(n), COUNT { (n)-->() }]")

    @property
    def relationships(self) -> str:
        """A row for each list of start ids in $groups: the relationships that start there."""
        return relationships_of_groups(self._is_content("m"))

    @property
    def relationship_blocks(self) -> str:
        """A row for each block of $width relationship ids that the node $start has."""
        return f"""
        MATCH (n) WHERE id(n) = $start
        WITH DISTINCT n
        MATCH (n)-[r]->(m) WHERE {self._is_content("m")}
        RETURN DISTINCT id(r) / $width AS block
        """

    @property
    def relationships_of_blocks(self) -> str:
        """A row for each of $blocks: the relationships that start at $start with ids in the block."""
        return relationships_of_blocks(self._is_content("m"))

    @property
    def degree_sums(self) -> str:
        """One row: how many relationships start at the application's nodes, how many end there."""
        return f"MATCH (n) WHERE {self._is_content('n')} RETURN sum(COUNT {{ (n)-->() }}), sum(COUNT {{ (n)<--() }})"

    @property
    def _leads_out(self) -> str:
        """Whether what joins the node n to m is a reference."""
        return (
            f"NOT ({self._is_content('m')}) AND NOT m:{STAGED} AND NOT m:{RETIRED}"
            " AND NOT any(label IN labels(n) WHERE label IN $others AND label IN labels(m))"
        )

    def references(self, pattern: str) -> str:
        """A row for each relationship between nodes in $blocks and nodes outside; the pattern says its direction.

        Its values are the node's id, type, properties, the far node's id, labels, values of $keys, and its Name if it
        is a catalogue entry. What lies within one of the applications $others that share the node does not count,
        nor what imports under way, or about to be deleted, have there.
        """
        return f"""
        UNWIND $blocks AS block
        CALL (block) {{
          UNWIND range(block * $width, block * $width + $width - 1) AS i
          MATCH (n) WHERE id(n) = i AND {self._is_content("n")}
          MATCH (n){pattern}(m) WHERE {self._leads_out}
          RETURN n, r, m ORDER BY id(n), id(r)
        }}
        RETURN id(n), type(r), properties(r), id(m), labels(m), [key IN $keys | m[key]],
               CASE WHEN m:Application THEN m.Name END
        """

    def neighbours(self, pattern: str) -> str:
        """A row for each of the scope labels $others that the far nodes of such relationships carry."""
        return f"""
        MATCH (n){pattern}(m) WHERE {self._is_content("n")} AND {self._leads_out}
          AND NOT coalesce(m:Application AND m.Name IS NOT NULL, false)
        UNWIND labels(m) AS label
        WITH DISTINCT label WHERE label IN $others
        RETURN label
        """

    @property
    def shared_nodes(self) -> str:
        """A row for each block of $width ids with nodes that carry one of $others too: the block, their ids.

        One statement finds and gives them: between two, a mark that moves meanwhile could be missed by both.
        """
        return f"""
        MATCH (n) WHERE {self._is_content("n")} AND any(label IN labels(n) WHERE label IN $others)
        WITH id(n) AS i
        RETURN i / $width AS block, collect(i) ORDER BY block
        """


def node_counts(statements: Sequence[ApplicationStatements]) -> str:
    """One row, a list: the number of nodes of each of some applications. None binds its label."""
    return _list_counts([each.node_pattern for each in statements])


def relationship_counts(statements: Sequence[ApplicationStatements]) -> str:
    """The same of relationships with both ends inside."""
    return _list_counts([each.relationship_pattern for each in statements])


def _list_counts(patterns: Sequence[str]) -> str:
    """Count by expressions: a server plans them in half the time that it takes for branches of a union."""
    return f"RETURN [{', '.join(f'COUNT {{ {each} }}' for each in patterns)}]"


_RELATIONSHIP = "[id(r), id(n), id(m), type(r), properties(r)]"


def relationships_of_groups(end_condition: str) -> str:
    """A row for each list of start ids in $groups: the relationships that start there, by start and id.

    The starts are sorted before they are expanded: a server whose statistics still say that there is next to nothing
    plans a single pattern as a scan of all relationships for each start, and keeps the plan while a load makes it slow.
    """
    return f"""
    UNWIND $groups AS ids
    CALL (ids) {{
      UNWIND ids AS i
      MATCH (n) WHERE id(n) = i
      WITH n ORDER BY id(n)
      MATCH (n)-[r]->(m) WHERE {end_condition}
      WITH n, r, m ORDER BY id(n), id(r)
      RETURN collect({_RELATIONSHIP}) AS rows
    }}
    RETURN rows
    """


def relationships_of_blocks(end_condition: str) -> str:
    """A row for each of $blocks of $width relationship ids: those that start at $start, by id."""
    return f"""
    UNWIND $blocks AS block
    CALL (block) {{
      UNWIND range(block * $width, block * $width + $width - 1) AS i
      MATCH (n)-[r]->(m) WHERE id(r) = i AND id(n) = $start AND {end_condition}
      RETURN collect({_RELATIONSHIP}) AS rows
    }}
    RETURN rows
    """


def catalogue_inside(label: str) -> str:
    """Whether a catalogue node carries the scope label."""
    return f"MATCH (n:Application) WHERE {has_label('n', label)} AND n.Name IS NOT NULL RETURN true LIMIT 1"


INDEXES = """
SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties, owningConstraint
WHERE owningConstraint IS NULL AND labelsOrTypes IS NOT NULL
RETURN 'index', name, type, entityType, labelsOrTypes, properties ORDER BY name
"""

ONLINE_INDEXES = """
SHOW INDEXES YIELD name, type, state, entityType, labelsOrTypes, properties, options
WHERE state = 'ONLINE' AND properties IS NOT NULL
RETURN name, type, entityType, labelsOrTypes, properties, options.indexConfig['fulltext.analyzer'] ORDER BY name
"""

CONSTRAINTS = """
SHOW CONSTRAINTS YIELD name, type, entityType, labelsOrTypes, properties
RETURN 'constraint', name, type, entityType, labelsOrTypes, properties ORDER BY name
"""
