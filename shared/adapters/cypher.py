"""Every Cypher text, named.

`id()` is deprecated but present in every server up to 2026.x, and nothing else seeks as fast; it stands here only.
Reads seek blocks of ids and collect many rows into one record: one record a row is ten times slower.
"""

from __future__ import annotations

from collections.abc import Sequence

STAGED = "_FerryStaged"
IMPORT = "_FerryImport"
CLAIM = "_FerryClaim"
LANE = "_FerryLane"
BATCH = "_FerryBatch"
CATALOGUE = "_FerryCatalogue"
RETIRED = "_FerryRetired"
JOINING = "_FerryJoining"
"""A batch record that may name nodes of others."""
LINK = "_FerryLink"
"""A relationship that waits for the publish point, as a node that holds its properties."""

PROBE = "RETURN datetime('2000-01-01T00:00:00Z') AS value"
ENGINE_VERSION = "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]"


def name_of(name: str, parameter: str) -> str:
    """Write a label or type into a statement: quoted, or bound to a parameter where quoting would not be exact.

    Cypher reads escapes of code points inside backticks too, so a name with a backslash or backtick is bound.
    """
    return f"`{name}`" if is_quotable(name) else f"$(${parameter})"


def has_label(node: str, label: str) -> str:
    """Test a node for a label inside WHERE, where bound names may not stand; the parameter is $label."""
    return f"{node}:`{label}`" if is_quotable(label) else f"$label IN labels({node})"


def is_quotable(name: str) -> bool:
    """Whether the name can stand in backticks as it is."""
    return "`" not in name and "\\" not in name


def property_at(node: str, names: Sequence[str], at: int) -> str:
    """Write the property of a node whose name stands at a place of the parameter $keys; quoted where that is exact."""
    return f"{node}.`{names[at]}`" if is_quotable(names[at]) else f"{node}[$keys[{at}]]"


def bound_names(names: tuple[str, ...]) -> list[str]:
    """Return the names that must be bound to a parameter."""
    return [name for name in names if not is_quotable(name)]


# --- catalogue ----------------------------------------------------------------------------------------------

CATALOGUE_ENTRIES = """
MATCH (entry:Application) WHERE entry.Name IS NOT NULL AND ($name IS NULL OR entry.Name = $name)
RETURN properties(entry)
"""


ALL_RELATIONSHIPS = "MATCH ()-[r]->() RETURN count(r)"
"""Answered from the server's own counters."""


def label_in_use(label: str) -> str:
    """Whether any node carries the label."""
    return f"MATCH (n:{name_of(label, 'label')}) RETURN true LIMIT 1"


# --- reading an application ---------------------------------------------------------------------------------

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
    def count_nodes(self) -> str:
        """One row: the number of nodes."""
        return f"MATCH (n) WHERE {self._is_content('n')} RETURN count(n)"

    @property
    def count_relationships(self) -> str:
        """One row: the number of relationships with both ends inside."""
        return f"MATCH (n)-[r]->(m) WHERE {self._is_content('n')} AND {self._is_content('m')} RETURN count(r)"

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

    def references(self, pattern: str) -> str:
        """A row for each relationship between nodes in $blocks and nodes outside; the pattern says its direction.

        Its values are the node's id, type, properties, the far node's labels, its values of $keys, and whether the far
        node is a catalogue entry. What lies within one of the applications $others that share the node does not count,
        nor what imports under way, or about to be deleted, have there.
        """
        return f"""
        UNWIND $blocks AS block
        CALL (block) {{
          UNWIND range(block * $width, block * $width + $width - 1) AS i
          MATCH (n) WHERE id(n) = i AND {self._is_content("n")}
          MATCH (n){pattern}(m) WHERE NOT ({self._is_content("m")}) AND NOT m:{STAGED} AND NOT m:{RETIRED}
            AND NOT any(label IN labels(n) WHERE label IN $others AND label IN labels(m))
          RETURN n, r, m ORDER BY id(n), id(r)
        }}
        RETURN id(n), type(r), properties(r), labels(m), [key IN $keys | m[key]],
               coalesce(m:Application AND m.Name IS NOT NULL, false)
        """

    @property
    def shared_nodes(self) -> str:
        """A row for each of $blocks: the ids of its nodes that carry one of $others too."""
        return f"""
        UNWIND $blocks AS block
        CALL (block) {{
          UNWIND range(block * $width, block * $width + $width - 1) AS i
          MATCH (n) WHERE id(n) = i AND {self._is_content("n")} AND any(label IN labels(n) WHERE label IN $others)
          RETURN collect(id(n)) AS ids
        }}
        RETURN ids
        """

    @property
    def shared_blocks(self) -> str:
        """A row for each block of $width ids with a node that carries one of $others too."""
        return f"""
        MATCH (n) WHERE {self._is_content("n")} AND any(label IN labels(n) WHERE label IN $others)
        RETURN DISTINCT id(n) / $width AS block
        """


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

