"""Tests of the chart as Helm renders it: what it refuses, what its pods are, what settings they have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy.checking.charts import Manifest, lint_chart, list_examples, render_chart
from infra.deploy.checking.manifests import check_manifests
from infra.deploy.facts import CHART
from infra.deploy.values import TABLE
from infra.engines.process import EngineError
from shared.adapters.valkey.namespaces import Namespace
from shared.settings.process import Settings, name_variable
from tests.support.tls import make_certificates

STORE = {"settings": {"GRAPHFERRY_VALKEY_URL": "redis://valkey:6379/0"}}
SECRET = {"name": "ours", "key": "one"}

FULL = next(each for each in list_examples() if "scaledJob" in each)


def render(values: Mapping[str, Any]) -> Mapping[tuple[str, str], Manifest]:
    """Render for these values, by kind and the last word of the name."""
    manifests = render_chart(CHART, values)
    return {(each["kind"], each["metadata"]["name"].rpartition("-")[2]): each for each in manifests}


@pytest.fixture(scope="module")
def full() -> Mapping[tuple[str, str], Manifest]:
    return render(FULL)


def list_pods(manifests: Mapping[tuple[str, str], Manifest]) -> Sequence[Mapping[str, Any]]:
    specs = [each["spec"] for each in manifests.values() if each["kind"] in {"Deployment", "ScaledJob"}]
    return [spec.get("jobTargetRef", spec)["template"]["spec"] for spec in specs]


def expand(value: str, variables: Mapping[str, str]) -> str:
    """Replace references as Kubernetes does."""
    return re.sub(
        r"\$(?:\$|\(([^)]*)\))", lambda found: "$" if found[1] is None else variables.get(found[1], found[0]), value
    )


def read_environ(pod: Mapping[str, Any]) -> dict[str, str]:
    (container,) = pod["containers"]
    environ: dict[str, str] = {}
    told = [each for each in container["env"] if "value" in each]
    for each in told:
        environ[each["name"]] = expand(each["value"], environ)
    assert len(environ) == len(told)
    return environ


def read_settings(pod: Mapping[str, Any], folder: Path, secrets: Mapping[tuple[str, str], str]) -> Settings:
    """Read what a process in the pod would; its files are put into a folder."""
    (container,) = pod["containers"]
    (place,) = [each["mountPath"] for each in container["volumeMounts"] if each["name"] == "files"]
    (volume,) = [each["projected"] for each in pod["volumes"] if each["name"] == "files"]
    for source in volume["sources"]:
        for item in source["secret"]["items"]:
            (folder / item["path"]).write_text(secrets[source["secret"]["name"], item["key"]])
    return Settings.from_environ({name: value.replace(place, str(folder)) for name, value in read_environ(pod).items()})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "GRAPHFERRY_VALKEY_URL"),
        ({**STORE, "colour": "red"}, "colour"),
        ({**STORE, "gateway": {"replica": 2}}, "replica"),
        ({**STORE, "gateway": {"pod": {"hostNetwork": True}}}, "hostNetwork"),
        ({"settings": {**STORE["settings"], "GRAPHFERRY_COLOUR": "red"}}, "GRAPHFERRY_COLOUR"),
        ({"settings": {**STORE["settings"], "GRAPHFERRY_MAX_JOBS": 9}}, "GRAPHFERRY_MAX_JOBS"),
        ({"settings": {**STORE["settings"], "GRAPHFERRY_CORS_ORIGINS": "*"}}, "GRAPHFERRY_CORS_ORIGINS"),
        ({"settings": {**STORE["settings"], "GRAPHFERRY_PORT": 80}}, "GRAPHFERRY_PORT"),
        ({"settings": {**STORE["settings"], "GRAPHFERRY_DATABASES": "{}"}}, "GRAPHFERRY_DATABASES"),
        ({"settings": {"GRAPHFERRY_VALKEY_URL": "redis://ours:hunter2@valkey:6379"}}, "GRAPHFERRY_VALKEY_URL"),
        ({**STORE, "databases": {"source": {"uri": "bolt://one", "password": "hunter2"}}}, "password"),
        ({**STORE, "databases": {"source": {"uri": "bolt://one", "password_file": "/a"}}}, "password_file"),
        ({**STORE, "databases": {"a/b": {"uri": "bolt://one"}}}, "a/b"),
        ({**STORE, "secretFiles": {"GRAPHFERRY_VALKEY_CA_FILE": {"name": "ours"}}}, "GRAPHFERRY_VALKEY_CA_FILE"),
        ({**STORE, "image": {"digest": "latest"}}, "digest"),
    ],
    ids=[
        *(
            "no store",
            "unknown",
            "unknown within",
            "pod",
            "unknown setting",
            "number",
            "list",
            "the chart's own",
            "hidden",
        ),
        *("password in address", "password", "path", "name", "no key", "digest"),
    ],
)
def test_values_that_it_does_not_know_are_refused(values: Mapping[str, Any], named: str) -> None:
    with pytest.raises(EngineError, match=re.escape(named)) as refused:
        render_chart(CHART, values)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("value", TABLE, ids=lambda each: each.path)
def test_each_value_is_in_its_place_of_the_defaults(value: Any) -> None:
    found = yaml.safe_load((CHART / "values.yaml").read_text())
    for name in value.path.split("."):
        found = found[name]
    assert found == value.default


def test_the_product_takes_the_settings_of_each_pod(full: Mapping[tuple[str, str], Manifest], tmp_path: Path) -> None:
    (authority,) = make_certificates(tmp_path, "authority")
    certificate = authority.read_text()
    secrets = {
        ("valkey", "url"): "rediss://ours:secret@valkey:6379/0\n",
        ("valkey", "ca.crt"): certificate,
        ("neo4j", "source"): "word\n",
        ("neo4j", "ca.crt"): certificate,
    }
    pods = list_pods(full)
    assert len(pods) == 3
    for pod in pods:
        settings = read_settings(pod, tmp_path, secrets)
        assert settings.valkey_url == "rediss://ours:secret@valkey:6379/0"
        assert settings.databases["source"].password.get_secret_value() == "word"
        assert settings.databases["target"].auth == "none"
        given = {name: value for name, value in FULL["settings"].items() if name != "GRAPHFERRY_TRUSTED_PROXIES"}
        told = {name_variable(name): value for name, value in settings.model_dump().items()}
        assert {name: told[name] for name in given} == given
        assert list(map(str, settings.trusted_proxies)) == FULL["settings"]["GRAPHFERRY_TRUSTED_PROXIES"]


def test_no_secret_is_made_and_no_other_chart_is_needed(full: Mapping[tuple[str, str], Manifest]) -> None:
    assert {kind for kind, _ in full} == {
        *("ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "PrometheusRule"),
        *("ScaledJob", "Service", "ServiceMonitor"),
    }
    assert "dependencies" not in yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert not re.search(r"\brand[A-Z]|\blookup\b|\bgen[A-Z]", "".join(map(Path.read_text, CHART.glob("templates/*"))))


def test_pods_may_do_nothing_but_write_data_and_scratch(full: Mapping[tuple[str, str], Manifest]) -> None:
    for pod in list_pods(full):
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        # Links to a service called graphferry would be variables that the product refuses.
        assert (pod["enableServiceLinks"], pod["automountServiceAccountToken"]) == (False, False)
        written = {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}
        environ = read_environ(pod)
        assert written == {environ["GRAPHFERRY_DATA_DIR"], environ["TMPDIR"]}


def test_no_volume_is_asked_for_where_archives_are_in_a_bucket() -> None:
    bucket = {"GRAPHFERRY_ARCHIVES": "s3://ferry"}
    for pod in list_pods(render({"settings": {**STORE["settings"], **bucket}, "dataClaim": ""})):
        (data,) = [each for each in pod["volumes"] if each["name"] == "data"]
        assert data == {"name": "data", "emptyDir": {}}


def test_the_bucket_s_credentials_are_keys_of_secrets(full: Mapping[tuple[str, str], Manifest]) -> None:
    for pod in list_pods(full):
        (container,) = pod["containers"]
        named = {each["name"]: each["valueFrom"] for each in container["env"] if "valueFrom" in each}
        assert named == {
            "AWS_ACCESS_KEY_ID": {"secretKeyRef": {"name": "bucket", "key": "id"}},
            "AWS_SECRET_ACCESS_KEY": {"secretKeyRef": {"name": "bucket", "key": "secret"}},
        }


@pytest.mark.parametrize("seconds", [0, 90])
def test_workers_may_drain_before_they_are_killed(seconds: int) -> None:
    settings = {**FULL["settings"], "GRAPHFERRY_DRAIN_SECONDS": seconds}
    manifests = render({**FULL, "settings": settings})
    workers = [pod for pod in list_pods(manifests) if pod["containers"][0]["args"][0] == "worker"]
    assert [pod["terminationGracePeriodSeconds"] for pod in workers] == [seconds + 30] * 2


def test_the_scaled_job_asks_for_the_queues_that_the_product_fills(full: Mapping[tuple[str, str], Manifest]) -> None:
    spec = full["ScaledJob", "job"]["spec"]
    names = Namespace(FULL["settings"]["GRAPHFERRY_INSTALLATION"])
    asked = [each["metadata"]["listName"] for each in spec["triggers"]]
    assert asked == [names.key("queue:work"), names.key("queue:undo")]
    assert spec["jobTargetRef"]["backoffLimit"] == 0


def test_alerts_fit_what_is_scraped(full: Mapping[tuple[str, str], Manifest]) -> None:
    (group,) = full["PrometheusRule", "gateway"]["spec"]["groups"]
    jobs = {each for rule in group["rules"] for each in re.findall(r'job="([^"]+)"', rule["expr"])}
    (endpoint,) = full["ServiceMonitor", "gateway"]["spec"]["endpoints"]
    assert jobs == {each["replacement"] for each in endpoint["relabelings"] if each["targetLabel"] == "job"}
    assert '"legendFormat": "{{status}}"' in full["ConfigMap", "dashboard"]["data"]["graphferry.json"]


def test_policies_let_in_what_probes_and_scrapes_need(full: Mapping[tuple[str, str], Manifest]) -> None:
    ports = {
        name: [port["port"] for rule in each["spec"].get("ingress", ()) for port in rule["ports"]]
        for (kind, name), each in full.items()
        if kind == "NetworkPolicy"
    }
    assert ports == {"gateway": ["http", "metrics"], "worker": ["metrics"], "job": []}
    least = render(STORE)
    assert {key for key in least if key[0] == "NetworkPolicy"} == {
        ("NetworkPolicy", "gateway"),
        ("NetworkPolicy", "worker"),
    }
    assert least["NetworkPolicy", "gateway"]["spec"]["policyTypes"] == ["Ingress"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"replica": 2}, '"replica"\' does not exist'),
        ({"replicas": "two"}, "not assignable"),
        ({"selector": {"matchlabels": {}}}, '"matchlabels"\' does not exist'),
    ],
    ids=["unknown", "type", "unknown within"],
)
def test_what_the_api_does_not_know_is_found(
    full: Mapping[tuple[str, str], Manifest], change: Mapping[str, Any], found: str
) -> None:
    deployment = full["Deployment", "gateway"]
    wrong = {**deployment, "spec": {**deployment["spec"], **change}}
    findings = check_manifests([deployment, wrong])
    assert any(found in each for each in findings), findings
    assert all(each.startswith("Deployment trial-graphferry-gateway: ") for each in findings)


def test_a_template_that_helm_finds_fault_with_is_named(tmp_path: Path) -> None:
    chart = tmp_path / "graphferry"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: graphferry\nversion: 0.1.0\n")
    (chart / "templates" / "one.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_A_Name}\n")
    (finding,) = [each for each in lint_chart(chart, {}) if "one.yaml" in each]
    assert "Not_A_Name" in finding
