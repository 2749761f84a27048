"""Decides for each node of a batch: create it, join it to an existing node, or label it later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.neo4j.cypher.linking import find_among
from shared.adapters.neo4j.cypher.names import STAGED
from shared.adapters.neo4j.cypher.sharing import holders_of_keys
from shared.adapters.neo4j.journal.holds import NUL, Hold, read_held, read_stagers
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.nodes.staged import StagedNodes
from shared.adapters.neo4j.replacing.stepping_back import Replaced
from shared.adapters.neo4j.schema import read_key_forms
from shared.catalogue import CATALOGUE_LABEL
from shared.errors import ConstraintViolatedError, NodeStagedError
from shared.graph import NodeRow
from shared.node_keys import KeyForm
from shared.packing.elements import PackedElements


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A node that is there, and takes the place of one of the archive."""

    hold: Hold
    label: str
    """The label of its key."""
    is_own: bool
    """Whether this import has staged it, for another of its applications."""
    is_owned: bool
    """Whether an application carries it, so that it goes when the last one leaves it."""

    @property
    def id(self) -> int:
        """The node's id."""
        return self.hold.id


@dataclass(slots=True, kw_only=True)
class Placing:
    """What becomes of the nodes of one batch, by their places in it."""

    joints: dict[int, Joint] = field(default_factory=dict)
    late: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Labels that a node gets when what is replaced has lost them."""

    def parameters(self, rows: Sequence[NodeRow]) -> dict[str, Any]:
        """Say it to the statement that creates the batch."""
        joints = list(self.joints.items())
        numbers = {at: -1 - number for number, (at, _) in enumerate(joints)}
        created = [at for at in range(len(rows)) if at not in self.joints]
        numbers |= {at: number for number, at in enumerate(created)}
        return {
            "rows": [[self._early_labels(at, rows[at]), rows[at][2]] for at in created],
            "joined": [
                [each.id, STAGED if each.is_own else each.label, each.is_own, list(each.hold.keys), each.hold.text]
                for _, each in joints
            ],
            "places": [numbers[at] for at in range(len(rows))],
            "withheld": [at for at in created if CATALOGUE_LABEL in rows[at][1]],
            "late": [at for at, labels in self.late.items() for _ in labels],
        }

    def _early_labels(self, at: int, row: NodeRow) -> list[str]:
        late = self.late.get(at, ())
        return [label for label in row[1] if label != CATALOGUE_LABEL and label not in late]

    @property
    def facts(self) -> dict[str, Any]:
        """What the batch's record keeps."""
        return {
            "joined": [joint.id for joint in self.joints.values()],
            "joined_keys": [NUL.join(joint.hold.keys) for joint in self.joints.values()],
            "joined_texts": [joint.hold.text for joint in self.joints.values()],
            "owned": [joint.id for joint in self.joints.values() if joint.is_owned],
            "late_labels": [label for labels in self.late.values() for label in labels],
        }


