"""A GraphTarget over a database in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from shared.catalogue import DEFAULT_VERSION, labels_of_entry
from shared.concurrency.interruptions import LeaseLost
from shared.content_labels import require_plain_labels
from shared.damaged_entries import (
    damage_of,
    labels_claimed,
    labels_gained,
    refuse_capture,
    refuse_held,
    repair,
    require_no_content,
    require_no_other,
)
from shared.errors import (
    ApplicationExistsError,
    GraphferryError,
    ImportInProgressError,
    LabelHeldError,
    LabelTakenError,
    UnknownApplicationError,
    UnknownEntryError,
)
from shared.graph import Properties
from shared.jobs.summaries import Summary
from shared.ports.import_plans import ImportPlan, JournalFacts, Placement, PlannedApplication, RemovalPlan
from tests.support.memory.graph.data import MemoryDatabase, MemoryJournal, MemoryNode
from tests.support.memory.graph.graph_import import MemoryImport
from tests.support.memory.graph.looking_up import MemoryKeyLookup
from tests.support.memory.graph.replacing import find_replaced
from tests.support.memory.graph.source import MemorySource


class MemoryTarget:
    """A GraphTarget over a MemoryDatabase."""

    def __init__(self, data: MemoryDatabase) -> None:
        self.database = data.name
        self._data = data

    def for_job(self) -> MemoryTarget:
        return self

    async def has_application(self, name: str, version: str | None = None) -> bool:
        try:
            await MemorySource(self._data).get_application(name, version)
        except UnknownApplicationError:
            return False
        return True

    async def look_up_keys(self, job_id: str, applications: Sequence[PlannedApplication]) -> MemoryKeyLookup:
        plan = ImportPlan(job_id=job_id, epoch=0, sha256="", applications=tuple(applications), summary=Summary())
        return MemoryKeyLookup(self._data, MemoryJournal(plan, 0, plan.summary))

    async def repair_entry(self, entry: str, values: Mapping[str, str | None]) -> None:
        node = self._find_damaged(entry)
        mended = repair(node.properties, values)
        others = self._list_entries(but_for=entry)
        require_no_other(node.properties, mended, others)
        self._require_not_held(labels_of_entry(mended), labels_of_entry(mended), refuse_held)
        claimed = {label for each in others for label in labels_claimed(each)}
        for label in sorted(labels_gained(node.properties, mended)):
            carriers = [each for each in self._data.nodes.values() if label in each.labels]
            if any(each.labels & claimed for each in carriers):
                raise refuse_capture(label)
        node.properties = {key: value for key, value in {**node.properties, **values}.items() if value is not None}

    async def remove_entry(self, entry: str) -> None:
        others = self._list_entries(but_for=entry)
        require_no_content(self._find_damaged(entry).labels, [each for each in others if damage_of(each) is None])
        self._data.remove({int(entry)})

    def _find_damaged(self, entry: str) -> MemoryNode:
        node = self._data.nodes.get(int(entry)) if entry.isdecimal() else None
        if node is None or not self._data.is_catalogue(node) or damage_of(node.properties) is None:
            raise UnknownEntryError(entry, self.database)
        return node

    def _list_entries(self, *, but_for: str) -> list[Properties]:
        nodes = [(str(at), node) for at, node in self._data.nodes.items()]
        return [node.properties for at, node in nodes if at != but_for and self._data.is_catalogue(node)]

    async def begin(self, plan: ImportPlan) -> MemoryImport:
        existing = await self.resume(plan.job_id, plan.epoch)
        if existing is not None:
            return existing
        journal = MemoryJournal(plan, plan.epoch, plan.summary)
        await self._judge(journal)
        return self._open(journal)

    async def require_beginning(self, job_id: str, applications: Sequence[PlannedApplication]) -> None:
        plan = ImportPlan(job_id=job_id, epoch=0, sha256="", applications=tuple(applications), summary=Summary())
        await self._judge(MemoryJournal(plan, 0, plan.summary))

    async def _judge(self, journal: MemoryJournal) -> None:
        plan = journal.plan
        replaced, going = find_replaced(self._data, journal)
        scopes = self._data.scopes(but_for=going)
        for one in plan.applications:
            self._require_unclaimed(self._claimed_by(journal), one.name)
            if one.label in scopes or await self._is_taken(one, replaced):
                raise ApplicationExistsError(one.name, self.database)
        self._require_not_held({one.label for one in plan.applications}, plan.content_labels, LabelHeldError)
        for one in plan.applications:
            require_plain_labels(one.name, one.content_labels, scopes)

    async def begin_removal(self, plan: RemovalPlan) -> MemoryImport:
        existing = await self.resume(plan.job_id, plan.epoch)
        if existing is not None:
            return existing
        labels = self._data.owned_labels(plan.name, plan.version)
        if not (labels and await self.has_application(plan.name, plan.version)):
            raise UnknownApplicationError(plan.name, self.database)
        self._require_unclaimed(labels, plan.name)
        for job, each in self._data.journals.items():
            if labels & each.plan.content_labels:
                raise ImportInProgressError(plan.name, self.database, job)
        content = ImportPlan(job_id=plan.job_id, epoch=plan.epoch, sha256="", applications=(), summary=plan.summary)
        return self._open(MemoryJournal(content, plan.epoch, plan.summary, removal=plan))

    def _open(self, journal: MemoryJournal) -> MemoryImport:
        self._data.journals[journal.plan.job_id] = journal
        return MemoryImport(self._data, journal, journal.epoch)

    def _require_unclaimed(self, labels: set[str], name: str) -> None:
        for job, each in self._data.journals.items():
            if labels & self._claimed_by(each):
                raise ImportInProgressError(name, self.database, job)

    def _claimed_by(self, journal: MemoryJournal) -> set[str]:
        return {one.label for one in journal.plan.applications} | find_replaced(self._data, journal)[0]

    def _require_not_held(
        self, labels: set[str], content: Collection[str], refuse: Callable[[str, str], GraphferryError]
    ) -> None:
        """Refuse labels that others under way have otherwise."""
        for job, each in self._data.journals.items():
            for label in self._claimed_by(each).intersection(content) | (labels & each.plan.content_labels):
                raise refuse(label, job)

    async def _is_taken(self, one: PlannedApplication, owned: set[str]) -> bool:
        match one.placement:
            case Placement.REPLACE | Placement.REPLACE_VERSION:
                is_used = any(one.label in each.labels for each in self._data.nodes.values())
                if is_used and one.label not in owned:
                    raise LabelTakenError(one.label, one.name)
                return False
            case Placement.NEW:
                return await self.has_application(one.name)
            case Placement.VERSION:
                version = one.version or DEFAULT_VERSION
                return bool(self._data.content(one.label)) or await self.has_application(one.name, version)

    async def resume(self, job_id: str, epoch: int) -> MemoryImport | None:
        journal = self._data.journals.get(job_id)
        if journal is None:
            return None
        if journal.epoch > epoch:
            raise LeaseLost(job_id)
        journal.epoch, journal.is_waiting = epoch, False
        return MemoryImport(self._data, journal, epoch)

    async def list_imports(self) -> Sequence[JournalFacts]:
        return [
            JournalFacts(job_id=job_id, epoch=each.epoch, phase=each.phase, is_waiting=each.is_waiting)
            for job_id, each in sorted(self._data.journals.items())
        ]

    async def adopt(self, journal: JournalFacts) -> MemoryImport | None:
        found = self._data.journals.get(journal.job_id)
        if found is None or found.epoch != journal.epoch:
            return None
        return await self.resume(journal.job_id, journal.epoch + 1)