CONSTRAINTS = """
SHOW CONSTRAINTS YIELD name, type, entityType, labelsOrTypes, properties
RETURN 'constraint', name, type, entityType, labelsOrTypes, properties ORDER BY name
"""

# --- importing: the claim -----------------------------------------------------------------------------------

SCHEMA = (
    f"CREATE CONSTRAINT _ferry_claim IF NOT EXISTS FOR (c:{CLAIM}) REQUIRE c.label IS UNIQUE",
    f"CREATE CONSTRAINT _ferry_import IF NOT EXISTS FOR (j:{IMPORT}) REQUIRE j.job IS UNIQUE",
    f"CREATE CONSTRAINT _ferry_lane IF NOT EXISTS FOR (l:{LANE}) REQUIRE l.key IS UNIQUE",
    f"CREATE CONSTRAINT _ferry_batch IF NOT EXISTS FOR (b:{BATCH}) REQUIRE b.key IS UNIQUE",
)

SCHEMA_PRESENT = "SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH '_ferry_' RETURN count(*)"

CLAIM_LABEL = f"CREATE (:{CLAIM} {{label: $label, job: $job}})"
CLAIM_HOLDER = f"MATCH (c:{CLAIM} {{label: $label}}) RETURN c.job"

CREATE_JOURNAL = f"""
UNWIND $catalogue AS entry
CREATE (c:{CATALOGUE}) SET c = entry
WITH collect(id(c)) AS ids
CREATE (j:{IMPORT}) SET j = $journal SET j.catalogue = ids
WITH j
UNWIND range(0, j.lanes - 1) AS lane
CREATE (:{LANE} {{key: j.job + '/' + lane, job: j.job, epoch: j.epoch, phase: j.phase}})
"""

JOURNAL = f"MATCH (j:{IMPORT} {{job: $job}}) RETURN properties(j)"

JOURNALS = f"""
MATCH (j:{IMPORT} {{installation: $installation}})
RETURN j.job, j.epoch, j.phase, coalesce(j.waiting, false) ORDER BY j.job
"""

OLDER_TRANSACTIONS = """
SHOW TRANSACTIONS YIELD transactionId, metaData
WHERE metaData.job = $job AND metaData.epoch < $epoch
RETURN transactionId
"""
TERMINATE = "TERMINATE TRANSACTIONS $ids YIELD transactionId, message RETURN transactionId, message"

