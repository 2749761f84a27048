"""A process that has Helm lint and render a chart, for the values on its input: `python -m … CHART`."""

from __future__ import annotations

import json
import sys

from helm_python.chart import Chart, lint
from helm_python.errors import HelmError

NAME, NAMESPACE = "trial", "ferry"


def main() -> None:
    """Print what lint says, and what is rendered, or why nothing is, as JSON."""
    path, values = sys.argv[1], json.load(sys.stdin)
    rendered, refusal = {}, None
    try:
        with Chart.load(path) as chart:
            chart.validate_schema(chart.merge_values(values))
            rendered = chart.render(values, name=NAME, namespace=NAMESPACE)
    except HelmError as error:
        refusal = str(error)
    messages = [] if refusal else lint(path, values, strict=True, namespace=NAMESPACE)["messages"]
    json.dump({"rendered": rendered, "refusal": refusal, "messages": messages}, sys.stdout)


if __name__ == "__main__":
    main()
