"""Moves versions as scripts of catalogue administrators do: `export` writes a package, `import` sends one.

With nothing but the standard library, Basic credentials from the environment (USER_NAME, USER_KEY), and the whole
package in memory. Each message of the answer is printed as a line; the exit code is 1 where it tells of errors.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

WAIT_SECONDS = 120


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    credentials = base64.b64encode(f"{os.environ['USER_NAME']}:{os.environ['USER_KEY']}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json; charset=utf-8"}
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=WAIT_SECONDS) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def export_package(options: argparse.Namespace) -> dict[str, Any]:
    name, _, version = options.version.partition(":")
    major, minor, micro = map(int, version.split("."))
    wanted = {"name": name, "major": major, "minor": minor, "micro": micro, "qualifier": "", "type": options.type}
    body = {"stripSecuredProperties": True, "exportRequestParameter": [wanted]}
    answer = post(f"{options.url}/export?database={options.database}", body)
    if not answer["errors"]:
        options.file.write_text(answer["result"])
    return answer


def import_package(options: argparse.Namespace) -> dict[str, Any]:
    # The file holds Base64 already, and is encoded once more, as it would be if it were binary.
    package = base64.encodebytes(options.file.read_bytes()).decode()
    body = {
        "exportPackage": package,
        "conflictResolutionAction": options.action,
        "importAsNewSuffix": options.suffix,
    }
    return post(f"{options.url}/import?database={options.database}", body)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--file", type=Path, required=True)
    commands = parser.add_subparsers(required=True)
    exporting = commands.add_parser("export")
    exporting.set_defaults(run=export_package)
    exporting.add_argument("version", help="name:major.minor.micro")
    exporting.add_argument("--type", default="APPLICATION_VERSION")
    importing = commands.add_parser("import")
    importing.set_defaults(run=import_package)
    importing.add_argument("action", choices=["CHECK", "SKIP", "OVERWRITE", "IMPORTASNEW"])
    importing.add_argument("--suffix")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    answer: dict[str, Any] = options.run(options)
    for each in answer["messageList"]:
        print(each["messageType"], each["messageKey"], each["message"])
    return 1 if answer["errors"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