RAISE_EPOCH = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.locked = true
WITH j WHERE j.epoch <= $epoch
SET j.epoch = $epoch
WITH j
MATCH (l:{LANE}) WHERE l.key STARTS WITH $job + '/'
SET l.epoch = $epoch, l.phase = j.phase
RETURN DISTINCT properties(j)
"""
"""The write lock is taken before the epoch is compared, so that the comparison sees the last commit."""

# --- importing: the lock that opens every write ---------------------------------------------------------------

_IN_LANE = f"""
MATCH (l:{LANE} {{key: $lane}})
SET l.locked = true
WITH l WHERE l.epoch = $epoch AND l.phase = $phase
"""
"""Opens a statement that is a transaction of its own: no row where another epoch, or another phase, has begun."""

LOCK_JOURNAL = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.locked = true
WITH j WHERE j.epoch = $epoch
RETURN j.phase
"""

SET_PHASE = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.phase = $phase
WITH j
MATCH (l:{LANE}) WHERE l.key STARTS WITH j.job + '/'
SET l.phase = j.phase
"""
"""Lanes are locked too, so that no batch of the phase before is committed after."""

# --- importing: batches ---------------------------------------------------------------------------------------

BATCH_OF_KEY = f"MATCH (b:{BATCH} {{key: $key}}) RETURN properties(b)"

CREATE_BATCH = f"CREATE (b:{BATCH}) SET b = $batch"

BATCHES = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
RETURN b.key, b.first, b.count, b.ids, b.withheld ORDER BY b.key
"""

CREATE_NODES = f"""
{_IN_LANE}
CALL () {{
  UNWIND $rows AS row
  CREATE (n:{STAGED}:$(row[0])) SET n = row[1]
  RETURN collect(id(n)) AS ids
}}
CREATE (b:{BATCH}) SET b = $batch, b.ids = ids, b.withheld = [at IN $withheld | ids[at]]
RETURN properties(b)
"""
"""$rows are [labels, properties]; what they make is recorded in the same transaction."""

CREATE_RELATIONSHIPS = f"""
{_IN_LANE}
CALL () {{
  UNWIND $rows AS row
  MATCH (n) WHERE id(n) = row[0] AND n:{STAGED}
  MATCH (m) WHERE id(m) = row[1] AND m:{STAGED}
  CREATE (n)-[r:$(row[2])]->(m) SET r = row[3]
  RETURN count(r) AS created
}}
CREATE (b:{BATCH}) SET b = $batch, b.created = created
RETURN properties(b)
"""
"""$rows are [start id, end id, type, properties]. The count stands inside its own scope: outside it would give a row,
and a record, even where the lane is closed."""

# --- importing: nodes that others hold already ------------------------------------------------------------------


def holders_of_keys(label: str, keys: Sequence[str]) -> str:
    """A row for each node of the label with the key of one of $rows of [place, value, …]: place, id, labels."""
    same = " AND ".join(f"{property_at('n', keys, at)} = row[{at + 1}]" for at in range(len(keys)))
    return f"""
    UNWIND $rows AS row
    MATCH (n:{name_of(label, "label")}) WHERE {same}
    RETURN row[0], id(n), labels(n)
    """


STAGED_BY = f"""
MATCH (b:{BATCH}) WHERE b.key CONTAINS '/n/' AND any(i IN b.ids WHERE i IN $ids)
RETURN b.key, [i IN b.ids WHERE i IN $ids]
"""
"""A row for each record that names some of $ids: its key, those ids."""

HELD = f"""
MATCH (b:{JOINING}) WHERE $but_for = '' OR NOT b.key STARTS WITH $but_for
UNWIND b.joined AS i
WITH DISTINCT i WHERE i IN $ids
RETURN collect(i)
"""
"""One row: those of $ids that imports have joined, but for one whose keys start so."""