class NodePlacing:
    """Looks at what the target holds under its uniqueness constraints."""

    def __init__(self, journal: Journal, staged: StagedNodes) -> None:
        self.shared: Collection[int] = ()
        """The ordinals of the nodes that the source's applications shared."""
        self._journal = journal
        self._staged = staged
        self._shared_labels = frozenset(journal.settings.shared_labels)
        self._forms: Sequence[KeyForm] | None = None
        self._replaced: Replaced | None = None
        self._scopes: frozenset[str] = frozenset()

    async def concerns(self, first: int, rows: Sequence[NodeRow]) -> bool:
        """Whether any node of the batch may have to give way to one that is there."""
        labels = _labels_of(rows)
        may_join = self._may_join_any(first, len(rows), labels)
        if not (self._journal.record.replaced_names or may_join):
            return False
        forms = await self._read_forms()
        if self._replaced is not None:
            return not labels.isdisjoint(form.label for form in forms)
        return bool(forms) and may_join

    async def _read_forms(self) -> Sequence[KeyForm]:
        """Read constraints and catalogue, once they count."""
        if self._forms is None:
            forms = await read_key_forms(self._journal.connection, {})
            if forms.unique:
                replaced = await Replaced.read(self._journal, forms)
                self._scopes = frozenset([*replaced.others, *replaced.labels])
                self._replaced = replaced if replaced.names else None
            self._forms = forms.unique
        return self._forms

    def _may_join_any(self, first: int, count: int, labels: Collection[str]) -> bool:
        shared = range(first, first + count) if self.shared else ()
        return not self._shared_labels.isdisjoint(labels) or any(ordinal in self.shared for ordinal in shared)

    def _may_join(self, ordinal: int, row: NodeRow) -> bool:
        return ordinal in self.shared or not self._shared_labels.isdisjoint(row[1])

    async def place(self, first: int, rows: Sequence[NodeRow]) -> Placing:
        """Decide for a batch. Raises: NodeStagedError, ConstraintViolatedError."""
        placing = Placing()
        for form in await self._read_forms():
            holders = await self._holders(form, first, rows)
            going = await self._find_going(holders)
            own = await self._find_own(holders)
            late = await self._find_late(form, first, rows) if going else {}
            for at, node_id, labels, text in holders:
                if at in late:
                    hold = Hold(id=late[at], keys=form.properties, text=text)
                    joint = Joint(hold=hold, label=form.label, is_own=True, is_owned=False)
                    _require_one(joint, placing.joints.setdefault(at, joint))
                elif node_id in going:
                    placing.late[at].add(form.label)
                elif self._may_join(first + at, rows[at]):
                    is_owned = not self._scopes.isdisjoint(labels)
                    hold = Hold(id=node_id, keys=form.properties, text=text)
                    joint = Joint(hold=hold, label=form.label, is_own=node_id in own, is_owned=is_owned)
                    _require_one(joint, placing.joints.setdefault(at, joint))
        return placing

    async def _holders(self, form: KeyForm, first: int, rows: Sequence[NodeRow]) -> Sequence[Sequence[Any]]:
        keys = [
            (at, key)
            for at, row in enumerate(rows)
            if (self._replaced is not None or self._may_join(first + at, row))
            and (key := form.key_of(row[1], row[2])) is not None
        ]
        if not keys:
            return ()
        wanted = [[at, *(key.properties[name] for name in form.properties)] for at, key in keys]
        parameters = {"rows": wanted, "label": form.label, "keys": form.properties}
        statement = holders_of_keys(form.label, form.properties)
        return await self._journal.read(statement, parameters)

    async def _find_going(self, holders: Sequence[Sequence[Any]]) -> frozenset[int]:
        """Find the nodes that publishing removes: only what is replaced carries them, and nobody holds them."""
        replaced = self._replaced
        if replaced is None:
            return frozenset()
        ids = {
            node_id
            for _, node_id, labels, _ in holders
            if not set(replaced.labels).isdisjoint(labels) and set(replaced.others).isdisjoint(labels)
        }
        return frozenset(ids.difference(await read_held(self._journal.connection, list(ids), but_for="")))

    async def _find_late(self, form: KeyForm, first: int, rows: Sequence[NodeRow]) -> Mapping[int, int]:
        """Find by place in the batch what another application of this import brought, to get the label only later."""
        ids = [each for each, labels in self._staged.joined.late.items() if form.label in labels]
        if len(self._journal.record.labels) < 2 or not ids:
            return {}
        keys = [
            (at, key)
            for at, row in enumerate(rows)
            if self._may_join(first + at, row) and (key := form.key_of(row[1], row[2])) is not None
        ]
        values = [key.properties[form.properties[0]] for _, key in keys]
        parameters = {"ids": ids, "keys": form.properties, "values": values}
        found = await self._journal.read(find_among(form.properties), parameters)
        by_key = {repr(there): node_id for node_id, _, there in found}
        texts = [(at, repr([key.properties[name] for name in form.properties])) for at, key in keys]
        return {at: by_key[text] for at, text in texts if text in by_key}

    async def _find_own(self, holders: Sequence[Sequence[Any]]) -> frozenset[int]:
        """Find the nodes that this import has staged. Raises: NodeStagedError where another has staged one."""
        staged = {node_id for _, node_id, labels, _ in holders if STAGED in labels}
        stagers = await read_stagers(self._journal.patient, list(staged))
        own = {node_id for node_id, job_id in stagers.items() if job_id == self._journal.record.job_id}
        if staged - own:
            others = {job_id for node_id, job_id in stagers.items() if node_id not in own}
            raise NodeStagedError(min(others, default="unknown by now"))
        return frozenset(own)


def _require_one(joint: Joint, other: Joint) -> None:
    if joint.id != other.id:
        raise ConstraintViolatedError(
            f"A shared node has the key of one node under the constraint on {joint.label!r}, and that of another under "
            f"the one on {other.label!r}."
        )


def _labels_of(rows: Sequence[NodeRow]) -> frozenset[str]:
    """Return the labels that any of the nodes has; of packed ones perhaps some more, which only costs time."""
    return rows.labels if isinstance(rows, PackedElements) else frozenset(label for row in rows for label in row[1])
