"""The pipelines of docs/samples/ci as what they are made of: jobs with an environment and scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[3] / "docs" / "samples" / "ci"
RUN = "run-7"
_EXPRESSION = re.compile(r"\$\{\{ (\w+)\.(\w+) \}\}|\$\{?(CI_PIPELINE_ID|BUILD_TAG)\}?")
_STAGE = re.compile(r"stage\('(.*?)'\).*?credentials\('graphferry-(\w+)'\).*?sh '(.*?)'", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of a pipeline."""

    name: str
    environment: str
    """`staging` or `production`."""
    variables: Mapping[str, str]
    scripts: Sequence[str]
    """Each is given to a shell of its own, one after another."""
    at_the_end: str = ""
    """The script that follows them, however they ended."""


def read_github() -> Sequence[Job]:
    """Give the jobs of GitHub Actions; what installs the command is left out, for it is there."""
    content = yaml.safe_load((FOLDER / "github-actions.yml").read_text())
    return [
        Job(
            name=name,
            environment=job["environment"],
            variables=_expand(content["env"]) | _expand(job["env"]),
            scripts=[each["run"] for each in job["steps"] if "run" in each and each.get("name") != "Install"],
        )
        for name, job in content["jobs"].items()
    ]


def read_gitlab() -> Sequence[Job]:
    """Give the jobs of GitLab CI."""
    content = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text())
    return [
        Job(
            name=name,
            environment=content[name]["environment"],
            variables=_expand(content["variables"]),
            scripts=["\n".join(content[name]["script"])],
            at_the_end="\n".join(content["default"]["after_script"]),
        )
        for name in ("export", "import")
    ]


def read_jenkins() -> Sequence[Job]:
    """Give the stages of Jenkins."""
    content = (FOLDER / "Jenkinsfile").read_text()
    run = re.search(r'RUN = "(.*)"', content)
    assert run is not None
    return [
        Job(name=name, environment=environment, variables=_expand({"RUN": run[1]}), scripts=[script])
        for name, environment, script in _STAGE.findall(content)
    ]


def _expand(variables: Mapping[str, Any]) -> dict[str, str]:
    """Fill in what the pipeline knows; what its store of secrets knows is left out."""
    expanded = {name: _EXPRESSION.sub(_tell, value) for name, value in variables.items()}
    return {name: value for name, value in expanded.items() if value}


def _tell(found: re.Match[str]) -> str:
    return "" if found[1] in {"vars", "secrets"} else RUN