CREATE_PLACED_NODES = f"""
{_IN_LANE}
CALL () {{
  UNWIND $joined AS pair
  MATCH (n) WHERE id(n) = pair[0]
  SET n.`_ferryLock` = true
  REMOVE n.`_ferryLock`
  WITH n, pair WHERE pair[1] IN labels(n) AND NOT n:{RETIRED} AND (pair[2] OR NOT n:{STAGED})
  RETURN count(n) = size($joined) AS fits
}}
CALL (fits) {{
  UNWIND CASE WHEN fits THEN $rows ELSE [] END AS row
  CREATE (n:{STAGED}:$(row[0])) SET n = row[1]
  RETURN collect(id(n)) AS created
}}
WITH fits, created, [place IN $places | CASE WHEN place < 0 THEN $joined[-1 - place][0] ELSE created[place] END] AS ids
FOREACH (once IN CASE WHEN fits THEN [1] ELSE [] END |
  CREATE (b:{BATCH}:{JOINING})
  SET b = $batch, b.ids = ids, b.withheld = [at IN $withheld | ids[at]], b.late = [at IN $late | ids[at]]
)
RETURN fits
"""
"""$rows are [labels, properties] of nodes to create; $joined are [id, label, whether this import has staged it].

$places says for each node of the batch which of the created it is, or (-1, -2, …) which of the joined. What is joined
is locked before its labels are read again: when one has changed nothing is written, and the answer is false.
"""

PLACED = f"MATCH (b:{JOINING}) WHERE b.key STARTS WITH $prefix RETURN properties(b) ORDER BY b.key"

CREATE_JOINING_RELATIONSHIPS = f"""
{_IN_LANE}
CALL () {{
  UNWIND $rows AS row
  MATCH (n) WHERE id(n) = row[0] AND (n:{STAGED} OR id(n) IN $joined)
  MATCH (m) WHERE id(m) = row[1] AND (m:{STAGED} OR id(m) IN $joined)
  CREATE (n)-[r:$(row[2])]->(m) SET r = row[3]
  RETURN count(r) AS created
}}
CALL () {{
  UNWIND $links AS link
  CREATE (x:{LINK}) SET x = link
  RETURN collect(id(x)) AS links
}}
CREATE (k:{BATCH}) SET k = $link_batch, k.links = links
CREATE (b:{BATCH}) SET b = $batch, b.created = created + size(links)
RETURN properties(b)
"""
"""As CREATE_RELATIONSHIPS, where ends may be $joined; between two of them there is only a link for now."""

UNRETIRE = f"UNWIND $ids AS i MATCH (n) WHERE id(n) = i REMOVE n:{RETIRED}"

RETIRE_UNOWNED = f"""
UNWIND $ids AS i
MATCH (n) WHERE id(n) = i AND NOT n:{STAGED} AND NOT n:{RETIRED} AND NOT any(l IN labels(n) WHERE l IN $others)
SET n:{RETIRED}
RETURN collect(id(n))
"""
"""One row: those of $ids that no application carries any more."""

SET_WAITING = f"MATCH (j:{IMPORT} {{job: $job}}) SET j.waiting = $waiting"

# --- importing: reading back ----------------------------------------------------------------------------------

STAGED_NODES = f"""
UNWIND $ids AS i
MATCH (n) WHERE id(n) = i AND n:{STAGED}
RETURN collect([id(n), labels(n), properties(n)])
"""

STAGED_DEGREES = f"""
UNWIND $ids AS i
MATCH (n) WHERE id(n) = i AND n:{STAGED}
RETURN collect([id(n), COUNT {{ (n)-->() }}])
"""

NODES_BY_ID = "UNWIND $ids AS i MATCH (n) WHERE id(n) = i RETURN id(n), labels(n), properties(n)"

JOINED_DEGREES = "UNWIND $ids AS i MATCH (n) WHERE id(n) = i RETURN collect([id(n), COUNT { (n)-->() }])"

TO_JOINED = f"(m:{STAGED} OR id(m) IN $joined)"
"""The end of a relationship that an import has written from a staged node, where nodes were joined."""

TO_JOINED_RELATIONSHIPS = relationships_of_groups(TO_JOINED)
TO_JOINED_RELATIONSHIP_BLOCKS = f"""
MATCH (n)-[r]->(m) WHERE id(n) = $start AND {TO_JOINED}
RETURN DISTINCT id(r) / $width AS block
"""
TO_JOINED_RELATIONSHIPS_OF_BLOCKS = relationships_of_blocks(TO_JOINED)

