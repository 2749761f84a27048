"""Statements for the claim of an import, its journal, and the lock that opens every write."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.names import BATCH, CATALOGUE, CLAIM, IMPORT, IN_JOURNAL, LANE

SCHEMA = (
    f"CREATE CONSTRAINT _ferry_claim IF NOT EXISTS FOR (c:{CLAIM}) REQUIRE c.label IS UNIQUE",
    f"CREATE CONSTRAINT _ferry_import IF NOT EXISTS FOR (j:{IMPORT}) REQUIRE j.job IS UNIQUE",
    f"CREATE CONSTRAINT _ferry_lane IF NOT EXISTS FOR (l:{LANE}) REQUIRE l.key IS UNIQUE",
    f"CREATE CONSTRAINT _ferry_batch IF NOT EXISTS FOR (b:{BATCH}) REQUIRE b.key IS UNIQUE",
)

SCHEMA_PRESENT = "SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH '_ferry_' RETURN count(*)"

LOCK_CLAIMS = f"CREATE (c:{CLAIM} {{label: ''}}) DELETE c"
"""Lets one claim at a time look and be committed: the constraint holds others of no label until then."""

CLAIM_HOLDER = f"""
MATCH (c:{CLAIM}) WHERE c.label IN $claims AND c.job <> $job
RETURN c.label, c.job ORDER BY c.label LIMIT 1
"""
"""A row where another job has claimed one of $claims."""

LABELS_HELD = f"""
MATCH (j:{IMPORT}) WHERE j.job <> $job
UNWIND [l IN j.claims WHERE l IN $content]
  + [l IN coalesce(j.content_labels, []) WHERE l IN $labels] AS label
RETURN label, j.job ORDER BY label, j.job LIMIT 1
"""
"""A row where another job works on an application with a label of $content, or brings content with one of $labels."""

CLAIM_LABELS = f"""
{LOCK_CLAIMS}
WITH count(*) AS locked
UNWIND $claims AS label
CREATE (:{CLAIM} {{label: label, job: $job}})
WITH count(*) AS claimed
{LABELS_HELD}
"""
"""Claims all of $claims, or none, then looks as LABELS_HELD does."""

CREATE_JOURNAL = f"""
UNWIND $catalogue AS entry
CREATE (c:{CATALOGUE}) SET c = entry
WITH collect(id(c)) AS ids
CREATE (j:{IMPORT}) SET j = $journal SET j.catalogue = ids
WITH j
UNWIND range(0, j.lanes - 1) AS lane
CREATE (:{LANE} {{key: j.job + '/' + lane, job: j.job, epoch: j.epoch, phase: j.phase}})
RETURN DISTINCT properties(j)
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
WITH j WHERE j.epoch <= $epoch OR j.claim = $epoch
SET j.claim = $epoch, j.epoch = CASE WHEN j.epoch < $epoch THEN $epoch ELSE j.epoch END
WITH j
MATCH (l:{LANE}) WHERE l.key STARTS WITH $job + '/'
SET l.epoch = j.epoch, l.phase = j.phase
RETURN DISTINCT properties(j)
"""
"""The write lock is taken before the epoch is compared, so that the comparison sees the last commit.

A claim whose undo has raised the epoch already may come again.
"""

RAISE_EPOCH_BY_ONE = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.locked = true
WITH j WHERE j.epoch = $epoch - 1 OR (j.epoch = $epoch AND j.taker = $taker)
SET j.epoch = $epoch, j.taker = $taker, j.claim = $claim
WITH j
MATCH (l:{LANE}) WHERE l.key STARTS WITH $job + '/'
SET l.epoch = $epoch, l.phase = j.phase
RETURN DISTINCT j.epoch
"""
"""As RAISE_EPOCH, for whoever saw the epoch before; also where the same $taker has done it, and lost the answer."""

LOCK_JOURNAL = f"{IN_JOURNAL} RETURN j.phase"

NOTE_SHOWN = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.shown = coalesce(j.shown, false) OR j.phase = $publishing
RETURN j.shown
"""
"""Keeps, for an undo that is taken up again, that the import had begun to be published."""

SET_HIDDEN = f"{IN_JOURNAL} SET j.shown = false RETURN true"

ENTER_PHASE = f"""
SET j.phase = $phase
WITH j
MATCH (l:{LANE}) WHERE l.key STARTS WITH j.job + '/'
SET l.phase = j.phase
"""
"""Lanes are locked too, so that no batch of the phase before is committed after."""

SET_PHASE = f"MATCH (j:{IMPORT} {{job: $job}}) {ENTER_PHASE}"

SET_PHASE_AT_ONCE = f"{IN_JOURNAL} {ENTER_PHASE} RETURN DISTINCT j.phase"
"""As SET_PHASE, as a transaction of its own."""
