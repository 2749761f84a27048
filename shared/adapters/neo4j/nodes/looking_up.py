"""Finds what the database holds under the keys of an import, before anything of it is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.cypher.names import STAGED
from shared.adapters.neo4j.cypher.sharing import nodes_of_keys
from shared.adapters.neo4j.journal.holds import read_held, read_stagers
from shared.adapters.neo4j.journal.opening import replaced_by
from shared.adapters.neo4j.repeating import PatientReading
from shared.adapters.neo4j.schema import read_key_forms, read_limiting_indexes
from shared.adapters.neo4j.scopes import read_scopes
from shared.catalogue import RESERVED_PREFIXES
from shared.graph import NodeRow
from shared.index_keys import Index
from shared.node_keys import KeyForm
from shared.ports.graph_target import KeyHolder
from shared.ports.import_plans import PlannedApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scopes:
    """What labels say of a node's applications."""

    replaced: frozenset[str]
    others: frozenset[str]

    @classmethod
    async def read(cls, connection: AnyConnection, job_id: str, applications: Sequence[PlannedApplication]) -> Self:
        going = replaced_by(applications)
        names, versions = [name for name, _ in going], [version for _, version in going]
        scopes = await read_scopes(connection, names, versions, job_id=job_id)
        return cls(replaced=frozenset(scopes.going), others=frozenset(scopes.others))

    def are_replaced(self, labels: Sequence[str]) -> bool:
        """Whether a node with these labels belongs to nothing but what is replaced."""
        return not self.replaced.isdisjoint(labels) and self.others.isdisjoint(labels)

    def leave_out(self, labels: Sequence[str]) -> frozenset[str]:
        """Return those labels that are content."""
        content = frozenset(each for each in labels if not each.startswith(RESERVED_PREFIXES))
        return content - self.replaced - self.others


class Neo4jKeyLookup:
    """A KeyLookup over Bolt."""

    def __init__(
        self,
        connection: AnyConnection,
        job_id: str,
        *,
        forms: Sequence[KeyForm],
        scopes: _Scopes,
        indexes: Sequence[Index],
        shared_labels: Collection[str],
    ) -> None:
        self.forms = forms
        self.indexes = indexes
        self.shared_labels = shared_labels
        self._connection = connection
        self._reading = PatientReading(connection)
        self._job_id = job_id
        self._scopes = scopes

    @classmethod
    async def open(
        cls,
        connection: AnyConnection,
        job_id: str,
        applications: Sequence[PlannedApplication],
        *,
        shared_labels: Collection[str],
    ) -> Self:
        """Read constraints, indexes and catalogue."""
        forms = (await read_key_forms(connection, {})).unique
        scopes = await _Scopes.read(connection, job_id, applications)
        indexes = await read_limiting_indexes(connection)
        return cls(connection, job_id, forms=forms, scopes=scopes, indexes=indexes, shared_labels=shared_labels)

    async def find(self, rows: Sequence[NodeRow]) -> Sequence[KeyHolder]:
        """Return the nodes that have the keys of these under a uniqueness constraint."""
        found: list[KeyHolder] = []
        for form in self.forms:
            nodes = await self._find(form, rows)
            passed_over = await self._find_passed_over(nodes)
            found += [
                KeyHolder(
                    at=at,
                    form=form,
                    id=node_id,
                    labels=self._scopes.leave_out(labels),
                    properties=properties,
                )
                for at, node_id, labels, properties in nodes
                if node_id not in passed_over
            ]
        return found

    async def _find(self, form: KeyForm, rows: Sequence[NodeRow]) -> Sequence[Sequence[Any]]:
        keys = [(at, key) for at, row in enumerate(rows) if (key := form.key_of(row[1], row[2])) is not None]
        if not keys:
            return ()
        wanted = [[at, *(key.properties[name] for name in form.properties)] for at, key in keys]
        parameters = {"rows": wanted, "label": form.label, "keys": form.properties}
        return await self._reading.run(nodes_of_keys(form.label, form.properties), parameters)

    async def _find_passed_over(self, nodes: Sequence[Sequence[Any]]) -> set[int]:
        """Find what publishing removes, unless another import holds it, and what this job has staged."""
        going = [node_id for _, node_id, labels, _ in nodes if self._scopes.are_replaced(labels)]
        if going:
            held = await read_held(self._connection, going, but_for="")
            going = list(set(going).difference(held))
        staged = [node_id for _, node_id, labels, _ in nodes if STAGED in labels]
        stagers = await read_stagers(self._reading, staged)
        return {*going, *(node_id for node_id, job_id in stagers.items() if job_id == self._job_id)}