STAGED_RELATIONSHIPS = relationships_of_groups(f"m:{STAGED}")
STAGED_RELATIONSHIP_BLOCKS = f"""
MATCH (n) WHERE id(n) = $start
WITH DISTINCT n
MATCH (n)-[r]->(m) WHERE m:{STAGED}
RETURN DISTINCT id(r) / $width AS block
"""
STAGED_RELATIONSHIPS_OF_BLOCKS = relationships_of_blocks(f"m:{STAGED}")

# --- importing: publish ---------------------------------------------------------------------------------------


def publish_nodes(label: str) -> str:
    """Give the nodes of the records $keys their scope label."""
    return f"""
    UNWIND $keys AS key
    MATCH (b:{BATCH} {{key: key}})
    UNWIND b.ids AS i
    MATCH (n) WHERE id(n) = i
    SET n:{name_of(label, "label")}
    REMOVE n:{STAGED}
    """


def publish_in_lane(label: str) -> str:
    """Do what publish_nodes and PUBLISH_WITHHELD do, as a transaction of its own."""
    return f"""
    {_IN_LANE}
    CALL () {{ {publish_nodes(label)} }}
    CALL () {{ {PUBLISH_WITHHELD} }}
    RETURN true
    """


def unpublish_nodes(label: str) -> str:
    """Take the nodes of the records $keys back among the staged ones."""
    return f"""
    UNWIND $keys AS key
    MATCH (b:{BATCH} {{key: key}})
    UNWIND b.ids AS i
    MATCH (n) WHERE id(n) = i AND {has_label("n", label)}
    FOREACH (own IN CASE WHEN i IN coalesce(b.joined, []) THEN [] ELSE [n] END | SET own:{STAGED})
    REMOVE n:{name_of(label, "label")}
    """


PUBLISH_WITHHELD = f"""
UNWIND $keys AS key
MATCH (b:{BATCH} {{key: key}})
UNWIND [i IN b.withheld | [i, 'Application']]
  + [k IN range(0, size(coalesce(b.late, [])) - 1) | [b.late[k], b.late_labels[k]]] AS pair
MATCH (n) WHERE id(n) = pair[0]
SET n:$(pair[1])
"""
"""The label Application would make a node look like a catalogue entry, so it comes only now.

So do labels under whose constraint a node that is replaced had the key.
"""

WITHDRAW_LATE = f"""
MATCH (b:{BATCH} {{key: $key}})
UNWIND range(0, size(coalesce(b.late, [])) - 1) AS k
MATCH (n) WHERE id(n) = b.late[k]
REMOVE n:$(b.late_labels[k])
"""

BATCH_SIZES = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
RETURN b.key, b.count, b.application ORDER BY b.key
"""

PUBLISH_CATALOGUE = f"""
MATCH (j:{IMPORT} {{job: $job}})
UNWIND j.catalogue AS i
MATCH (c:{CATALOGUE}) WHERE id(c) = i
SET c:Application
REMOVE c:{CATALOGUE}
"""

# --- importing: replace ---------------------------------------------------------------------------------------

_IS_REPLACED = """any(k IN range(0, size($names) - 1)
  WHERE e.Name = $names[k] AND $versions[k] IN ['', coalesce(e.Version, '1.0.0')])"""
"""Whether the entry is among $names with $versions, where an empty version means all."""

REPLACED_ENTRIES = f"MATCH (e:Application) WHERE {_IS_REPLACED} RETURN properties(e)"
OTHER_SCOPE_LABELS = f"""
CALL () {{
  MATCH (e:Application) WHERE e.Name IS NOT NULL AND NOT {_IS_REPLACED}
  UNWIND [e.Label, e.Name, e.Name + '@' + e.Version] AS label
  RETURN label
 UNION
  MATCH (j:{IMPORT}) WHERE j.job <> $job
  UNWIND j.labels AS label
  RETURN label
}}
WITH DISTINCT label WHERE label IS NOT NULL
RETURN collect(label)
"""
"""Every label that another application may have, or be about to get: where the catalogue's entry names none, its rule
decides."""


def count_label(label: str) -> str:
    """One row: how many nodes carry the label."""
    return f"MATCH (n:{name_of(label, 'label')}) RETURN count(n)"


def retire_nodes(label: str) -> str:
    """One row: the ids of at most $limit nodes that were taken out of the application, and now belong to none."""
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE NOT any(l IN labels(n) WHERE l IN $others)
    WITH n LIMIT $limit
    SET n:{RETIRED}
    REMOVE n:{name_of(label, "label")}
    RETURN collect(id(n))
    """


