"""Writes the Compose file: Graphferry with engines to try it on."""

from __future__ import annotations

import json
from typing import Final

from infra.deploy.facts import DATA, FOLDER, HEAD, NEO4J, PORT, SCRATCH, USER, VALKEY, VERSION
from infra.deploy.image import CONTAINERFILE

COMPOSE: Final = FOLDER / "compose.yaml"

DATABASES: Final = ("source", "target")

_DRAIN_SECONDS: Final = 60
_GRACE_SECONDS: Final = 15


def write_compose() -> str:
    """Return the file's text."""
    databases = {
        name: {"uri": f"bolt://{name}:7687", "password": "${NEO4J_PASSWORD:?of letters and digits, 8 at least}"}
        for name in DATABASES
    }
    ready = json.dumps(
        ["CMD", "python", "-c", f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}/readyz')"]
    )
    return f"""\
{HEAD}# In the checkout, to try things out:
#   export NEO4J_PASSWORD=…
#   docker compose -p graphferry -f infra/deploy/{COMPOSE.name} up --build --detach
#   docker compose -p graphferry -f infra/deploy/{COMPOSE.name} run --rm gateway bootstrap
x-graphferry: &graphferry
  image: graphferry:{VERSION}
  build:
    context: ../..
    dockerfile: infra/deploy/{CONTAINERFILE.name}
  user: "{USER}:{USER}"
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  tmpfs: [{SCRATCH}]
  volumes: ["data:{DATA}"]
  depends_on:
    valkey: {{condition: service_healthy}}
  restart: unless-stopped
  environment:
    GRAPHFERRY_VALKEY_URL: redis://valkey:6379/0
    GRAPHFERRY_DATABASES: >-
      {json.dumps(databases)}
    GRAPHFERRY_PUBLIC_URL: http://127.0.0.1:{PORT}
    GRAPHFERRY_DRAIN_SECONDS: "{_DRAIN_SECONDS}"

services:
  gateway:
    <<: *graphferry
    command: [serve]
    ports: ["127.0.0.1:{PORT}:{PORT}"]
    healthcheck: {{test: {ready}, interval: 10s, timeout: 5s, start_period: 30s}}
  worker:
    <<: *graphferry
    command: [worker]
    stop_grace_period: {_DRAIN_SECONDS + _GRACE_SECONDS}s
  valkey:
    image: {VALKEY}
    command: [valkey-server, --appendonly, "yes", --maxmemory-policy, noeviction]
    volumes: ["valkey:/data"]
    healthcheck: {{test: [CMD, valkey-cli, ping], interval: 2s, timeout: 2s, retries: 30}}
    restart: unless-stopped
{"".join(map(_write_database, DATABASES))}\
  # The place of an object store, once archives can be kept in one; they are in the volume `data`.

volumes:
  data:
  valkey:
{"".join(f"  {name}:{chr(10)}" for name in DATABASES)}"""


def _write_database(name: str) -> str:
    return f"""\
  {name}:
    image: {NEO4J}
    environment: {{NEO4J_AUTH: "neo4j/${{NEO4J_PASSWORD}}"}}
    volumes: ["{name}:/data"]
    restart: unless-stopped
"""
