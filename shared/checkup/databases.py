"""Checks the databases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Sequence
from typing import Final

from shared.checkup.findings import ANSWER_SECONDS, Finding, State, ask, fail
from shared.errors import GraphferryError
from shared.ports.graph_source import ClusterMember, GraphSource
from shared.rights.naming import find_several_names
from shared.settings.process import PREFIX

OLDEST: Final = (5, 26)
TESTED: Final = ("5.26", "2026.08")
"""The lines of Neo4j that every change is tested on."""

_LINE = re.compile(r"(\d+)\.(\d+)")


async def check_databases(sources: Collection[GraphSource]) -> Sequence[Finding]:
    """Check whether each database lets us in, what it runs on, takes writes, and whether two names lead to one."""
    if not sources:
        return [Finding.warning("databases", f"{PREFIX}DATABASES names none")]
    found = await asyncio.gather(*map(_check_database, sources))
    reached = [source for source, each in zip(sources, found, strict=True) if each[0].state is not State.FAILED]
    return [*(finding for each in found for finding in each), *map(_tell_several, await find_several_names(reached))]


async def _check_database(source: GraphSource) -> Sequence[Finding]:
    part = f"database {source.database}"
    try:
        version = await ask(source.engine_version(), seconds=ANSWER_SECONDS)
        await ask(source.read_database_id(), seconds=ANSWER_SECONDS)
        refusal = await ask(source.find_write_refusal(), seconds=ANSWER_SECONDS)
        members = await ask(source.list_members(), seconds=ANSWER_SECONDS)
    except GraphferryError as error:
        return [fail(part, error)]
    state = judge_version(version)
    return [
        Finding(part=part, state=state, message=f"Neo4j {version}{_remark(state)}"),
        _judge_writes(f"{part}: writes", refusal),
        *([_judge_members(f"{part}: members", members)] if members else []),
    ]


def _judge_writes(part: str, refusal: str | None) -> Finding:
    if refusal is None:
        return Finding.ok(part, "are taken")
    return Finding.warning(part, f"are refused: {refusal}. It can be exported from, and nothing else")


def _judge_members(part: str, members: Sequence[ClusterMember]) -> Finding:
    told = "; ".join(f"{each.address} {_tell_roles(each)}" for each in members)
    if not any(each.exports for each in members):
        return Finding.warning(part, f'{told}. None serves reads, and exports are to read there: "read": "replica"')
    return Finding.ok(part, told)


def _tell_roles(member: ClusterMember) -> str:
    roles = {"leads": member.leads, "serves reads": member.reads, "exports read from it": member.exports}
    return ", ".join(role for role, has in roles.items() if has)


def judge_version(version: str) -> State:
    """Return what comes of a server of this version."""
    match = _LINE.match(version)
    if match is not None and (int(match[1]), int(match[2])) < OLDEST:
        return State.FAILED
    return State.OK if match is not None and match[0] in TESTED else State.WARNING


def _remark(state: State) -> str:
    oldest = ".".join(map(str, OLDEST))
    tested = f": not one of the lines that are tested, {' and '.join(TESTED)}"
    return {State.OK: "", State.WARNING: tested, State.FAILED: f": older than {oldest}"}[state]


def _tell_several(names: Sequence[str]) -> Finding:
    message = f"{', '.join(names)} lead to one database: what is granted under one name counts under each"
    return Finding.warning("database names", message)