def release_shared_nodes(label: str) -> str:
    """One row: the ids of nodes that were taken out of the application and stay with others, how many were looked at.

    At most $limit are. Each is locked before its labels count, because the others may be about to leave it too.
    """
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE any(l IN labels(n) WHERE l IN $others)
    WITH n LIMIT $limit
    SET n.`_ferryLock` = true
    REMOVE n.`_ferryLock`
    WITH collect(n) AS nodes
    CALL (nodes) {{
      UNWIND nodes AS n
      WITH n WHERE any(l IN labels(n) WHERE l IN $others)
      REMOVE n:{name_of(label, "label")}
      RETURN collect(id(n)) AS released
    }}
    RETURN released, size(nodes)
    """


SET_REPLACED_LABELS = f"MATCH (j:{IMPORT} {{job: $job}}) SET j.replaced_labels = $labels"

RETIRE_ENTRIES = f"""
MATCH (e:Application) WHERE {_IS_REPLACED}
SET e:{RETIRED}
REMOVE e:Application
RETURN collect(id(e))
"""

RETIRED_RECORDS = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
RETURN b.key, b.label, b.ids, b.shared ORDER BY b.key
"""


STRIPPED_RECORDS = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
RETURN b.key, b.label, b.ids ORDER BY b.key
"""


def strip_nodes(label: str) -> str:
    """One row: the ids of those of $ids that lost the label."""
    return f"""
    UNWIND $ids AS i
    MATCH (n) WHERE id(n) = i AND {has_label("n", label)}
    REMOVE n:{name_of(label, "label")}
    RETURN collect(id(n))
    """


def label_nodes(label: str) -> str:
    """Give the nodes of $ids a label."""
    return f"UNWIND $ids AS i MATCH (n) WHERE id(n) = i SET n:{name_of(label, 'label')}"


def restore_nodes(label: str) -> str:
    """Give the nodes of $ids, retired or $shared, back to their application."""
    return f"""
    UNWIND $ids + $shared AS i
    MATCH (n) WHERE id(n) = i AND (n:{RETIRED} OR i IN $shared)
    SET n:{name_of(label, "label")}
    REMOVE n:{RETIRED}
    """


SET_RETIRED = f"MATCH (j:{IMPORT} {{job: $job}}) SET j.retired = true"
IS_RETIRED = f"MATCH (j:{IMPORT} {{job: $job}}) RETURN coalesce(j.retired, false)"

# --- importing: what joins an import to nodes outside it ------------------------------------------------------

CREATE_LINKS = f"UNWIND $rows AS row CREATE (x:{LINK}) SET x = row RETURN collect(id(x))"
"""One row: the ids of nodes that hold the properties $rows, in order."""

LINKS_OF = f"MATCH (b:{BATCH} {{key: $key}}) RETURN b.pending"

COUNT_LINKS = f"MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix RETURN coalesce(sum(size(b.links)), 0)"

PUBLISH_LINKS = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
UNWIND range(0, size(b.links) - 1) AS k
WITH b, k WHERE b.starts[k] % $parts = $part
MATCH (x:{LINK}) WHERE id(x) = b.links[k]
MATCH (n) WHERE id(n) = b.starts[k]
MATCH (m) WHERE id(m) = b.ends[k]
MATCH (f) WHERE id(f) = b.fars[k] AND b.guards[k] IN labels(f)
WITH n, m, b.types[k] AS name, properties(x) AS own, b.application AS application, count(*) AS listed
WITH n, m, name, own, max(listed) AS wanted
WITH n, m, name, own, wanted, COUNT {{ (n)-[r]->(m) WHERE type(r) = name AND properties(r) = own }} AS present
UNWIND range(present + 1, wanted) AS missing
CREATE (n)-[r:$(name)]->(m) SET r = own
RETURN id(r)
"""
"""A row for each relationship created.

What is there already counts, and what the applications of both ends list counts once. All links with one start are in
one part, so that equal ones are counted together. An id given to another node since lacks the label that guards it.
"""

