"""The chart's values: one table, from which its defaults, its schema and the page's table are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from infra.deploy.facts import CHART, DRAIN_SECONDS, HEAD
from infra.deploy.setting_schemas import DATABASE_FIELDS, SECRET_FILES, SETTINGS

VALUES: Final = CHART / "values.yaml"
SCHEMA: Final = CHART / "values.schema.json"

Schema: TypeAlias = Mapping[str, Any]

_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "minLength": 1}
_COUNT: Final = {"type": "integer", "minimum": 0}
_SWITCH: Final = {"type": "boolean"}
_MAP: Final = {"type": "object"}
_TEXTS: Final = {"type": "object", "additionalProperties": _TEXT}
_OBJECTS: Final = {"type": "array", "items": _MAP}


def _closed(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}


_SECRET_KEY: Final = _closed({"name": _NAME, "key": _NAME}, "name", "key")
_RESOURCES: Final = _closed({"requests": _MAP, "limits": _MAP, "claims": _OBJECTS})
_POD: Final = _closed(
    {
        "affinity": _MAP,
        "nodeSelector": _TEXTS,
        "priorityClassName": _TEXT,
        "runtimeClassName": _TEXT,
        "serviceAccountName": _TEXT,
        "tolerations": _OBJECTS,
        "topologySpreadConstraints": _OBJECTS,
    }
)
_DATABASE: Final = _closed(
    {**DATABASE_FIELDS, **dict.fromkeys(("password_file", "token_file"), _SECRET_KEY)}
    | {name: _SECRET_KEY for name in DATABASE_FIELDS if name.endswith("_file")},
    "uri",
)
_STORE: Final = [
    {"properties": {"settings": {"required": ["GRAPHFERRY_VALKEY_URL"]}}},
    {"properties": {"secretFiles": {"required": ["GRAPHFERRY_VALKEY_URL_FILE"]}}},
]


@dataclass(frozen=True, slots=True)
class Value:
    """One value."""

    path: str
    """Dots lead into objects."""
    default: Any
    schema: Schema
    meaning: str


TABLE: Final = (
    Value("image.repository", "graphferry", _NAME, "the image, as your registry calls it"),
    Value("image.tag", "", _TEXT, "its tag; empty: the version of the chart's `appVersion`"),
    Value("image.digest", "", {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"}, "its digest, before any tag"),
    Value(
        "image.pullPolicy", "IfNotPresent", {"enum": ["Always", "IfNotPresent", "Never"]}, "when the image is fetched"
    ),
    Value("image.pullSecrets", [], {"type": "array", "items": _closed({"name": _NAME}, "name")}, "secrets to fetch it"),
    Value(
        "dataClaim",
        "graphferry-data",
        _TEXT,
        "the claim of the data folder, which must be there: `ReadWriteMany`, with locks and hard links; empty, where "
        "`GRAPHFERRY_ARCHIVES` names a bucket: none is needed",
    ),
    Value("scratch.sizeLimit", "10Gi", _NAME, "of temporary files of one pod"),
    Value(
        "settings",
        {"GRAPHFERRY_HOST": "0.0.0.0", "GRAPHFERRY_DRAIN_SECONDS": DRAIN_SECONDS},
        _closed(SETTINGS),
        "[variables](operations.md#all-settings) of all processes; those that hold JSON as objects and lists. "
        "`GRAPHFERRY_VALKEY_URL` belongs here if it has no password",
    ),
    Value(
        "secretFiles",
        {},
        _closed(dict.fromkeys(SECRET_FILES, _SECRET_KEY)),
        f"variables whose files are keys of secrets: variable → `{{name, key}}`: {', '.join(SECRET_FILES)}",
    ),
    Value(
        "bucketSecrets",
        {},
        _closed(dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), _SECRET_KEY)),
        "credentials of an [object store](operations.md#object-stores) as keys of secrets: variable → `{name, key}`: "
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. Without them a role counts (`gateway.pod.serviceAccountName`)",
    ),
    Value(
        "databases",
        {},
        {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
            "additionalProperties": _DATABASE,
        },
        "[databases](operations.md#databases): name → fields; those that end in `_file` are `{name, key}` of secrets",
    ),
    Value("gateway.replicas", 2, _COUNT, "gateways"),
    Value(
        "gateway.resources",
        {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        _RESOURCES,
        "of one gateway",
    ),
    Value("gateway.pod", {}, _POD, "where gateways run: `affinity`, `tolerations` and so on"),
    Value("worker.replicas", 2, _COUNT, "workers; with `scaledJob.enabled` one is enough, which sweeps"),
    Value(
        "worker.resources",
        {"requests": {"cpu": "1", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
        _RESOURCES,
        "of one worker",
    ),
    Value("worker.pod", {}, _POD, "where workers run"),
    Value("scaledJob.enabled", False, _SWITCH, "KEDA starts a worker for each job that waits"),
    Value("scaledJob.maxReplicas", 10, {"type": "integer", "minimum": 1}, "how many at once"),
    Value("scaledJob.waitSeconds", 30, _COUNT, "how long one waits for its job"),
    Value(
        "scaledJob.trigger.type",
        "redis",
        {"enum": ["redis", "redis-sentinel", "redis-cluster"]},
        "KEDA's scaler, by what the store is",
    ),
    Value(
        "scaledJob.trigger.metadata",
        {},
        _TEXTS,
        "where KEDA finds the store, such as `address`; the queues' names are added",
    ),
    Value("scaledJob.trigger.authentication", "", _TEXT, "the `TriggerAuthentication` with its password"),
    Value("networkPolicy.enabled", True, _SWITCH, "only what follows may connect"),
    Value("networkPolicy.gatewayFrom", [], _OBJECTS, "peers of gateways; none: all"),
    Value("networkPolicy.metricsFrom", [], _OBJECTS, "peers that scrape metrics; none: all"),
    Value(
        "networkPolicy.egress",
        [],
        _OBJECTS,
        "rules for the engines, besides DNS; none: pods may connect to everything",
    ),
    Value("monitoring.monitors", False, _SWITCH, "a `ServiceMonitor` of gateways, a `PodMonitor` of workers"),
    Value("monitoring.rules", False, _SWITCH, "alerts as a `PrometheusRule`"),
    Value("monitoring.dashboard", False, _SWITCH, "the dashboard as a `ConfigMap` with the label `grafana_dashboard`"),
    Value("monitoring.labels", {}, _TEXTS, "labels by which your Prometheus chooses monitors and rules"),
)


def write_values() -> str:
    """Return the text of the defaults."""
    return f"{HEAD}{''.join(_write_defaults())}"


def _write_defaults() -> Iterator[str]:
    above: Sequence[str] = ()
    for value in TABLE:
        *parents, name = value.path.split(".")
        for depth, parent in enumerate(parents):
            if list(above[: depth + 1]) != parents[: depth + 1]:
                yield f"{'  ' * depth}{parent}:\n"
        above = parents
        yield f"{'  ' * len(parents)}{name}: {json.dumps(value.default)}\n"


def write_schema() -> str:
    """Return the text of the schema. What it does not name is refused."""
    schema: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": HEAD.removeprefix("# ").strip(),
        **_closed({"global": _MAP}),
        "anyOf": _STORE,
    }
    for value in TABLE:
        *parents, name = value.path.split(".")
        inner: dict[str, Any] = schema
        for parent in parents:
            inner = inner["properties"].setdefault(parent, _closed({}))
        inner["properties"][name] = {"description": value.meaning, **value.schema}
    return json.dumps(schema, indent=2) + "\n"


def write_table() -> str:
    """Return the page's table."""
    rows = (f"| `{each.path}` | {each.meaning} | `{json.dumps(each.default)}` |\n" for each in TABLE)
    return f"| value | meaning | default |\n|---|---|---|\n{''.join(rows)}"
