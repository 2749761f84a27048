"""What the job store counts of all jobs, as Prometheus takes it: each gateway tells the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from shared.ports.jobs import TIME_BUCKETS, Totals

_Counts: TypeAlias = Mapping[tuple[str, ...], int]
"""By labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMetric:
    """How a family of counts is shown."""

    family: str
    name: str
    help: str
    labels: tuple[str, ...] = ()
    make: Callable[[str, str, Sequence[str]], GaugeMetricFamily | CounterMetricFamily] = lambda name, told, labels: (
        CounterMetricFamily(name, told, labels=labels)
    )


def _gauge(name: str, told: str, labels: Sequence[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, labels=labels)


STORE_METRICS: Final = (
    StoreMetric(
        family="unfinished",
        name="graphferry_jobs_unfinished",
        help="Jobs that are accepted and have not ended",
        labels=("status", "surface", "kind"),
        make=_gauge,
    ),
    StoreMetric(
        family="accepted", name="graphferry_jobs_accepted", help="Jobs accepted by all", labels=("surface", "kind")
    ),
    StoreMetric(
        family="ended",
        name="graphferry_jobs_ended",
        help="Jobs ended, with the code of a failure",
        labels=("surface", "kind", "status", "code"),
    ),
    StoreMetric(
        family="elements",
        name="graphferry_elements",
        help="Nodes and relationships read or written",
        labels=("kind",),
    ),
    StoreMetric(
        family="archive_bytes", name="graphferry_archive_bytes", help="Bytes of the archives that exports made"
    ),
    StoreMetric(
        family="again",
        name="graphferry_attempts_given_up",
        help="Attempts that another follows, by what became of them",
        labels=("reason",),
    ),
    StoreMetric(
        family="taken_over", name="graphferry_attempts_taken_over", help="Later attempts that began", labels=("kind",)
    ),
    StoreMetric(
        family="deliveries",
        name="graphferry_webhook_deliveries",
        help="Deliveries of webhooks that are done with",
        labels=("outcome",),
    ),
    StoreMetric(
        family="deliveries_waiting",
        name="graphferry_webhook_deliveries_waiting",
        help="Deliveries of webhooks that wait for a try",
        make=_gauge,
    ),
)

STORE_TIMES: Final = (
    StoreMetric(
        family="wait",
        name="graphferry_job_wait_seconds",
        help="From a job's acceptance to its first attempt",
        labels=("kind",),
    ),
    StoreMetric(
        family="run", name="graphferry_job_seconds", help="From a job's first attempt to its end", labels=("kind",)
    ),
)

TENANT_JOBS: Final = StoreMetric(
    family="", name="graphferry_jobs", help="Unfinished jobs of each tenant", labels=("tenant", "status"), make=_gauge
)


class StoreMetrics(Collector):
    """Shows what was read last."""

    def __init__(self) -> None:
        self.totals: Totals = {}
        self.tenant_jobs: Totals | None = None
        """None: not shown."""

    @override
    def collect(self) -> Iterator[Metric]:
        families = _by_family(self.totals)
        for metric in STORE_METRICS:
            yield _show(metric, families[metric.family])
        for metric in STORE_TIMES:
            yield _show_times(metric, families[metric.family], families[f"{metric.family}_ms"])
        if self.tenant_jobs is not None:
            yield _show(TENANT_JOBS, self.tenant_jobs)


def _by_family(totals: Totals) -> defaultdict[str, dict[tuple[str, ...], int]]:
    families: defaultdict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for (family, *labels), number in totals.items():
        families[family][tuple(labels)] = number
    return families


def _show(metric: StoreMetric, counts: _Counts) -> Metric:
    shown = metric.make(metric.name, metric.help, metric.labels)
    for labels, number in sorted(counts.items()):
        shown.add_metric(labels, number)
    return shown


def _show_times(metric: StoreMetric, counts: _Counts, milliseconds: _Counts) -> Metric:
    """Add the counts of buckets up, as a histogram has them."""
    shown = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for kind in sorted({labels[0] for labels in counts}):
        sum_seconds, reached, buckets = milliseconds.get((kind,), 0) / 1000, 0, []
        for bucket in (*map(str, TIME_BUCKETS), "+Inf"):
            reached += counts.get((kind, bucket), 0)
            buckets.append((bucket, reached))
        shown.add_metric([kind], buckets, sum_seconds)
    return shown