DELETE_LINKS = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
WITH b LIMIT $limit
CALL (b) {{ UNWIND b.links AS i MATCH (x:{LINK}) WHERE id(x) = i DELETE x }}
DELETE b
RETURN count(*)
"""

LINKED = f"MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix RETURN b.key, b.created"
DELETE_LINKED = "UNWIND $ids AS i MATCH ()-[r]->() WHERE id(r) = i DELETE r"


def find_by_key(label: str, keys: Sequence[str]) -> str:
    """A row for each node of the label whose first key property is among $values: its id, labels, values of the key."""
    values = ", ".join(property_at("n", keys, at) for at in range(len(keys)))
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE {property_at("n", keys, 0)} IN $values AND NOT n:{RETIRED}
    RETURN id(n), labels(n), [{values}]
    """


def find_among(keys: Sequence[str]) -> str:
    """A row for each node of $ids whose first key property is among $values: its id, labels, values of the key."""
    values = ", ".join(property_at("n", keys, at) for at in range(len(keys)))
    return f"""
    UNWIND $ids AS i
    MATCH (n) WHERE id(n) = i AND {property_at("n", keys, 0)} IN $values
    RETURN id(n), labels(n), [{values}]
    """


_CROSSING = f"NOT f:{RETIRED} AND NOT id(f) IN $released"
"""Whether f stays where o goes; what leads to nodes that the old application shared, $released, was inside it."""


def move_relationships(label: str, keys: Sequence[str], *, leaving: bool) -> str:
    """One row: how many relationships between nodes that go, $ids, and nodes that stay now hang on their successors.

    A successor carries one of $labels, and is the only one with the key. Equal relationships that it has already count.
    """
    left, right = ("-", "->") if leaving else ("<-", "-")
    matching = " AND ".join(f"{property_at('n', keys, at)} = {property_at('o', keys, at)}" for at in range(len(keys)))
    return f"""
    UNWIND $ids AS i
    MATCH (o:{RETIRED}) WHERE id(o) = i AND ($stripped OR {has_label("o", label)})
      AND EXISTS {{ (o){left}[]{right}(f) WHERE {_CROSSING} }}
    MATCH (n:{name_of(label, "label")})
    WHERE {matching} AND NOT n:{RETIRED} AND any(each IN labels(n) WHERE each IN $labels)
    WITH o, collect(n) AS found WHERE size(found) = 1
    WITH o, found[0] AS n
    MATCH (o){left}[r]{right}(f) WHERE {_CROSSING}
    WITH n, f, type(r) AS name, properties(r) AS own, collect(r) AS old LIMIT $limit
    WITH *, COUNT {{ (n){left}[x]{right}(f) WHERE type(x) = name AND properties(x) = own }} AS present
    CALL (n, f, name, own, old, present) {{
      UNWIND range(present + 1, size(old)) AS missing
      CREATE (n){left}[x:$(name)]{right}(f) SET x = own
    }}
    FOREACH (r IN old | DELETE r)
    RETURN sum(size(old))
    """


def count_crossing(label: str) -> str:
    """One row: how many relationships join the application's nodes to nodes of no label in $labels, up to $limit."""
    return f"""
    MATCH (n:{name_of(label, "label")})-[r]-(m)
    WHERE NOT any(each IN labels(m) WHERE each IN $labels)
    WITH r LIMIT $limit
    RETURN count(r)
    """


DROP_LOST = f"""
UNWIND $ids AS i
MATCH (o:{RETIRED}) WHERE id(o) = i
MATCH (o)-[r]-(f) WHERE {_CROSSING}
WITH o, r, f LIMIT $limit
WITH o, r, type(r) AS name, startNode(r) = o AS leaves, [each IN labels(f) WHERE each IN $others] AS applications
DELETE r
RETURN name, leaves, applications
"""
"""A row for each relationship dropped, which found no successor."""

ADD_LOST = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.lost = coalesce(j.lost, 0) + $count, j.lost_listed = (coalesce(j.lost_listed, []) + $listed)[..$limit]
"""

SET_SUMMARY = f"MATCH (j:{IMPORT} {{job: $job}}) SET j.summary = $summary"

# --- importing: undo, forget ------------------------------------------------------------------------------------


_CREATED = "CASE WHEN b.joined IS NULL THEN b.ids ELSE [i IN b.ids WHERE NOT i IN b.joined] END"
"""The nodes of a record that its batch has created."""


def _delete_relationships(marker: str, pattern: str) -> str:
    return f"""
    {_IN_LANE}
    CALL () {{
      MATCH (b:{BATCH} {{key: $key}})
      UNWIND b.ids AS i
      MATCH (n) WHERE id(n) = i AND n:{marker}
      WITH DISTINCT n
      MATCH {pattern}
      WITH DISTINCT r LIMIT $limit
      DELETE r
      RETURN count(*) AS deleted
    }}
    RETURN deleted
    """


def delete_outgoing(marker: str) -> str:
    """One row: how many relationships from the marked nodes of the record $key were deleted, at most $limit."""
    return _delete_relationships(marker, "(n)-[r]->()")


def delete_attached(marker: str) -> str:
    """One row: likewise for relationships in either direction."""
    return _delete_relationships(marker, "(n)-[r]-()")


def delete_nodes(marker: str) -> str:
    """One row: how many marked nodes of the record $key were deleted, at most $limit, how many are there still.

    The record goes with the last of them.
    """
    marked = f"MATCH (b:{BATCH} {{key: $key}}) UNWIND {_CREATED} AS i MATCH (n) WHERE id(n) = i AND n:{marker}"
    return f"""
    {_IN_LANE}
    CALL () {{ {marked} WITH n LIMIT $limit DELETE n RETURN count(*) AS deleted }}
    CALL () {{ {marked} RETURN count(n) AS left }}
    CALL (left) {{ MATCH (b:{BATCH} {{key: $key}}) WHERE left = 0 DELETE b }}
    RETURN deleted, left
    """


DELETE_BATCH = f"MATCH (b:{BATCH} {{key: $key}}) DELETE b"
DELETE_BATCHES = f"MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix WITH b LIMIT $limit DELETE b RETURN count(*)"

DELETE_JOURNAL = f"""
MATCH (j:{IMPORT} {{job: $job}})
CALL (j) {{ UNWIND j.catalogue AS i MATCH (c:{CATALOGUE}) WHERE id(c) = i DELETE c }}
CALL (j) {{ MATCH (l:{LANE}) WHERE l.key STARTS WITH j.job + '/' DELETE l }}
CALL (j) {{ UNWIND j.claims AS label MATCH (k:{CLAIM} {{label: label}}) WHERE k.job = j.job DELETE k }}
DELETE j
"""
